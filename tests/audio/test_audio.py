"""Sinks and the player."""

from __future__ import annotations

import threading
import time
import wave
from pathlib import Path

import pytest

from cdemu_core.audio import sink as sinks
from cdemu_core.audio.player import Player
from cdemu_core.audio.sink import BYTES_PER_SECOND, DeviceSink, NullSink, WavSink, choose_sink
from cdemu_core.disc.reader import DiscReader
from cdemu_core.errors import ConfigError
from cdemu_core.testing.discs import audio_disc, mixed_disc


class Collector:
    """Keeps what it gets and takes no time."""

    paced = True

    def __init__(self) -> None:
        self.data = bytearray()
        self.closed = threading.Event()

    def write(self, data: bytes | bytearray) -> None:
        self.data += data

    def close(self) -> None:
        self.closed.set()


def test_the_range_is_played_to_its_last_byte() -> None:
    disc = audio_disc(2, 300)
    collector, complaints = Collector(), []
    Player(lambda: collector, complaints.append).play(disc, 10, 77)
    assert collector.closed.wait(10)
    assert bytes(collector.data) == bytes(DiscReader(disc).read_frames(10, 67))
    assert complaints == []


def test_a_new_range_ends_the_old_one() -> None:
    disc = audio_disc(2, 300)
    made: list[Collector] = []

    def make() -> Collector:
        made.append(Collector())
        return made[-1]

    player = Player(make, pytest.fail)
    for start in range(0, 100, 10):
        player.play(disc, start, start + 10)
    assert player.halt().wait(10)
    assert len(made) == 10
    assert all(collector.closed.is_set() for collector in made)
    assert not player.playing


def test_an_unpaced_sink_is_fed_at_the_disc_s_speed() -> None:
    player = Player(NullSink, pytest.fail)
    began = time.monotonic()
    player.play(audio_disc(1, 300), 0, 30)
    while player.playing:
        time.sleep(0.01)
    assert 0.35 < time.monotonic() - began < 3


def test_halt_does_not_wait_for_the_end() -> None:
    player = Player(NullSink, pytest.fail)
    player.play(audio_disc(1, 3000), 0, 3000)
    time.sleep(0.05)
    began = time.monotonic()
    assert player.halt().wait()
    assert time.monotonic() - began < 1


def test_data_is_not_played() -> None:
    complaints: list[str] = []
    collector = Collector()
    Player(lambda: collector, complaints.append).play(mixed_disc(300, 300), 0, 100)
    assert collector.closed.wait(10)
    assert collector.data == b""
    assert "MODE1" in complaints[0]


def test_a_sink_that_does_not_open_is_told() -> None:
    complaints: list[str] = []

    def make() -> NullSink:
        raise OSError("no such device")

    player = Player(make, complaints.append)
    player.play(audio_disc(1, 300), 0, 100)
    assert player.halt().wait(10)
    assert "no such device" in complaints[0]


def test_wav_files_are_complete(tmp_path: Path) -> None:
    make = choose_sink(f"wav:{tmp_path}/out.wav")
    sink = make()
    assert isinstance(sink, WavSink)
    sink.write(bytes(range(8)))
    sink.close()
    sink.close()
    with wave.open(str(tmp_path / "out.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (44100, 2, 2)
        assert file.readframes(10) == bytes(range(8))


def test_the_device_takes_data_as_fast_as_it_plays() -> None:
    miniaudio = pytest.importorskip("miniaudio", reason="the sound device needs the package miniaudio")
    sink = DeviceSink([miniaudio.Backend.NULL])
    began = time.monotonic()
    for _ in range(10):
        sink.write(bytes(BYTES_PER_SECOND // 10))
    assert 0.2 < time.monotonic() - began < 5
    sink.close()
    sink.close()
    sink.write(bytes(BYTES_PER_SECOND))


def test_drivers_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_sink("null") is NullSink
    for driver in ("nope", "wav:", ""):
        with pytest.raises(ConfigError):
            choose_sink(driver)
    monkeypatch.setattr(sinks, "device_available", lambda: False)
    with pytest.raises(ConfigError, match="miniaudio"):
        choose_sink("default")
