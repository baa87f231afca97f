"""The loopback road: commands from the same process, for tests and for a daemon without a kernel."""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Hashable
from concurrent.futures import Future

import attrs

from ..errors import PortLost
from ..scsi.command import Command, Target
from .delay import DelayQueue
from .port import Mapping, RoadState


@attrs.frozen
class Reply:
    """What an initiator gets: SCSI status, valid data-in bytes, sense bytes."""

    status: int
    data: bytes
    sense: bytes


@attrs.frozen
class _Request:
    cdb: bytes
    data_in_length: int
    data_out: bytes
    nexus: Hashable
    future: Future[Reply]


class LoopbackPort:
    """A port whose initiator is a method call."""

    def __init__(self, number: int = 0) -> None:
        self._number = number
        self._requests: deque[_Request] = deque()
        self._delayed: DelayQueue[tuple[Future[Reply], Reply]] = DelayQueue()
        self._gate = threading.Lock()
        self._wake = -1
        self._filenos: list[tuple[int, int]] = []
        self._mapping = Mapping()

    # -- the initiator, any thread --------------------------------------------------------------

    def submit(
        self, cdb: bytes, data_in_length: int = 0, data_out: bytes = b"", nexus: Hashable = None
    ) -> Future[Reply]:
        """Queue one command. The future carries PortLost when the port is or gets closed."""
        future: Future[Reply] = Future()
        with self._gate:
            if self._wake >= 0:
                self._requests.append(_Request(bytes(cdb), data_in_length, bytes(data_out), nexus, future))
                os.eventfd_write(self._wake, 1)
                return future
        future.set_exception(PortLost(f"Drive {self._number} is not connected."))
        return future

    def execute(
        self,
        cdb: bytes,
        data_in_length: int = 0,
        data_out: bytes = b"",
        nexus: Hashable = None,
        timeout: float | None = 60.0,
    ) -> Reply:
        """Run one command and wait for its reply, at most ``timeout`` seconds (TimeoutError)."""
        return self.submit(cdb, data_in_length, data_out, nexus).result(timeout)

    # -- Port, the drive's thread ---------------------------------------------------------------

    def open(self) -> None:
        """Accept commands from now on."""
        with self._gate:
            if self._wake < 0:
                self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._filenos = [(self._wake, select.POLLIN)]
        self._mapping = Mapping(url=f"loopback:{self._number}")

    def filenos(self) -> list[tuple[int, int]]:
        """The descriptor that says a command is queued."""
        return self._filenos

    def service(self, target: Target, now: float) -> float | None:
        """Answer what is due, then carry out the queued commands."""
        for future, reply in self._delayed.due(now):
            _answer(future, reply)
        try:
            os.eventfd_read(self._wake)
        except BlockingIOError:
            return self._delayed.next_due()
        for _ in range(len(self._requests)):
            self._execute(self._requests.popleft(), target, now)
        return self._delayed.next_due()

    def _execute(self, request: _Request, target: Target, now: float) -> None:
        buffer = bytearray(request.data_in_length)
        command = Command(request.cdb, memoryview(buffer), request.data_out, request.nexus)
        done = target.execute(command, now)
        reply = Reply(done.status, bytes(buffer[: done.length]), bytes(done.sense))
        if done.ready_at > now:
            self._delayed.add(done.ready_at, (request.future, reply))
        else:
            _answer(request.future, reply)

    def close(self) -> None:
        """Refuse commands; those outstanding fail with PortLost."""
        with self._gate:
            if self._wake >= 0:
                os.close(self._wake)
                self._wake = -1
        self._filenos = []
        self._mapping = Mapping()
        lost = PortLost(f"Drive {self._number} was disconnected.")
        for future, _ in self._delayed.clear():
            _fail(future, lost)
        while self._requests:
            _fail(self._requests.popleft().future, lost)

    def mapping(self) -> Mapping:
        """A URL of this process's own."""
        return self._mapping


def _answer(future: Future[Reply], reply: Reply) -> None:
    if not future.done():  # the initiator may have given up meanwhile
        future.set_result(reply)


def _fail(future: Future[Reply], error: PortLost) -> None:
    if not future.done():
        future.set_exception(error)


class LoopbackRoad:
    """Drives reachable from this process only."""

    name = "loopback"

    def probe(self) -> RoadState:
        """Always possible."""
        return RoadState(True, "Drives are reachable from inside the daemon's process only.")

    def port(self, number: int) -> LoopbackPort:
        """A port for drive ``number``."""
        return LoopbackPort(number)

    def close(self) -> None:
        """Ports share nothing."""
