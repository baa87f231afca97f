"""Reading pieces of equally spaced sectors straight into the caller's buffer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from ..stream.base import Stream

MAX_SPAN: Final = 1 << 20
"""Bytes read at once, gaps included; sectors farther apart are read one by one."""


class Piece(NamedTuple):
    """``length`` bytes at ``source`` of a stored sector go to ``target`` of a delivered one."""

    source: int
    length: int
    target: int


class _Template(NamedTuple):
    """Where the pieces of so many sectors lie in what is read, and where they land: slices made once."""

    sources: list[slice]
    targets: list[slice]


class ScatterPlan:
    """How the pieces of sectors ``stride`` apart land ``step`` apart.

    Pieces are in order and do not overlap, ``step`` is at least the last one's end. Where there is
    nothing to leave out, the kernel fills the caller's buffer; else one plain read and a copy of each
    piece, which for the usual sizes takes less than a read into as many buffers.
    """

    def __init__(self, stride: int, pieces: tuple[Piece, ...], step: int) -> None:
        self._stride = stride
        self._pieces = pieces
        self._step = step
        self._start = pieces[0].source
        self._span = pieces[-1].source + pieces[-1].length - self._start
        self._contiguous = len(pieces) == 1 and pieces[0].length == stride == step
        self._batch = max(1, MAX_SPAN // stride)
        self._templates: dict[int, _Template] = {}

    def read(self, stream: Stream, offset: int, count: int, into: memoryview) -> int:
        """Deliver ``count`` sectors, the first stored at ``offset``; return how many came whole."""
        if self._contiguous:
            end = count * self._step
            target = self._pieces[0].target
            got = stream.readv_at(offset + self._start, (into[target : target + end],))
            return count if got == end else got // self._stride
        done = 0
        while done < count:
            batch = min(self._batch, count - done)
            whole = self._read_batch(stream, offset + done * self._stride, batch, into[done * self._step :])
            done += whole
            if whole < batch:
                break
        return done

    def _read_batch(self, stream: Stream, offset: int, count: int, into: memoryview) -> int:
        template = self._templates.get(count) or self._make_template(count)
        length = (count - 1) * self._stride + self._span
        data = memoryview(stream.read_at(offset + self._start, length))
        if len(data) < length:
            count = (len(data) + self._stride - self._span) // self._stride
            template = self._templates.get(count) or self._make_template(count)
        for source, target in zip(*template, strict=True):
            into[target] = data[source]
        return count

    def _make_template(self, count: int) -> _Template:
        numbers = range(count)
        template = self._templates[count] = _Template(
            [
                slice(at := n * self._stride + piece.source - self._start, at + piece.length)
                for n in numbers
                for piece in self._pieces
            ],
            [
                slice(at := n * self._step + piece.target, at + piece.length)
                for n in numbers
                for piece in self._pieces
            ],
        )
        return template


@lru_cache(maxsize=256)
def plan(stride: int, pieces: tuple[Piece, ...], step: int) -> ScatterPlan:
    """The shared plan of this shape."""
    return ScatterPlan(stride, pieces, step)


def merged(spans: Iterator[tuple[int, int]], base: int) -> tuple[tuple[Piece, ...], int]:
    """Pieces for ``spans`` (start, length) of a frame, neighbours joined, and their total length.

    ``base`` is the frame byte stored first.
    """
    pieces: list[Piece] = []
    total = 0
    for start, length in spans:
        last = pieces[-1] if pieces else None
        if last is not None and last.source + last.length == start - base:
            pieces[-1] = Piece(last.source, last.length + length, last.target)
        else:
            pieces.append(Piece(start - base, length, total))
        total += length
    return tuple(pieces), total
