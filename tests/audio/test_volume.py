"""Volume, channels and mute of what is heard."""

from __future__ import annotations

import time
import wave
from pathlib import Path

import numpy as np
import pytest

from cdemu_core.audio import volume
from cdemu_core.audio.player import Player
from cdemu_core.audio.sink import WavSink
from cdemu_core.disc.reader import DiscReader
from cdemu_core.testing.discs import audio_disc

SAMPLES = np.array([[1000, -2000], [32767, -32768], [-1, 1]], "<i2")


def heard(*ports: tuple[int, int]) -> list[list[int]]:
    mixed: list[list[int]] = (
        np.frombuffer(volume.mix(SAMPLES.tobytes(), ports), "<i2").reshape(-1, 2).tolist()
    )
    return mixed


def test_plain_ports_change_nothing() -> None:
    data = SAMPLES.tobytes()
    assert volume.mix(data, (*volume.DEFAULT, (0, 0), (0, 0))) is data


def test_ports_choose_their_channels() -> None:
    assert heard((2, 255), (1, 255)) == SAMPLES[:, ::-1].tolist()
    assert heard((0, 255), (2, 255)) == [[0, right] for _, right in SAMPLES.tolist()]
    assert heard((3, 255), (3, 255)) == [[-500, -500], [-1, -1], [0, 0]]


def test_volume_is_linear_and_zero_is_silence() -> None:
    assert heard((1, 0), (2, 0)) == [[0, 0]] * 3
    left = [pair[0] for pair in heard((1, 128), (2, 255))]
    assert left == [value * 128 // 255 for value in SAMPLES[:, 0].tolist()]


@pytest.mark.parametrize("ports", [((1, 0), (2, 255)), ((2, 64), (1, 255)), ((0, 255), (0, 255))])
def test_the_player_applies_the_ports(tmp_path: Path, ports: tuple[tuple[int, int], ...]) -> None:
    disc = audio_disc(1, 300)
    path = tmp_path / "heard.wav"
    player = Player(lambda: WavSink(str(path)), pytest.fail)
    player.ports = ports
    player.play(disc, 0, 15)
    while player.playing:
        time.sleep(0.01)
    with wave.open(str(path)) as file:
        data = file.readframes(file.getnframes())
    assert data == bytes(volume.mix(DiscReader(disc).read_frames(0, 15), ports))
    assert data != bytes(DiscReader(disc).read_frames(0, 15))


def test_a_change_is_heard_while_playing(tmp_path: Path) -> None:
    disc = audio_disc(1, 300)
    path = tmp_path / "heard.wav"
    player = Player(lambda: WavSink(str(path)), pytest.fail)
    player.play(disc, 0, 60)
    time.sleep(0.3)
    player.ports = ((0, 255), (0, 255))
    while player.playing:
        time.sleep(0.01)
    with wave.open(str(path)) as file:
        data = file.readframes(file.getnframes())
    plain = bytes(DiscReader(disc).read_frames(0, 60))
    assert len(data) == len(plain)
    assert data[: 15 * 2352] == plain[: 15 * 2352]
    assert not any(data[-15 * 2352 :])
