"""The ways in which images lay one sector after the other, as a table."""

from __future__ import annotations

from typing import Final, NamedTuple

from cdemu_core.api import STORED, SectorType, Span

T = SectorType


class Layout(NamedTuple):
    """One sector of a file: ``stride`` bytes, of which ``stored`` (a span of the 2352-byte frame) begin at
    ``stored_at``, the 2048 bytes that file systems use at ``user_at``, and ``sub_size`` bytes of
    sub-channel (0, 16 or 96) at ``sub_at``.
    """

    sector_type: SectorType
    stride: int
    stored_at: int
    stored: Span
    user_at: int
    sub_at: int = 0
    sub_size: int = 0


# sector type, bytes a sector, where its stored part begins, that part's size (a key of STORED), user data
Main = tuple[SectorType, int, int, int, int]
MAINS: Final[tuple[Main, ...]] = (
    (T.MODE1, 2048, 0, 2048, 0),
    (T.MODE1, 2352, 0, 2352, 16),
    (T.MODE2_MIXED, 2352, 0, 2352, 24),
    (T.MODE2_MIXED, 2336, 0, 2336, 8),
    (T.MODE1, 2336, 0, 2336, 0),
    (T.MODE2_MIXED, 2332, 0, 2332, 8),
    (T.MODE1, 2340, 0, 2340, 4),
    (T.MODE2_MIXED, 2340, 0, 2340, 12),
    (T.MODE2_MIXED, 2348, 0, 2348, 24),
    (T.MODE2_FORM1, 2056, 0, 2056, 8),
    (T.MODE2_FORM1, 2060, 0, 2060, 12),
    (T.MODE2_FORM1, 2072, 0, 2072, 24),
    (T.MODE2_FORM1, 2328, 0, 2328, 0),
    (T.MODE2_FORM1, 2324, 0, 2048, 0),  # Form 1 cut like Form 2: its EDC is incomplete, so it is not taken
    (T.MODE1, 2052, 0, 2052, 4),
    (T.MODE1, 2064, 0, 2064, 16),
    (T.MODE1, 2064, 12, 2048, 12),  # DVD data frame: 12 bytes of ID, IED and CPR_MAI (ECMA-267, 16)
)

# bytes after the main channel, where the sub-channel begins among them, its size (294, 296: C2 pointers)
TRAILERS: Final = ((0, 0, 0), (16, 0, 16), (96, 0, 96), (294, 0, 0), (296, 0, 0), (390, 294, 96))


def _combine(main: Main, trailer: tuple[int, int, int]) -> Layout:
    sector_type, size, stored_at, stored, user_at = main
    extra, sub_at, sub_size = trailer
    span = STORED[sector_type, stored]
    return Layout(sector_type, size + extra, stored_at, span, user_at, size + sub_at, sub_size)


LAYOUTS: Final = tuple(
    _combine(main, trailer)
    for trailer in TRAILERS
    for main in MAINS
    if trailer[0] <= 96 or main[1] == 2352  # C2 pointers are of whole frames
)
USER: Final = LAYOUTS[0]
MAX_STRIDE: Final = max(layout.stride for layout in LAYOUTS)

# What a sector with a sync pattern holds, by the mode byte of its header (ECMA-130, 14.2).
RAW_TYPES: Final = {0: T.MODE0, 1: T.MODE1, 2: T.MODE2_MIXED}


def raw(sector_type: SectorType, trailer: tuple[int, int, int] = TRAILERS[0]) -> Layout:
    """Whole 2352-byte frames of a type, with a trailer behind each."""
    user_at = 24 if sector_type is T.MODE2_MIXED else 16
    return _combine((sector_type, 2352, 0, 2352, user_at), trailer)


def bare(sector_type: SectorType, size: int) -> Layout:
    """``size`` stored bytes of a type and nothing else."""
    return _combine((sector_type, size, 0, size, 0), TRAILERS[0])
