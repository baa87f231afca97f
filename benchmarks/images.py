"""The images that are measured: made by rule, the same at every run."""

from __future__ import annotations

import gzip
import os
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from cdemu_core.testing.discs import iso_payload, payload

COOKED, RAW, RAW_SUB = 2048, 2352, 2448
SECTORS: Final = 24_000
"""Of the plain images: 47 MiB and more, which no processor's cache holds and the page cache does."""
GZIP_BYTES: Final = 400_000_000 // COOKED * COOKED
SYNC: Final = b"\0" + b"\xff" * 10 + b"\0"


@cache
def cooked() -> bytes:
    """User data with an ISO 9660 volume descriptor in front."""
    return iso_payload(SECTORS)


def iso(folder: Path) -> Path:
    """2048-byte sectors."""
    return _write(folder / "disc.iso", cooked())


def raw_cue(folder: Path) -> Path:
    """A sheet and its 2352-byte Mode 1 sectors."""
    _write(folder / "disc.bin", frames(b""))
    return _text(
        folder / "disc.cue", 'FILE "disc.bin" BINARY\n  TRACK 01 MODE1/2352\n    INDEX 01 00:00:00\n'
    )


def audio_cue(folder: Path) -> Path:
    """A sheet and its audio sectors."""
    _write(folder / "audio.bin", payload(SECTORS * RAW))
    return _text(folder / "audio.cue", 'FILE "audio.bin" BINARY\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n')


def mds(folder: Path) -> Path:
    """A media descriptor and its 2448-byte Mode 1 sectors."""
    _write(folder / "disc.mdf", frames(bytes(96)))
    head = (
        b"MEDIA DESCRIPTOR" + bytes([1, 3]) + struct.pack("<HH", 0, 1) + bytes(58) + struct.pack("<II", 88, 0)
    )
    session = struct.pack("<iiHBBHH4xI", -150, SECTORS, 1, 1, 0, 1, 1, 112)
    track = struct.pack("<BBBBB7xIH18xiQII24x", 0xAA, 8, 0x14, 0, 1, 192, RAW_SUB, 0, 0, 1, 200)
    tail = struct.pack("<II", 150, SECTORS) + struct.pack("<II8x", 216, 0) + b"*.mdf\0"
    return _write(folder / "disc.mds", head + session + track + tail)


def nrg(folder: Path) -> Path:
    """A Nero image, disc at once."""
    size = SECTORS * COOKED
    cue = ((0x41, 0, 0, -150), (0x41, 1, 0, -150), (0x41, 1, 1, 0), (0x41, 0xAA, 1, SECTORS))
    dao = struct.pack(">I13sxBBBB", 0, b"", 0, 1, 1, 1) + struct.pack(
        ">12sHB3xQQQ", b"", COOKED, 0, 0, 0, size
    )
    chunks = (
        (b"CUEX", b"".join(struct.pack(">BBBxi", *row) for row in cue)),
        (b"DAOX", dao),
        (b"SINF", struct.pack(">I", 1)),
        (b"END!", b""),
    )
    trailer = b"".join(name + struct.pack(">I", len(body)) + body for name, body in chunks)
    return _write(folder / "disc.nrg", cooked() + trailer + b"NER5" + struct.pack(">Q", size))


def ccd(folder: Path) -> Path:
    """A CloneCD image."""
    _write(folder / "clone.img", frames(b""))
    _write(folder / "clone.sub", bytes(96 * SECTORS))
    minute, second, frame = SECTORS // 4500, SECTORS // 75 % 60 + 2, SECTORS % 75
    rows = (
        (0xA0, 1, 0, 0, 4350),
        (0xA1, 1, 0, 0, 4350),
        (0xA2, minute, second, frame, SECTORS),
        (1, 0, 2, 0, 0),
    )
    text = f"[CloneCD]\nVersion=3\n[Disc]\nTocEntries={len(rows)}\nSessions=1\n"
    for number, (point, *time, address) in enumerate(rows):
        text += f"[Entry {number}]\nSession=1\nPoint=0x{point:02x}\nADR=0x01\nControl=0x04\nTrackNo=0\n"
        text += "AMin=0\nASec=0\nAFrame=0\nALBA=-150\nZero=0\n"
        text += "PMin={}\nPSec={}\nPFrame={}\n".format(*time) + f"PLBA={address}\n"
    return _text(folder / "clone.ccd", text + "[TRACK 1]\nMODE=1\nINDEX 1=0\n")


def iso_gz(folder: Path) -> Path:
    """400 MB of half compressible data behind gzip."""
    path = folder / "disc.iso.gz"
    if not path.exists():
        block = half_noise()
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.write(iso_payload(32))
            left = GZIP_BYTES - 32 * COOKED
            while left:
                left -= file.write(block[: min(left, len(block))])
    return path


@cache
def half_noise() -> bytes:
    """4 MiB of which deflate saves about half, as it does of a software disc."""
    noise = payload(2 * 2**20, 5)
    words = b"".join(f"{number:08} of the sectors. ".encode() for number in range(2 * 2**20 // 24 + 1))
    parts = (noise[at : at + 2**14] + words[at : at + 2**14] for at in range(0, 2 * 2**20, 2**14))
    return b"".join(parts)[: 4 * 2**20 // COOKED * COOKED]


def frames(tail: bytes) -> bytes:
    """Mode 1 frames of :func:`cooked` with ``tail`` behind each; their codes stay zero, unread."""
    data = cooked()
    code = bytes(288)
    rows = []
    for lba in range(SECTORS):
        address = bytes(int(f"{part:02}", 16) for part in _msf(lba))
        rows += [SYNC, address, b"\1", data[lba * COOKED : (lba + 1) * COOKED], code, tail]
    return b"".join(rows)


def _msf(lba: int) -> tuple[int, int, int]:
    return (lba + 150) // 4500, (lba + 150) // 75 % 60, (lba + 150) % 75


def _write(path: Path, data: bytes) -> Path:
    if not path.exists():
        path.write_bytes(data)
        os.sync()  # no write-back in the middle of a measurement
    return path


def _text(path: Path, text: str) -> Path:
    return _write(path, text.encode())


PLAIN: Final[dict[str, Callable[[Path], Path]]] = {
    "iso": iso,
    "cue": raw_cue,
    "mds": mds,
    "nrg": nrg,
    "ccd": ccd,
}
