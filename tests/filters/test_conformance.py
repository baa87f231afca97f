"""The core's filters against the conformance kit."""

from __future__ import annotations

import gzip
import lzma
import wave
from pathlib import Path

from cdemu_core.testing.discs import payload
from cdemu_core.testing.facts import FilterSample
from cdemu_core.testing.filters import StreamFilterTests

CONTENT = b"".join(payload(3000, seed) * 3 for seed in range(20))
SOUND = payload(20_000, 7)


def sample(name: str, data: bytes, content: bytes = CONTENT) -> FilterSample:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return FilterSample(name=name, make=make, content=lambda: content)


def wave_file(folder: Path) -> Path:
    with wave.open(str(folder / "sound.wav"), "wb") as writer:
        writer.setparams((2, 2, 44100, 0, "NONE", ""))
        writer.writeframes(SOUND)
    return folder / "sound.wav"


class TestGzip(StreamFilterTests):
    stream_filter = "gzip"
    samples = (
        sample("one.iso.gz", gzip.compress(CONTENT)),
        sample("members.iso.gz", gzip.compress(CONTENT[:9999]) + gzip.compress(CONTENT[9999:])),
        sample("both.iso.gz.xz", lzma.compress(gzip.compress(CONTENT))),
    )
    mutation_count = 200


class TestXz(StreamFilterTests):
    stream_filter = "xz"
    samples = (
        sample("one.iso.xz", lzma.compress(CONTENT)),
        sample("streams.iso.xz", lzma.compress(CONTENT[:9999]) + bytes(4) + lzma.compress(CONTENT[9999:])),
    )
    mutation_count = 200


class TestPcm(StreamFilterTests):
    stream_filter = "pcm"
    samples = (FilterSample(make=wave_file, content=lambda: SOUND),)
    mutation_count = 200
