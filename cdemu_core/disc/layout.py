"""DiscBuilder: numbering, pregaps, lead-outs and invariants, once for all formats."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import CorruptImage
from .model import (
    CdTextBlock,
    Control,
    Disc,
    DiscStructure,
    Dpm,
    Fragment,
    Index,
    MediumType,
    Session,
    SessionType,
    TocPoint,
    Track,
)
from .rules import (
    MAX_TRACKS,
    REDBOOK_PREGAP,
    check_fragment,
    check_indices,
    guess_medium,
    leadout_length,
    session_type,
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
        if not any(session.tracks for session in self.sessions):
            raise CorruptImage("The image has no track; it is empty or damaged.")
        medium = self.medium or guess_medium(self._contents())
        is_cd = medium is MediumType.CD
        start = self.start if self.start is not None else (-REDBOOK_PREGAP if is_cd else 0)
        sessions: list[Session] = []
        address, number = start, self.first_track
        for position, builder in enumerate(self.sessions):
            lead = builder.lead_pregap
            if lead is None:
                lead = REDBOOK_PREGAP if is_cd else 0
            leadout = builder.leadout_length
            if leadout is None:
                leadout = leadout_length(position, len(self.sessions))
            session = _build_session(
                builder, self.first_session + position, address, number, lead=lead, leadout=leadout
            )
            sessions.append(session)
            address += session.length
            number += len(session.tracks)
        return Disc(medium, start, address - start, tuple(sessions), self.dpm, tuple(self.structures))

    def _contents(self) -> Iterator[tuple[SectorType, list[Fragment]]]:
        return ((t.sector_type, t.fragments) for session in self.sessions for t in session.tracks)


def _build_session(
    builder: SessionBuilder, number: int, start: int, first_track: int, *, lead: int, leadout: int
) -> Session:
    where = f"Session {number}"
    if not builder.tracks:
        raise CorruptImage(f"{where} has no track; the image is damaged.")
    if lead < 0 or leadout < 0:
        raise CorruptImage(
            f"{where} has a negative gap ({min(lead, leadout)} sectors); the image is damaged."
        )
    tracks: list[Track] = []
    address = start
    for position, track in enumerate(builder.tracks):
        built = _build_track(track, first_track + position, address, 0 if position else lead)
        tracks.append(built)
        address = built.end
    return Session(
        number=number,
        type=session_type(t.sector_type for t in tracks) if builder.type is None else builder.type,
        start=start,
        length=address - start + leadout,
        leadout_length=leadout,
        tracks=tuple(tracks),
        mcn=builder.mcn,
        cdtext=builder.cdtext,
        toc_points=builder.toc_points,
    )


def _build_track(builder: TrackBuilder, number: int, start: int, lead: int) -> Track:
    where = f"Track {number}"
    if not 1 <= number <= MAX_TRACKS:
        raise CorruptImage(f"The image has a track {number}; a disc has tracks 1 to {MAX_TRACKS}.")
    for fragment in builder.fragments:
        check_fragment(fragment, where)
    length = builder.length
    if not length:
        raise CorruptImage(f"{where} holds no sectors; the image is damaged.")
    check_indices(where, builder.pregap, length, builder.indices.items())
    fragments = tuple(fragment for fragment in builder.fragments if fragment.length)
    control = builder.control & ~Control.DATA
    return Track(
        number=number,
        sector_type=builder.sector_type,
        start=start,
        length=length + lead,
        pregap=builder.pregap + lead,
        control=control if builder.sector_type is SectorType.AUDIO else control | Control.DATA,
        fragments=(Fragment(lead), *fragments) if lead else fragments,
        isrc=builder.isrc,
        indices=tuple(Index(n, address + lead) for n, address in sorted(builder.indices.items())),
    )
