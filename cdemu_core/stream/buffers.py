"""Arithmetic on lists of writable buffers, for streams that fill them without copies."""

from __future__ import annotations

from collections.abc import Sequence


def total(buffers: Sequence[memoryview]) -> int:
    """Bytes in all ``buffers``."""
    return sum(map(len, buffers))


def part(buffers: Sequence[memoryview], start: int, length: int) -> list[memoryview]:
    """The buffers that bytes ``start`` … ``start + length`` of the whole row lie in."""
    found: list[memoryview] = []
    for buffer in buffers:
        here = len(buffer)
        if start < here:
            piece = buffer[start : start + length]
            found.append(piece)
            length -= len(piece)
            if not length:
                break
        start = max(0, start - here)
    return found


def scatter(data: memoryview, buffers: Sequence[memoryview]) -> None:
    """Copy ``data`` into ``buffers`` one after another; what does not fit is dropped."""
    done = 0
    for buffer in buffers:
        piece = data[done : done + len(buffer)]
        buffer[: len(piece)] = piece
        done += len(piece)
