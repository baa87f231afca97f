"""A disc to a CUE sheet and one data file of whole frames (2048-byte sectors where the medium is no CD)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Final

from cdemu_core.api import (
    CdTextBlock,
    Control,
    Disc,
    DiscReader,
    MediumType,
    Output,
    PackType,
    SectorType,
    Session,
    SessionType,
    Track,
    UnsupportedImage,
    block_text,
    encode_packs,
    frames_to_msf,
    generated_lead,
    has_subchannel,
    stored_sectors,
)

LEAD_PREGAP: Final = 150
"""Sectors before the disc's first track that no sheet stores (Red Book)."""
LEAD_IN: Final = 4500
"""Sectors of a lead-in of a session after the first (MMC-6, 4.2.3.6)."""
RAW: Final = 2352
USER: Final = 2048
MEDIA: Final = {MediumType.CD: "CD", MediumType.DVD: "DVD", MediumType.BD: "BD", MediumType.HD_DVD: "HD DVD"}
MODES: Final = {SectorType.AUDIO: "AUDIO", SectorType.MODE0: "MODE0/2352", SectorType.MODE1: "MODE1/2352"}
"""Modes of whole frames; all others are Mode 2."""
SUB_MODES: Final = {"AUDIO": "CDG"}
FLAGS: Final = ((Control.COPY_PERMITTED, "DCP"), (Control.FOUR_CHANNEL, "4CH"), (Control.PRE_EMPHASIS, "PRE"))
TEXTS: Final = (
    (PackType.TITLE, "TITLE"),
    (PackType.PERFORMER, "PERFORMER"),
    (PackType.SONGWRITER, "SONGWRITER"),
)
"""What every reader of sheets knows; all packs are in the CD-TEXT file."""

QUOTE, APOSTROPHE = '"', "'"


def write(disc: Disc, path: str, parameters: Mapping[str, bool | int | str]) -> list[str]:
    """Write ``disc`` to ``path``; its data and CD-TEXT beside it.

    Raises:
        UnsupportedImage: the medium is none that a sheet can name.
        StreamError: something cannot be read or written.
    """
    if disc.medium not in MEDIA:
        raise UnsupportedImage("A CUE sheet describes CDs, DVDs and BDs only.", feature="medium")
    writer = _Writer(disc, path)
    with Output() as output:
        output.create(os.path.join(writer.folder, f"{writer.stem}.cue")).write(writer.text().encode("utf-8"))
        data = output.create(os.path.join(writer.folder, f"{writer.stem}.bin"))
        reader = DiscReader(disc)
        for session in disc.sessions:
            for track in session.tracks:
                start = writer.stored_from(session, track)
                size = RAW if disc.medium is MediumType.CD else USER
                count = track.end - start
                data.write_all(stored_sectors(reader, track, start, count, size=size, sub=writer.sub))
            if session.cdtext:
                packs = encode_packs(session.cdtext, session.tracks[0].number, session.tracks[-1].number)
                output.create(os.path.join(writer.folder, writer.text_name(session))).write(packs)
    return output.paths


class _Writer:
    def __init__(self, disc: Disc, path: str) -> None:
        self.disc = disc
        self.folder, name = os.path.split(os.path.abspath(path))
        self.stem = PurePath(name).stem
        self.is_cd = disc.medium is MediumType.CD
        self.sub = self.is_cd and any(map(has_subchannel, disc.tracks))

    def text_name(self, session: Session) -> str:
        """Name of the session's CD-TEXT file."""
        suffix = "" if session is self.disc.sessions[0] else f"-{session.number:02d}"
        return f"{self.stem}{suffix}.cdt"

    def stored_from(self, session: Session, track: Track) -> int:
        """LBA of the first sector that is stored; PREGAP stands for those before it."""
        if track is self.disc.tracks[0]:
            return track.start + (min(LEAD_PREGAP, track.pregap) if self.is_cd else 0)
        if not self.sub and track is not session.tracks[0] and generated_lead(track) >= track.pregap:
            return track.index1
        return track.start

    def text(self) -> str:
        """The sheet."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        first = self.disc.sessions[0]
        if first.mcn:
            yield f"CATALOG {first.mcn}"
        yield f"REM ORIGINAL MEDIA-TYPE: {MEDIA[self.disc.medium]}"
        yield from _texts(first.cdtext[:1], 0)
        position, previous = 0, None
        for session in self.disc.sessions:
            yield from self._session_lines(session, previous)
            if session is first:
                yield f'FILE "{self.stem}.bin" BINARY'
            for track in session.tracks:
                start = self.stored_from(session, track)
                yield from self._track_lines(session, track, start, position)
                position += track.end - start
            previous = session

    def _session_lines(self, session: Session, previous: Session | None) -> Iterator[str]:
        if len(self.disc.sessions) > 1:
            if previous is not None:
                lead_in = min(LEAD_IN, previous.leadout_length)
                yield f"REM LEAD-OUT {frames_to_msf(previous.leadout_length - lead_in)}"
                yield f"REM SESSION {session.number:02d}"
                yield f"REM LEAD-IN {frames_to_msf(lead_in)}"
                yield f"REM PREGAP {frames_to_msf(session.tracks[0].pregap)}"
            else:
                yield f"REM SESSION {session.number:02d}"
        if session.cdtext:
            yield f'CDTEXTFILE "{self.text_name(session)}"'

    def _mode(self, session: Session, track: Track) -> str:
        if not self.is_cd:
            return "MODE1/2048"
        cdi = session.type is SessionType.CD_I
        mode = MODES.get(track.sector_type, "CDI/2352" if cdi else "MODE2/2352")
        return SUB_MODES.get(mode, mode.replace("2352", "2448")) if self.sub else mode

    def _track_lines(self, session: Session, track: Track, start: int, position: int) -> Iterator[str]:
        yield f"  TRACK {track.number:02d} {self._mode(session, track)}"
        words = [word for flag, word in FLAGS if flag in track.control]
        if words:
            yield f"    FLAGS {' '.join(words)}"
        if track.isrc:
            yield f"    ISRC {track.isrc}"
        yield from (f"    {line}" for line in _texts(session.cdtext[:1], track.number))
        if start == track.index1 and track is not self.disc.tracks[0] and track.pregap:
            yield f"    PREGAP {frames_to_msf(track.pregap)}"
        if start < track.index1:
            yield f"    INDEX 00 {frames_to_msf(position)}"
        points = [(1, track.pregap), *((index.number, index.address) for index in track.indices)]
        for number, address in points:
            yield f"    INDEX {number:02d} {frames_to_msf(position + track.start + address - start)}"


def _texts(blocks: tuple[CdTextBlock, ...], track: int) -> Iterator[str]:
    for block in blocks:
        for kind, word in TEXTS:
            text = " ".join((block_text(block, kind, track) or "").split())
            if text:
                yield f'{word} "{text.replace(QUOTE, APOSTROPHE)}"'
