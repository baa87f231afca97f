"""A disc to bare files, one per track: user data, whole frames, or sound files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final, NamedTuple

from cdemu_core.api import (
    Disc,
    DiscReader,
    MediumType,
    Output,
    SectorType,
    Track,
    stored_sectors,
    write_sound,
)

RAW: Final = 2352
SUB: Final = 96
COOKED: Final = {SectorType.MODE1: (2048, ".iso"), SectorType.MODE2_FORM1: (2048, ".iso")}
"""Bytes a sector and suffix of types stored as user data."""
MIXED: Final = (2336, ".bin")
"""The same of all other data."""
DATA_SUFFIXES: Final = frozenset({".iso", ".img", ".bin", ".raw", ".udf"})


class Kind(NamedTuple):
    """How a track is stored: ``size`` 0 for a sound file."""

    size: int
    suffix: str


def write(disc: Disc, path: str, parameters: Mapping[str, bool | int | str]) -> list[str]:
    """Write every track of ``disc`` without its pregap: one to ``path``, several beside it with numbers.

    Raises:
        UnsupportedImage: a kind of sound file that cannot be written.
        StreamError: something cannot be read or written.
    """
    is_cd = disc.medium is MediumType.CD
    sub = is_cd and bool(parameters.get("writer.write_subchannel"))
    raw = is_cd and (sub or bool(parameters.get("writer.write_raw")))
    reader = DiscReader(disc)
    with Output() as output:
        for session in disc.sessions:
            for track in session.tracks:
                kind = _kind(track, parameters, raw=raw)
                file = output.create(_path(disc, path, session.number, track, kind))
                count = track.end - track.index1
                audio = track.sector_type is SectorType.AUDIO
                swap = (
                    audio
                    and bool(parameters.get("writer.swap_raw_audio"))
                    and kind.suffix in (".bin", ".cdr")
                )
                size = kind.size or RAW
                sectors = stored_sectors(reader, track, track.index1, count, size=size, sub=sub, swap=swap)
                if kind.size:
                    file.write_all(sectors)
                else:
                    write_sound(file, kind.suffix, count * RAW, sectors)
    return output.paths


def _kind(track: Track, parameters: Mapping[str, bool | int | str], *, raw: bool) -> Kind:
    if raw:
        return Kind(RAW, ".bin")
    if track.sector_type is SectorType.AUDIO:
        return Kind(0, f".{parameters.get('writer.audio_file_suffix', 'wav')}")
    return Kind(*COOKED.get(track.sector_type, MIXED))


def _path(disc: Disc, path: str, session: int, track: Track, kind: Kind) -> str:
    folder, name = os.path.split(os.path.abspath(path))
    if len(disc.tracks) == 1:
        given = PurePath(name).suffix.lower()
        fits = given in DATA_SUFFIXES if kind.size else given == kind.suffix
        return os.path.join(folder, name if fits else PurePath(name).stem + kind.suffix)
    number = f"{track.number:02d}" if len(disc.sessions) == 1 else f"{session:02d}-{track.number:02d}"
    return os.path.join(folder, f"{PurePath(name).stem}-{number}{kind.suffix}")
