"""The daemon's place on the bus: name, object, signals, and the end of both."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dbus_fast.aio.message_bus import MessageBus
from dbus_fast.constants import MessageType, NameFlag, RequestNameReply
from dbus_fast.message import Message

from ..daemon.daemon import Daemon
from .connection import BUS, BusError, bus_call, connect
from .dispatch import Dispatcher
from .interface import Interface, Signals
from .logind import SleepHandler
from .names import BUS_NAME

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

__all__ = ["BusError", "Service", "Signals", "SleepHandler", "name_has_owner"]


DRAIN_SECONDS = 2.0
"""How long calls in progress may take when the daemon ends; a load can take much longer."""


def _sent(future: asyncio.Future[None]) -> None:
    """A message that could not be sent any more: the end of the connection is reported elsewhere."""
    if not future.cancelled():
        future.exception()


class Service:
    """One daemon on one bus. ``lost`` is set to a sentence when the bus or the name is gone."""

    def __init__(self, connection: MessageBus, logger: FilteringBoundLogger) -> None:
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._connection = connection
        self._logger = logger
        self._dispatcher: Dispatcher | None = None
        self._ended = asyncio.ensure_future(self._watch())

    @classmethod
    async def open(cls, bus: str, logger: FilteringBoundLogger, address: str | None = None) -> Service:
        """Connect. Raises BusError when there is no bus or the name is taken."""
        connection = await connect(bus, address)
        if (await bus_call(connection, "NameHasOwner", "s", BUS_NAME))[0]:
            connection.disconnect()
            raise BusError(f"Another daemon owns {BUS_NAME} on the {bus} bus; stop that one first.")
        return cls(connection, logger)

    async def publish(self, daemon: Daemon, signals: Signals) -> None:
        """Serve ``daemon``, then take the name, so that who sees the name may call. Raises BusError."""
        self._dispatcher = Dispatcher(Interface(daemon).handlers(), self._send, self._crashed)
        self._connection.add_message_handler(self._dispatcher)
        self._connection.add_message_handler(self._name_lost)
        signals.send = self._send
        reply = await self._connection.request_name(BUS_NAME, NameFlag.DO_NOT_QUEUE)
        if reply is not RequestNameReply.PRIMARY_OWNER:
            raise BusError(f"Another daemon took {BUS_NAME} first; stop that one.")

    async def retire(self) -> None:
        """Give the name back and let calls in progress finish, but not for long."""
        if self._connection.connected:
            await bus_call(self._connection, "ReleaseName", "s", BUS_NAME)
        if self._dispatcher is not None:
            await self._dispatcher.drain(DRAIN_SECONDS)

    async def close(self) -> None:
        """Hang up."""
        if self._connection.connected:
            self._connection.disconnect()
        await asyncio.wait([self._ended])

    def _send(self, message: Message) -> None:
        """Send, or drop what nobody can hear any more."""
        if self._connection.connected:
            self._connection.send(message).add_done_callback(_sent)

    async def _watch(self) -> None:
        try:
            await self._connection.wait_for_disconnect()  # type: ignore[no-untyped-call]
            reason = "The bus hung up."
        except (OSError, EOFError) as problem:
            reason = f"The bus hung up: {problem}."
        self._lose(reason)

    def _lose(self, reason: str) -> None:
        if not self.lost.done():
            self.lost.set_result(reason)

    def _name_lost(self, message: Message) -> None:
        if (
            message.message_type is MessageType.SIGNAL
            and message.sender == BUS
            and message.member == "NameLost"
            and message.body == [BUS_NAME]
        ):
            self._lose(f"The name {BUS_NAME} was lost to another program.")

    def _crashed(self, method: str, problem: BaseException) -> None:
        self._logger.error(f"{method} failed unexpectedly.", exc_info=problem)


async def name_has_owner(bus: str) -> bool:
    """Whether a daemon serves on ``bus``. Raises BusError when there is no bus."""
    connection = await connect(bus)
    try:
        return bool((await bus_call(connection, "NameHasOwner", "s", BUS_NAME))[0])
    finally:
        connection.disconnect()
