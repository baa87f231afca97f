"""What one READ CD asks of each sector, and how many bytes that is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import attrs

from ..units import SUBCHANNEL_SIZE
from .sector import LAYOUT, SectorParts, SectorType

SUB_SIZES: Final = {None: 0, "pw": SUBCHANNEL_SIZE, "q": 16, "rw": SUBCHANNEL_SIZE}
"""Bytes of each sub-channel selection (MMC-6, 6.19.2.6)."""


@attrs.frozen
class Wanted:
    """Main-channel parts, bytes of C2 information, kind of sub-channel, and the type insisted on."""

    parts: SectorParts
    c2: int = 0
    sub: str | None = None
    expected: SectorType | None = None

    @property
    def extra(self) -> int:
        """Bytes after the main channel."""
        return self.c2 + SUB_SIZES[self.sub]


def spans(sector_type: SectorType, parts: SectorParts) -> Iterator[tuple[int, int]]:
    """Where the wanted ``parts`` that a resolved type has lie in the frame, in order."""
    return (span for part, span in LAYOUT[sector_type].items() if part in parts)


@lru_cache(maxsize=256)
def part_size(sector_type: SectorType, parts: SectorParts) -> int:
    """Bytes that ``parts`` of a sector of this (resolved) type have."""
    return sum(length for _, length in spans(sector_type, parts))
