"""A bus connection that survives a full socket."""

from __future__ import annotations

import socket
from typing import Any

from dbus_fast.aio.message_bus import MessageBus
from dbus_fast.constants import BusType, MessageType
from dbus_fast.errors import AuthError, InvalidAddressError
from dbus_fast.message import Message

from ..errors import CdemuError

CURES = {"session": " Run it inside a session, or under “dbus-run-session”.", "system": ""}
BUS = "org.freedesktop.DBus"
BUS_PATH = "/org/freedesktop/DBus"


class BusError(CdemuError):
    """The bus cannot be used."""


class PatientSocket:
    """A socket whose ``send`` takes nothing when it is full, instead of failing.

    The library ends the connection when ``send`` would block; when it takes too little, it waits until
    the socket is writable, which is right in both cases.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def send(self, data: memoryview) -> int:
        """Bytes taken, possibly none."""
        try:
            return self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


async def connect(bus: str, address: str | None = None, *, descriptors: bool = False) -> MessageBus:
    """Connect to the "session" or "system" bus. Raises BusError."""
    kind = BusType.SYSTEM if bus == "system" else BusType.SESSION
    try:
        connection = await MessageBus(address, kind, negotiate_unix_fd=descriptors).connect()
    except (OSError, EOFError, AuthError, InvalidAddressError) as problem:
        raise BusError(
            f"The {bus} bus cannot be reached: {problem or 'it hung up'}.{CURES[bus]}"
        ) from problem
    writer: Any = connection._writer
    writer.sock = PatientSocket(writer.sock)
    return connection


async def bus_call(connection: MessageBus, member: str, signature: str, *body: Any) -> list[Any]:
    """Call a method of the bus itself. Raises BusError."""
    message = Message(
        destination=BUS, path=BUS_PATH, interface=BUS, member=member, signature=signature, body=list(body)
    )
    return await call(connection, message)


async def call(connection: MessageBus, message: Message) -> list[Any]:
    """Call a method; returns the reply's body, with a descriptor in place of its index.

    Raises:
        BusError: an error came back, or the connection ended.
    """
    try:
        reply = await connection.call(message)
    except (OSError, EOFError) as problem:
        raise BusError(f"The bus hung up: {problem}.") from problem
    if reply.message_type is MessageType.ERROR:
        raise BusError(f"{message.member} failed: {reply.body[0] if reply.body else reply.error_name}")
    if reply.signature == "h":
        return [reply.unix_fds[reply.body[0]]]
    return list(reply.body)
