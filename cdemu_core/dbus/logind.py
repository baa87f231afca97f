"""Sleep: drives let go of their road before the system sleeps and take hold of it afterwards.

A delay inhibitor lock of logind (org.freedesktop.login1.Manager, Inhibit and PrepareForSleep) gives
the time for it. Without logind the daemon runs on without this.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from dbus_fast.aio.message_bus import MessageBus
from dbus_fast.constants import MessageType
from dbus_fast.message import Message

from .connection import BusError, bus_call, call, connect

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

LOGIND = "org.freedesktop.login1"
LOGIND_PATH = "/org/freedesktop/login1"
MANAGER = "org.freedesktop.login1.Manager"
RULE = f"type='signal',sender='{LOGIND}',path='{LOGIND_PATH}',interface='{MANAGER}',member='PrepareForSleep'"

Step = Callable[[], Awaitable[None]]


class SleepHandler:
    """Calls ``suspend`` before sleep and ``resume`` after it."""

    def __init__(self, suspend: Step, resume: Step, logger: FilteringBoundLogger) -> None:
        self._suspend = suspend
        self._resume = resume
        self._logger = logger
        self._bus: MessageBus | None = None
        self._lock: int | None = None
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, address: str | None = None) -> None:
        """Connect to logind; a failure is a warning."""
        try:
            self._bus = await connect("system", address, descriptors=True)
            self._bus.add_message_handler(self._handle)
            await bus_call(self._bus, "AddMatch", "s", RULE)
            await self._inhibit()
        except BusError as problem:
            self._logger.warning(f"Drives will not let go before sleep: {problem}")

    async def stop(self) -> None:
        """Give the lock back and hang up."""
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._release()
        if self._bus is not None and self._bus.connected:
            self._bus.disconnect()

    def _handle(self, message: Message) -> None:
        if (
            message.message_type is MessageType.SIGNAL
            and message.interface == MANAGER
            and message.member == "PrepareForSleep"
            and message.signature == "b"
        ):
            task = asyncio.ensure_future(self._turn_over(message.body[0]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _turn_over(self, sleeping: bool) -> None:
        """One of the two edges; edges wait for each other."""
        async with self._turn:
            try:
                if sleeping:
                    await self._suspend()
                else:
                    await self._inhibit()
                    await self._resume()
            except Exception as problem:
                self._logger.error("Sleep handling failed.", exc_info=problem)
            finally:
                if sleeping:
                    self._release()

    async def _inhibit(self) -> None:
        if self._bus is None or self._lock is not None:
            return
        try:
            self._lock = (await call(self._bus, _inhibit_call()))[0]
        except BusError as problem:
            self._logger.warning(f"The system may sleep before drives let go: {problem}")

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _inhibit_call() -> Message:
    what, who, why, mode = "sleep", "CDEmu Daemon", "Virtual drives must be let go of first", "delay"
    return Message(
        destination=LOGIND,
        path=LOGIND_PATH,
        interface=MANAGER,
        member="Inhibit",
        signature="ssss",
        body=[what, who, why, mode],
    )
