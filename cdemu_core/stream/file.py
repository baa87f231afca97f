"""FileStream: a file or block device, read by position through one descriptor."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence

from ..errors import MissingFile, StreamError
from .base import Stream
from .buffers import part, total

IOV_MAX = 1024
"""Buffers one preadv(2) call takes (limits.h, Linux UIO_MAXIOV)."""
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
"""O_NONBLOCK: opening a FIFO nobody writes to must not hang; regular files and disks ignore it."""


def _open(path: str) -> int:
    try:
        return os.open(path, _FLAGS)
    except FileNotFoundError:
        raise MissingFile(f"There is no file {path}.", path=path) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise StreamError(f"{path} cannot be opened: {reason}.") from error


def _measure(fd: int, path: str) -> int:
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode) or stat.S_ISBLK(mode):
        return os.lseek(fd, 0, os.SEEK_END)
    kind = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
    raise StreamError(f"{path} is {kind}; give the path of an image file.")


class FileStream(Stream):
    """The bytes of the file at ``path`` as long as it was when opened.

    Raises:
        MissingFile: no such file.
        StreamError: it cannot be opened, or is neither a regular file nor a block device.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.name = os.fspath(path)
        self._fd = _open(self.name)
        try:
            self.size = _measure(self._fd, self.name)
        except BaseException:
            self.close()
            raise

    def read_at(self, offset: int, length: int) -> bytes:
        """As :meth:`Stream.read_at`; also raises StreamError when the file has shrunk since it was opened."""
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        try:
            data = os.pread(self._fd, length, offset)
        except OSError as error:
            raise self._failure(error, offset) from error
        if len(data) == length:
            return data
        whole = bytearray(length)
        whole[: len(data)] = data
        self._rest(offset, [memoryview(whole)], len(data), length)
        return bytes(whole)

    def readv_at(self, offset: int, buffers: Sequence[memoryview]) -> int:
        """The kernel writes straight into ``buffers``: one system call per :data:`IOV_MAX` of them."""
        wanted = total(buffers)
        if len(buffers) <= IOV_MAX and offset + wanted <= self.size:
            try:
                done = os.preadv(self._fd, buffers, offset)
            except OSError as error:
                raise self._failure(error, offset) from error
            if done == wanted:
                return done
        else:
            done = 0
            wanted = max(0, min(wanted, self.size - offset))
        self._rest(offset, buffers, done, wanted)
        return wanted

    def _rest(self, offset: int, buffers: Sequence[memoryview], done: int, wanted: int) -> None:
        """Read what is missing from ``done`` to ``wanted``, however short the kernel's answers are."""
        while done < wanted:
            batch = part(buffers, done, wanted - done)[:IOV_MAX]
            try:
                got = os.preadv(self._fd, batch, offset + done)
            except OSError as error:
                raise self._failure(error, offset + done) from error
            if not got:
                raise StreamError(
                    f"{self.name} became shorter while it was in use; load it again.", offset=offset + done
                )
            done += got

    def _failure(self, error: OSError, offset: int) -> StreamError:
        if error.errno == errno.EBADF:
            return StreamError(f"{self.name} is closed.", offset=offset)
        return StreamError(f"{self.name} cannot be read at byte {offset}: {error.strerror}.", offset=offset)

    def close(self) -> None:
        """Close the descriptor."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def __del__(self) -> None:
        if getattr(self, "_fd", -1) >= 0:
            self.close()
