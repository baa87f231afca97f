"""TOC files and their data to a disc: one session a file."""

from __future__ import annotations

import posixpath

from cdemu_core.api import CorruptImage, Disc, DiscBuilder, ImageSource, MediumType, SessionBuilder

from .parts import PartPlacer
from .reader import TocReader
from .sheet import Toc, TocTrack
from .texts import session_cdtext


def parse(source: ImageSource) -> Disc:
    """The disc of one session for each file given.

    Raises:
        ImageError: what is wrong, with the line where one is at fault.
    """
    names = [posixpath.basename(path) for path in source.paths]
    tocs = [
        TocReader(source.text(stream), name, source.note).read()
        for name, stream in zip(names, source.streams, strict=True)
    ]
    builder = DiscBuilder(MediumType.CD, first_track=tocs[0].first_track)
    number = tocs[0].first_track
    for name, toc in zip(names, tocs, strict=True):
        if not toc.tracks:
            raise CorruptImage(f"{name} has no TRACK; it is no TOC file of a disc.")
        _fill(source, builder.add_session(), toc, name, number)
        number += len(toc.tracks)
    return builder.build()


def _fill(source: ImageSource, session: SessionBuilder, toc: Toc, name: str, first: int) -> None:
    session.type = toc.type
    session.mcn = toc.mcn
    # In the text tracks count from 1 in every file; on the disc they go on.
    for language in toc.languages.values():
        shifted = {(kind, at + first - 1 if at else 0): text for (kind, at), text in language.texts.items()}
        language.texts = shifted
    session.cdtext = session_cdtext(toc)
    placer = PartPlacer(source, name)
    for track in toc.tracks:
        _add(session, track, placer, name)


def _add(session: SessionBuilder, track: TocTrack, placer: PartPlacer, name: str) -> None:
    built = session.add_track(track.mode.sector_type, control=track.control, isrc=track.isrc)
    fragments, ends = placer.place(track)
    for fragment in fragments:
        built.add_fragment(fragment)
    if track.start is not None:
        built.pregap = track.start
    elif track.start_parts is not None:
        built.pregap = ends[track.start_parts]
    if built.pregap >= max(built.length, 1):
        raise CorruptImage(
            f"Line {track.line} of {name}: the track has {built.length} sectors, "
            f"but begins at sector {built.pregap} (START); correct one of them.",
            structure=f"line {track.line}",
        )
    for number, address in enumerate(track.indices, 2):
        built.add_index(number, built.pregap + address)
