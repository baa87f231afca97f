"""compare: what differs between two discs, by the features that image formats may lose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ..disc.cdtext import encode_packs
from ..disc.model import Disc, MediumType, Session, Track
from ..disc.reader import DiscReader
from ..disc.rules import REDBOOK_PREGAP, session_type
from ..disc.sector import SectorType
from ..disc.toc import DISC_TYPE, session_points
from ..errors import CdemuError
from ..plugin.descriptors import Feature
from ..units import USER_SECTOR
from .regenerate import COOKED, Bytes, batches, blank, frames, subchannel
from .survey import CD_I, FLAGS, MODE2, XA

Found = Iterator[tuple[Feature, str]]
FORMS: Final = MODE2 - {SectorType.MODE2}
"""Types that say the same of a track whose sectors carry sub-headers."""
BARE: Final = frozenset({SectorType.MODE1, SectorType.MODE2_FORM1})
"""Types that sectors of 2048 bytes may be of."""


class DiscsDiffer(CdemuError):
    """The discs differ in what no format may lose: the message says where."""


def compare(disc: Disc, other: Disc) -> dict[Feature, str]:
    """Features of ``disc`` that ``other`` has not, each with a sentence.

    Raises:
        DiscsDiffer: tracks are missing or user data is not the same.
        StreamError, UnreadableSector: a sector cannot be read.
    """
    if len(disc.tracks) != len(other.tracks):
        raise DiscsDiffer(
            f"The disc has {len(disc.tracks)} tracks, what was written has {len(other.tracks)}."
        )
    found: dict[Feature, str] = {}
    for look in (_layout, _tracks, _measurements, *((_sessions, _lead_in) if _alike(disc, other) else ())):
        for feature, sentence in look(disc, other):
            found.setdefault(feature, sentence)
    for feature, sentence in _contents(disc, other):
        found.setdefault(feature, sentence)
    return found


def _alike(disc: Disc, other: Disc) -> bool:
    counts = ([len(session.tracks) for session in d.sessions] for d in (disc, other))
    return next(counts) == next(counts)


def _layout(disc: Disc, other: Disc) -> Found:
    if disc.medium is not other.medium:
        yield Feature.MEDIUM, f"The medium became a {other.medium.name.replace('_', ' ')}."
    if not _alike(disc, other):
        yield Feature.SESSIONS, f"There are {len(other.sessions)} sessions instead of {len(disc.sessions)}."
        if disc.sessions[0].mcn != other.sessions[0].mcn:
            yield Feature.MCN, "The catalogue number is gone."
        if disc.sessions[0].cdtext and not other.sessions[0].cdtext:
            yield Feature.CD_TEXT, "CD-TEXT is gone."
    if disc.tracks[0].number != other.tracks[0].number:
        yield Feature.FIRST_TRACK, f"The first track is now number {other.tracks[0].number}."


def _sessions(disc: Disc, other: Disc) -> Found:
    for session, now in zip(disc.sessions, other.sessions, strict=True):
        name = f"Session {session.number}"
        if session.mcn != now.mcn:
            yield Feature.MCN, f"{name} has the catalogue number {now.mcn} instead of {session.mcn}."
        if _packs(session) != _packs(now):
            first = session is disc.sessions[0]
            yield Feature.CD_TEXT if first else Feature.LATER_CD_TEXT, f"The CD-TEXT of {name} differs."
        if session.leadout_length != now.leadout_length:
            yield Feature.SESSION_GAPS, f"{now.leadout_length} sectors follow session {session.number}."
        if disc.medium is other.medium and session.tracks[0].pregap < REDBOOK_PREGAP <= now.tracks[0].pregap:
            yield Feature.SHORT_PREGAP, f"{name} begins with a whole pregap."
        if DISC_TYPE[session.type] != DISC_TYPE[now.type] and not (_follows(session) and _follows(now)):
            code = DISC_TYPE[session.type]
            feature = {CD_I: Feature.CD_I, XA: Feature.XA_SESSION}.get(code, Feature.ROM_SESSION)
            yield feature, f"{name} is now marked {now.type.name.replace('_', '-')}."


def _follows(session: Session) -> bool:
    """Whether the session's type says no more than its tracks do."""
    return DISC_TYPE[session.type] == DISC_TYPE[session_type(track.sector_type for track in session.tracks)]


def _packs(session: Session) -> bytes:
    return encode_packs(session.cdtext, session.tracks[0].number, session.tracks[-1].number)


def _lead_in(disc: Disc, other: Disc) -> Found:
    moved = any(a.index1 != b.index1 for a, b in zip(disc.tracks, other.tracks, strict=True))
    if disc.medium is not MediumType.CD or other.medium is not MediumType.CD or moved:
        return
    for session, now in zip(disc.sessions, other.sessions, strict=True):
        before = {point for point in session_points(disc, session) if point.adr != 1}
        if before != {point for point in session_points(other, now) if point.adr != 1}:
            yield Feature.TOC_POINTS, f"Entries of the lead-in of session {session.number} differ."


def _tracks(disc: Disc, other: Disc) -> Found:
    leads = {session.tracks[0].number for session in disc.sessions}
    for track, now in zip(disc.tracks, other.tracks, strict=True):
        name = f"Track {track.number}"
        if track.isrc != now.isrc:
            yield Feature.ISRC, f"{name} has the ISRC {now.isrc} instead of {track.isrc}."
        if track.control & FLAGS != now.control & FLAGS:
            yield Feature.FLAGS, f"The flags of track {track.number} differ."
        points = [(index.number, index.address - track.pregap) for index in track.indices]
        if points != [(index.number, index.address - now.pregap) for index in now.indices]:
            yield Feature.INDICES, f"The index points of track {track.number} differ."
        short = track.number in leads and track.pregap < REDBOOK_PREGAP
        if track.pregap != now.pregap and not short and disc.medium is other.medium:
            feature = Feature.PREGAPS if track.pregap else Feature.TRACKS
            yield feature, f"{name} has a pregap of {now.pregap} instead of {track.pregap} sectors."
        yield from _type(track, now)


def _type(track: Track, now: Track) -> Found:
    kinds = {track.sector_type, now.sector_type}
    if len(kinds) == 1 or kinds <= FORMS:
        return
    if kinds <= MODE2:
        yield Feature.FORMLESS, f"Track {track.number} is taken for {now.sector_type.title} with forms."
    elif kinds <= BARE:
        yield Feature.MODE2, f"Track {track.number} is taken for {now.sector_type.title}."
    elif SectorType.MODE0 in kinds:
        yield Feature.MODE0, f"Track {track.number} is taken for {now.sector_type.title}."
    else:
        raise DiscsDiffer(
            f"Track {track.number} is {track.sector_type.title}, but what was written reads as "
            f"{now.sector_type.title}."
        )


def _measurements(disc: Disc, other: Disc) -> Found:
    if disc.dpm is not None and disc.dpm.values and disc.dpm != other.dpm:
        yield Feature.DPM, "Data position measurements differ."
    if not set(disc.structures) <= set(other.structures):
        yield Feature.STRUCTURES, "Disc structures differ."


def _contents(disc: Disc, other: Disc) -> Found:
    reader, now = DiscReader(disc), DiscReader(other)
    cd = disc.medium is other.medium is MediumType.CD
    for track, written in zip(disc.tracks, other.tracks, strict=True):
        count = track.length - track.pregap
        if count != written.length - written.pregap:
            if track.sector_type is SectorType.AUDIO:
                yield Feature.AUDIO, f"Track {track.number} has another length."
                continue
            raise DiscsDiffer(
                f"Track {track.number} has {count} sectors, but "
                f"{written.length - written.pregap} were written."
            )
        if cd:
            yield from _frames(reader, now, track, written)
        else:
            _user_data(reader, now, track, written)
    if cd and all(a.start == b.start for a, b in zip(disc.tracks, other.tracks, strict=True)):
        yield from _generated_where_possible(disc, other)


def _frames(reader: DiscReader, now: DiscReader, track: Track, written: Track) -> Found:
    """Frames from index 1; where the track has moved, only what is independent of that."""
    moved = written.index1 - track.index1
    bare = {track.sector_type, written.sector_type} == BARE
    start, length = COOKED[track.sector_type]
    begin = COOKED[written.sector_type].start if bare else start
    for lba, count in batches(track.index1, track.end):
        a, b = frames(reader, lba, count), frames(now, lba + moved, count)
        if (a[:, start : start + length] != b[:, begin : begin + length]).any():
            yield _user_differs(track)
        elif not moved and not bare and (a != b).any():
            yield Feature.RAW_SECTORS, f"Sectors of track {track.number} differ outside their user data."


def _user_differs(track: Track) -> tuple[Feature, str]:
    if track.sector_type is SectorType.AUDIO:
        return Feature.AUDIO, f"Samples of track {track.number} differ."
    raise DiscsDiffer(f"The data of track {track.number} differs from what was written.")


def _user_data(reader: DiscReader, now: DiscReader, track: Track, written: Track) -> None:
    moved = written.index1 - track.index1
    for lba, count in batches(track.index1, track.end):
        a, b = bytearray(count * USER_SECTOR), bytearray(count * USER_SECTOR)
        reader.read_user_data(lba, count, memoryview(a))
        now.read_user_data(lba + moved, count, memoryview(b))
        if a != b:
            raise DiscsDiffer(f"The data of track {track.number} differs from what was written.")


def _generated_where_possible(disc: Disc, other: Disc) -> Found:
    """Pregaps and sub-channel. What is generated follows from the layout, which is compared elsewhere: a
    difference counts where one of the two is something else than generated."""
    pair = _Pair(disc, other)
    for session in disc.sessions:
        for track in session.tracks:
            lead = min(REDBOOK_PREGAP, track.pregap) if track is session.tracks[0] else 0
            edge = track.start + lead
            if pair.differs(frames, track.start, edge) or pair.differs(subchannel, track.start, edge):
                yield Feature.FIRST_PREGAP, f"The first pregap of track {track.number} differs."
            if pair.differs(frames, edge, track.index1) or pair.differs(subchannel, edge, track.index1):
                yield Feature.PREGAP_DATA, f"The pregap of track {track.number} differs."
            if pair.differs(subchannel, track.index1, track.end):
                yield Feature.SUBCHANNEL, f"The sub-channel of track {track.number} differs."


class _Pair:
    def __init__(self, disc: Disc, other: Disc) -> None:
        self._reader, self._empty = DiscReader(disc), DiscReader(blank(disc))
        self._now, self._empty_now = DiscReader(other), DiscReader(blank(other))

    def differs(self, read: Callable[[DiscReader, int, int], Bytes], start: int, end: int) -> bool:
        """Whether what ``read`` gives of [start, end) differs where it is not generated on both sides."""
        for lba, count in batches(start, end):
            a, b = read(self._reader, lba, count), read(self._now, lba, count)
            if (a == b).all():
                continue
            own = (a != read(self._empty, lba, count)).any() or (b != read(self._empty_now, lba, count)).any()
            if own:
                return True
        return False
