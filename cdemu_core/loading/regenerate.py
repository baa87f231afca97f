"""What a disc's sectors would be if only their user data, or nothing of them, had been kept."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from ..disc.frames import complete
from ..disc.model import Disc, Fragment
from ..disc.reader import DiscReader
from ..disc.sector import STORED, SUBMODE_FORM2, SUBMODE_OFFSET, SectorType, Span
from ..units import RAW_SECTOR, SUBCHANNEL_SIZE

Bytes = npt.NDArray[np.uint8]

BATCH: Final = 256
COOKED: Final[dict[SectorType, Span]] = {
    kind: STORED[kind, size]
    for kind, size in (
        (SectorType.AUDIO, 2352),
        (SectorType.MODE0, 2336),
        (SectorType.MODE1, 2048),
        (SectorType.MODE2, 2336),
        (SectorType.MODE2_FORM1, 2048),
        (SectorType.MODE2_FORM2, 2324),
        (SectorType.MODE2_MIXED, 2336),
    )
}
"""Bytes of the frame that a format keeps which does not store whole sectors."""


def blank(disc: Disc) -> Disc:
    """``disc`` with nothing stored: its frames and sub-channel are generated from the layout."""
    sessions = tuple(
        attrs.evolve(
            session,
            toc_points=(),
            tracks=tuple(attrs.evolve(t, fragments=(Fragment(t.length),)) for t in session.tracks),
        )
        for session in disc.sessions
    )
    return attrs.evolve(disc, sessions=sessions)


def batches(start: int, end: int) -> Iterator[tuple[int, int]]:
    """(first sector, sectors) of each batch of [start, end)."""
    for lba in range(start, end, BATCH):
        yield lba, min(BATCH, end - lba)


def frames(reader: DiscReader, lba: int, count: int) -> Bytes:
    """``count`` × 2352 bytes."""
    return np.frombuffer(reader.read_frames(lba, count), np.uint8).reshape(count, RAW_SECTOR)


def subchannel(reader: DiscReader, lba: int, count: int) -> Bytes:
    """``count`` × 96 bytes, interleaved."""
    return np.frombuffer(reader.read_subchannel(lba, count), np.uint8).reshape(count, SUBCHANNEL_SIZE)


def regenerated(found: Bytes, lba: int, kind: SectorType) -> Bytes:
    """The frames ``found`` (n × 2352, a track's sectors from ``lba``) as their cooked bytes make them."""
    start, length = COOKED[kind]
    made = np.zeros_like(found)
    made[:, start : start + length] = found[:, start : start + length]
    for begin, end, of_run in _by_form(made, kind):
        complete(made[begin:end], lba + begin, of_run, COOKED[kind])
    return made


def _by_form(rows: Bytes, kind: SectorType) -> Iterator[tuple[int, int, SectorType]]:
    if kind is not SectorType.MODE2_MIXED:
        yield 0, len(rows), kind
        return
    form2 = rows[:, SUBMODE_OFFSET] & SUBMODE_FORM2 != 0
    edges = [0, *(np.flatnonzero(np.diff(form2)) + 1).tolist(), len(rows)]
    for begin, end in pairwise(edges):
        yield begin, end, SectorType.MODE2_FORM2 if form2[begin] else SectorType.MODE2_FORM1
