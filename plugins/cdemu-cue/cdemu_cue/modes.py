"""Track modes: what follows the number in a TRACK statement."""

from __future__ import annotations

from typing import Final, NamedTuple

from cdemu_core.api import STORED, SectorType, Span

T = SectorType


class Mode(NamedTuple):
    """Sector type, stored bytes of the frame, and bytes of sub-channel behind them (0, 16 or 96)."""

    sector_type: SectorType
    size: int
    sub_size: int = 0
    cdi: bool = False

    @property
    def stride(self) -> int:
        """Bytes per sector in the file."""
        return self.size + self.sub_size

    @property
    def stored(self) -> Span:
        """The part of the frame that is stored."""
        return STORED[self.sector_type, self.size]


MODES: Final[dict[str, Mode]] = {
    "AUDIO": Mode(T.AUDIO, 2352),
    "AUDIO/2352": Mode(T.AUDIO, 2352),
    "AUDIO/2448": Mode(T.AUDIO, 2352, 96),
    "CDG": Mode(T.AUDIO, 2352, 96),
    "MODE0/2336": Mode(T.MODE0, 2336),
    "MODE0/2352": Mode(T.MODE0, 2352),
    "MODE0/2448": Mode(T.MODE0, 2352, 96),
    "MODE1/2048": Mode(T.MODE1, 2048),
    "MODE1/2352": Mode(T.MODE1, 2352),
    "MODE1/2368": Mode(T.MODE1, 2352, 16),
    "MODE1/2448": Mode(T.MODE1, 2352, 96),
    "MODE2/2048": Mode(T.MODE2_FORM1, 2048),
    "MODE2/2324": Mode(T.MODE2_FORM2, 2324),
    "MODE2/2328": Mode(T.MODE2_FORM2, 2328),
    "MODE2/2332": Mode(T.MODE2_MIXED, 2332),
    "MODE2/2336": Mode(T.MODE2_MIXED, 2336),
    "MODE2/2352": Mode(T.MODE2_MIXED, 2352),
    "MODE2/2368": Mode(T.MODE2_MIXED, 2352, 16),
    "MODE2/2448": Mode(T.MODE2_MIXED, 2352, 96),
    "CDI/2336": Mode(T.MODE2_MIXED, 2336, cdi=True),
    "CDI/2352": Mode(T.MODE2_MIXED, 2352, cdi=True),
    "CDI/2448": Mode(T.MODE2_MIXED, 2352, 96, cdi=True),
}
