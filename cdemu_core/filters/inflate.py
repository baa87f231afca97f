"""Random access to gzip data (RFC 1952): a cursor that can be copied, and an index of copies.

A deflate stream can only be read forwards, but the decoder's whole state is some 40 KiB and
can be copied at any point. The index keeps such copies at even distances, so a read starts at
the nearest one. When there would be more than :data:`MAX_POINTS`, every second one is dropped
and the distance doubles: memory is bounded whatever the size of the file.
"""

from __future__ import annotations

import importlib
import threading
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

from cdemu_core.api import Stream, StreamError

try:  # the same interface, about one and a half times as fast; taken where it is installed
    zlib: Any = importlib.import_module("zlib_ng.zlib_ng")
except ImportError:
    zlib = importlib.import_module("zlib")

BLOCK = 256 * 1024
"""Decoded bytes per block; checkpoints lie on block borders."""
SPACING = 4 * BLOCK
MAX_POINTS = 1024
"""Checkpoints kept: about 50 KiB each."""
_CHUNK = 16 * 1024
"""Compressed bytes per step. Small, because a copied decoder keeps what it was given and has not used."""
_PADDING_CHUNK = 2**20
_GZIP_WBITS = 31
"""Of zlib: 32 KiB window, gzip header read and trailer (CRC-32, ISIZE) verified by the decoder."""
_MEMBER = b"\x1f\x8b"


class Cursor:
    """A place in the gzip members of ``stream``: ``at`` compressed, ``out`` decoded bytes from the start."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.at = 0
        self.out = 0
        self.ended = False
        self.garbage = False
        """Bytes that are no gzip member follow the last one; they are ignored, as gzip(1) does."""
        self._decoder: Any = zlib.decompressobj(_GZIP_WBITS)

    def copy(self) -> Cursor:
        """An independent cursor at the same place."""
        twin = Cursor.__new__(Cursor)
        twin.__dict__.update(self.__dict__)
        if self._decoder is not None:
            twin._decoder = self._decoder.copy()
        return twin

    def read(self, length: int) -> bytes:
        """The next ``length`` decoded bytes, fewer only at the end of the last member.

        Raises:
            StreamError: the data are damaged or end too early.
        """
        parts = []
        while length and not self.ended:
            if self._decoder is None and not self._next_member():
                break
            piece = self._step(length)
            parts.append(piece)
            length -= len(piece)
            self.out += len(piece)
        return b"".join(parts)

    def skip(self, length: int) -> None:
        """Go ``length`` decoded bytes forward, or to the end."""
        while length > 0 and not self.ended:
            length -= len(self.read(min(length, BLOCK)))

    def _step(self, length: int) -> bytes:
        data = self._stream.read_at(self.at, _CHUNK)
        if not data:
            raise StreamError(
                f"{self._stream.name} ends in the middle of its gzip data; the file is incomplete.",
                offset=self.at,
            )
        try:
            piece: bytes = self._decoder.decompress(data, length)
        except zlib.error as error:
            raise StreamError(
                f"{self._stream.name} is damaged: its gzip data near byte {self.at} do not decode ({error}).",
                offset=self.at,
            ) from error
        ended = self._decoder.eof  # then the tail may hold the unused data once more
        self.at += len(data) - len(self._decoder.unused_data if ended else self._decoder.unconsumed_tail)
        if ended:
            self._decoder = None
        return piece

    def _next_member(self) -> bool:
        """Go to the next member, over zero padding; False at the end of the last one."""
        while data := self._stream.read_at(self.at, _PADDING_CHUNK):
            zeros = len(data) - len(data.lstrip(b"\0"))
            self.at += zeros
            if zeros < len(data):
                break
        if self._stream.read_at(self.at, len(_MEMBER)) == _MEMBER:
            self._decoder = zlib.decompressobj(_GZIP_WBITS)
            return True
        self.garbage = self.at < self._stream.size
        self.ended = True
        return False


class CheckpointIndex:
    """Copies of a cursor that once runs over all of ``stream``; any thread may ask for one.

    :meth:`run` builds it, in the caller's or in a background thread (:meth:`start`).
    """

    def __init__(self, stream: Stream) -> None:
        self._runner = Cursor(stream)
        self._points = [self._runner.copy()]
        self._spacing = SPACING
        self._changed = threading.Condition()
        self._stop = False
        self._thread: threading.Thread | None = None
        self.reached = 0
        """Decoded bytes seen so far."""
        self.size: int | None = None
        """Decoded bytes of the whole, once known."""
        self.failure: StreamError | None = None

    @property
    def garbage(self) -> bool:
        """Ignored bytes follow the last member (known when :attr:`size` is)."""
        return self._runner.garbage

    def start(self) -> None:
        """Run in the background."""
        self._thread = threading.Thread(target=self.run, name="gzip index", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Decode everything once, keeping checkpoints; ends early at damage or :meth:`stop`."""
        try:
            while not self._stop and self.size is None:
                self._runner.read(BLOCK)
                self._advance()
        except StreamError as error:
            self._fail(error)
        except BaseException as error:
            self._fail(StreamError(f"Decoding stopped: {error}.", offset=self._runner.at))
            raise

    def _fail(self, error: StreamError) -> None:
        with self._changed:
            self.failure = error
            self._changed.notify_all()

    def _advance(self) -> None:
        runner = self._runner
        with self._changed:
            self.reached = runner.out
            if runner.ended:
                self.size = runner.out
            elif runner.out - self._points[-1].out >= self._spacing:
                self._points.append(runner.copy())
                if len(self._points) > MAX_POINTS:
                    del self._points[1::2]
                    self._spacing *= 2
            self._changed.notify_all()

    def stop(self) -> None:
        """End the run and wait for its thread."""
        with self._changed:
            self._stop = True
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def wait(self, enough: Callable[[], bool]) -> None:
        """Until ``enough()``, the end, damage or :meth:`stop`."""
        with self._changed:
            self._changed.wait_for(
                lambda: enough() or self.size is not None or self.failure is not None or self._stop
            )

    def nearest(self, out: int) -> Cursor:
        """A cursor at or before ``out``, the caller's own."""
        with self._changed:
            index = bisect_right(self._points, out, key=lambda point: point.out) - 1
            return self._points[index].copy()
