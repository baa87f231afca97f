"""Sector types and where the parts of a 2352-byte frame lie (ECMA-130 section 14, MMC-6 table 363)."""

from __future__ import annotations

from enum import Enum, Flag
from typing import Final, NamedTuple


class SectorType(Enum):
    """What a sector holds; the names are libMirage's, the values those of its dumps."""

    MODE0 = 0
    AUDIO = 1
    MODE1 = 2
    MODE2 = 3
    """Mode 2 without forms: 2336 bytes of user data."""
    MODE2_FORM1 = 4
    MODE2_FORM2 = 5
    MODE2_MIXED = 6
    """Of a track or fragment only: each sector's sub-header says Form 1 or Form 2."""

    @property
    def title(self) -> str:
        """The type in words, for messages."""
        return TITLES[self]


TITLES: Final = {
    SectorType.MODE0: "Mode 0",
    SectorType.AUDIO: "audio",
    SectorType.MODE1: "Mode 1",
    SectorType.MODE2: "Mode 2",
    SectorType.MODE2_FORM1: "Mode 2 Form 1",
    SectorType.MODE2_FORM2: "Mode 2 Form 2",
    SectorType.MODE2_MIXED: "Mode 2",
}


class SectorParts(Flag):
    """Parts of a main-channel frame, as the READ CD selection bits name them (MMC-6, 6.19)."""

    NONE = 0
    EDC_ECC = 0x08
    USER_DATA = 0x10
    HEADER = 0x20
    SUBHEADER = 0x40
    SYNC = 0x80
    ALL = 0xF8


class Span(NamedTuple):
    """Bytes [start, start + length) of the 2352-byte frame."""

    start: int
    length: int


SYNC: Final = Span(0, 12)
HEADER: Final = Span(12, 4)
SUBHEADER: Final = Span(16, 8)
SUBMODE_OFFSET: Final = 18
SUBMODE_DATA: Final = 0x08
SUBMODE_FORM2: Final = 0x20
MODE_OFFSET: Final = 15

SYNC_PATTERN: Final = b"\x00" + b"\xff" * 10 + b"\x00"

P = SectorParts
LAYOUT: Final[dict[SectorType, dict[SectorParts, Span]]] = {
    SectorType.AUDIO: {P.USER_DATA: Span(0, 2352)},
    SectorType.MODE0: {P.SYNC: SYNC, P.HEADER: HEADER, P.USER_DATA: Span(16, 2336)},
    SectorType.MODE1: {
        P.SYNC: SYNC,
        P.HEADER: HEADER,
        P.USER_DATA: Span(16, 2048),
        P.EDC_ECC: Span(2064, 288),
    },
    SectorType.MODE2: {P.SYNC: SYNC, P.HEADER: HEADER, P.USER_DATA: Span(16, 2336)},
    SectorType.MODE2_FORM1: {
        P.SYNC: SYNC,
        P.HEADER: HEADER,
        P.SUBHEADER: SUBHEADER,
        P.USER_DATA: Span(24, 2048),
        P.EDC_ECC: Span(2072, 280),
    },
    SectorType.MODE2_FORM2: {
        P.SYNC: SYNC,
        P.HEADER: HEADER,
        P.SUBHEADER: SUBHEADER,
        P.USER_DATA: Span(24, 2324),
        P.EDC_ECC: Span(2348, 4),
    },
}
"""Spans of the parts a resolved sector type has, in frame order (MODE2_MIXED is never resolved)."""
del P

T = SectorType
STORED: Final[dict[tuple[SectorType, int], Span]] = {
    (T.AUDIO, 2352): Span(0, 2352),
    (T.MODE0, 2336): Span(16, 2336),
    (T.MODE0, 2340): Span(12, 2340),
    (T.MODE0, 2352): Span(0, 2352),
    (T.MODE1, 2048): Span(16, 2048),
    (T.MODE1, 2052): Span(12, 2052),
    (T.MODE1, 2064): Span(0, 2064),
    (T.MODE1, 2336): Span(16, 2336),
    (T.MODE1, 2340): Span(12, 2340),
    (T.MODE1, 2352): Span(0, 2352),
    (T.MODE2, 2336): Span(16, 2336),
    (T.MODE2, 2340): Span(12, 2340),
    (T.MODE2, 2352): Span(0, 2352),
    (T.MODE2_FORM1, 2048): Span(24, 2048),
    (T.MODE2_FORM1, 2056): Span(16, 2056),
    (T.MODE2_FORM1, 2060): Span(12, 2060),
    (T.MODE2_FORM1, 2072): Span(0, 2072),
    (T.MODE2_FORM1, 2328): Span(24, 2328),
    (T.MODE2_FORM1, 2336): Span(16, 2336),
    (T.MODE2_FORM1, 2340): Span(12, 2340),
    (T.MODE2_FORM1, 2352): Span(0, 2352),
    (T.MODE2_FORM2, 2324): Span(24, 2324),
    (T.MODE2_FORM2, 2328): Span(24, 2328),
    (T.MODE2_FORM2, 2332): Span(16, 2332),
    (T.MODE2_FORM2, 2336): Span(16, 2336),
    (T.MODE2_FORM2, 2340): Span(12, 2340),
    (T.MODE2_FORM2, 2348): Span(0, 2348),
    (T.MODE2_FORM2, 2352): Span(0, 2352),
    (T.MODE2_MIXED, 2332): Span(16, 2332),
    (T.MODE2_MIXED, 2336): Span(16, 2336),
    (T.MODE2_MIXED, 2340): Span(12, 2340),
    (T.MODE2_MIXED, 2348): Span(0, 2348),
    (T.MODE2_MIXED, 2352): Span(0, 2352),
}
"""Which bytes of the frame an image stores, by sector type and bytes per sector."""
del T


class SubchannelForm(Enum):
    """How an image stores the sub-channel of one sector."""

    PW96_INTERLEAVED = "pw96"
    """96 bytes, bit 7 of each is P, bit 0 is W (as READ CD returns them)."""
    PW96_LINEAR = "pw96-linear"
    """12 bytes of P, 12 of Q … 12 of W."""
    RW96 = "rw96"
    """96 bytes interleaved of which R–W count; P and Q are generated."""
    Q16 = "q16"
    """12 bytes of Q, 3 bytes zero, bit 7 of the last is P."""

    @property
    def size(self) -> int:
        """Bytes per sector."""
        return 16 if self is SubchannelForm.Q16 else 96
