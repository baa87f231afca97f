"""Whole 2352-byte frames of a run: stored bytes in place, missing parts generated."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import UnreadableSector
from ..units import RAW_SECTOR
from . import lec
from .model import MainChannel
from .rows import read_rows
from .runs import Run
from .sector import (
    HEADER,
    LAYOUT,
    SUBHEADER,
    SUBMODE_FORM2,
    SUBMODE_OFFSET,
    SYNC,
    SectorParts,
    SectorType,
    Span,
)

Bytes = NDArray[np.uint8]

NOTHING: Final = Span(0, 0)


def load(run: Run, lba: int, count: int) -> tuple[Bytes, Span]:
    """Stored bytes of ``count`` sectors of ``run`` in zeroed frames (count × 2352), and which those are.

    Byte order and scrambling are undone.

    Raises:
        UnreadableSector: the stream ends before a sector does.
        StreamError: the stream cannot be read.
    """
    frames = np.empty((count, RAW_SECTOR), np.uint8)
    return frames, load_into(run, lba, frames)


def load_into(run: Run, lba: int, frames: Bytes) -> Span:
    """:func:`load` into ``frames``, whatever they hold and however far apart they lie."""
    main = run.main
    if main is None:
        frames[:] = 0
        return NOTHING
    start, length = main.stored
    frames[:, :start] = 0
    frames[:, start + length :] = 0
    offset = main.offset + (lba - run.start) * main.stride
    done = read_rows(main.stream, offset, main.stride, length, frames[:, start:])
    if done < len(frames):
        raise UnreadableSector(lba + done)
    _restore(frames, main)
    return main.stored


def _restore(frames: Bytes, main: MainChannel) -> None:
    start, length = main.stored
    if main.swapped:
        pairs = frames[:, start : start + length // 2 * 2]
        pairs[:] = pairs.reshape(len(frames), -1, 2)[:, :, ::-1].reshape(pairs.shape)
    if main.scrambled:
        lec.scramble(frames, main.stored)


def group_by_type(run: Run, frames: Bytes) -> list[tuple[int, int, SectorType]]:
    """Stretches (from, to, type) of equal sector type in ``frames`` of ``run``."""
    if not run.mixed:
        return [(0, len(frames), run.uniform_type)]
    form2 = frames[:, SUBMODE_OFFSET] & SUBMODE_FORM2 != 0
    edges = [0, *(np.flatnonzero(form2[1:] != form2[:-1]) + 1).tolist(), len(frames)]
    types = (SectorType.MODE2_FORM1, SectorType.MODE2_FORM2)
    return [(a, b, types[int(form2[a])]) for a, b in pairwise(edges)]


def complete(
    frames: Bytes,
    lba: int,
    sector_type: SectorType,
    stored: Span,
    parts: SectorParts = SectorParts.ALL,
) -> None:
    """Generate what ``parts`` of ``frames`` (n × 2352, sectors ``lba`` …) need beyond the bytes ``stored``.

    A part of which only some bytes are stored is generated whole.
    """
    layout = LAYOUT[sector_type]
    if SectorParts.SYNC not in layout:
        return
    if not inside(SYNC, stored):
        lec.write_sync(frames)
    if not inside(HEADER, stored):
        lec.write_headers(frames, lba, sector_type)
    if SectorParts.SUBHEADER in layout and not inside(SUBHEADER, stored):
        lec.write_subheaders(frames, sector_type, empty=not stored.length)
    code = layout.get(SectorParts.EDC_ECC)
    if SectorParts.EDC_ECC in parts and code is not None and not inside(code, stored):
        lec.write_edc_ecc(frames, sector_type)


def inside(part: Span, stored: Span) -> bool:
    """Whether all bytes of ``part`` are stored."""
    return stored.start <= part.start and part.start + part.length <= stored.start + stored.length


def check(run: Run, lba: int, count: int) -> list[lec.SectorCheck]:
    """Verdicts on the stored error codes of ``count`` sectors; generated ones are OK."""
    frames, stored = load(run, lba, count)
    verdicts: list[lec.SectorCheck] = []
    for first, end, sector_type in group_by_type(run, frames):
        verdicts += check_group(frames[first:end], lba + first, sector_type, stored)
    return verdicts


def check_group(frames: Bytes, lba: int, sector_type: SectorType, stored: Span) -> list[lec.SectorCheck]:
    """Verdicts on ``frames`` of one type of which ``stored`` came from the image; completes them."""
    part = LAYOUT[sector_type].get(SectorParts.EDC_ECC)
    if part is None or not inside(part, stored):
        return [lec.SectorCheck.OK] * len(frames)
    complete(frames, lba, sector_type, stored)
    return lec.check(frames, sector_type)
