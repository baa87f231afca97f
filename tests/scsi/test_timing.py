"""Delays out of the data position measurement."""

from __future__ import annotations

import pytest

from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.model import Disc, Dpm, Fragment, MediumType
from cdemu_core.disc.sector import SectorType
from cdemu_core.scsi.command import Command
from cdemu_core.scsi.drive import Drive
from cdemu_core.scsi.timing import Timing, locate

DPM = Dpm(0, 50, tuple(256 * 5 * (k + 1) for k in range(9)))
"""Five rotations each 50 sectors: ten sectors a rotation, up to sector 500."""


def test_outside_the_table_there_is_no_place() -> None:
    assert locate(None, 0) is None
    assert locate(DPM, -1) is None
    assert locate(DPM, 500) is None
    assert locate(Dpm(0, 50, ()), 0) is None
    for lba in (0, 10, 49, 50, 449, 499):
        place = locate(DPM, lba)
        assert place is not None
        assert place.angle == pytest.approx(lba / 10)
        assert place.density == pytest.approx(36)


def test_seeks_take_rotations_and_long_ones_a_jump() -> None:
    timing = Timing()

    def seek(lba: int) -> float:
        return timing.delay(DPM, lba, 0, seek=True, transfer=False)

    assert seek(50) == pytest.approx(5 / 200)
    assert seek(50) == 0
    assert seek(40) == pytest.approx(1 / 200)
    assert seek(140) == pytest.approx(0.020)
    assert seek(273) == pytest.approx(0.020 + 3.3 / 200)
    assert seek(500) == 0
    assert seek(273) == 0


def test_transfers_take_their_sectors() -> None:
    timing = Timing()
    assert timing.delay(DPM, 100, 20, seek=False, transfer=True) == pytest.approx(20 / (10 * 200))
    assert timing.delay(DPM, 100, 20, seek=True, transfer=True) == pytest.approx(0.020 + 20 / 2000)


def test_density_may_change_along_the_disc() -> None:
    dpm = Dpm(0, 100, (256 * 10, 256 * 15))
    for lba, angle, density in ((50, 5, 36), (150, 12.5, 18), (250, 17.5, 18)):
        place = locate(dpm, lba)
        assert place is not None
        assert (place.angle, place.density) == (pytest.approx(angle), pytest.approx(density))


def measured_disc() -> Disc:
    builder = DiscBuilder(MediumType.CD)
    builder.add_session().add_track(SectorType.MODE1).add_fragment(Fragment(500))
    builder.dpm = DPM
    return builder.build()


@pytest.mark.parametrize(
    ("dpm", "rate", "expected"),
    [(False, False, 0.0), (True, False, 7.02), (False, True, 7.008), (True, True, 7.028)],
)
def test_commands_are_ready_later(dpm: bool, rate: bool, expected: float) -> None:
    drive = Drive()
    drive.dpm_emulation, drive.tr_emulation = dpm, rate
    drive.insert(measured_disc())
    into = memoryview(bytearray(65536))
    drive.execute(Command(bytes(6), into), 0.0)
    for opcode in ("28 00 00 00 00 28 00 00 10 00", "A8 00 00 00 00 28 00 00 00 10 00 00"):
        drive.timing = Timing()
        completion = drive.execute(Command(bytes.fromhex(opcode), into), 7.0)
        assert completion.status == 0
        assert completion.ready_at == pytest.approx(expected)
    assert drive.execute(Command(bytes(6), into), 8.0).ready_at == 0
    drive.timing = Timing()
    seek = drive.execute(Command(bytes.fromhex("2B 00 00 00 00 28 00 00 00 00"), into), 7.0)
    assert seek.ready_at == pytest.approx(7.02 if dpm else 7.0 if rate else 0.0)
    drive.timing = Timing()
    cd = drive.execute(Command(bytes.fromhex("BE 00 00 00 00 28 00 00 10 F8 00 00"), into), 7.0)
    assert cd.ready_at == pytest.approx(expected)
