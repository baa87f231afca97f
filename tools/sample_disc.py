#!/usr/bin/env python3
"""sample_disc.py FOLDER: writes sample.cue and sample.bin, a small mixed disc, and prints the sheet's path.

Track 1 is a data track with an ISO 9660 file system, tracks 2 and 3 are audio (two tones), each with a pregap
of two seconds. Everything is made by rule, so whoever reads the disc back can compute what must come out.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from iso9660 import image
from numpy.typing import NDArray

from cdemu_core.disc import lec
from cdemu_core.disc.sector import SectorType

RAW, COOKED = 2352, 2048
RATE = 44_100
PREGAP = 150
DATA_SECTORS = 450
"""A data track before audio ends in two seconds of post-gap, empty sectors of its own mode."""
TONE_SECTORS = 375
MCN = "0000000000017"
README = b"""This disc is a sample made by cdemu-core: one data track and two audio tracks.\r
"""


class Tone(NamedTuple):
    """An audio track: a sine tone, louder to the left or to the right."""

    hertz: int
    balance: float
    title: str
    isrc: str


TONES = (
    Tone(440, 0.8, "Concert pitch", "ZZCDE2400001"),
    Tone(660, 0.2, "A fifth above", "ZZCDE2400002"),
)


def files() -> dict[str, bytes]:
    """The files of the data track."""
    numbers = np.arange(65_536, dtype="<u4").tobytes()
    return {
        "README.TXT": README,
        "NUMBERS.BIN": numbers,
        "DOCS/SQUARES.TXT": "".join(f"{n} {n * n}\r\n" for n in range(1000)).encode(),
        "DOCS/EMPTY.TXT": b"",
    }


def data_track() -> NDArray[np.uint8]:
    """Track 1 as whole Mode 1 sectors, one a row."""
    user = image("CDEMU_SAMPLE", files()).ljust(DATA_SECTORS * COOKED, b"\0")
    frames = np.zeros((DATA_SECTORS, RAW), np.uint8)
    frames[:, 16 : 16 + COOKED] = np.frombuffer(user, np.uint8).reshape(DATA_SECTORS, COOKED)
    lec.write_sync(frames)
    lec.write_headers(frames, 0, SectorType.MODE1)
    lec.write_edc_ecc(frames, SectorType.MODE1)
    return frames


def samples(tone: Tone) -> bytes:
    """A tone's samples: 16 bit, little-endian, left before right."""
    time = np.arange(TONE_SECTORS * RAW // 4) / RATE
    wave = np.sin(2 * np.pi * tone.hertz * time)
    stereo = np.stack([wave * tone.balance, wave * (1 - tone.balance)], axis=1)
    return np.round(stereo * 6_000).astype("<i2").tobytes()


def time_of(sector: int) -> str:
    """An address as a sheet writes it."""
    return f"{sector // 4500:02}:{sector // 75 % 60:02}:{sector % 75:02}"


def sheet() -> str:
    """The CUE sheet."""
    lines = [f"CATALOG {MCN}", 'TITLE "A sample"', 'PERFORMER "cdemu-core"', 'FILE "sample.bin" BINARY']
    lines += ["  TRACK 01 MODE1/2352", "    INDEX 01 00:00:00"]
    position = DATA_SECTORS
    for number, tone in enumerate(TONES, 2):
        lines += [f"  TRACK {number:02} AUDIO", f'    TITLE "{tone.title}"', f"    ISRC {tone.isrc}"]
        lines += [f"    INDEX 00 {time_of(position)}", f"    INDEX 01 {time_of(position + PREGAP)}"]
        position += PREGAP + TONE_SECTORS
    return "\n".join(lines) + "\n"


def write(folder: Path) -> Path:
    """Write the disc into ``folder``; returns the sheet's path."""
    silence = bytes(PREGAP * RAW)
    with (folder / "sample.bin").open("wb") as file:
        file.write(data_track().tobytes())
        for tone in TONES:
            file.write(silence + samples(tone))
    path = folder / "sample.cue"
    path.write_text(sheet(), "ascii")
    return path


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(write(Path(sys.argv[1])))
