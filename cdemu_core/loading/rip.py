"""rip: an audio track as a sound file."""

from __future__ import annotations

import os

from ..disc.export import stored_sectors
from ..disc.model import Disc, Track
from ..disc.reader import DiscReader
from ..disc.sector import SectorType
from ..errors import ImageError, UnsupportedImage
from ..stream.output import Output
from ..stream.sound import SOUND_SUFFIXES, write_sound
from ..units import RAW_SECTOR
from .contain import shown
from .watch import Progress, watched


def rip(
    disc: Disc, number: int, path: str, *, overwrite: bool = False, progress: Progress | None = None
) -> int:
    """Write track ``number`` from its index 1 to its end as the suffix of ``path`` says; returns sectors.

    Raises:
        ImageError: there is no such track, or ``path`` is there already.
        UnsupportedImage: the track is not audio, or the kind of file cannot be written.
        StreamError: something cannot be read or written.
    """
    track = _audio_track(disc, number)
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in SOUND_SUFFIXES:
        raise UnsupportedImage(
            f"“{shown(path)}” names no kind of sound file; let it end in {', '.join(SOUND_SUFFIXES)}.",
            path=path,
        )
    if os.path.lexists(path) and not overwrite:
        raise ImageError(
            f"“{shown(path)}” is there already; choose another name, or allow to overwrite it.", path=path
        )
    count = track.end - track.index1
    reader = DiscReader(watched(disc, progress) if progress else disc)
    with Output() as output:
        sectors = stored_sectors(reader, track, track.index1, count)
        write_sound(output.create(path), suffix, count * RAW_SECTOR, sectors)
    return count


def _audio_track(disc: Disc, number: int) -> Track:
    track = next((track for track in disc.tracks if track.number == number), None)
    if track is None:
        first, last = disc.tracks[0].number, disc.tracks[-1].number
        raise ImageError(f"There is no track {number}; the disc has tracks {first} to {last}.")
    if track.sector_type is not SectorType.AUDIO:
        audio = [str(t.number) for t in disc.tracks if t.sector_type is SectorType.AUDIO]
        hint = f"audio are {', '.join(audio)}" if audio else "the disc has no audio track"
        raise UnsupportedImage(f"Track {number} is data, not audio; {hint}.", feature="data track")
    return track
