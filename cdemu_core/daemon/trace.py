"""Tracing a drive's commands. A drive that nobody traces runs without any of this."""

from __future__ import annotations

from ..scsi.command import Command, Completion
from ..scsi.drive import Drive
from .log import DriveLog
from .options import DEBUG_DELAY, DEBUG_MMC


class Trace:
    """Logs every command of ``drive`` while the daemon debug mask has MMC's or the delay's bit."""

    def __init__(self, drive: Drive, log: DriveLog) -> None:
        self._drive = drive
        self._log = log

    def follow(self, mask: int) -> None:
        """Begin or end tracing; called in the drive's thread, or before it runs."""
        if mask & (DEBUG_MMC | DEBUG_DELAY):
            vars(self._drive)["execute"] = self._execute
        else:
            vars(self._drive).pop("execute", None)

    def _execute(self, command: Command, now: float) -> Completion:
        done = Drive.execute(self._drive, command, now)
        result = f"sense {bytes(done.sense).hex(' ')}" if done.sense else f"{done.length} bytes"
        self._log.debug(DEBUG_MMC, f"{bytes(command.cdb).hex(' ')}: status {done.status:#04x}, {result}")
        if done.ready_at > now:
            self._log.debug(DEBUG_DELAY, f"Answered after {1000 * (done.ready_at - now):.1f} ms.")
        return done
