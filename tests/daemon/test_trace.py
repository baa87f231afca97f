"""Commands in the log, and a drive untouched where nobody looks."""

from __future__ import annotations

from pathlib import Path

from cdemu_core.daemon.log import DriveLog, Log
from cdemu_core.daemon.trace import Trace
from cdemu_core.scsi.command import Command
from cdemu_core.scsi.drive import Drive

TEST_UNIT_READY = bytes(6)


def test_commands_are_logged_while_the_mask_says_so(tmp_path: Path) -> None:
    mask = 0x02
    log = Log(str(tmp_path / "log"), "text")
    drive = Drive()
    trace = Trace(drive, DriveLog(log.logger, 0, lambda: mask))
    for wanted in (0x02, 0x01):
        trace.follow(wanted)
        done = drive.execute(Command(TEST_UNIT_READY, memoryview(bytearray())), 0.0)
        assert done.status == 2
    log.close()
    lines = (tmp_path / "log").read_text("utf-8").splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("cdemu0: 00 00 00 00 00 00: status 0x02, sense 70 00 02")
    assert "execute" not in vars(drive)
