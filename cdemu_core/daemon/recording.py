"""A blank disc's sectors: a file beside the image to be, which becomes the image when a session is closed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress

from ..disc.model import Disc, MainChannel, MediumType, Subchannel
from ..disc.sector import Span, SubchannelForm
from ..errors import CdemuError, StreamError
from ..plugin.host import PluginHost
from ..scsi.profiles import Profile
from ..scsi.recorder import Recorder
from ..scsi.sense import Refused
from ..stream.base import Stream
from .blank import MEDIA, BlankRequest

MEDIUM_OF = {"cd": MediumType.CD, "dvd": MediumType.DVD, "bd": MediumType.BD}


class Spool(Stream):
    """Bytes appended to a hidden file beside ``path``; what was appended can be read at once."""

    def __init__(self, path: str) -> None:
        """Raises StreamError when the folder cannot be written to."""
        folder, name = os.path.split(os.path.abspath(path))
        self.name = os.path.join(folder, f".{name}.{secrets.token_hex(4)}.part")
        self.size = 0
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC
        try:
            self._fd = os.open(self.name, flags, 0o600)
        except OSError as error:
            raise StreamError(
                f"No image can be made at “{path}”: {error.strerror}; choose another folder."
            ) from error

    def append(self, data: bytes | memoryview) -> int:
        """Keep ``data``; the offset at which it lies. Raises StreamError, and nothing was kept then."""
        offset, view = self.size, memoryview(data)
        done = 0
        try:
            while done < len(view):
                done += os.pwrite(self._fd, view[done:], offset + done)
        except OSError as error:
            raise self._failure("written", error) from error
        self.size = offset + len(view)
        return offset

    def clear(self) -> None:
        """Give back the room."""
        self.size = 0
        try:
            os.ftruncate(self._fd, 0)
        except OSError as error:
            raise self._failure("emptied", error) from error

    def sync(self) -> None:
        """Everything is on the disk."""
        try:
            os.fdatasync(self._fd)
        except OSError as error:
            raise self._failure("written", error) from error

    def read_at(self, offset: int, length: int) -> bytes:
        """As :meth:`Stream.read_at`."""
        whole = bytearray(max(0, min(length, self.size - offset)))
        self.readv_at(offset, [memoryview(whole)])
        return bytes(whole)

    def readv_at(self, offset: int, buffers: Sequence[memoryview]) -> int:
        """As :meth:`Stream.readv_at`; the kernel copies into ``buffers``."""
        done = 0
        try:
            for buffer in buffers:
                wanted = buffer[: max(0, self.size - offset - done)]
                got = os.preadv(self._fd, [wanted], offset + done) if wanted else 0
                done += got
                if got < len(buffer):
                    break
        except OSError as error:
            raise self._failure("read", error) from error
        return done

    def _failure(self, what: str, error: OSError) -> StreamError:
        return StreamError(f"“{self.name}” cannot be {what}: {error.strerror}; make room on its file system.")

    def close(self) -> None:
        """Close and remove it."""
        with suppress(OSError):
            os.close(self._fd)
        with suppress(FileNotFoundError):
            os.unlink(self.name)


class ImageStore:
    """The :class:`~cdemu_core.scsi.recorder.RecordingStore` of one request for a blank disc."""

    def __init__(self, request: BlankRequest, host: PluginHost) -> None:
        self._request = request
        self._host = host
        self.spool = Spool(request.path)
        self.append = self.spool.append
        self.sync = self.spool.sync
        self.clear = self.spool.clear
        self.files: list[str] = []
        """Paths of the image as it was made last."""

    def main(self, offset: int, stride: int, stored: Span) -> MainChannel:
        """As :meth:`RecordingStore.main`."""
        return MainChannel(self.spool, offset, stride, stored)

    def sub(self, offset: int, stride: int, form: SubchannelForm) -> Subchannel:
        """As :meth:`RecordingStore.sub`."""
        return Subchannel(self.spool, offset, stride, form)

    def finish(self, disc: Disc) -> None:
        """Write the image; files of the one before that it does not have go away."""
        from ..loading.contain import contained

        request = self._request
        with contained(request.path, request.writer.title, self._host.owner(request.writer)):
            files = list(request.writer.write(disc, request.path, dict(request.parameters)))
        for stale in set(self.files) - set(files):
            with suppress(FileNotFoundError):
                os.unlink(stale)
        self.files = files


class Recording:
    """A blank disc in a drive, in place of a loaded image.

    ``complain(sentence)`` is told when the image cannot be made as the disc leaves.
    """

    def __init__(self, request: BlankRequest, host: PluginHost, complain: Callable[[str], None]) -> None:
        """Raises StreamError when nothing can be written to the image's folder."""
        medium = MEDIA[request.medium]
        self._store = ImageStore(request, host)
        self._complain = complain
        self._closed = False
        self.recorder = Recorder(Profile(medium.profile), MEDIUM_OF[medium.kind], medium.sectors, self._store)

    @property
    def disc(self) -> Disc:
        """The disc as far as it is written."""
        return self.recorder.disc()

    def close(self) -> None:
        """The disc has left the drive: what is complete and not yet in the image goes there."""
        if self._closed:
            return
        self._closed = True
        try:
            self.recorder.keep()
        except Refused:
            for event in self.recorder.events:
                self._complain(f"The disc could not be saved: {getattr(event, 'reason', event)}")
        except CdemuError as problem:
            self._complain(f"The disc could not be saved: {problem}")
        finally:
            self._store.spool.close()
