"""Mounting through udisks2, which may do it for a user who is not root."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Any

from dbus_fast.constants import MessageType
from dbus_fast.message import Message

from ..errors import CdemuError
from .connection import BusError, connect

NAME = "org.freedesktop.UDisks2"
BLOCK_DEVICES = "/org/freedesktop/UDisks2/block_devices"
FILESYSTEM = f"{NAME}.Filesystem"
PROPERTIES = "org.freedesktop.DBus.Properties"
ERROR = f"{NAME}.Error."
CALL_SECONDS = 60.0
"""An answer may wait for the user's password and for the disc to be read."""
POLL_SECONDS = 0.2


class UdisksError(CdemuError):
    """udisks2 answered with an error; ``name`` is its name on the bus."""

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.name = name


class UdisksMissing(CdemuError):
    """There is no system bus, or no udisks2 on it."""


def object_path(node: str) -> str:
    """The object of a device node: ``/dev/sr0`` → ``…/block_devices/sr0``; other characters become hex."""
    name = node.removeprefix("/dev/")
    return f"{BLOCK_DEVICES}/" + "".join(c if c.isalnum() else f"_{ord(c):02x}" for c in name)


class Udisks:
    """A connection to udisks2 for programs without an event loop; a context manager that hangs up."""

    def __init__(self, address: str | None = None) -> None:
        """Connect and see whether it is there (it is started on demand). Raises UdisksMissing."""
        self._loop = asyncio.new_event_loop()
        try:
            self._bus = self._loop.run_until_complete(connect("system", address))
        except BusError as problem:
            self._loop.close()
            raise UdisksMissing(f"udisks2 cannot be reached: {problem}") from problem
        try:
            self._call("/org/freedesktop/UDisks2", "org.freedesktop.DBus.Peer", "Ping")
        except UdisksError as problem:
            self.close()
            raise UdisksMissing(f"udisks2 does not run here: {problem}") from problem

    def __enter__(self) -> Udisks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._bus.disconnect()
        self._loop.run_until_complete(asyncio.sleep(0))  # lets the library see that it hung up
        self._loop.close()

    def mount_points(self, node: str) -> list[str]:
        """Where ``node`` is mounted. Raises UdisksError: no such device, or no file system on it."""
        body = self._call(object_path(node), PROPERTIES, "Get", "ss", FILESYSTEM, "MountPoints")
        return [bytes(path).rstrip(b"\0").decode("utf-8", "surrogateescape") for path in body[0].value]

    def wait_for_filesystem(self, node: str, seconds: float) -> bool:
        """Wait until a file system was found on ``node``; False after ``seconds``."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.mount_points(node)
            except UdisksError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(POLL_SECONDS)
            else:
                return True

    def mount(self, node: str) -> str:
        """Mount ``node``, or find it mounted; returns where. Raises UdisksError."""
        try:
            return str(self._call(object_path(node), FILESYSTEM, "Mount", "a{sv}", {})[0])
        except UdisksError as problem:
            if problem.name != f"{ERROR}AlreadyMounted":
                raise
            return self.mount_points(node)[0]

    def unmount(self, node: str) -> None:
        """Unmount ``node`` wherever it is mounted. Raises UdisksError, also for what is in use."""
        for _ in self.mount_points(node):
            self._call(object_path(node), FILESYSTEM, "Unmount", "a{sv}", {})

    def _call(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> list[Any]:
        message = Message(
            destination=NAME,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        return self._loop.run_until_complete(self._answer(message))

    async def _answer(self, message: Message) -> list[Any]:
        try:
            reply = await asyncio.wait_for(self._bus.call(message), CALL_SECONDS)
        except TimeoutError:
            text = f"udisks2 did not answer {message.member} within {CALL_SECONDS:.0f} s."
            raise UdisksError(text, name="org.freedesktop.DBus.Error.NoReply") from None
        except (OSError, EOFError) as problem:
            raise UdisksError(
                f"The system bus hung up: {problem}.", name="org.freedesktop.DBus.Error.Disconnected"
            ) from problem
        if reply.message_type is MessageType.ERROR:
            name = str(reply.error_name)
            raise UdisksError(str(reply.body[0]) if reply.body else name, name=name)
        return list(reply.body)
