"""A disc to a Nero image, version 2: CDs disc-at-once, other media as one track."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

from cdemu_core.api import (
    Disc,
    DiscReader,
    MediumType,
    Output,
    OutputFile,
    SectorType,
    Session,
    SessionType,
    Track,
    UnsupportedImage,
    encode_packs,
    has_subchannel,
    stored_sectors,
    to_bcd,
)

from .chunks import LEAD_IN, LEAD_OUT

RAW: Final = 2352
SUB: Final = 96
ADR_POSITION: Final = 1
MODE2: Final = (SectorType.MODE2, SectorType.MODE2_FORM1, SectorType.MODE2_FORM2, SectorType.MODE2_MIXED)
MODES: Final = {SectorType.MODE1: 0x05, SectorType.AUDIO: 0x07, **dict.fromkeys(MODE2, 0x06)}
MODES_SUB: Final = {SectorType.MODE1: 0x0F, SectorType.AUDIO: 0x10, **dict.fromkeys(MODE2, 0x11)}
DISC_TYPES: Final = {SessionType.CD_I: 0x10, SessionType.CD_ROM_XA: 0x20}
MEDIA: Final = {
    MediumType.CD: 0x0000_0001,
    MediumType.DVD: 0x0000_0200,
    MediumType.BD: 0x0010_0000,
    MediumType.HD_DVD: 0x0080_0000,
}
"""MTYP bits of pressed media, and of a CD."""


def write(disc: Disc, path: str, parameters: Mapping[str, bool | int | str]) -> list[str]:
    """Write ``disc`` to ``path``.

    Raises:
        UnsupportedImage: the disc has a medium or Mode 0 sectors that the format does not know.
        StreamError: something cannot be read or written.
    """
    if disc.medium not in MEDIA:
        raise UnsupportedImage("A Nero image holds CDs, DVDs and BDs only.", feature="medium")
    with Output() as output:
        file = output.create(path)
        chunks = _cd(disc, file) if disc.medium is MediumType.CD else _other(disc, file)
        first = file.position
        file.write_all(
            [*chunks, _chunk(b"MTYP", struct.pack(">I", MEDIA[disc.medium])), _chunk(b"END!", b"")]
        )
        file.write(b"NER5" + struct.pack(">Q", first))
    return output.paths


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack(">I", len(body)) + body


def _cd(disc: Disc, file: OutputFile) -> list[bytes]:
    """Store all tracks; returns the chunks of all sessions."""
    reader = DiscReader(disc)
    chunks: list[bytes] = []
    for session in disc.sessions:
        entries = [_store(reader, file, track) for track in session.tracks]
        chunks.append(_chunk(b"CUEX", _cues(session)))
        chunks.append(_chunk(b"DAOX", _header(session, len(entries)) + b"".join(entries)))
        if session is disc.sessions[0] and session.cdtext:
            packs = encode_packs(session.cdtext, session.tracks[0].number, session.tracks[-1].number)
            chunks.append(_chunk(b"CDTX", packs))
        chunks.append(_chunk(b"SINF", struct.pack(">I", len(entries))))
    return chunks


def _store(reader: DiscReader, file: OutputFile, track: Track) -> bytes:
    """Store a track with its pregap; returns its DAOX entry."""
    if track.sector_type not in MODES:
        raise UnsupportedImage(
            f"Track {track.number} has {track.sector_type.title} sectors, which a Nero image cannot hold.",
            feature=track.sector_type.title,
        )
    sub = has_subchannel(track)
    stride = RAW + (SUB if sub else 0)
    begin = file.position
    file.write_all(stored_sectors(reader, track, track.start, track.length, sub=sub))
    mode = (MODES_SUB if sub else MODES)[track.sector_type]
    head = struct.pack(">12sHBxH", (track.isrc or "").encode("ascii"), stride, mode, 1)
    return head + struct.pack(">QQQ", begin, begin + track.pregap * stride, file.position)


def _header(session: Session, count: int) -> bytes:
    mcn = (session.mcn or "").encode("ascii")
    kind = DISC_TYPES.get(session.type, 0)
    size = 22 + 42 * count
    first, last = session.tracks[0].number, session.tracks[-1].number
    return struct.pack(">I13sxBBBB", size, mcn, kind, 0, first, last)


def _cues(session: Session) -> bytes:
    first, last = session.tracks[0], session.tracks[-1]
    rows = [(int(first.control), LEAD_IN, 0, session.start)]
    for track in session.tracks:
        control, number = int(track.control), to_bcd(track.number)
        rows += [(control, number, 0, track.start), (control, number, 1, track.index1)]
        for index in track.indices:
            rows.append((control, number, to_bcd(index.number), track.start + index.address))
    rows.append((int(last.control), LEAD_OUT, 1, session.leadout))
    return b"".join(
        struct.pack(">BBBxi", control << 4 | ADR_POSITION, number, index, lba)
        for control, number, index, lba in rows
    )


def _other(disc: Disc, file: OutputFile) -> list[bytes]:
    """Store the one track of a DVD or BD; returns its chunks."""
    if len(disc.tracks) != 1:
        raise UnsupportedImage("A DVD or BD with several tracks cannot be written.", feature="tracks")
    track = disc.tracks[0]
    file.write_all(stored_sectors(DiscReader(disc), track, track.start, track.length, size=2048))
    body = struct.pack(">QQ3xBi4xI", 0, file.position, 0, track.start, track.length)
    return [_chunk(b"ETN2", body), _chunk(b"SINF", struct.pack(">I", 1))]
