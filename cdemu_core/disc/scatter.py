"""Reading pieces of equally spaced sectors straight into the caller's buffer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from ..stream.base import Stream

MAX_BUFFERS: Final = 512
"""Buffers of one call, well below the kernel's 1,024."""
MAX_GAP: Final = 65_536
"""Bytes that may be read and thrown away between two pieces; across more, sectors are read one by one."""

_JUNK: Final = memoryview(bytearray(MAX_GAP))


class Piece(NamedTuple):
    """``length`` bytes at ``source`` of a stored sector go to ``target`` of a delivered one."""

    source: int
    length: int
    target: int


class _Template(NamedTuple):
    """What is the same for every read of so many sectors: the junk in place, and where the pieces land."""

    buffers: list[memoryview]
    places: list[list[slice]]
    """For each piece of the plan, its part of the target for every sector."""


class ScatterPlan:
    """How the pieces of sectors ``stride`` apart land ``step`` apart.

    Pieces are in order and do not overlap, ``step`` is at least the last one's end.
    """

    def __init__(self, stride: int, pieces: tuple[Piece, ...], step: int) -> None:
        self._stride = stride
        self._pieces = pieces
        self._step = step
        self._start = pieces[0].source
        self._span = pieces[-1].source + pieces[-1].length - self._start
        self._contiguous = len(pieces) == 1 and pieces[0].length == stride == step
        gaps = [*(b.source - a.source - a.length for a, b in pairwise(pieces)), stride - self._span]
        self._row: list[memoryview] = []
        self._columns: list[int] = []
        for gap in gaps:
            self._columns.append(len(self._row))
            self._row.append(_JUNK)
            if gap:
                self._row.append(_JUNK[: min(gap, MAX_GAP)])
        self.batch = 1 if max(gaps) > MAX_GAP else MAX_BUFFERS // len(self._row)
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
            batch = min(self.batch, count - done)
            whole = self._read_batch(stream, offset + done * self._stride, batch, into[done * self._step :])
            done += whole
            if whole < batch:
                break
        return done

    def _read_batch(self, stream: Stream, offset: int, count: int, into: memoryview) -> int:
        stride = self._stride
        width = len(self._row)
        template = self._templates.get(count) or self._make_template(count)
        buffers = template.buffers.copy()
        for column, places in zip(self._columns, template.places, strict=True):
            buffers[column::width] = [into[place] for place in places]
        got = stream.readv_at(offset + self._start, buffers)
        if got == (count - 1) * stride + self._span:
            return count
        return (got + stride - self._span) // stride

    def _make_template(self, count: int) -> _Template:
        length = count * len(self._row) - (len(self._row) - 1 - self._columns[-1])
        starts = range(0, count * self._step, self._step)
        places = [
            [slice(start + target, start + target + length) for start in starts]
            for _, length, target in self._pieces
        ]
        template = self._templates[count] = _Template((self._row * count)[:length], places)
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
