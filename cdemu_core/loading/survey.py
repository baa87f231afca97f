"""survey: which features a disc has that an image format may lose, each with a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ..disc.export import generated_lead, has_subchannel
from ..disc.model import Control, Disc, Fragment, MediumType, Session, Track
from ..disc.reader import DiscReader
from ..disc.rules import REDBOOK_PREGAP, guess_medium, leadout_length, session_type
from ..disc.sector import SectorType
from ..disc.toc import DISC_TYPE, session_points
from ..plugin.descriptors import Feature
from ..units import frames_to_msf
from .regenerate import COOKED, batches, blank, frames, regenerated, subchannel

Found = Iterator[tuple[Feature, str]]

CD_I: Final = 0x10
XA: Final = 0x20
"""Disc types in point A0 (MMC-6, table 489)."""
MODE2: Final = frozenset(
    {SectorType.MODE2, SectorType.MODE2_FORM1, SectorType.MODE2_FORM2, SectorType.MODE2_MIXED}
)
FLAGS: Final = Control.PRE_EMPHASIS | Control.COPY_PERMITTED | Control.FOUR_CHANNEL


def survey(disc: Disc) -> dict[Feature, str]:
    """The features of ``disc``; its sectors are read where only they can tell.

    Raises:
        StreamError, UnreadableSector: a sector cannot be read.
    """
    found: dict[Feature, str] = {}
    for look in LOOKS if disc.medium is MediumType.CD else OTHER_LOOKS:
        for feature, sentence in look(disc):
            found.setdefault(feature, sentence)
    return found


def _layout(disc: Disc) -> Found:
    count = len(disc.tracks)
    if count > 1:
        yield Feature.TRACKS, f"The disc has {count} tracks."
    if disc.tracks[0].number != 1:
        yield Feature.FIRST_TRACK, f"The first track is number {disc.tracks[0].number}."
    if len(disc.sessions) > 1:
        yield Feature.SESSIONS, f"The disc has {len(disc.sessions)} sessions."
    contents = ((t.sector_type, t.fragments) for t in disc.tracks)
    if guess_medium((kind, list(fragments)) for kind, fragments in contents) is not disc.medium:
        yield (
            Feature.MEDIUM,
            f"That the medium is a {disc.medium.name.replace('_', ' ')} is not told by its size.",
        )


def _sessions(disc: Disc) -> Found:
    plain = blank(disc)
    for position, session in enumerate(disc.sessions):
        name = f"Session {session.number}"
        if session.mcn:
            yield Feature.MCN, f"{name} has the catalogue number {session.mcn}."
        if session.cdtext:
            feature = Feature.LATER_CD_TEXT if position else Feature.CD_TEXT
            yield feature, f"{name} has CD-TEXT in {len(session.cdtext)} language(s)."
        usual = leadout_length(position, len(disc.sessions))
        if session.leadout_length != usual and session is not disc.sessions[-1]:
            yield (
                Feature.SESSION_GAPS,
                (f"{session.leadout_length} sectors lie behind session {session.number}, usual are {usual}."),
            )
        if session.tracks[0].pregap < REDBOOK_PREGAP:
            yield Feature.SHORT_PREGAP, f"{name} begins {session.tracks[0].pregap} sectors before index 1."
        if set(session_points(disc, session)) != set(session_points(plain, plain.sessions[position])):
            yield Feature.TOC_POINTS, f"The lead-in of session {session.number} holds unusual entries."
        yield from _session_type(session)


def _session_type(session: Session) -> Found:
    code = DISC_TYPE[session.type]
    derived = DISC_TYPE[session_type(track.sector_type for track in session.tracks)]
    if code == CD_I:
        yield Feature.CD_I, f"Session {session.number} is a CD-I session."
    elif code != derived:
        feature = Feature.XA_SESSION if code == XA else Feature.ROM_SESSION
        yield feature, f"Session {session.number} is marked {session.type.name.replace('_', '-')}."


def _tracks(disc: Disc) -> Found:
    for session in disc.sessions:
        for track in session.tracks:
            name = f"Track {track.number}"
            if track.sector_type is SectorType.AUDIO:
                yield Feature.AUDIO, f"{name} is audio."
            if track.isrc:
                yield Feature.ISRC, f"{name} has the ISRC {track.isrc}."
            if track.control & FLAGS:
                yield Feature.FLAGS, f"{name} has flags: {(track.control & FLAGS).name}."
            if track.indices:
                yield Feature.INDICES, f"{name} has index points up to {track.indices[-1].number}."
            beyond = REDBOOK_PREGAP if track is session.tracks[0] else 0
            if track.pregap > beyond:
                yield Feature.PREGAPS, f"{name} has a pregap of {frames_to_msf(track.pregap - beyond)}."
            if track.sector_type is SectorType.MODE0:
                yield Feature.MODE0, f"{name} has Mode 0 sectors."
            if track.sector_type in MODE2:
                yield Feature.MODE2, f"{name} has Mode 2 sectors."
            if track.sector_type is SectorType.MODE2:
                yield Feature.FORMLESS, f"{name} has Mode 2 sectors without forms."


def _measurements(disc: Disc) -> Found:
    if disc.dpm is not None and disc.dpm.values:
        yield Feature.DPM, f"The image holds {len(disc.dpm.values)} data position measurements."
    if disc.structures:
        yield Feature.STRUCTURES, f"The image holds {len(disc.structures)} disc structures."


def _pregap_contents(disc: Disc) -> Found:
    """Pregaps that hold something else than what is generated where nothing is stored."""
    reader, empty = DiscReader(disc), DiscReader(blank(disc))
    for session in disc.sessions:
        for track in session.tracks:
            lead = min(REDBOOK_PREGAP, track.pregap) if track is session.tracks[0] else 0
            edge = track.start + lead
            silent = track.start + generated_lead(track)
            for feature, start, end in (
                (Feature.FIRST_PREGAP, track.start, edge),
                (Feature.PREGAP_DATA, edge, track.index1),
            ):
                if silent < end and _differs(reader, empty, max(start, silent), end):
                    yield feature, f"The pregap of track {track.number} is not empty."


def _differs(reader: DiscReader, other: DiscReader, start: int, end: int) -> bool:
    return any(
        (frames(reader, lba, count) != frames(other, lba, count)).any()
        or (subchannel(reader, lba, count) != subchannel(other, lba, count)).any()
        for lba, count in batches(start, end)
    )


def _subchannel(disc: Disc) -> Found:
    reader, empty = DiscReader(disc), DiscReader(blank(disc))
    for track in filter(has_subchannel, disc.tracks):
        odd = sum(
            int((subchannel(reader, lba, count) != subchannel(empty, lba, count)).any(axis=1).sum())
            for lba, count in batches(track.start, track.end)
        )
        if odd:
            yield Feature.SUBCHANNEL, f"The sub-channel of {odd} sectors of track {track.number} is its own."


def _raw_sectors(disc: Disc) -> Found:
    reader = DiscReader(disc)
    for track in disc.tracks:
        if track.sector_type is SectorType.AUDIO or all(_is_cooked(track, f) for f in track.fragments):
            continue
        odd = 0
        for lba, count in batches(track.start + min(generated_lead(track), track.pregap), track.end):
            found = frames(reader, lba, count)
            odd += int((found != regenerated(found, lba, track.sector_type)).any(axis=1).sum())
        if odd:
            yield (
                Feature.RAW_SECTORS,
                f"{odd} sectors of track {track.number} cannot be made from their user data.",
            )


def _is_cooked(track: Track, fragment: Fragment) -> bool:
    """Whether no more than a cooked sector is stored."""
    main = fragment.main
    if main is None:
        return track.sector_type in (SectorType.MODE0, SectorType.MODE1, SectorType.MODE2)
    start, length = COOKED[track.sector_type]
    return start <= main.stored.start and main.stored.start + main.stored.length <= start + length


Looks = tuple[Callable[[Disc], Found], ...]
OTHER_LOOKS: Final[Looks] = (_layout, _measurements)
LOOKS: Final[Looks] = (
    _layout,
    _sessions,
    _tracks,
    _measurements,
    _pregap_contents,
    _subchannel,
    _raw_sectors,
)
