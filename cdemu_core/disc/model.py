"""Disc, Session, Track, Fragment: the layout of a medium as frozen values.

Addresses: ``start`` of disc, session and track are absolute LBAs; addresses inside a track
count from its first sector, pregap included. A Track's index 0 is [0, pregap), index 1
begins at ``pregap``. Values are made by :class:`cdemu_core.disc.layout.DiscBuilder`, which
keeps the invariants; nothing below checks them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, IntEnum, IntFlag

import attrs

from ..stream.base import Stream
from .sector import SectorType, Span, SubchannelForm


class MediumType(Enum):
    """Physical kind of medium; the values are libMirage's."""

    CD = 1
    DVD = 2
    BD = 3
    HD_DVD = 4
    HD = 5


class SessionType(Enum):
    """Disc type byte of point A0 (Red Book / MMC-6 table 489), by libMirage's names."""

    CD_DA = 0
    CD_ROM = 1
    CD_I = 2
    CD_ROM_XA = 3


class Control(IntFlag):
    """Control nibble of sub-channel Q (Red Book; MMC-6 table 37)."""

    NONE = 0
    PRE_EMPHASIS = 1
    COPY_PERMITTED = 2
    DATA = 4
    FOUR_CHANNEL = 8


class PackType(IntEnum):
    """CD-TEXT pack types (MMC-3 annex J)."""

    TITLE = 0x80
    PERFORMER = 0x81
    SONGWRITER = 0x82
    COMPOSER = 0x83
    ARRANGER = 0x84
    MESSAGE = 0x85
    DISC_ID = 0x86
    GENRE = 0x87
    TOC_INFO = 0x88
    TOC_INFO2 = 0x89
    CLOSED_INFO = 0x8D
    UPC_ISRC = 0x8E
    SIZE_INFO = 0x8F


@attrs.frozen
class CdTextBlock:
    """One language of a session's CD-TEXT.

    ``texts`` maps (pack type, track number; 0 = album) to the stored bytes without the
    terminating NUL(s); ``language`` is an EBU Tech 3264 code (9 English), ``charset`` the
    SIZE_INFO character code (0 ISO-8859-1, 1 ASCII, 0x80 MS-JIS …).
    """

    language: int = 9
    charset: int = 0
    texts: Mapping[tuple[PackType, int], bytes] = attrs.field(factory=dict)
    first_track: int = 0
    """First track of the block's SIZE_INFO; 0 lets the encoder take the session's."""
    last_track: int = 0
    copyright_flags: int = 3


@attrs.frozen(eq=False)
class MainChannel:
    """Where a fragment's main channel is stored.

    Sector n of the fragment is ``stream[offset + n*stride : … + stored.length]`` and those
    bytes are bytes [stored.start, stored.start + stored.length) of the 2352-byte frame.
    """

    stream: Stream
    offset: int
    stride: int
    stored: Span
    swapped: bool = False
    """Every 16-bit word is byte-swapped (big-endian audio)."""
    scrambled: bool = False
    """Data frames are stored scrambled (ECMA-130 annex B)."""


@attrs.frozen(eq=False)
class Subchannel:
    """Where a fragment's sub-channel is stored: sector n at ``offset + n*stride``."""

    stream: Stream
    offset: int
    stride: int
    form: SubchannelForm


@attrs.frozen(eq=False)
class Fragment:
    """A run of ``length`` sectors lying in one stream at one stride; no ``main``: zeros, generated."""

    length: int
    main: MainChannel | None = None
    sub: Subchannel | None = None


@attrs.frozen
class Index:
    """Index point ``number`` ≥ 2 at ``address`` sectors from the start of its track."""

    number: int
    address: int


@attrs.frozen(eq=False)
class Track:
    """One track, pregap included in ``start``, ``length`` and ``fragments``."""

    number: int
    sector_type: SectorType
    start: int
    length: int
    pregap: int
    control: Control
    fragments: tuple[Fragment, ...]
    isrc: str | None = None
    indices: tuple[Index, ...] = ()

    @property
    def end(self) -> int:
        """LBA after the last sector."""
        return self.start + self.length

    @property
    def index1(self) -> int:
        """Absolute LBA of index 1: the track's start in the TOC."""
        return self.start + self.pregap


@attrs.frozen
class TocPoint:
    """A lead-in Q entry an image stores verbatim (POINT B0, C0 …), values binary."""

    adr: int
    control: int
    tno: int
    point: int
    msf: tuple[int, int, int]
    zero: int
    pmsf: tuple[int, int, int]


@attrs.frozen(eq=False)
class Session:
    """``length`` includes ``leadout_length`` (0 for the last session unless stored)."""

    number: int
    type: SessionType
    start: int
    length: int
    leadout_length: int
    tracks: tuple[Track, ...]
    mcn: str | None = None
    cdtext: tuple[CdTextBlock, ...] = ()
    toc_points: tuple[TocPoint, ...] = ()

    @property
    def leadout(self) -> int:
        """LBA of the lead-out."""
        return self.start + self.length - self.leadout_length


@attrs.frozen
class Dpm:
    """Data position measurement: value k is the angle at sector ``start + (k+1)*resolution``
    in 1/256 rotation, counted from ``start``."""

    start: int
    resolution: int
    values: tuple[int, ...]


@attrs.frozen
class DiscStructure:
    """A DVD/BD structure stored by the image: READ DISC STRUCTURE format ``type`` of ``layer``."""

    layer: int
    type: int
    data: bytes


@attrs.frozen(eq=False)
class Disc:
    """A whole medium. CDs start at LBA −150, other media at 0."""

    medium: MediumType
    start: int
    length: int
    sessions: tuple[Session, ...]
    dpm: Dpm | None = None
    structures: tuple[DiscStructure, ...] = ()

    @property
    def end(self) -> int:
        """LBA after the last sector of the last session's lead-out."""
        return self.start + self.length

    @property
    def tracks(self) -> tuple[Track, ...]:
        """All tracks of all sessions in order."""
        return tuple(track for session in self.sessions for track in session.tracks)
