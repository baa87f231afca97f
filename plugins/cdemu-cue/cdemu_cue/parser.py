"""A sheet and its files to a disc."""

from __future__ import annotations

import posixpath
from typing import Final

from cdemu_core.api import (
    SYNC_PATTERN,
    CorruptImage,
    Disc,
    DiscBuilder,
    Fragment,
    ImageSource,
    MainChannel,
    SectorType,
    SessionBuilder,
    SessionType,
    Subchannel,
    TrackBuilder,
)

from .modes import Mode
from .placing import PlacedRun, place
from .reader import SheetReader
from .sheet import Sheet, SheetSession, SheetTrack
from .subchannel import subchannel_form
from .texts import session_cdtext

PREGAP: Final = 150
"""Sectors of pregap that the first track of a session has (Red Book)."""
MODE_OF_HEADER: Final = {0: SectorType.MODE0, 1: SectorType.MODE1, 2: SectorType.MODE2_MIXED}
"""Sector type by the mode byte of the header (ECMA-130, 14.2)."""


def parse(source: ImageSource) -> Disc:
    """The disc that the sheet describes.

    Raises:
        ImageError: what is wrong, with the sheet's line where one is at fault.
    """
    name = posixpath.basename(source.path)
    sheet = SheetReader(name, source.note).read(source.text())
    _check(sheet, name)
    placed = place(source, sheet)
    builder = DiscBuilder(sheet.medium, first_track=sheet.tracks[0].number)
    for number, facts in enumerate(sheet.sessions):
        tracks = [track for track in sheet.tracks if track.session == number]
        if tracks:
            session = builder.add_session()
            session.mcn = sheet.mcn
            session.cdtext = session_cdtext(source, sheet, number)
            _fill_session(source, session, facts, tracks, placed)
    _set_gaps(source, builder, sheet, placed)
    return builder.build()


def _check(sheet: Sheet, name: str) -> None:
    if not sheet.tracks:
        raise CorruptImage(f"{name} has no TRACK statement; it is no CUE sheet of a disc.")
    for track in sheet.tracks:
        if not any(point.number == 1 for point in track.points):
            raise CorruptImage(
                f"Line {track.line} of {name}: track {track.number} has no INDEX 01; add it.",
                structure=f"line {track.line}",
            )


def _fill_session(
    source: ImageSource,
    session: SessionBuilder,
    facts: SheetSession,
    tracks: list[SheetTrack],
    placed: dict[int, list[PlacedRun]],
) -> None:
    if any(track.mode.cdi for track in tracks):
        session.type = SessionType.CD_I
    for position, track in enumerate(tracks):
        runs = placed[track.number]
        built = session.add_track(_sector_type(source, track, runs), control=track.control, isrc=track.isrc)
        _add_sectors(built, track, runs)
        if position == 0:
            _set_lead_pregap(session, facts, track, built.pregap)


def _add_sectors(built: TrackBuilder, track: SheetTrack, runs: list[PlacedRun]) -> None:
    if track.pregap:
        built.add_fragment(Fragment(track.pregap))
    for placed in runs:
        before = built.length
        for point in placed.run.points:
            address = before + point.address - placed.run.start
            if point.number == 1:
                built.pregap = address
            elif point.number > 1:
                built.add_index(point.number, address)
        built.add_fragment(_fragment(track.mode, built.sector_type, placed))
    if track.postgap:
        built.add_fragment(Fragment(track.postgap))


def _fragment(mode: Mode, sector_type: SectorType, placed: PlacedRun) -> Fragment:
    file, offset = placed.file, placed.offset
    swapped = file.is_swapped(mode, offset)
    main = MainChannel(file.stream, offset, mode.stride, mode.stored, swapped=swapped)
    sub = None
    if mode.sub_size:
        start = offset + mode.size
        form = subchannel_form(file.stream, start, mode.stride, mode.sub_size, placed.length)
        sub = Subchannel(file.stream, start, mode.stride, form)
    return Fragment(placed.length, main, sub)


def _sector_type(source: ImageSource, track: SheetTrack, runs: list[PlacedRun]) -> SectorType:
    """The mode's sector type, or what the header of a raw data sector says instead."""
    declared = track.mode.sector_type
    if declared is SectorType.AUDIO or track.mode.size != 2352:
        return declared
    placed = runs[-1]
    index1 = next(point for point in track.points if point.number == 1)
    skip = index1.address - placed.run.start if index1 in placed.run.points else 0
    header = placed.file.stream.read_at(placed.offset + skip * track.mode.stride, 16)
    found = MODE_OF_HEADER.get(header[15]) if header[:12] == SYNC_PATTERN and len(header) == 16 else None
    if found is None or found is declared:
        return declared
    source.note(f"Track {track.number} is declared as {declared.name}, but its sectors are {found.name}.")
    return found


def _set_lead_pregap(session: SessionBuilder, facts: SheetSession, track: SheetTrack, in_track: int) -> None:
    """Put the pregap that the track does not already have before its session.

    A stored pregap of the disc's first track begins at LBA 0, behind the pregap proper.
    """
    has = in_track if track.session else track.pregap
    if has:
        session.lead_pregap = max(0, PREGAP - has)
    if facts.pregap is not None and track.session:
        session.lead_pregap = max(0, facts.pregap - in_track)


def _set_gaps(
    source: ImageSource, builder: DiscBuilder, sheet: Sheet, placed: dict[int, list[PlacedRun]]
) -> None:
    """The lead-outs (with the next lead-in) that the sheet gives, by whatever means it does."""
    used = [number for number in range(len(sheet.sessions)) if any(t.session == number for t in sheet.tracks)]
    for position, number in enumerate(used[:-1]):
        session, following = builder.sessions[position], sheet.sessions[used[position + 1]]
        last = [track for track in sheet.tracks if track.session == number][-1]
        gap = placed[last.number][-1].gap
        lead_out = sheet.sessions[number].lead_out
        if following.index1 is not None:
            session.leadout_length = _gap_to(source, builder, position, following.index1)
        elif gap > PREGAP:
            session.leadout_length = gap - PREGAP
        elif lead_out is not None and following.lead_in is not None:
            session.leadout_length = lead_out + following.lead_in


def _gap_to(source: ImageSource, builder: DiscBuilder, position: int, index1: int) -> int | None:
    """Sectors from the end of the session at ``position`` to the next one, whose index 1 is ``index1``."""
    end = sum(
        (PREGAP if session.lead_pregap is None else session.lead_pregap)
        + sum(track.length for track in session.tracks)
        + (session.leadout_length or 0)
        for session in builder.sessions[: position + 1]
    )
    following = builder.sessions[position + 1]
    lead = PREGAP if following.lead_pregap is None else following.lead_pregap
    gap = index1 - following.tracks[0].pregap - lead - (end - PREGAP)
    if gap >= 0:
        return gap
    source.note(f"The single-density area reaches {-gap} sectors into the high-density area.")
    return None
