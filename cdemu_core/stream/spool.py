"""SpoolStream: what can only be decoded forwards, decoded once into a temporary file."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterable, Sequence
from io import FileIO

from ..errors import CdemuError, StreamError
from .base import Stream
from .buffers import part, total


def _folder() -> str | None:
    """Where TMPDIR says; else /var/tmp, as /tmp is often memory."""
    if "TMPDIR" not in os.environ and os.access("/var/tmp", os.W_OK):  # noqa: S108 - the file has no name in it
        return "/var/tmp"  # noqa: S108
    return None


def _temporary() -> FileIO:
    try:
        return tempfile.TemporaryFile(prefix="cdemu-", dir=_folder(), buffering=0)
    except OSError as error:
        raise StreamError(
            f"A temporary file cannot be made: {error.strerror}; name a writable folder in TMPDIR."
        ) from error


class SpoolStream(Stream):
    """The ``size`` bytes that ``chunks`` yields, decoded by a background thread from the first read on.

    Reads are served as far as decoding has come and wait for it beyond. The file has no name, so
    it is gone with the process whatever happens. ``inner`` is what the chunks are made from; it
    is closed with the stream. An error of ``chunks`` is raised by every read that needs what comes
    after it.
    """

    forward = True

    def __init__(self, inner: Stream, chunks: Iterable[bytes], size: int, name: str | None = None) -> None:
        self.size = size
        self.name = inner.name if name is None else name
        self._inner = inner
        self._chunks = chunks
        self._changed = threading.Condition()
        self._done = 0
        self._failure: str | None = None
        self._stop = False
        self._thread: threading.Thread | None = None
        self._file = _temporary()

    def read_at(self, offset: int, length: int) -> bytes:
        """As :meth:`Stream.read_at`."""
        whole = bytearray(max(0, min(length, self.size - offset)))
        self.readv_at(offset, [memoryview(whole)])
        return bytes(whole)

    def readv_at(self, offset: int, buffers: Sequence[memoryview]) -> int:
        """As :meth:`Stream.readv_at`; the kernel copies into ``buffers``."""
        wanted = max(0, min(total(buffers), self.size - offset))
        done = 0
        if wanted:
            self._wait(offset + wanted)
        while done < wanted:
            got = os.preadv(self._file.fileno(), part(buffers, done, wanted - done)[:1024], offset + done)
            if not got:
                raise StreamError(
                    f"The decoded copy of {self.name} became shorter; load it again.", offset=offset
                )
            done += got
        return done

    def _wait(self, end: int) -> None:
        if self._done >= end and not self._stop:
            return
        with self._changed:
            if self._thread is None and not self._stop:
                self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
                self._thread.start()
            self._changed.wait_for(lambda: self._done >= end or self._failure is not None or self._stop)
            if self._stop:
                raise StreamError(f"{self.name} is closed.")
            if self._done < end:
                raise StreamError(str(self._failure), offset=self._done)

    def _run(self) -> None:
        failure = f"{self.name} decodes to fewer bytes than its index says."
        try:
            for chunk in self._chunks:
                if self._stop or self._done + len(chunk) > self.size:
                    failure = f"{self.name} decodes to more bytes than its index says."
                    break
                self._write(chunk)
        except CdemuError as error:
            failure = str(error)
        except OSError as error:
            failure = (
                f"{self.name} cannot be decoded to a temporary file: {error.strerror};"
                " make room, or name a larger folder in TMPDIR."
            )
        except BaseException as error:
            failure = f"{self.name} cannot be decoded: {error}."
            raise
        finally:
            with self._changed:
                self._failure = failure
                self._changed.notify_all()

    def _write(self, chunk: bytes) -> None:
        view = memoryview(chunk)
        while view:
            view = view[os.pwrite(self._file.fileno(), view, self._done + len(chunk) - len(view)) :]
        with self._changed:
            self._done += len(chunk)
            self._changed.notify_all()

    def close(self) -> None:
        """End the decoding, give back the room, close the stream below."""
        with self._changed:
            if self._stop:
                return
            self._stop = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        self._file.close()
        self._inner.close()
