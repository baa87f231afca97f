"""DiscBuilder: numbering, pregaps, lead-outs and invariants, once for all formats."""

from __future__ import annotations

from .model import (
    CdTextBlock,
    Control,
    Disc,
    DiscStructure,
    Dpm,
    Fragment,
    MediumType,
    SessionType,
    TocPoint,
)
from .sector import SectorType


class TrackBuilder:
    """A track in the making; ``pregap`` counts sectors before index 1 among the added fragments."""

    def __init__(self, sector_type: SectorType, control: Control, isrc: str | None) -> None:
        self.sector_type = sector_type
        self.control = control
        self.isrc = isrc
        self.pregap = 0
        self.fragments: list[Fragment] = []
        self.indices: dict[int, int] = {}

    @property
    def length(self) -> int:
        """Sectors added so far, pregap included."""
        return sum(fragment.length for fragment in self.fragments)

    def add_fragment(self, fragment: Fragment) -> None:
        """Append a run of sectors (``main=None``: silence or zeros)."""
        self.fragments.append(fragment)

    def add_index(self, number: int, address: int) -> None:
        """Index ``number`` ≥ 2 at ``address`` sectors from the track's start as it stands now."""
        self.indices[number] = address


class SessionBuilder:
    """A session in the making.

    ``lead_pregap``: sectors of generated pregap to put before the first track's fragments; None
    lets :meth:`DiscBuilder.build` take the Red Book's 150 on a CD and 0 elsewhere.
    ``leadout_length``: None = 0 for the last session, else 11,250 after the first and 6,750 after
    later ones (lead-out plus next lead-in).
    """

    def __init__(self) -> None:
        self.type: SessionType | None = None
        self.mcn: str | None = None
        self.cdtext: tuple[CdTextBlock, ...] = ()
        self.leadout_length: int | None = None
        self.lead_pregap: int | None = None
        self.toc_points: tuple[TocPoint, ...] = ()
        self.tracks: list[TrackBuilder] = []

    def add_track(
        self,
        sector_type: SectorType,
        *,
        control: Control = Control.NONE,
        isrc: str | None = None,
    ) -> TrackBuilder:
        """Append a track; the DATA bit of ``control`` follows from ``sector_type``."""
        track = TrackBuilder(sector_type, control, isrc)
        self.tracks.append(track)
        return track


class DiscBuilder:
    """Collects sessions and tracks; :meth:`build` makes the frozen Disc.

    ``medium=None``: guessed from the length. ``start=None``: −150 on a CD, else 0.
    ``session.type`` None: from the tracks' sector types (only audio CD_DA; Mode 1 without Mode 2
    CD_ROM; Mode 2 without Mode 1 CD_ROM_XA; both CD_ROM).
    """

    def __init__(
        self, medium: MediumType | None = None, *, first_session: int = 1, first_track: int = 1
    ) -> None:
        self.medium = medium
        self.first_session = first_session
        self.first_track = first_track
        self.start: int | None = None
        self.sessions: list[SessionBuilder] = []
        self.dpm: Dpm | None = None
        self.structures: list[DiscStructure] = []

    def add_session(self) -> SessionBuilder:
        """Append a session."""
        session = SessionBuilder()
        self.sessions.append(session)
        return session

    def build(self) -> Disc:
        """The frozen Disc.

        Raises:
            CorruptImage: no session or track, a negative length, more than 99 tracks, a fragment
                outside its stream, an index outside its track.
        """
        raise NotImplementedError  # replaced below while the disc floor is built
