"""A small drive for the roads' tests: it echoes, counts, delays and fails on demand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any

import pytest

from cdemu_core.scsi.command import Command, Completion, Status
from cdemu_core.scsi.events import MediumChanged

NO_MEDIUM = bytes.fromhex("70 00 02 00 00 00 00 0a 00 00 00 00 3a 00 00 00 00 00")
INVALID_OPCODE = bytes.fromhex("70 00 05 00 00 00 00 0a 00 00 00 00 20 00 00 00 00 00")
BLOCK = 2048
INQUIRY_DATA = bytes([5, 0x80, 5, 2, 31, 0, 0, 0]) + b"TEST    FAKE DRIVE      1.0 "


def block(lba: int) -> bytes:
    """The content of one sector of the fake disc."""
    return lba.to_bytes(4, "big") * (BLOCK // 4)


class FakeTarget:
    """Target: INQUIRY, TEST UNIT READY (not ready), READ(10), WRITE(10), MODE SELECT(10); else 5/20/00."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.blocks = 100_000
        self.written: list[bytes] = []
        self.commands: list[bytes] = []
        self.nexuses: list[Hashable] = []
        self.threads: set[str] = set()
        self.resets: list[Hashable] = []
        self.forgotten: list[Hashable] = []
        self.events: list[object] = []
        self.hold: threading.Event | None = None

    def execute(self, command: Command, now: float) -> Completion:
        self.threads.add(threading.current_thread().name)
        cdb = bytes(command.cdb)
        self.commands.append(cdb)
        self.nexuses.append(command.nexus)
        if self.hold is not None:
            self.hold.wait(30)
        completion = self._answer(cdb, command)
        if self.delay:
            completion.ready_at = now + self.delay
        return completion

    def _answer(self, cdb: bytes, command: Command) -> Completion:
        if cdb[0] == 0x00:
            return Completion(Status.CHECK_CONDITION, 0, NO_MEDIUM)
        if cdb[0] == 0x12:
            return self._fill(command, INQUIRY_DATA[: int.from_bytes(cdb[3:5], "big")])
        if cdb[0] == 0x28:
            lba, count = int.from_bytes(cdb[2:6], "big"), int.from_bytes(cdb[7:9], "big")
            return self._fill(command, b"".join(map(block, range(lba, lba + count))))
        if cdb[0] in (0x2A, 0x55):
            self.written.append(bytes(command.data_out))
            return Completion()
        if cdb[0] == 0x1B:
            self.events.append(MediumChanged(False))
            return Completion()
        return Completion(Status.CHECK_CONDITION, 0, INVALID_OPCODE)

    def _fill(self, command: Command, data: bytes) -> Completion:
        length = min(len(data), len(command.data_in))
        command.data_in[:length] = data[:length]
        return Completion(length=length)

    def data_out_length(self, cdb: bytes | memoryview) -> int:
        if cdb[0] == 0x2A:
            return int.from_bytes(cdb[7:9], "big") * BLOCK
        if cdb[0] == 0x55:
            return int.from_bytes(cdb[7:9], "big")
        return 0

    def reset(self, nexus: Hashable = None) -> None:
        self.resets.append(nexus)

    def forget(self, nexus: Hashable) -> None:
        self.forgotten.append(nexus)

    def take_events(self) -> list[object]:
        events, self.events = self.events, []
        return events


def wait_for(condition: Callable[[], Any], timeout: float = 10.0) -> Any:
    """Poll until ``condition`` is true; its value."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError("waited in vain")


@pytest.fixture
def target() -> FakeTarget:
    return FakeTarget()


@pytest.fixture(scope="session")
def make_target() -> Callable[[], FakeTarget]:
    return FakeTarget


@pytest.fixture
def eventually() -> Callable[..., Any]:
    return wait_for


@pytest.fixture
def sector() -> Callable[[int], bytes]:
    return block
