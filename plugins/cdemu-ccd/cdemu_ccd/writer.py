"""A CD to a CloneCD image: descriptor, frames in .img, sub-channel in .sub."""

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
    TocPoint,
    Track,
    UnsupportedImage,
    encode_packs,
    msf_to_lba,
    session_points,
    stored_sectors,
)

LEAD_PREGAP: Final = 150
"""Sectors before a session's first track that are not stored."""
RAW: Final = 2352
SUB: Final = 96
PACK: Final = 18
VERSION: Final = 3
MODES: Final = {SectorType.AUDIO: 0, SectorType.MODE0: 0, SectorType.MODE1: 1}
"""MODE of a [TRACK]; all others are Mode 2."""
FLAGS: Final = ((Control.COPY_PERMITTED, "DCP"), (Control.FOUR_CHANNEL, "4CH"), (Control.PRE_EMPHASIS, "PRE"))
TRACK_POINTS: Final = range(1, 100)


def write(disc: Disc, path: str, parameters: Mapping[str, bool | int | str]) -> list[str]:
    """Write ``disc`` to ``path``, .img and .sub beside it.

    Raises:
        UnsupportedImage: the medium is no CD.
        StreamError: something cannot be read or written.
    """
    if disc.medium is not MediumType.CD:
        raise UnsupportedImage("A CloneCD image holds CDs only; write another format.", feature="medium")
    folder, name = os.path.split(os.path.abspath(path))
    stem = os.path.join(folder, PurePath(name).stem)
    reader = DiscReader(disc)
    with Output() as output:
        output.create(f"{stem}.ccd").write("\n".join([*_lines(disc), ""]).encode("ascii"))
        image, sub = output.create(f"{stem}.img"), output.create(f"{stem}.sub")
        for session in disc.sessions:
            for track in session.tracks:
                start = track.start + _skipped(session, track)
                for batch in stored_sectors(reader, track, start, track.end - start, sub=True):
                    frames, subs = _split(batch)
                    image.write(frames)
                    sub.write(subs)
    return output.paths


def _skipped(session: Session, track: Track) -> int:
    return min(LEAD_PREGAP, track.pregap) if track is session.tracks[0] else 0


def _split(batch: bytearray) -> tuple[bytes, bytes]:
    """Frames, and sub-channel in CloneCD's order: 12 bytes of P, 12 of Q … 12 of W."""
    import numpy as np

    rows = np.frombuffer(batch, np.uint8).reshape(-1, RAW + SUB)
    bits = np.unpackbits(rows[:, RAW:], axis=1).reshape(-1, SUB, 8)
    linear = np.packbits(bits.transpose(0, 2, 1), axis=2)
    return rows[:, :RAW].tobytes(), linear.tobytes()


def _lines(disc: Disc) -> Iterator[str]:
    points = [(session, point) for session in disc.sessions for point in _ordered(disc, session)]
    packs = _packs(disc)
    yield from ("[CloneCD]", f"Version={VERSION}", "[Disc]", f"TocEntries={len(points)}")
    yield from (f"Sessions={len(disc.sessions)}", "DataTracksScrambled=0", f"CDTextLength={len(packs)}")
    if disc.sessions[0].mcn:
        yield f"CATALOG={disc.sessions[0].mcn}"
    if packs:
        entries = [packs[at : at + PACK - 2] for at in range(0, len(packs), PACK)]
        yield from ("[CDText]", f"Entries={len(entries)}")
        yield from (f"Entry {n}={entry.hex(' ')}" for n, entry in enumerate(entries))
    for session in disc.sessions:
        mode = MODES.get(session.tracks[0].sector_type, 2)
        yield from (f"[Session {session.number}]", f"PreGapMode={mode}", "PreGapSubC=0")
    for number, (session, point) in enumerate(points):
        yield from _entry(number, session, point)
    position = 0
    for session in disc.sessions:
        for track in session.tracks:
            skipped = _skipped(session, track)
            yield from _track(track, position, track.pregap - skipped, track is session.tracks[0])
            position += track.length - skipped


def _packs(disc: Disc) -> bytes:
    session = disc.sessions[0]
    if not session.cdtext:
        return b""
    return encode_packs(session.cdtext, session.tracks[0].number, session.tracks[-1].number)


def _ordered(disc: Disc, session: Session) -> list[TocPoint]:
    """A0, A1, A2, the tracks, and what else the lead-in holds."""
    rank = {1: 0, 0: 1}
    points = session_points(disc, session)
    return sorted(points, key=lambda p: (rank[p.adr == 1], p.point in TRACK_POINTS and p.adr == 1))


def _entry(number: int, session: Session, point: TocPoint) -> Iterator[str]:
    yield f"[Entry {number}]"
    yield from (f"Session={session.number}", f"Point=0x{point.point:02x}", f"ADR=0x{point.adr:02x}")
    yield from (f"Control=0x{point.control:02x}", f"TrackNo={point.tno}")
    yield from (f"A{part}={value}" for part, value in zip(("Min", "Sec", "Frame"), point.msf, strict=True))
    yield from (f"ALBA={msf_to_lba(point.msf)}", f"Zero={point.zero}")
    yield from (f"P{part}={value}" for part, value in zip(("Min", "Sec", "Frame"), point.pmsf, strict=True))
    yield f"PLBA={msf_to_lba(point.pmsf)}"


def _track(track: Track, position: int, pregap: int, first: bool) -> Iterator[str]:
    """``position``: of the track's first stored sector in .img; ``pregap``: stored sectors before index 1."""
    base = 0 if first else position
    yield from (f"[TRACK {track.number}]", f"MODE={MODES.get(track.sector_type, 2)}")
    words = [word for flag, word in FLAGS if flag in track.control]
    if words:
        yield f"FLAGS= {' '.join(words)}"
    if track.isrc:
        yield f"ISRC={track.isrc}"
    if pregap:
        yield f"INDEX 0={base}"
    yield f"INDEX 1={base + pregap}"
    for index in track.indices:
        yield f"INDEX {index.number}={base + pregap + index.address - track.pregap}"
