"""One open ring: the uio device, its mapping, and the commands in it answered while objects are removed."""

from __future__ import annotations

import mmap
import os
import threading
from collections.abc import Callable, Hashable
from contextlib import suppress

from ...errors import PortLost
from ...scsi.command import Command, Completion, Status, Target
from .ring import Ring

EVENT_SIZE = 4  # of an event count read from, and of a signal written to, a uio device
SIGNAL = bytes(EVENT_SIZE)
ROUND = 0.01  # seconds between two looks at the ring while it is taken away
GONE = bytes.fromhex("70 00 05 00 00 00 00 0a 00 00 00 00 25 00 00 00 00 00")
"""ILLEGAL REQUEST, LOGICAL UNIT NOT SUPPORTED (SPC-5, 6.36: what a removed unit says)."""


class _Removed:
    """What answers for a drive that is being taken away."""

    def execute(self, command: Command, now: float) -> Completion:
        return Completion(Status.CHECK_CONDITION, 0, GONE)

    def data_out_length(self, cdb: bytes | memoryview) -> int:
        return 0

    def reset(self, nexus: Hashable = None) -> None:
        pass

    def forget(self, nexus: Hashable) -> None:
        pass

    def take_events(self) -> list[object]:
        return []


class RingLink:
    """The ring behind uio descriptor ``descriptor``, which it owns. Raises OSError, ValueError, PortLost."""

    def __init__(self, descriptor: int, size: int) -> None:
        self.descriptor = descriptor
        self._map: mmap.mmap | None = None
        self._ring: Ring | None = None
        try:
            self._map = mmap.mmap(descriptor, size)
            self._ring = Ring(self._map)
        except BaseException:
            self.close()
            raise

    def turn(self, target: Target, now: float) -> float | None:
        """Carry out one command and send what is due; when to be called again. Raises PortLost, OSError."""
        with suppress(BlockingIOError):
            os.read(self.descriptor, EVENT_SIZE)
        ring = self._ring
        if ring is None:
            raise PortLost("The drive is not connected.")
        if ring.pending():
            ring.serve(target, now)
        if ring.flush(now):
            os.write(self.descriptor, SIGNAL)
        return now if ring.pending() else ring.due()

    def refuse_during(self, work: Callable[[], None]) -> None:
        """Do ``work``, which may wait for commands, while every command is refused. Raises its OSError."""
        problems: list[OSError] = []

        def run() -> None:
            try:
                work()
            except OSError as problem:
                problems.append(problem)

        thread = threading.Thread(target=run, name="tcmu-remove", daemon=True)
        thread.start()
        self.refuse_until_end(thread)
        if problems:
            raise problems[0]

    def refuse_until_end(self, thread: threading.Thread) -> None:
        """Refuse every command until ``thread`` ends."""
        removed, usable = _Removed(), True
        while thread.is_alive():
            if usable:
                try:
                    while self.turn(removed, float("inf")) is not None:
                        continue
                except (PortLost, OSError):
                    usable = False  # the kernel's own time-out must do
            thread.join(ROUND)

    def close(self) -> None:
        """Unmap and close. A command still in a drive's hands keeps the memory until it ends."""
        if self._ring is not None:
            self._ring.release()
            self._ring = None
        if self._map is not None:
            with suppress(BufferError):
                self._map.close()
            self._map = None
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
