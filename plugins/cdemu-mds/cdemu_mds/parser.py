"""Version 1 media descriptors in, Disc out.

A track's data begins at index 1. Alcohol leaves pregaps out of the data file; other programs write the
whole program area, and then the file has room for the pregap before the track's data.
"""

from __future__ import annotations

from typing import NamedTuple

from cdemu_core.api import (
    STORED,
    Control,
    CorruptImage,
    Disc,
    DiscBuilder,
    Fragment,
    ImageSource,
    JoinedStream,
    MainChannel,
    MediumType,
    SessionBuilder,
    SessionType,
    Stream,
    Subchannel,
    SubchannelForm,
)

from .descriptor import Block, Descriptor, SessionPart
from .sectors import sector_type

SUB = 96
SUBCHANNEL_PW96 = 8
PREGAP = 150
MAX_LENGTH = 1 << 26
"""Sectors; a longer track is a length that underflowed in the program that wrote it."""

SESSION_TYPES = {0x10: SessionType.CD_I, 0x20: SessionType.CD_ROM_XA}


class Place(NamedTuple):
    """Sectors of a track: its pregap, how many of these the file stores, and the rest."""

    pregap: int
    stored_pregap: int
    length: int


def parse(source: ImageSource) -> Disc:
    """The disc a version 1 media descriptor and its data files make.

    Raises:
        CorruptImage: the parts contradict each other or the data file.
        MissingFile: a data file is not there.
    """
    descriptor = Descriptor(source.stream)
    sessions = descriptor.sessions()
    builder = DiscBuilder(
        MediumType.DVD if descriptor.is_dvd else MediumType.CD,
        first_track=next((t.point for s in sessions for t in s.tracks), 1),
    )
    for number, part in enumerate(sessions):
        session = builder.add_session()
        session.type = SESSION_TYPES.get(part.type_byte)
        session.toc_points = part.points
        if number + 1 < len(sessions):
            session.leadout_length = max(0, sessions[number + 1].start - part.end)
        _session(source, session, part, descriptor.is_dvd)
    builder.structures += descriptor.structures()
    builder.dpm = descriptor.dpm()
    return builder.build()


def _session(source: ImageSource, session: SessionBuilder, part: SessionPart, is_dvd: bool) -> None:
    session.lead_pregap = 0
    position = part.start
    free = None
    for place, block in enumerate(part.tracks):
        pregap = 0 if is_dvd else _pregap(source, block, position, first=place == 0)
        following = part.tracks[place + 1] if place + 1 < len(part.tracks) else None
        length = _length(source, block, part.end if following is None else _end_before(block, following))
        stored = pregap if free == (block.files, block.offset - pregap * block.sector_size) else 0
        _track(source, session, block, Place(pregap, stored, length))
        free = block.files, block.offset + length * block.sector_size
        position += pregap + length


def _pregap(source: ImageSource, block: Block, position: int, *, first: bool) -> int:
    """Some programs write a wrong pregap for the first track, whose place on the disc is known anyway."""
    room = block.start - position
    if first:
        return room if PREGAP <= room < MAX_LENGTH else PREGAP
    pregap = block.pregap or 0
    if 0 <= room < pregap:
        source.note(f"Track {block.point} has a pregap of {pregap} sectors where {room} are free.")
        return room
    return pregap


def _end_before(block: Block, following: Block) -> int:
    """Where ``block`` ends: at the next track's pregap, if that leaves anything of it."""
    end = following.start - (following.pregap or 0)
    return end if end > block.start else following.start


def _length(source: ImageSource, block: Block, end: int) -> int:
    if block.length is not None and 0 < block.length < MAX_LENGTH:
        return block.length
    length = end - block.start
    if not 0 < length < MAX_LENGTH:
        raise CorruptImage(
            f"The media descriptor gives no usable length for track {block.point}; it is damaged.",
            structure=f"track {block.point}",
        )
    source.note(f"Track {block.point} has an impossible length; it is taken from the next track's start.")
    return length


def _track(source: ImageSource, session: SessionBuilder, block: Block, place: Place) -> None:
    stream = _data(source, block)
    has_sub = block.subchannel == SUBCHANNEL_PW96
    stride = block.sector_size
    main = stride - (SUB if has_sub else 0)
    kind = sector_type(stream, block, place.length, main)
    if (kind, main) not in STORED:
        raise CorruptImage(
            f"Track {block.point} stores {main} bytes per sector, which no {kind.name} sector has.",
            structure=f"track {block.point}",
        )
    track = session.add_track(kind, control=Control(block.control))
    if place.pregap > place.stored_pregap:
        track.add_fragment(Fragment(place.pregap - place.stored_pregap))
    begin = block.offset - place.stored_pregap * stride
    sub = None
    if has_sub:
        sub = Subchannel(stream, begin + main, stride, SubchannelForm.PW96_INTERLEAVED)
    channel = MainChannel(stream, begin, stride, STORED[kind, main])
    track.add_fragment(Fragment(place.stored_pregap + place.length, channel, sub))
    track.pregap = place.pregap


def _data(source: ImageSource, block: Block) -> Stream:
    """The track's data: one file, or the parts of a split one end to end."""
    streams = [source.open(file.name) for file in block.files]
    if not streams:
        raise CorruptImage(f"Track {block.point} names no data file.", structure=f"track {block.point}")
    return streams[0] if len(streams) == 1 else JoinedStream(streams)
