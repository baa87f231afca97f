"""A disc to a media descriptor of version 1 and its .mdf file.

The format stores no pregaps: a track's data begins at index 1.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final

import attrs

from cdemu_core.api import (
    Disc,
    DiscReader,
    MediumType,
    Output,
    SectorType,
    Session,
    TocPoint,
    Track,
    UnsupportedImage,
    has_subchannel,
    session_points,
    stored_sectors,
)

from .descriptor import BLOCK_SIZE, COPYRIGHT, EXTRA_SIZE, LAST_TRACK, MANUFACTURER, PHYSICAL, SESSION_SIZE

HEADER_SIZE: Final = 88
SIGNATURE: Final = b"MEDIA DESCRIPTOR\x01\x03"
MEDIA: Final = {MediumType.CD: 0x00, MediumType.DVD: 0x10}
DATA_NAME: Final = b"*.mdf\0"
SUBCHANNEL_PW96: Final = 8
MODES: Final = {
    SectorType.AUDIO: 0xA9,
    SectorType.MODE1: 0xAA,
    SectorType.MODE2: 0xAB,
    SectorType.MODE2_MIXED: 0xAB,
    SectorType.MODE2_FORM1: 0xEC,
    SectorType.MODE2_FORM2: 0xED,
}
DVD_MODE: Final = 0x02
PFI, CPI, BCA, DMI = 0x00, 0x01, 0x03, 0x04
"""READ DISC STRUCTURE formats that the descriptor holds (MMC-6, 6.22)."""


@attrs.frozen
class Stored:
    """Where a track's data is in the .mdf file."""

    track: Track
    offset: int
    stride: int
    sub: bool


def write(disc: Disc, path: str, parameters: Mapping[str, bool | int | str]) -> list[str]:
    """Write ``disc`` to ``path``, .mdf beside it.

    Raises:
        UnsupportedImage: the disc has a medium or sectors that the format does not know.
        StreamError: something cannot be read or written.
    """
    if disc.medium not in MEDIA:
        raise UnsupportedImage("A media descriptor (MDS) holds CDs and DVDs only.", feature="medium")
    folder, name = os.path.split(os.path.abspath(path))
    stem = os.path.join(folder, PurePath(name).stem)
    with Output() as output:
        descriptor, data = output.create(f"{stem}.mds"), output.create(f"{stem}.mdf")
        reader, stored = DiscReader(disc), []
        for track in disc.tracks:
            place = _place(disc, track, data.position)
            stored.append(place)
            size = place.stride - (96 if place.sub else 0)
            count = track.end - track.index1
            data.write_all(stored_sectors(reader, track, track.index1, count, size=size, sub=place.sub))
        descriptor.write(_Descriptor(disc, stored).build())
    return output.paths


def _place(disc: Disc, track: Track, offset: int) -> Stored:
    if track.sector_type not in MODES:
        raise UnsupportedImage(
            f"Track {track.number} has {track.sector_type.title} sectors, which an MDS file cannot describe.",
            feature=track.sector_type.title,
        )
    if disc.medium is not MediumType.CD:
        return Stored(track, offset, 2048, False)
    sub = has_subchannel(track)
    return Stored(track, offset, 2448 if sub else 2352, sub)


class _Descriptor:
    """Lays the parts out: header, sessions, blocks, extras, footer, name, structures, DPM."""

    def __init__(self, disc: Disc, stored: list[Stored]) -> None:
        self.disc = disc
        self.stored = {place.track.number: place for place in stored}
        self.is_cd = disc.medium is MediumType.CD
        self.points = [self._points(session) for session in disc.sessions]
        self.blocks = HEADER_SIZE + SESSION_SIZE * len(disc.sessions)
        self.extras = self.blocks + BLOCK_SIZE * sum(map(len, self.points))
        self.footer = self.extras + EXTRA_SIZE * len(stored)
        self.name = self.footer + 16

    def _points(self, session: Session) -> list[TocPoint]:
        """A0, A1, A2, tracks and the rest on a CD; the track alone elsewhere."""
        points = session_points(self.disc, session)
        return [p for p in points if self.is_cd or (p.adr == 1 and p.point <= LAST_TRACK)]

    def build(self) -> bytes:
        """All bytes of the descriptor."""
        body = b"".join(self._sessions()) + b"".join(self._blocks()) + b"".join(self._extras())
        body += struct.pack("<II8x", self.name, 0) + DATA_NAME
        tail = HEADER_SIZE + len(body)
        bca = next((s.data for s in self.disc.structures if s.type == BCA), b"")
        structures = b"".join(self._structures())
        at_bca, at_structures = tail, tail + len(bca)
        at_dpm = at_structures + len(structures)
        dpm = self._dpm(at_dpm)
        header = SIGNATURE + struct.pack("<HHHH", MEDIA[self.disc.medium], len(self.disc.sessions), 2, 0)
        header += struct.pack("<H8xI24x", len(bca), at_bca if bca else 0)
        header += struct.pack(
            "<I12xII", at_structures if structures else 0, HEADER_SIZE, at_dpm if dpm else 0
        )
        return header + body + bca + structures + dpm

    def _sessions(self) -> list[bytes]:
        rows, at = [], self.blocks
        for session, points in zip(self.disc.sessions, self.points, strict=True):
            lead_in = sum(point.point > LAST_TRACK for point in points)
            head = struct.pack("<iiHBB", session.start, session.leadout, session.number, len(points), lead_in)
            first, last = session.tracks[0].number, session.tracks[-1].number
            rows.append(head + struct.pack("<HHII", first, last, 0, at))
            at += BLOCK_SIZE * len(points)
        return rows

    def _blocks(self) -> list[bytes]:
        return [self._block(point) for points in self.points for point in points]

    def _block(self, point: TocPoint) -> bytes:
        place = self.stored.get(point.point) if point.adr == 1 else None
        mode = 0 if place is None else MODES[place.track.sector_type] if self.is_cd else DVD_MODE
        sub = SUBCHANNEL_PW96 if place and place.sub else 0
        pmsf = tuple(value & 0xFF for value in point.pmsf)
        head = bytes([mode, sub, point.adr << 4 | point.control, point.tno, point.point])
        head += bytes([*(value & 0xFF for value in point.msf), point.zero, *pmsf])
        if place is None:
            return head.ljust(BLOCK_SIZE, b"\0")
        track = place.track
        extra = self.extras + EXTRA_SIZE * list(self.stored).index(track.number)
        head += struct.pack("<IH18x", extra if self.is_cd else track.length, place.stride)
        return head + struct.pack("<iQII24x", track.index1, place.offset, 1, self.footer)

    def _extras(self) -> list[bytes]:
        tracks = [place.track for place in self.stored.values()]
        return [struct.pack("<II", track.pregap, track.end - track.index1) for track in tracks]

    def _structures(self) -> list[bytes]:
        """Copyright, manufacturing and physical data of each layer that has physical data."""
        found = {(s.layer, s.type): s.data for s in self.disc.structures}
        layers = sorted({layer for layer, kind in found if kind == PFI})
        parts = ((CPI, COPYRIGHT), (DMI, MANUFACTURER), (PFI, PHYSICAL))
        return [
            found.get((layer, kind), b"").ljust(size, b"\0")[:size]
            for layer in layers
            for kind, size in parts
        ]

    def _dpm(self, at: int) -> bytes:
        dpm = self.disc.dpm
        if dpm is None or not dpm.values:
            return b""
        block = struct.pack("<IIII", 0, dpm.start, dpm.resolution, len(dpm.values))
        return struct.pack("<II", 1, at + 8) + block + struct.pack(f"<{len(dpm.values)}I", *dpm.values)
