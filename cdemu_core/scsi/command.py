"""All that a transport ever sees of a drive (SAM-5, Execute Command)."""

from __future__ import annotations

from collections.abc import Hashable
from enum import IntEnum
from typing import Protocol

MAX_CDB = 16


class Status(IntEnum):
    """SCSI status codes (SAM-5 table 43)."""

    GOOD = 0x00
    CHECK_CONDITION = 0x02
    BUSY = 0x08
    RESERVATION_CONFLICT = 0x18
    TASK_ABORTED = 0x40


class Command:
    """One command.

    ``cdb``: 6 to 16 bytes. ``data_in``: writable buffer for the reply, as large as the initiator
    expects at most. ``data_out``: bytes the initiator sent. ``nexus``: which initiator (unit
    attentions are kept per nexus); roads with one initiator leave it None.
    """

    __slots__ = ("cdb", "data_in", "data_out", "nexus")

    def __init__(
        self,
        cdb: bytes | memoryview,
        data_in: memoryview,
        data_out: bytes | memoryview = b"",
        nexus: Hashable = None,
    ) -> None:
        self.cdb = cdb
        self.data_in = data_in
        self.data_out = data_out
        self.nexus = nexus


class Completion:
    """The answer: ``length`` bytes of ``data_in`` are valid; ``sense`` is fixed or descriptor format.

    ``ready_at``: time (same clock as ``now``) at which a real drive would have answered; 0 = at once.
    """

    __slots__ = ("length", "ready_at", "sense", "status")

    def __init__(
        self,
        status: int = Status.GOOD,
        length: int = 0,
        sense: bytes = b"",
        ready_at: float = 0.0,
    ) -> None:
        self.status = status
        self.length = length
        self.sense = sense
        self.ready_at = ready_at


class Target(Protocol):
    """A drive as a transport sees it. All calls come from one thread, the drive's."""

    def execute(self, command: Command, now: float) -> Completion:
        """Carry out ``command``; never raises, never sleeps. ``now``: monotonic seconds."""

    def data_out_length(self, cdb: bytes | memoryview) -> int:
        """Bytes the initiator will send with this CDB (0 for data-in and no-data commands)."""

    def reset(self, nexus: Hashable = None) -> None:
        """A LUN or target reset: queue POWER ON, RESET, OR BUS DEVICE RESET OCCURRED, allow removal."""

    def forget(self, nexus: Hashable) -> None:
        """An initiator's session ended: its lock and reservation, and what it was to be told, go with it."""

    def take_events(self) -> list[object]:
        """What happened since the last call (see :mod:`cdemu_core.scsi.events`), oldest first."""
