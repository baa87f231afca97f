"""The chunks of an IFF-like file, walked without trusting their sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

Read = Callable[[int, int], bytes]
"""(offset, length) → bytes, short at the end."""
_MOST_CHUNKS = 1000
_FIRST = 12
"""After the file's own identifier, size and kind."""


def _chunks(read: Read, size: int, order: Literal["little", "big"]) -> Iterator[tuple[bytes, int, int]]:
    """(name, offset of the content, announced length); chunks begin on even offsets."""
    at = _FIRST
    for _ in range(_MOST_CHUNKS):
        head = read(at, 8)
        if len(head) < 8 or at + 8 > size:
            return
        length = int.from_bytes(head[4:], order)
        yield head[:4], at + 8, length
        at += 8 + length + length % 2


def wave_chunks(read: Read, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Chunks of a RIFF or RF64 file."""
    return _chunks(read, size, "little")


def aiff_chunks(read: Read, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Chunks of a FORM file (EA IFF 85)."""
    return _chunks(read, size, "big")
