"""The tray, its lock, its button."""

from __future__ import annotations

import pytest

from cdemu_core.scsi.command import Status
from cdemu_core.scsi.events import MediumChanged

ROWS = (
    ("empty", "1B 00 00 00 02 00", ""),
    ("empty", "1B 00 00 00 03 00", ""),
    ("data", "1B 00 00 00 00 00", ""),
    ("data", "1B 00 00 00 32 00", ""),
    ("empty", "1E 00 00 00 01 00", ""),
    ("data", "A6 00 00 00 00 00 00 00 00 00 00 00", ""),
    ("data", "A6 00 00 00 02 00 00 00 01 00 00 00", "5/24/00"),
    ("data", "BD 00 00 00 00 00 00 00 00 08 00 00", "00" * 8),
    ("data", "BD 00 00 00 00 00 00 00 00 02 00 00", "00 00"),
)


@pytest.mark.parametrize(("state", "cdb", "answer"), ROWS)
def test_rows(bench, state: str, cdb: str, answer: str) -> None:
    bench(state).expect(cdb, answer)


@pytest.mark.parametrize("cdb", ["1B 00 00 00 02 00", "A6 00 00 00 02 00 00 00 00 00 00 00"])
def test_eject_takes_the_disc_out_and_loading_does_not_bring_it_back(bench, cdb: str) -> None:
    drive = bench("data")
    drive.expect(cdb, "")
    assert drive.drive.disc is None
    assert drive.drive.take_events() == [MediumChanged(loaded=False)]
    drive.expect("1B 00 00 00 03 00", "")
    drive.expect("00 00 00 00 00 00", "2/3A/00")


def test_power_conditions_move_nothing(bench) -> None:
    drive = bench("data")
    drive.expect("1B 00 00 00 32 00", "")
    assert drive.drive.disc is not None


def test_a_locked_tray_stays_shut(bench) -> None:
    drive = bench("data")
    drive.host.prevent_allow(True)
    assert drive.drive.locked
    assert drive.host.mode_sense_10(0x2A).data[8 + 6] & 2
    drive.expect("1B 00 00 00 02 00", "5/53/02")
    drive.host.prevent_allow(False)
    assert not drive.drive.locked
    assert not drive.host.mode_sense_10(0x2A).data[8 + 6] & 2
    assert drive.host.eject().status == Status.GOOD


def test_the_persistent_lock_is_one_of_its_own(bench) -> None:
    drive = bench("data")
    drive.host.prevent_allow(True, persistent=True)
    drive.host.prevent_allow(False)
    assert drive.drive.locked
    drive.host.prevent_allow(False, persistent=True)
    assert not drive.drive.locked


def test_the_lock_survives_the_medium(bench) -> None:
    drive = bench("data")
    drive.host.prevent_allow(True)
    drive.drive.remove()
    assert drive.drive.locked


def test_the_button_of_a_locked_drive_asks_the_system(bench) -> None:
    drive = bench("data")
    drive.host.get_event_status()
    drive.host.prevent_allow(True)
    assert not drive.drive.request_eject()
    assert drive.host.get_event_status().data[4:6] == bytes([1, 2])
    assert drive.host.get_event_status().data[4:6] == bytes([0, 2])
    drive.host.prevent_allow(False)
    drive.host.eject()
    assert drive.host.get_event_status().data[4:6] == bytes([3, 0])
    assert drive.drive.request_eject()
    assert drive.host.get_event_status().data[4:6] == bytes([1, 0])


def test_the_button_of_an_unlocked_drive_ejects(bench) -> None:
    drive = bench("data")
    assert drive.drive.request_eject()
    assert drive.drive.disc is None
    assert drive.host.get_event_status().data[4:6] == bytes([3, 0])
