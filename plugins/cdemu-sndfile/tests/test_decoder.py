"""Sound of every kind as CD audio, at any place, in any order."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile
from cdemu_sndfile.decoder import open_sound
from hypothesis import given, settings
from hypothesis import strategies as st

from cdemu_core.api import CorruptImage, ImageSource, MemoryStream, Stream, StreamError

FRAMES = 150_000
SOUND = np.random.default_rng(4).integers(-(2**15), 2**15, (FRAMES, 2), dtype=np.int16)
TONE = (np.sin(np.arange(FRAMES) * 0.05) * 20000).astype(np.int16)


class Notes:
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)


def packed(data: np.ndarray, rate: int = 44100, **kind: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, data, rate, **kind)
    return file.getvalue()


def opened(data: bytes) -> Stream:
    source: ImageSource = Notes()  # type: ignore[assignment]  # the filter only notes
    return open_sound(MemoryStream(data, "x.sound"), source)


def frames(stream: Stream) -> np.ndarray:
    return np.frombuffer(stream.read_at(0, stream.size), "<i2").reshape(-1, 2)


FLAC = packed(SOUND, format="FLAC")


@pytest.mark.parametrize("kind", ["FLAC", "AIFF", "CAF", "W64", "AU"])
def test_sixteen_bits_stay_as_they_are(kind: str) -> None:
    stream = opened(packed(SOUND, format=kind, subtype="PCM_16"))
    assert stream.size == FRAMES * 4
    assert np.array_equal(frames(stream), SOUND)


def test_mono_is_doubled() -> None:
    assert np.array_equal(frames(opened(packed(TONE, format="FLAC"))), np.stack([TONE, TONE], axis=1))


def test_more_channels_keep_the_first_two() -> None:
    source = Notes()
    data = packed(np.concatenate([SOUND, SOUND // 2], axis=1), format="FLAC")
    stream = open_sound(MemoryStream(data), source)  # type: ignore[arg-type]
    assert np.array_equal(frames(stream), SOUND)
    assert "4 channels" in source.notes[0]


@pytest.mark.parametrize(("kind", "subtype"), [("WAV", "FLOAT"), ("WAV", "PCM_24"), ("FLAC", "PCM_24")])
def test_wider_samples_are_rounded_and_clipped(kind: str, subtype: str) -> None:
    wide = SOUND / 32768.0
    assert np.abs(frames(opened(packed(wide, format=kind, subtype=subtype))).astype(int) - SOUND).max() <= 1
    loud = frames(opened(packed(np.full((100, 2), 3.0), format="WAV", subtype="FLOAT")))
    assert (loud == 32767).all()
    nothing = frames(opened(packed(np.full((100, 2), np.nan), format="WAV", subtype="FLOAT")))
    assert (nothing == 0).all()


@pytest.mark.parametrize(("kind", "subtype"), [("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")])
def test_lossy_sound_is_near(kind: str, subtype: str) -> None:
    stream = opened(packed(TONE, format=kind, subtype=subtype))
    assert stream.size == FRAMES * 4
    difference = frames(stream)[2000:-2000, 0].astype(int) - TONE[2000:-2000]
    assert np.abs(difference).mean() < 600


@pytest.mark.parametrize("rate", [8000, 22050, 48000, 96000])
def test_other_rates_keep_pitch_and_length(rate: int) -> None:
    tone = np.sin(np.arange(rate * 2) * 2 * np.pi * 300 / rate) * 0.5
    stream = opened(packed(tone, rate, format="FLAC"))
    assert stream.size == 2 * 44100 * 4
    expected = np.sin(np.arange(2 * 44100) * 2 * np.pi * 300 / 44100) * 16384
    assert np.abs(frames(stream)[:-20, 0] - expected[:-20]).max() < 300
    pieces = b"".join(stream.read_at(at, 10_007) for at in range(0, stream.size, 10_007))
    assert pieces == stream.read_at(0, stream.size)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, FRAMES * 4 + 5), st.integers(0, 300_000))
def test_random_reads_equal_the_whole(offset: int, length: int) -> None:
    same = STREAM.read_at(offset, length) == SOUND.tobytes()[offset : offset + length]
    assert same


STREAM = opened(FLAC)


def test_threads() -> None:
    stream = opened(FLAC)
    offsets = [at * 37_813 % (FRAMES * 4) for at in range(60)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda at: stream.read_at(at, 5000), offsets))
    assert answers == [SOUND.tobytes()[at : at + 5000] for at in offsets]


@pytest.mark.parametrize("data", [b"", b"fLaC", b"fLaC" + bytes(100), b"OggS" + bytes(1000)])
def test_what_is_no_sound_is_refused(data: bytes) -> None:
    with pytest.raises(CorruptImage, match="not decodable as audio"):
        opened(data)


def test_a_file_cut_short_is_an_error_where_it_ends() -> None:
    stream = opened(FLAC[: len(FLAC) // 2])
    assert stream.read_at(0, 1000) == SOUND.tobytes()[:1000]
    with pytest.raises(StreamError):
        stream.read_at(stream.size - 10, 10)


class Failing(MemoryStream):
    broken = False

    def readv_at(self, offset: int, buffers: object) -> int:
        if self.broken:
            raise StreamError("The disk is gone.")
        return super().readv_at(offset, buffers)  # type: ignore[arg-type]


def test_errors_below_come_through() -> None:
    below = Failing(FLAC)
    source: ImageSource = Notes()  # type: ignore[assignment]
    stream = open_sound(below, source)
    below.broken = True
    with pytest.raises(StreamError, match="The disk is gone"):
        stream.read_at(400_000, 100)
    below.broken = False
    assert stream.read_at(400_000, 100) == SOUND.tobytes()[400_000:400_100]


def test_closing_closes_below_once(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[int] = []
    record: Callable[[MemoryStream], None] = lambda self: closed.append(1)  # noqa: E731
    monkeypatch.setattr(MemoryStream, "close", record)
    stream = opened(FLAC)
    stream.close()
    stream.close()
    assert closed == [1]
