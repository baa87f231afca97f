"""Files of bare sectors to a disc: one track a file."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from cdemu_core.api import (
    CorruptImage,
    Disc,
    DiscBuilder,
    Fragment,
    ImageSource,
    JoinedStream,
    MainChannel,
    MemoryStream,
    SectorType,
    SessionType,
    Stream,
    Subchannel,
    TrackBuilder,
    UnsupportedImage,
)

from .detect import MIN_SIZE, Found, detect
from .layouts import Layout, raw
from .subchannel import form
from .volume import Volume, read_volume

PREGAP: Final = 150
"""Sectors that a drive puts before a track written track-at-once, and before the first (Red Book)."""
TOLERATED_SHORTAGE: Final = 150
"""Copies often lack the run-out sectors that the volume size counts."""
DESCRIPTORS_READ: Final = 16


def parse(source: ImageSource) -> Disc:
    """One session; the first file is track 1, each further one a track behind a pregap."""
    founds = [_detect(path, stream) for path, stream in zip(source.paths, source.streams, strict=True)]
    builder = DiscBuilder(founds[0].medium if len(founds) == 1 else None)
    session = builder.add_session()
    for position, (path, stream, found) in enumerate(zip(source.paths, source.streams, founds, strict=True)):
        layout = found.layout or raw(SectorType.AUDIO)
        data = stream if found.layout else source.open_audio(path)
        track = session.add_track(layout.sector_type)
        if position:
            track.add_fragment(Fragment(PREGAP))
            track.pregap = PREGAP
        elif found.first_lba == -PREGAP:
            session.lead_pregap = 0
            track.pregap = PREGAP
        add_sectors(source, track, PurePath(path).name, data, layout)
        _tell(source, PurePath(path).name, data, found)
    if all(track.sector_type is SectorType.AUDIO for track in session.tracks):
        session.type = SessionType.CD_ROM  # no table of contents says CD-DA here
    elif founds[0].what == "CD-I":
        session.type = SessionType.CD_I
    return builder.build()


def _detect(path: str, stream: Stream) -> Found:
    name = PurePath(path).name
    suffixes = [suffix.lower() for suffix in PurePath(path).suffixes]
    suffix = next((known for known in suffixes if known in {".iso", ".img", ".bin", ".raw"}), "")
    found = detect(stream.read_at, stream.size, suffix)
    if found is None and stream.size >= MIN_SIZE:
        raise UnsupportedImage(
            f"{name} holds no file system, no raw sectors and no audio that is known; "
            "load the descriptor (.cue, .ccd, .mds …) that belongs to it.",
            path=path,
        )
    if found is None or (found.layout and stream.size < MIN_SIZE):
        raise CorruptImage(
            f"{name} has {stream.size} bytes, too few for a disc image; "
            "get a whole copy (an ISO 9660 volume takes 25 sectors, 51,200 bytes, or more).",
            path=path,
        )
    return found


def add_sectors(source: ImageSource, track: TrackBuilder, name: str, stream: Stream, layout: Layout) -> None:
    """Append all sectors of ``stream``; a last incomplete one is filled up with zeros."""
    sectors, rest = divmod(stream.size, layout.stride)
    missing = layout.stride - rest if rest else 0
    if missing:
        sectors += 1
        if layout.sector_type is not SectorType.AUDIO:
            source.note(
                f"The last sector of {name} is incomplete; its {missing} missing bytes read as zeros."
            )
        stream = JoinedStream((stream, MemoryStream(bytes(missing))))
    kind = form(stream.read_at, layout, sectors)
    track.add_fragment(
        Fragment(
            sectors,
            MainChannel(stream, layout.stored_at, layout.stride, layout.stored),
            Subchannel(stream, layout.sub_at, layout.stride, kind) if kind else None,
        )
    )


def _tell(source: ImageSource, name: str, stream: Stream, found: Found) -> None:
    if found.what == "sectors without a known file system":
        source.note(f"{name} holds no known file system; it is taken for data sectors of 2048 bytes.")
    if found.first_lba not in (0, -PREGAP):
        source.note(
            f"The sectors of {name} are numbered from {found.first_lba}: it is one track of a larger disc; "
            "load the disc's descriptor (.cue, .toc …) if you have it."
        )
    volume = _volume(stream, found)
    if volume and found.layout:
        held = -(-stream.size // found.layout.stride)
        if volume.sectors > held + TOLERATED_SHORTAGE:
            source.note(
                f"The volume “{volume.label}” has {volume.sectors} sectors and {name} only {held}: "
                "the image is truncated."
            )


def _volume(stream: Stream, found: Found) -> Volume | None:
    layout = found.layout
    if layout is None or found.descriptor is None:
        return None
    sectors = range(found.descriptor, found.descriptor + DESCRIPTORS_READ)
    return read_volume([stream.read_at(n * layout.stride + layout.user_at, 2048) for n in sectors])
