"""Small discs in memory, the same at every run."""

from __future__ import annotations

import random
import struct
from typing import Final

from ..disc.layout import DiscBuilder, TrackBuilder
from ..disc.model import Disc, Fragment, MainChannel, MediumType
from ..disc.sector import STORED, SectorType
from ..stream.window import MemoryStream
from ..units import RAW_SECTOR, USER_SECTOR

VOLUME_SECTOR: Final = 16
"""Sector of the primary volume descriptor (ECMA-119, 6.7.1)."""


def payload(size: int, seed: int = 1) -> bytes:
    """``size`` bytes that look random and are always the same."""
    return random.Random(seed).randbytes(size)


def iso_payload(sectors: int, seed: int = 1, volume: str = "SAMPLE") -> bytes:
    """``sectors`` × 2048 bytes with the volume descriptors of an ISO 9660 image and noise elsewhere."""
    if sectors < VOLUME_SECTOR + 2:
        raise ValueError("an ISO 9660 image has at least 18 sectors")
    data = bytearray(payload(sectors * USER_SECTOR, seed))
    data[: VOLUME_SECTOR * USER_SECTOR] = bytes(VOLUME_SECTOR * USER_SECTOR)
    at = VOLUME_SECTOR * USER_SECTOR
    data[at : at + USER_SECTOR] = _primary_volume(sectors, volume)
    terminator = b"\xffCD001\x01".ljust(USER_SECTOR, b"\0")
    data[at + USER_SECTOR : at + 2 * USER_SECTOR] = terminator
    return bytes(data)


def data_disc(sectors: int = 300, *, seed: int = 1, medium: MediumType | None = MediumType.CD) -> Disc:
    """One session, one Mode 1 track of ``sectors`` with ISO 9660 volume descriptors."""
    builder = DiscBuilder(medium)
    track = builder.add_session().add_track(SectorType.MODE1)
    _fill(track, iso_payload(sectors, seed), USER_SECTOR)
    return builder.build()


def audio_disc(tracks: int = 2, sectors: int = 300, *, seed: int = 1) -> Disc:
    """One session of ``tracks`` audio tracks of ``sectors`` each."""
    builder = DiscBuilder(MediumType.CD)
    session = builder.add_session()
    for number in range(tracks):
        track = session.add_track(SectorType.AUDIO)
        _fill(track, payload(sectors * RAW_SECTOR, seed + number), RAW_SECTOR)
    return builder.build()


def mixed_disc(data_sectors: int = 300, audio_sectors: int = 300, *, seed: int = 1) -> Disc:
    """A Mode 1 track, then an audio track behind a silent pregap of 150 sectors."""
    builder = DiscBuilder(MediumType.CD)
    session = builder.add_session()
    _fill(session.add_track(SectorType.MODE1), iso_payload(data_sectors, seed), USER_SECTOR)
    audio = session.add_track(SectorType.AUDIO)
    audio.add_fragment(Fragment(150))
    audio.pregap = 150
    _fill(audio, payload(audio_sectors * RAW_SECTOR, seed + 1), RAW_SECTOR)
    return builder.build()


def _fill(track: TrackBuilder, data: bytes, stride: int) -> None:
    main = MainChannel(MemoryStream(data), 0, stride, STORED[track.sector_type, stride])
    track.add_fragment(Fragment(len(data) // stride, main))


def _primary_volume(sectors: int, volume: str) -> bytes:
    """A primary volume descriptor (ECMA-119, 8.4) as far as detection looks at it."""
    head = b"\x01CD001\x01\0" + b" " * 32 + volume.encode("ascii").ljust(32)[:32] + bytes(8)
    size = struct.pack("<I", sectors) + struct.pack(">I", sectors)
    return (head + size + bytes(32) + b"\1\0\0\1\1\0\0\1\0\x08\x08\0").ljust(USER_SECTOR, b"\0")
