"""Whatever an initiator sends, a drive answers: no exception, nothing written outside the reply."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdemu_core.disc.model import MediumType
from cdemu_core.scsi.command import Command, Status
from cdemu_core.scsi.drive import Drive
from cdemu_core.scsi.events import InternalError
from cdemu_core.scsi.table import SPECS
from cdemu_core.testing.discs import audio_disc, data_disc, mixed_disc

CODES = st.sampled_from([int(spec.opcode) for spec in SPECS]) | st.integers(0, 255)
SMALL = st.sampled_from([0, 0, 0, 0, 1, 2, 0xFF]) | st.integers(0, 255)
CDBS = st.builds(lambda code, rest: bytes([code, *rest]), CODES, st.lists(SMALL, min_size=5, max_size=15))
GUARD = 0xA5


@pytest.fixture(scope="module", params=["empty", "data", "audio", "mixed", "dvd", "bd"])
def drives(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    discs = {"data": data_disc(20), "audio": audio_disc(2, 20), "mixed": mixed_disc(20, 20)}
    discs["dvd"] = data_disc(20, medium=MediumType.DVD)
    discs["bd"] = data_disc(20, medium=MediumType.BD)

    def make() -> Drive:
        drive = Drive()
        if request.param in discs:
            drive.insert(discs[request.param])
            drive.execute(Command(bytes(6), memoryview(b"")), 0.0)
        return drive

    return make


@settings(max_examples=150, deadline=None)
@given(
    commands=st.lists(st.tuples(CDBS, st.integers(0, 3000), st.binary(max_size=64)), min_size=1, max_size=4),
    options=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_any_commands(drives, commands, options) -> None:
    drive = drives()
    drive.bad_sector_emulation, drive.dpm_emulation, drive.tr_emulation = options
    for at, (cdb, room, data_out) in enumerate(commands):
        buffer = bytearray([GUARD]) * (room + 64)
        command = Command(cdb, memoryview(buffer)[:room], data_out)
        completion = drive.execute(command, 100.0 + at)
        assert 0 <= completion.length <= room
        assert buffer[room:] == bytes([GUARD]) * 64
        if completion.status == Status.CHECK_CONDITION:
            assert completion.sense[0] & 0x7F in (0x70, 0x72)
            assert completion.length == 0
        else:
            assert completion.status == Status.GOOD
    broken = [event for event in drive.take_events() if isinstance(event, InternalError)]
    assert not broken, broken
