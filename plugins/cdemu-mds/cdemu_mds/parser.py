"""Version 1 media descriptors in, Disc out.

A pregap is not stored in the data file: the track's data begins at index 1.
"""

from __future__ import annotations

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
    for place, block in enumerate(part.tracks):
        pregap = 0 if is_dvd else _pregap(block, position, first=place == 0)
        following = part.tracks[place + 1] if place + 1 < len(part.tracks) else None
        end = part.end if following is None else following.start - (following.pregap or 0)
        length = _length(source, block, end)
        _track(source, session, block, pregap, length)
        position += pregap + length


def _pregap(block: Block, position: int, *, first: bool) -> int:
    """Some programs write a wrong pregap for the first track, whose place on the disc is known anyway."""
    if first:
        gap = block.start - position
        return gap if PREGAP <= gap < MAX_LENGTH else PREGAP
    return block.pregap or 0


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


def _track(source: ImageSource, session: SessionBuilder, block: Block, pregap: int, length: int) -> None:
    stream = _data(source, block)
    has_sub = block.subchannel == SUBCHANNEL_PW96
    stride = block.sector_size
    main = stride - (SUB if has_sub else 0)
    kind = sector_type(stream, block, length, main)
    if (kind, main) not in STORED:
        raise CorruptImage(
            f"Track {block.point} stores {main} bytes per sector, which no {kind.name} sector has.",
            structure=f"track {block.point}",
        )
    track = session.add_track(kind, control=Control(block.control))
    if pregap:
        track.add_fragment(Fragment(pregap))
    sub = None
    if has_sub:
        sub = Subchannel(stream, block.offset + main, stride, SubchannelForm.PW96_INTERLEAVED)
    stored = STORED[kind, main]
    track.add_fragment(Fragment(length, MainChannel(stream, block.offset, stride, stored), sub))
    track.pregap = pregap


def _data(source: ImageSource, block: Block) -> Stream:
    """The track's data: one file, or the parts of a split one end to end."""
    streams = [source.open(file.name) for file in block.files]
    if not streams:
        raise CorruptImage(f"Track {block.point} names no data file.", structure=f"track {block.point}")
    return streams[0] if len(streams) == 1 else JoinedStream(streams)
