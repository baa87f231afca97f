"""Parts of streams, several streams as one, and bytes in memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from .base import Stream
from .buffers import part, scatter, total


class WindowStream(Stream):
    """``size`` bytes of ``stream`` from ``offset``; without ``size``, all the rest.

    A window that would reach past the end of ``stream`` ends there: compare :attr:`size` where
    that means a damaged image. Closing the window closes ``stream``.
    """

    def __init__(self, stream: Stream, offset: int, size: int | None = None, name: str | None = None) -> None:
        rest = max(0, stream.size - offset)
        self._stream = stream
        self._offset = offset
        self.forward = stream.forward
        self.size = rest if size is None else max(0, min(size, rest))
        self.name = stream.name if name is None else name

    def read_at(self, offset: int, length: int) -> bytes:
        """As :meth:`Stream.read_at`."""
        length = min(length, self.size - offset)
        return self._stream.read_at(self._offset + offset, length) if length > 0 else b""

    def readv_at(self, offset: int, buffers: Sequence[memoryview]) -> int:
        """As :meth:`Stream.readv_at`; hands the buffers on."""
        wanted, rest = total(buffers), self.size - offset
        if wanted > rest:
            if rest <= 0:
                return 0
            buffers = part(buffers, 0, rest)
        return self._stream.readv_at(self._offset + offset, buffers)

    def close(self) -> None:
        """Close the stream below."""
        self._stream.close()


class JoinedStream(Stream):
    """``streams`` one after another, as split images are. Closing it closes them all."""

    def __init__(self, streams: Sequence[Stream], name: str | None = None) -> None:
        self._streams = tuple(streams)
        self.forward = any(stream.forward for stream in self._streams)
        *self._starts, self.size = accumulate((stream.size for stream in self._streams), initial=0)
        self.name = name if name is not None else self._streams[0].name if self._streams else "empty"

    def _pieces(self, offset: int, length: int) -> list[tuple[Stream, int, int]]:
        """(stream, offset in it, bytes) for each stream that the range touches."""
        length = min(length, self.size - offset)
        found = []
        index = bisect_right(self._starts, offset) - 1
        while length > 0:
            stream, inside = self._streams[index], offset - self._starts[index]
            here = min(length, stream.size - inside)
            if here > 0:
                found.append((stream, inside, here))
            offset += here
            length -= here
            index += 1
        return found

    def read_at(self, offset: int, length: int) -> bytes:
        """As :meth:`Stream.read_at`."""
        return b"".join(
            [stream.read_at(inside, here) for stream, inside, here in self._pieces(offset, length)]
        )

    def readv_at(self, offset: int, buffers: Sequence[memoryview]) -> int:
        """As :meth:`Stream.readv_at`; each stream fills its own share of the buffers."""
        pieces = self._pieces(offset, total(buffers))
        done = 0
        for stream, inside, here in pieces:
            share = buffers if len(pieces) == 1 and here == total(buffers) else part(buffers, done, here)
            got = stream.readv_at(inside, share)
            done += got
            if got < here:
                break
        return done

    def close(self) -> None:
        """Close all streams."""
        for stream in self._streams:
            stream.close()


class MemoryStream(Stream):
    """``data`` as a stream; it is not copied and must not change."""

    def __init__(self, data: bytes | bytearray | memoryview, name: str = "memory") -> None:
        self._data = memoryview(data).cast("B")
        self.size = len(self._data)
        self.name = name

    def read_at(self, offset: int, length: int) -> bytes:
        """As :meth:`Stream.read_at`."""
        return bytes(self._data[offset : offset + length])

    def readv_at(self, offset: int, buffers: Sequence[memoryview]) -> int:
        """As :meth:`Stream.readv_at`; one copy."""
        data = self._data[offset : offset + total(buffers)]
        scatter(data, buffers)
        return len(data)
