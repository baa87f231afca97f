"""The audio filter against the conformance kit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from cdemu_core.testing.facts import FilterSample
from cdemu_core.testing.filters import StreamFilterTests

SOUND = np.random.default_rng(1).integers(-(2**15), 2**15, (9_000, 2), dtype=np.int16)


def flac(folder: Path) -> Path:
    soundfile.write(folder / "sound.flac", SOUND, 44100, format="FLAC")
    return folder / "sound.flac"


def wide_wave(folder: Path) -> Path:
    soundfile.write(folder / "sound.wav", SOUND.astype(np.int32) << 16, 44100, format="WAV", subtype="PCM_32")
    return folder / "sound.wav"


class TestSndfile(StreamFilterTests):
    stream_filter = "sndfile"
    samples = (
        FilterSample(make=flac, content=SOUND.tobytes),
        FilterSample(make=wide_wave, content=SOUND.tobytes),
    )
    mutation_count = 200
