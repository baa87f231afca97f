"""A disc to TOC files, one per session, and data files, one per track."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Final

from cdemu_core.api import (
    Control,
    Disc,
    DiscReader,
    MediumType,
    Output,
    SectorType,
    Session,
    Track,
    UnsupportedImage,
    frames_to_msf,
    generated_lead,
    stored_sectors,
)

from .modes import MODES, SUB
from .packs import album_lines, text_lines
from .tokens import escape

LEAD_PREGAP: Final = 150
"""Sectors before a session's first track that no TOC file stores (Red Book)."""
COOKED: Final = {
    SectorType.AUDIO: "AUDIO",
    SectorType.MODE0: "MODE0",
    SectorType.MODE1: "MODE1",
    SectorType.MODE2: "MODE2",
    SectorType.MODE2_FORM1: "MODE2_FORM1",
    SectorType.MODE2_FORM2: "MODE2_FORM2",
    SectorType.MODE2_MIXED: "MODE2_FORM_MIX",
}
RAW: Final = {
    SectorType.AUDIO: "AUDIO",
    SectorType.MODE0: "MODE0",
    SectorType.MODE1: "MODE1_RAW",
    SectorType.MODE2: "MODE2_RAW",
    SectorType.MODE2_FORM1: "MODE2_RAW",
    SectorType.MODE2_FORM2: "MODE2_RAW",
    SectorType.MODE2_MIXED: "MODE2_RAW",
}
FLAGS: Final = ((Control.COPY_PERMITTED, "COPY"), (Control.PRE_EMPHASIS, "PRE_EMPHASIS"))


def write(disc: Disc, path: str, parameters: Mapping[str, bool | int | str]) -> list[str]:
    """Write ``disc``; the TOC files are the first of the paths returned.

    Raises:
        UnsupportedImage: the medium is no CD.
        StreamError: something cannot be read or written.
    """
    if disc.medium is not MediumType.CD:
        raise UnsupportedImage(
            "A cdrdao TOC file describes CDs only; write another format.", feature="medium"
        )
    writer = _Writer(disc, path, parameters)
    with Output() as output:
        for session in disc.sessions:
            output.create(writer.toc_path(session)).write(writer.text(session).encode("ascii"))
        for session in disc.sessions:
            for track in session.tracks:
                writer.store(output, session, track)
    return output.paths


class _Writer:
    def __init__(self, disc: Disc, path: str, parameters: Mapping[str, bool | int | str]) -> None:
        self.disc = disc
        self.reader = DiscReader(disc)
        self.folder, name = os.path.split(os.path.abspath(path))
        self.stem = PurePath(name).stem
        self.sub = bool(parameters.get("writer.write_subchannel"))
        self.modes = RAW if self.sub or parameters.get("writer.write_raw") else COOKED
        self.swap = bool(parameters.get("writer.swap_raw_audio", True))

    def toc_path(self, session: Session) -> str:
        """Where the session's TOC file goes."""
        suffix = "" if len(self.disc.sessions) == 1 else f"-{session.number:02d}"
        return os.path.join(self.folder, f"{self.stem}{suffix}.toc")

    def data_name(self, session: Session, track: Track) -> str:
        """Name of the track's data file."""
        if len(self.disc.tracks) == 1:
            return f"{self.stem}.bin"
        if len(self.disc.sessions) == 1:
            return f"{self.stem}-{track.number:02d}.bin"
        return f"{self.stem}-{session.number:02d}-{track.number:02d}.bin"

    def store(self, output: Output, session: Session, track: Track) -> None:
        """The track's data file."""
        start, _ = self._stored(session, track)
        size = MODES[self.modes[track.sector_type]].size
        swap = self.swap and track.sector_type is SectorType.AUDIO
        file = output.create(os.path.join(self.folder, self.data_name(session, track)))
        file.write_all(
            stored_sectors(self.reader, track, start, track.end - start, size=size, sub=self.sub, swap=swap)
        )

    def _stored(self, session: Session, track: Track) -> tuple[int, int]:
        """LBA of the first sector that is stored, and sectors of PREGAP before it."""
        lead = min(LEAD_PREGAP, track.pregap) if track is session.tracks[0] else 0
        if not self.sub and generated_lead(track) >= track.pregap:
            return track.index1, track.pregap - lead
        return track.start + lead, 0

    def text(self, session: Session) -> str:
        """The session's TOC file."""
        return "\n".join(self._lines(session)) + "\n"

    def _lines(self, session: Session) -> Iterator[str]:
        yield session.type.name
        if session.mcn:
            yield f'CATALOG "{session.mcn}"'
        first = session.tracks[0].number
        if first != 1 and session is self.disc.sessions[0]:
            yield f"FIRST_TRACK_NO {first}"
        yield from album_lines(session)
        for track in session.tracks:
            yield ""
            yield f"// Track {track.number}"
            yield from self._track_lines(session, track)

    def _track_lines(self, session: Session, track: Track) -> Iterator[str]:
        audio = track.sector_type is SectorType.AUDIO
        yield f"TRACK {self.modes[track.sector_type]}" + (" RW_RAW" if self.sub else "")
        for flag, word in FLAGS:
            if audio or flag is Control.COPY_PERMITTED or flag in track.control:
                yield word if flag in track.control else f"NO {word}"
        if audio or Control.FOUR_CHANNEL in track.control:
            four = Control.FOUR_CHANNEL in track.control
            yield "FOUR_CHANNEL_AUDIO" if four else "TWO_CHANNEL_AUDIO"
        if track.isrc:
            yield f'ISRC "{track.isrc}"'
        yield from text_lines(session, track.number)
        yield from self._part_lines(session, track)

    def _part_lines(self, session: Session, track: Track) -> Iterator[str]:
        start, pregap = self._stored(session, track)
        if pregap:
            yield f"PREGAP {frames_to_msf(pregap)}"
        count = track.end - start
        length = frames_to_msf(count)
        name = escape(os.fsencode(self.data_name(session, track)))
        swap = "" if self.swap or track.sector_type is not SectorType.AUDIO else "SWAP "
        if track.sector_type is SectorType.AUDIO and not self.sub:
            yield f"FILE {name} {swap}0 {length}"
        else:
            stride = MODES[self.modes[track.sector_type]].size + (SUB if self.sub else 0)
            yield f"DATAFILE {name} {swap}{length} // length in bytes: {count * stride}"
        if start < track.index1:
            yield f"START {frames_to_msf(track.index1 - start)}"
        for index in track.indices:
            yield f"INDEX {frames_to_msf(index.address - track.pregap)}"
