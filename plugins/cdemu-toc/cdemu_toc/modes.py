"""Track modes: sector type and stored bytes of each."""

from __future__ import annotations

from typing import Final, NamedTuple

from cdemu_core.api import STORED, SectorType, SessionType, Span

T = SectorType
SUB: Final = 96
SUBCHANNELS: Final = frozenset({"RW", "RW_RAW"})


class Mode(NamedTuple):
    """Sector type and bytes of main channel a sector takes; ``cdrdao(1)``, “TRACK”."""

    sector_type: SectorType
    size: int

    @property
    def stored(self) -> Span:
        """The part of the frame that is stored."""
        return STORED[self.sector_type, self.size]


MODES: Final[dict[str, Mode]] = {
    "AUDIO": Mode(T.AUDIO, 2352),
    "MODE0": Mode(T.MODE0, 2336),
    "MODE1": Mode(T.MODE1, 2048),
    "MODE1_RAW": Mode(T.MODE1, 2352),
    "MODE2": Mode(T.MODE2, 2336),
    "MODE2_RAW": Mode(T.MODE2_MIXED, 2352),
    "MODE2_FORM1": Mode(T.MODE2_FORM1, 2048),
    "MODE2_FORM2": Mode(T.MODE2_FORM2, 2324),
    "MODE2_FORM_MIX": Mode(T.MODE2_MIXED, 2336),
}
SESSION_TYPES: Final = {kind.name: kind for kind in SessionType}
