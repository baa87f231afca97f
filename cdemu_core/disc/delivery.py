"""The slow road of READ CD: frames made in batches, the wanted parts copied out of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import WrongSectorType
from ..units import RAW_SECTOR
from . import c2, frames
from .runs import Run
from .sector import LAYOUT, SectorParts, SectorType, Span
from .subchannel import read_sub
from .wanted import SUB_SIZES, Wanted, part_size, spans

Bytes = NDArray[np.uint8]


def deliver(run: Run, lba: int, count: int, wanted: Wanted, into: memoryview) -> int:
    """Put what is ``wanted`` of ``count`` sectors of ``run`` into ``into``; return the bytes.

    Raises:
        WrongSectorType: a sector is not of the expected type.
        UnreadableSector: a stream ends before a sector does.
        StreamError: a stream cannot be read.
    """
    size = RAW_SECTOR + wanted.extra
    if not (run.mixed or wanted.c2) and part_size(run.uniform_type, wanted.parts) == RAW_SECTOR:
        target = np.frombuffer(into[: count * size], np.uint8).reshape(count, size)
        return _deliver_whole(run, lba, wanted, target)
    if wanted.parts or wanted.c2 or run.mixed:
        rows, stored = frames.load(run, lba, count)
    else:
        rows, stored = np.empty((count, 0), np.uint8), frames.NOTHING
    groups = frames.group_by_type(run, rows)
    for first, _, sector_type in groups:
        if wanted.expected not in (None, sector_type):
            raise WrongSectorType(lba + first, sector_type.title)
    at = 0
    for first, end, sector_type in groups:
        size = (end - first) * (part_size(sector_type, wanted.parts) + wanted.extra)
        target = np.frombuffer(into[at : at + size], np.uint8).reshape(end - first, -1)
        _deliver_group(run, lba + first, rows[first:end], sector_type, stored, wanted=wanted, target=target)
        at += size
    return at


def _deliver_whole(run: Run, lba: int, wanted: Wanted, target: Bytes) -> int:
    """Whole frames of one type, made in place."""
    if wanted.expected not in (None, run.uniform_type):
        raise WrongSectorType(lba, run.uniform_type.title)
    rows = target[:, :RAW_SECTOR]
    stored = frames.load_into(run, lba, rows)
    frames.complete(rows, lba, run.uniform_type, stored, wanted.parts)
    if wanted.sub is not None:
        target[:, RAW_SECTOR:] = read_sub(run, lba, len(rows), wanted.sub)
    return target.size


def _deliver_group(
    run: Run,
    lba: int,
    rows: Bytes,
    sector_type: SectorType,
    stored: Span,
    *,
    wanted: Wanted,
    target: Bytes,
) -> None:
    if wanted.parts or wanted.c2:
        frames.complete(rows, lba, sector_type, stored, wanted.parts)
    at = 0
    for start, length in spans(sector_type, wanted.parts):
        target[:, at : at + length] = rows[:, start : start + length]
        at += length
    if wanted.c2:
        code = LAYOUT[sector_type].get(SectorParts.EDC_ECC)
        checked = code is not None and frames.inside(code, stored)
        target[:, at : at + wanted.c2] = c2.errors(rows, sector_type, wanted.c2) if checked else 0
    if wanted.sub is not None:
        target[:, target.shape[1] - SUB_SIZES[wanted.sub] :] = read_sub(run, lba, len(rows), wanted.sub)


def deliver_sub(run: Run, lba: int, kind: str, into: memoryview, step: int) -> None:
    """Put the sub-channel ``kind`` of sectors ``lba`` … at the end of every ``step`` bytes of ``into``."""
    rows = np.frombuffer(into, np.uint8).reshape(-1, step)
    rows[:, step - SUB_SIZES[kind] :] = read_sub(run, lba, len(rows), kind)
