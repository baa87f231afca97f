"""PortThread over the loopback port: ownership, mailbox, loss, sleep, end."""

from __future__ import annotations

import os
import resource
import select
import threading
import time
from collections.abc import Iterator

import pytest

from cdemu_core.errors import PortLost, PortUnavailable
from cdemu_core.scsi.events import MediumChanged
from cdemu_core.transport import port as contract
from cdemu_core.transport.loopback import LoopbackPort
from cdemu_core.transport.thread import PortThread

TEST_UNIT_READY = bytes(6)
EJECT = bytes.fromhex("1b 00 00 00 02 00")


def read_10(lba: int, count: int) -> bytes:
    return b"\x28\0" + lba.to_bytes(4, "big") + b"\0" + count.to_bytes(2, "big") + b"\0"


@pytest.fixture
def port() -> LoopbackPort:
    return LoopbackPort(3)


@pytest.fixture
def events() -> list[object]:
    return []


@pytest.fixture
def drive(target, port, events) -> Iterator[PortThread]:
    thread = PortThread(target, port, "cdemu-drive-3", events.append)
    thread.start()
    yield thread
    if target.hold is not None:
        target.hold.set()
    thread.stop()


def test_commands_run_in_the_drives_thread(drive, port, target, sector):
    assert port.execute(TEST_UNIT_READY).status == 2
    assert port.execute(TEST_UNIT_READY).sense[2] == 2
    reply = port.execute(read_10(16, 2), 5000)
    assert (reply.status, reply.data) == (0, sector(16) + sector(17))
    assert port.execute(read_10(16, 2), 100).data == sector(16)[:100]
    assert target.threads == {"cdemu-drive-3"}


def test_data_out_and_nexus_arrive(drive, port, target):
    port.execute(b"\x55" + bytes(9), data_out=b"page", nexus="someone")
    assert target.written == [b"page"]
    assert target.nexuses == ["someone"]


def test_posted_work_runs_there_too_and_answers(drive):
    assert drive.post(lambda: threading.current_thread().name).result(5) == "cdemu-drive-3"
    with pytest.raises(ZeroDivisionError):
        drive.post(lambda: 1 // 0).result(5)
    assert drive.post(lambda: 2).result(5) == 2


def test_events_after_commands_and_after_posted_work(drive, port, target, events, eventually):
    port.execute(EJECT)
    eventually(lambda: MediumChanged(False) in events)
    drive.post(lambda: target.events.append(MediumChanged(True))).result(5)
    eventually(lambda: MediumChanged(True) in events)
    assert events[0] == contract.PortOpened()
    assert contract.MappingChanged(contract.Mapping(url="loopback:3")) in events


def test_an_event_handler_that_raises_costs_nothing(target, port, caplog):
    def handler(event: object) -> None:
        raise KeyError(event)

    thread = PortThread(target, port, "cdemu-drive-3", handler)
    thread.start()
    port.execute(EJECT)
    assert port.execute(TEST_UNIT_READY).status == 2
    thread.stop()
    assert "event handler" in caplog.text


def test_delayed_completion_does_not_hold_up_others(drive, port, target):
    target.delay = 0.3
    started = time.monotonic()
    slow = port.submit(read_10(0, 1), 2048)
    while not target.commands:
        time.sleep(0.001)
    target.delay = 0.0
    port.execute(TEST_UNIT_READY)
    assert time.monotonic() - started < 0.25
    assert slow.result(5).status == 0
    assert 0.299 <= time.monotonic() - started < 1.0


def test_idle_costs_nothing(drive, port):
    port.execute(TEST_UNIT_READY)
    before = resource.getrusage(resource.RUSAGE_SELF)
    time.sleep(0.3)
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.05
    assert after.ru_nvcsw - before.ru_nvcsw < 50


def test_suspend_and_resume(drive, port, target, events):
    drive.suspend()
    assert drive.mapping() == contract.Mapping()
    with pytest.raises(PortLost):
        port.execute(TEST_UNIT_READY)
    assert drive.post(lambda: 1).result(5) == 1
    assert target.resets == []
    drive.resume()
    assert port.execute(TEST_UNIT_READY).status == 2
    assert target.resets == [None]
    assert events.count(contract.PortOpened()) == 2
    assert not any(isinstance(event, contract.PortLost) for event in events)


def test_after_the_end_everything_is_refused(target, port):
    thread = PortThread(target, port, "cdemu-drive-3", lambda event: None)
    early = thread.post(lambda: "kept until the start")
    thread.start()
    assert early.result(5) == "kept until the start"
    thread.stop()
    thread.stop()
    with pytest.raises(PortLost):
        thread.post(lambda: 1).result(5)
    with pytest.raises(PortLost):
        port.execute(TEST_UNIT_READY)


def test_stop_without_start(target, port):
    thread = PortThread(target, port, "cdemu-drive-3", lambda event: None)
    pending = thread.post(lambda: 1)
    thread.stop()
    with pytest.raises(PortLost):
        pending.result(5)


def test_stop_does_not_wait_for_ever(drive, port, target, monkeypatch):
    monkeypatch.setattr("cdemu_core.transport.thread.PATIENCE", 0.1)
    target.hold = threading.Event()
    stuck = port.submit(TEST_UNIT_READY)
    while not target.commands:
        time.sleep(0.001)
    started = time.monotonic()
    drive.stop()
    assert time.monotonic() - started < 2
    target.hold.set()
    assert stuck.result(5).status == 2


def test_nothing_is_left_open(target, events):
    before = set(os.listdir("/proc/self/fd"))
    for _ in range(3):
        port = LoopbackPort()
        thread = PortThread(target, port, "cdemu-drive-0", events.append)
        thread.start()
        port.execute(TEST_UNIT_READY)
        thread.stop()
    assert set(os.listdir("/proc/self/fd")) == before


class FragilePort:
    """Breaks as told."""

    def __init__(self) -> None:
        self.refusals = 0
        self.opened: list[float] = []
        self.failure: Exception | None = None
        self.wake = os.eventfd(0, os.EFD_NONBLOCK)
        self.where = contract.Mapping()

    def open(self) -> None:
        self.opened.append(time.monotonic())
        if self.refusals:
            self.refusals -= 1
            raise PortUnavailable("The module is not loaded.", cure="modprobe it")

    def fail(self, error: Exception) -> None:
        self.failure = error
        os.eventfd_write(self.wake, 1)

    def filenos(self) -> list[tuple[int, int]]:
        return [(self.wake, select.POLLIN)]

    def service(self, target: object, now: float) -> float | None:
        try:
            os.eventfd_read(self.wake)
        except BlockingIOError:
            return None
        error, self.failure = self.failure, None
        if error is not None:
            raise error
        return None

    def close(self) -> None:
        pass

    def mapping(self) -> contract.Mapping:
        return self.where


def test_unavailable_port_reaches_the_caller_of_start(target):
    port = FragilePort()
    port.refusals = 1
    thread = PortThread(target, port, "cdemu-drive-0", lambda event: None)
    with pytest.raises(PortUnavailable) as caught:
        thread.start()
    assert caught.value.cure == "modprobe it"
    thread.stop()


@pytest.mark.parametrize("error", [PortLost("The device went away."), RuntimeError("a mistake")])
def test_a_lost_port_is_opened_again_with_growing_pauses(target, events, eventually, error):
    port = FragilePort()
    thread = PortThread(target, port, "cdemu-drive-0", events.append)
    thread.start()
    port.refusals = 2
    port.fail(error)
    eventually(lambda: events.count(contract.PortOpened()) == 2)
    thread.stop()
    pauses = [later - earlier for earlier, later in zip(port.opened[1:], port.opened[2:], strict=False)]
    assert len(port.opened) == 4
    assert 0.09 < pauses[0] < pauses[1]
    reasons = [event.reason for event in events if isinstance(event, contract.PortLost)]
    assert len(reasons) == 2
    assert str(error) in reasons[0]
    assert reasons[1] == "The module is not loaded."
    assert target.resets == [None]
