"""CD audio as sound files: headers of our own for plain PCM, libsndfile for what must be coded."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable
from typing import Any, Final

from ..errors import StreamError, UnsupportedImage
from .output import OutputFile

RATE: Final = 44100
CHANNELS: Final = 2
SAMPLE: Final = 4
"""Bytes of one sample of both channels."""
RATE_80_BIT: Final = bytes.fromhex("400eac44000000000000")
"""44,100 as an 80-bit extended number (AIFF 1.3, COMM chunk)."""
MAX_SIZE: Final = 0xFFFFFFFF - 64
"""Bytes of samples that the 32-bit sizes of WAVE and AIFF can tell."""

Pieces = Iterable[bytes | bytearray]


def wave_header(size: int) -> bytes:
    """RIFF WAVE header of ``size`` bytes of CD audio, 44 bytes (IBM/Microsoft RIFF, 1991)."""
    fmt = struct.pack("<HHIIHH", 1, CHANNELS, RATE, RATE * SAMPLE, SAMPLE, 16)
    return (
        struct.pack("<4sI4s4sI", b"RIFF", size + 36, b"WAVE", b"fmt ", 16)
        + fmt
        + struct.pack("<4sI", b"data", size)
    )


def aiff_header(size: int) -> bytes:
    """FORM AIFF header of ``size`` bytes of CD audio, 54 bytes (AIFF 1.3)."""
    common = struct.pack(">hIh", CHANNELS, size // SAMPLE, 16) + RATE_80_BIT
    return (
        struct.pack(">4sI4s4sI", b"FORM", size + 46, b"AIFF", b"COMM", 18)
        + common
        + struct.pack(">4sIII", b"SSND", size + 8, 0, 0)
    )


def write_sound(file: OutputFile, suffix: str, size: int, pieces: Pieces) -> None:
    """Write ``size`` bytes of CD audio (little-endian) to ``file`` as ``suffix`` says (SOUND_SUFFIXES).

    Raises:
        UnsupportedImage: the suffix is not known, or libsndfile is needed and not installed.
        StreamError: the file cannot be written.
    """
    if suffix not in SOUND_SUFFIXES:
        raise UnsupportedImage(
            f"“{suffix}” is no kind of sound file; write one of {', '.join(SOUND_SUFFIXES)}.",
            feature="sound file",
        )
    if size > MAX_SIZE:
        raise UnsupportedImage("The track is too long for a sound file.", feature="sound file")
    SOUND_SUFFIXES[suffix](file, size, pieces)


def _wave(file: OutputFile, size: int, pieces: Pieces) -> None:
    file.write(wave_header(size))
    file.write_all(pieces)


def _aiff(file: OutputFile, size: int, pieces: Pieces) -> None:
    file.write(aiff_header(size))
    file.write_all(map(_swapped, pieces))


def _raw(file: OutputFile, size: int, pieces: Pieces) -> None:
    file.write_all(pieces)


def _swapped(data: bytes | bytearray) -> bytearray:
    out = bytearray(data)
    out[0::2], out[1::2] = data[1::2], data[0::2]
    return out


def _coded(kind: str, coding: str) -> Callable[[OutputFile, int, Pieces], None]:
    def write(file: OutputFile, size: int, pieces: Pieces) -> None:
        soundfile = _library(kind)
        from numpy import frombuffer

        try:
            with soundfile.SoundFile(file.temporary, "w", RATE, CHANNELS, coding, format=kind) as sound:
                for piece in pieces:
                    sound.write(frombuffer(piece, "<i2").reshape(-1, CHANNELS))
        except (soundfile.LibsndfileError, AssertionError) as problem:
            raise StreamError(
                f"“{os.path.basename(file.path)}” cannot be written: {problem}; nothing was left behind."
            ) from None

    return write


def _library(kind: str) -> Any:
    try:
        import soundfile
    except (ImportError, OSError):
        raise UnsupportedImage(
            f"{kind} files need libsndfile; install cdemu-sndfile, or write a .wav file.", feature=kind
        ) from None
    return soundfile


SOUND_SUFFIXES: Final[dict[str, Callable[[OutputFile, int, Pieces], None]]] = {
    ".wav": _wave,
    ".aiff": _aiff,
    ".flac": _coded("FLAC", "PCM_16"),
    ".ogg": _coded("OGG", "VORBIS"),
    ".cdr": _raw,
}
"""Kinds of sound files by suffix: how each is written."""
