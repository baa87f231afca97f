"""Stream: bytes at positions.

A stream has no cursor, so one stream serves any number of threads; what a subclass
must lock for that is its own business.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence


class Stream(ABC):
    """Positional, read-only, thread-safe bytes.

    A subclass sets ``name`` (for messages: a path, or the name of the layer) and ``size``
    (bytes) and implements :meth:`read_at`; :meth:`readv_at` is worth overriding where bytes
    can land in the caller's buffers without a copy.
    """

    name: str
    size: int
    forward: bool = False
    """The end is costly: everything before it must be decoded first. Recognition avoids it where it can."""

    @abstractmethod
    def read_at(self, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset``; fewer only where the stream ends.

        At or past the end: ``b""``. ``offset`` and ``length`` are ≥ 0.

        Raises:
            StreamError: the bytes exist but cannot be read or decoded.
        """

    def readv_at(self, offset: int, buffers: Sequence[memoryview]) -> int:
        """Fill writable byte ``buffers`` one after another from ``offset``; return bytes read.

        Fewer than their total only where the stream ends.
        """
        data = memoryview(self.read_at(offset, sum(map(len, buffers))))
        done = 0
        for buffer in buffers:
            part = data[done : done + len(buffer)]
            buffer[: len(part)] = part
            done += len(part)
        return len(data)

    def close(self) -> None:  # noqa: B027 - most streams hold nothing
        """Give back what the stream holds. Closing twice is harmless; reading after is not allowed."""
