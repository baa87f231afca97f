"""PortThread: one thread, one port, one drive.

The loop waits in ``poll`` for the port's descriptors, for its own wake-up descriptor and for the time
the port asked for; then it serves the port or runs posted work. Nothing else touches the drive, so the
drive needs no lock. A lost port is opened again after a growing pause.
"""

from __future__ import annotations

import logging
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from ..errors import CdemuError, PortLost, PortUnavailable
from ..scsi.command import Target
from . import port as contract
from .port import EventSink, Mapping, Port, Result

FIRST_PAUSE = 0.1  # seconds between losing a port and the first attempt to open it again
LONGEST_PAUSE = 5.0
PATIENCE = 5.0  # how long suspend and stop wait for a command in progress before closing under it

logger = logging.getLogger(__name__)


class PortThread:
    """Fulfils :class:`cdemu_core.transport.port.DriveThread` for any Port.

    ``on_event`` gets, in this thread, every event of the drive and the port's own: PortOpened,
    PortLost, MappingChanged.
    """

    def __init__(
        self,
        target: Target,
        port: Port,
        name: str,
        on_event: EventSink,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._target = target
        self._port = port
        self._on_event = on_event
        self._clock = clock
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._mailbox: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._gate = threading.Lock()  # between post and the end of the thread
        self._ended = False
        self._stopping = False
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._poller = select.poll()
        self._watched: list[tuple[int, int]] | None = None
        self._open = False
        self._wanted = False
        self._pause = FIRST_PAUSE
        self._reason = ""
        self._due: float | None = None  # when the port wants a call, or the next attempt to open it
        self._mapping = Mapping()

    # -- for the owner, from any thread ---------------------------------------------------------

    def start(self) -> None:
        """Open the port here (PortUnavailable reaches the caller), then run."""
        self._port.open()
        self._open = self._wanted = True
        self._thread.start()

    def post(self, work: Callable[[], Result]) -> Future[Result]:
        """Run ``work`` in the drive's thread between two commands.

        After ``stop`` the future carries PortLost. The drive's own thread must not wait for it.
        """
        future: Future[Result] = Future()
        with self._gate:
            if not self._ended:
                self._mailbox.append((work, future))
                os.eventfd_write(self._wake, 1)
                return future
        future.set_exception(PortLost("The drive has been removed."))
        return future

    def suspend(self) -> None:
        """Let go of the port; the drive keeps its disc. Commands in progress get a few seconds."""
        self._wanted = False
        self._finish(self.post(self._close))

    def resume(self) -> None:
        """Open the port again; when that fails, it is retried as after a loss."""
        self._wanted = True
        self._finish(self.post(self._reopen))

    def stop(self) -> None:
        """Close the port and end the thread; never hangs on a command that does."""
        self._wanted = False
        self._stopping = True
        if not self._thread.is_alive():
            self._end()
            return
        with self._gate:
            if not self._ended:
                os.eventfd_write(self._wake, 1)
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            self._port.close()

    def mapping(self) -> Mapping:
        """Where the drive is now."""
        return self._port.mapping()

    def _finish(self, future: Future[None]) -> None:
        """Wait for a posted step; one that a stuck command holds up is taken by force."""
        try:
            future.result(PATIENCE)
        except TimeoutError:
            self._port.close()
        except PortLost:
            return  # the thread has ended: there is nothing to let go of

    # -- the drive's thread ---------------------------------------------------------------------

    def _run(self) -> None:
        self._emit(contract.PortOpened())
        self._due = self._clock()
        while not self._stopping:
            self._turn()
        self._end()

    def _turn(self) -> None:
        """Wait once, then do what there is to do."""
        ready = self._wait()
        if self._mailbox:
            self._work()
        if self._open:
            due = self._due
            if ready or (due is not None and due <= self._clock()):
                self._serve()
        elif self._wanted and self._due is not None and self._due <= self._clock():
            self._reopen()

    def _wait(self) -> bool:
        """Sleep until something happens; whether one of the port's descriptors is ready."""
        watched = self._port.filenos() if self._open else []
        if watched != self._watched:
            self._watch(watched)
        ready = self._poller.poll(None if self._due is None else self._timeout())
        if not ready:
            return False
        for descriptor, _ in ready:
            if descriptor == self._wake:
                os.eventfd_read(self._wake)
                return len(ready) > 1
        return True

    def _watch(self, descriptors: list[tuple[int, int]]) -> None:
        self._poller = select.poll()
        self._poller.register(self._wake, select.POLLIN)
        for descriptor, mask in descriptors:
            self._poller.register(descriptor, mask)
        self._watched = descriptors

    def _timeout(self) -> int | None:
        """Milliseconds for ``poll``, which counts in whole ones: the rest, below one, is slept here."""
        if self._due is None or not (self._open or self._wanted):
            return None
        remaining = self._due - self._clock()
        if 0 < remaining < 0.001:
            time.sleep(remaining)
        return max(0, int(remaining * 1000))

    def _work(self) -> None:
        """Run what is in the mailbox now; what comes meanwhile waits for the next turn."""
        for _ in range(len(self._mailbox)):
            work, future = self._mailbox.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
        self._report()

    def _serve(self) -> None:
        try:
            self._due = self._port.service(self._target, self._clock())
        except CdemuError as error:
            self._lost(str(error))
        except Exception as error:
            if self._wanted:  # else the port was closed under a stuck command
                logger.exception("port of %s failed", self._thread.name)
            self._lost(f"{type(error).__name__}: {error}")
        self._report()

    def _lost(self, reason: str) -> None:
        self._port.close()
        self._open = False
        self._pause = FIRST_PAUSE
        self._due = self._clock() + self._pause
        if self._wanted:
            self._tell_lost(reason)

    def _tell_lost(self, reason: str) -> None:
        """Once for each new reason: attempts that fail alike are not news."""
        if reason != self._reason:
            self._reason = reason
            self._emit(contract.PortLost(reason))

    def _reopen(self) -> None:
        """Open the port if it should be open; to the initiator that is a drive switched on."""
        if self._open or not self._wanted:
            return
        try:
            self._port.open()
        except (PortUnavailable, OSError) as error:
            self._tell_lost(str(error))
            self._due = self._clock() + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            return
        self._open = True
        self._pause = FIRST_PAUSE
        self._reason = ""
        self._due = self._clock()
        self._target.reset()
        self._emit(contract.PortOpened())

    def _close(self) -> None:
        if self._open:
            self._port.close()
            self._open = False
            self._due = None

    def _report(self) -> None:
        for event in self._target.take_events():
            self._emit(event)
        mapping = self._port.mapping()
        if mapping is not self._mapping:
            news = mapping != self._mapping
            self._mapping = mapping
            if news:
                self._emit(contract.MappingChanged(mapping))

    def _emit(self, event: object) -> None:
        try:
            self._on_event(event)
        except Exception:
            logger.exception("event handler of %s failed on %r", self._thread.name, event)

    def _end(self) -> None:
        """Close everything and refuse what is still in the mailbox."""
        self._port.close()
        self._open = False
        with self._gate:
            if self._ended:
                return
            self._ended = True
            os.close(self._wake)
        while self._mailbox:
            _, future = self._mailbox.popleft()
            if future.set_running_or_notify_cancel():
                future.set_exception(PortLost("The drive has been removed."))
