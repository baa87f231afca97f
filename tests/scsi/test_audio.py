"""Playing audio: a state machine that only the clock moves."""

from __future__ import annotations

from typing import Any

import pytest

from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.model import Fragment, MediumType
from cdemu_core.disc.sector import SectorType
from cdemu_core.scsi.audio import SCAN_SPEED
from cdemu_core.scsi.events import AudioChanged, MediumChanged, VolumeChanged

PLAYING, PAUSED, COMPLETED, ERROR, NONE = 0x11, 0x12, 0x13, 0x14, 0x15

ROWS = (
    ("audio", "45 00 00 00 00 00 00 02 58 00", ""),
    ("audio", "45 00 00 00 00 00 00 02 59 00", "5/21/00"),
    ("audio", "45 00 00 0F 42 3F 00 00 02 00", "5/21/00"),
    ("mixed", "45 00 00 00 00 00 00 00 02 00", "5/64/00"),
    ("mixed", "45 00 00 00 01 2B 00 00 02 00", "5/64/00"),
    ("mixed", "A5 00 00 00 01 2C 00 00 00 02 00 00", ""),
    ("dvd", "A5 00 00 00 00 00 00 00 00 02 00 00", "5/64/00"),
    ("empty", "A5 00 00 00 00 00 00 00 00 02 00 00", "2/3A/00"),
    ("audio", "47 00 00 00 02 00 00 02 01 00", ""),
    ("audio", "47 00 00 00 02 01 00 02 00 00", "5/24/00"),
    ("audio", "47 00 00 00 09 00 00 0A 01 00", "5/21/00"),
    ("audio", "48 00 00 00 01 01 00 02 63 00", ""),
    ("audio", "48 00 00 00 02 01 00 01 01 00", "5/24/00"),
    ("audio", "48 00 00 00 03 01 00 03 01 00", "5/24/00"),
    ("audio", "4B 00 00 00 00 00 00 00 00 00", "5/2C/00"),
    ("audio", "4B 00 00 00 00 00 00 00 01 00", "5/2C/00"),
    ("audio", "4E 00 00 00 00 00 00 00 00 00", ""),
    ("audio", "BA 00 00 00 00 64 00 00 00 00 00 00", ""),
    ("audio", "BA 10 00 00 00 03 00 00 00 40 00 00", ""),
    ("audio", "BA 00 00 00 00 02 00 00 00 80 00 00", ""),
    ("audio", "BA 00 00 00 00 02 00 00 00 C0 00 00", "5/24/00"),
    ("mixed", "BA 00 00 00 00 64 00 00 00 00 00 00", "5/64/00"),
)


@pytest.mark.parametrize(("state", "cdb", "answer"), ROWS)
def test_rows(bench, state: str, cdb: str, answer: str) -> None:
    bench(state).expect(cdb, answer)


def status(drive) -> int:
    return drive.host.read_sub_channel(sub_q=False).data[1]


def position(drive) -> int:
    return int.from_bytes(drive.host.read_sub_channel().data[8:12], "big")


def test_playing_pausing_resuming_and_ending(bench) -> None:
    drive = bench("audio")
    assert status(drive) == NONE
    drive.host.play_audio_10(100, 75)
    assert (status(drive), position(drive)) == (PLAYING, 100)
    drive.now += 0.4
    assert (status(drive), position(drive)) == (PLAYING, 130)
    assert drive.host.request_sense().data[13] == PLAYING
    assert drive.host.mechanism_status().data[1:5] == bytes([0x20, 0, 0, 130])
    for _ in range(2):
        drive.host.pause_resume(resume=False)
        drive.now += 100
        assert (status(drive), position(drive)) == (PAUSED, 130)
    for _ in range(2):
        drive.host.pause_resume(resume=True)
    drive.now += 0.2
    assert (status(drive), position(drive)) == (PLAYING, 145)
    drive.now += 0.39
    assert status(drive) == PLAYING
    drive.now += 0.02
    assert (status(drive), position(drive)) == (COMPLETED, 174)
    assert status(drive) == COMPLETED
    assert drive.host.pause_resume(resume=True).codes == (5, 0x2C, 0)
    assert drive.drive.take_events() == [
        AudioChanged("playing", 100, 175),
        AudioChanged("paused", 130, 175),
        AudioChanged("playing", 130, 175),
    ]


STOPPING = (
    "28 00 00 00 00 00 00 00 00 00",
    "2B 00 00 00 00 00 00 00 00 00",
    "1B 00 00 00 00 00",
    "4E 00 00 00 00 00 00 00 00 00",
    "51 00 00 00 00 00 00 00 22 00",
    "BB 00 FF FF FF FF 00 00 00 00 00 00",
)


@pytest.mark.parametrize("cdb", STOPPING)
def test_what_stops_playback(bench, cdb: str) -> None:
    drive = bench("audio")
    drive.host.play_audio_10(100, 75)
    drive.now += 0.2
    drive.drive.take_events()
    assert drive.send(cdb).status == 0
    assert status(drive) == NONE
    assert drive.drive.take_events() == [AudioChanged("stopped", 115, 175)]


@pytest.mark.parametrize(
    "cdb", ["43 00 00 00 00 00 00 10 00 00", "12 00 00 00 24 00", "BE 00 00 00 00 00 00 00 01 F8 00 00"]
)
def test_what_does_not(bench, cdb: str) -> None:
    drive = bench("audio")
    drive.host.play_audio_10(100, 75)
    drive.send(cdb)
    assert status(drive) == PLAYING


def test_a_refused_or_empty_play_starts_nothing(bench) -> None:
    drive = bench("mixed")
    drive.drive.take_events()
    drive.host.play_audio_10(0, 5)
    drive.host.play_audio_10(500, 0)
    assert status(drive) == NONE
    assert drive.drive.take_events() == []


def test_playing_from_where_the_head_is(bench) -> None:
    drive = bench("audio")
    drive.host.seek_10(50)
    drive.host.play_audio_10(-1, 75)
    assert position(drive) == 50
    drive.expect("47 00 00 FF FF FF 00 03 00 00", "")
    assert position(drive) == 50


def test_scanning_both_ways_and_resuming(bench) -> None:
    drive = bench("audio")
    drive.expect("BA 00 00 00 00 64 00 00 00 00 00 00", "")
    drive.now += 0.2
    assert position(drive) == 100 + 15 * SCAN_SPEED
    drive.host.pause_resume(resume=True)
    drive.now += 0.2
    assert position(drive) == 115 + 15 * SCAN_SPEED
    drive.expect("BA 10 00 00 00 64 00 00 00 00 00 00", "")
    drive.now += 0.2
    assert position(drive) == (100 - 15 * SCAN_SPEED) & 0xFFFFFFFF
    drive.now += 60
    assert status(drive) == COMPLETED


def test_track_and_index_ranges(bench) -> None:
    builder = DiscBuilder(MediumType.CD)
    track = builder.add_session().add_track(SectorType.AUDIO)
    track.add_fragment(Fragment(400))
    track.add_index(2, 100)
    track.add_index(3, 250)
    drive = bench()
    drive.drive.insert(builder.build())
    drive.host.test_unit_ready()
    for cdb, start, end in (
        ("48 00 00 00 01 01 00 01 01 00", 0, 100),
        ("48 00 00 00 01 02 00 01 02 00", 100, 250),
        ("48 00 00 00 01 02 00 01 63 00", 100, 400),
        ("48 00 00 00 01 09 00 01 09 00", 250, 400),
    ):
        drive.drive.take_events()
        drive.expect(cdb, "")
        assert drive.drive.take_events()[-1] == AudioChanged("playing", start, end)


def test_a_player_that_fails_and_a_disc_that_goes(bench) -> None:
    drive = bench("audio")
    drive.host.play_audio_10(100, 75)
    drive.drive.audio.fail(drive.now)
    assert status(drive) == ERROR
    drive.host.play_audio_10(100, 75)
    drive.drive.take_events()
    drive.drive.remove()
    assert drive.drive.take_events() == [AudioChanged("stopped", 100, 175), MediumChanged(loaded=False)]


def sub_channel(drive: Any) -> tuple[int, int, int, int]:
    """Audio status, track, absolute and relative LBA."""
    data = drive.send("42 00 40 01 00 00 00 00 10 00").data
    return data[1], data[6], int.from_bytes(data[8:12], "big"), int.from_bytes(data[12:16], "big")


def test_the_position_follows_the_play(bench) -> None:
    drive = bench("audio")
    drive.expect("45 00 00 00 01 22 00 00 40 00", "")
    for seconds, track, lba in ((0.0, 1, 290), (0.2, 2, 305), (0.4, 2, 320)):
        drive.now = 1000.0 + seconds
        status, at, absolute, _ = sub_channel(drive)
        assert (status, at, absolute) == (0x11, track, lba)
    drive.now = 1010.0
    assert sub_channel(drive)[0] == 0x13


def test_playback_ends_with_an_error_where_data_begin(bench) -> None:
    builder = DiscBuilder(MediumType.CD)
    session = builder.add_session()
    session.add_track(SectorType.AUDIO).add_fragment(Fragment(150))
    session.add_track(SectorType.MODE1).add_fragment(Fragment(150))
    drive = bench()
    drive.drive.insert(builder.build())
    drive.host.test_unit_ready()
    drive.drive.take_events()
    drive.expect("45 00 00 00 00 4B 00 00 A0 00", "")
    assert [(event.start, event.end) for event in drive.drive.take_events()] == [(75, 150)]
    drive.now += 0.5
    assert sub_channel(drive)[0] == 0x11
    drive.now += 1.0
    status, track, absolute, _ = sub_channel(drive)
    assert (status, track, absolute) == (0x14, 1, 149)
    assert drive.send("03 00 00 00 12 00").data[12:14] == bytes([0, 0x14])
    drive.expect("45 00 00 00 00 4B 00 00 10 00", "")
    drive.now += 1.0
    assert sub_channel(drive)[0] == 0x13, "a play that ends before the data completes"
    drive.expect("45 00 00 00 00 96 00 00 10 00", "5/64/00")
    drive.expect("45 00 00 00 00 4B 00 FF FF 00", "5/21/00")


def test_the_volume_of_page_0e_is_told(bench) -> None:
    drive = bench("audio")
    page = "00" * 8 + "0E 0E 00 00 00 00 4B 4B 01 80 02 40 00 00 00 00"
    drive.expect("55 10 00 00 00 00 00 00 18 00", "", page)
    assert drive.drive.take_events() == [VolumeChanged(((1, 0x80), (2, 0x40), (0, 0), (0, 0)))]
    drive.expect("55 10 00 00 00 00 00 00 18 00", "", page)
    assert drive.drive.take_events() == []
    drive.drive.reset()
    assert drive.drive.take_events() == [VolumeChanged(((1, 255), (2, 255), (0, 0), (0, 0)))]
