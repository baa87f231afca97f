"""The daemon as an asyncio program sees it.

Methods are named after the interface's, in snake case, and return plain Python values. Every failure is
a :class:`RemoteError`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from dbus_fast.aio.message_bus import MessageBus
from dbus_fast.constants import MessageType
from dbus_fast.message import Message
from dbus_fast.signature import Variant

from ..errors import CdemuError
from . import names
from .connection import BusError, connect
from .variants import Scalar, wrap_dict

CALL_SECONDS = 25.0
"""How long an answer may take, except for calls that read or write images: those take what they take."""

Types = list[tuple[str, str]]
"""(description, MIME type) each."""


class RemoteError(CdemuError):
    """The daemon answered with an error; ``name`` is its name on the bus."""

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.name = name


class DaemonUnreachable(RemoteError):
    """There is no bus, or no daemon on it."""

    exit_code = 3


class DeviceStatus(NamedTuple):
    """What is in a drive."""

    loaded: bool
    filenames: list[str]


class DeviceMapping(NamedTuple):
    """Device nodes of a drive; empty while unknown."""

    sr: str
    sg: str


class Parser(NamedTuple):
    """An image format the daemon reads."""

    id: str
    name: str
    types: Types


class FilterStream(NamedTuple):
    """A filter stream of the daemon."""

    id: str
    name: str
    writable: bool
    types: Types


class Parameter(NamedTuple):
    """One line of a writer's parameter sheet; the type is the default's; ``choices`` make an enumeration."""

    id: str
    name: str
    description: str
    default: Scalar
    choices: list[str]


class Signal(NamedTuple):
    """A signal of the daemon."""

    name: str
    arguments: tuple[Any, ...]


def _pairs(rows: list[list[Any]]) -> list[Any]:
    return [tuple(row) for row in rows]


class AsyncClient:
    """One connection to the daemon; ``connect`` before the first call, ``close`` after the last."""

    def __init__(self, bus: str = "session", *, address: str | None = None) -> None:
        """``bus``: "session" or "system"; ``address``: a bus address that overrides it."""
        self._kind = bus
        self._address = address
        self._bus: MessageBus | None = None

    async def connect(self) -> None:
        """Raises DaemonUnreachable when there is no bus."""
        try:
            self._bus = await connect(self._kind, self._address)
        except BusError as problem:
            raise DaemonUnreachable(str(problem), name=f"{names.BUS_ERROR}NoServer") from problem

    @property
    def _connection(self) -> MessageBus:
        if self._bus is None:
            raise DaemonUnreachable("Not connected.", name=f"{names.BUS_ERROR}Disconnected")
        return self._bus

    async def close(self) -> None:
        """Hang up; closing twice is harmless."""
        bus, self._bus = self._bus, None
        if bus is not None and bus.connected:
            bus.disconnect()
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]

    async def on_signal(self, callback: Callable[[Signal], None]) -> None:
        """Have ``callback`` called with every signal of the daemon from now on."""
        rule = f"type='signal',sender='{names.BUS_NAME}',path='{names.OBJECT_PATH}'"

        def handle(message: Message) -> None:
            if message.message_type is MessageType.SIGNAL and message.interface == names.INTERFACE:
                callback(Signal(message.member or "", tuple(message.body)))

        self._connection.add_message_handler(handle)
        await self._send("org.freedesktop.DBus", "/org/freedesktop/DBus", "AddMatch", "s", [rule])

    async def call(self, method: str, *arguments: Any, timeout: float | None = CALL_SECONDS) -> list[Any]:
        """Call a method of the table; ``timeout`` in seconds, None = none."""
        signature = names.METHODS[method].in_signature
        sending = self._send(names.BUS_NAME, names.OBJECT_PATH, method, signature, list(arguments))
        try:
            return await asyncio.wait_for(sending, timeout)
        except TimeoutError:
            raise RemoteError(
                f"The daemon did not answer {method} within {timeout:.0f} s.",
                name=f"{names.BUS_ERROR}NoReply",
            ) from None

    async def _send(self, peer: str, path: str, member: str, signature: str, body: list[Any]) -> list[Any]:
        message = Message(
            destination=peer, path=path, interface=peer, member=member, signature=signature, body=body
        )
        try:
            reply = await self._connection.call(message)
        except (OSError, EOFError) as problem:
            raise DaemonUnreachable(
                f"The bus hung up: {problem}.", name=f"{names.BUS_ERROR}Disconnected"
            ) from problem
        if reply.message_type is MessageType.ERROR:
            raise _remote_error(reply)
        return list(reply.body)

    async def get_daemon_version(self) -> str:
        """Version of the daemon."""
        return str((await self.call("GetDaemonVersion"))[0])

    async def get_library_version(self) -> str:
        """Version of the image library."""
        return str((await self.call("GetLibraryVersion"))[0])

    async def get_daemon_interface_version2(self) -> tuple[int, int]:
        """Major and minor version of the interface."""
        major, minor = await self.call("GetDaemonInterfaceVersion2")
        return major, minor

    async def enum_daemon_debug_masks(self) -> list[tuple[str, int]]:
        """(name, value) of each bit of daemon-debug-mask."""
        return _pairs((await self.call("EnumDaemonDebugMasks"))[0])

    async def enum_library_debug_masks(self) -> list[tuple[str, int]]:
        """(name, value) of each bit of library-debug-mask."""
        return _pairs((await self.call("EnumLibraryDebugMasks"))[0])

    async def enum_supported_parsers(self) -> list[Parser]:
        """Image formats the daemon reads."""
        rows = (await self.call("EnumSupportedParsers"))[0]
        return [Parser(i, name, _pairs(types)) for i, name, types in rows]

    async def enum_supported_writers(self) -> list[tuple[str, str]]:
        """(id, name) of each image writer."""
        return _pairs((await self.call("EnumSupportedWriters"))[0])

    async def enum_supported_filter_streams(self) -> list[FilterStream]:
        """Filter streams of the daemon."""
        rows = (await self.call("EnumSupportedFilterStreams"))[0]
        return [FilterStream(i, name, writable, _pairs(types)) for i, name, writable, types in rows]

    async def enum_writer_parameters(self, writer: str) -> list[Parameter]:
        """Parameter sheet of a writer."""
        rows = (await self.call("EnumWriterParameters", writer))[0]
        return [Parameter(i, name, text, value.value, choices) for i, name, text, value, choices in rows]

    async def get_number_of_devices(self) -> int:
        """How many drives there are."""
        return int((await self.call("GetNumberOfDevices"))[0])

    async def device_get_mapping(self, device: int) -> DeviceMapping:
        """Device nodes of a drive."""
        return DeviceMapping(*await self.call("DeviceGetMapping", device))

    async def device_get_status(self, device: int) -> DeviceStatus:
        """What is in a drive."""
        return DeviceStatus(*await self.call("DeviceGetStatus", device))

    async def device_load(
        self, device: int, filenames: Sequence[str], parameters: Mapping[str, Scalar] | None = None
    ) -> None:
        """Load an image (absolute paths); parameters: ``password``, ``encoding``, ``format``."""
        wrapped = wrap_dict(parameters or {})
        await self.call("DeviceLoad", device, list(filenames), wrapped, timeout=None)

    async def device_create_blank(self, device: int, filename: str, parameters: Mapping[str, Scalar]) -> None:
        """Insert a blank disc; parameters: ``writer-id``, ``medium-type``, ``writer.…``."""
        await self.call("DeviceCreateBlank", device, filename, wrap_dict(parameters), timeout=None)

    async def device_unload(self, device: int) -> None:
        """Press the eject button."""
        await self.call("DeviceUnload", device, timeout=None)

    async def device_get_option(self, device: int, option: str) -> Any:
        """An option's value; structures come as lists."""
        return (await self.call("DeviceGetOption", device, option))[0].value

    async def device_set_option(self, device: int, option: str, signature: str, value: Any) -> None:
        """Set an option to a value of type ``signature``."""
        await self.call("DeviceSetOption", device, option, Variant(signature, value))

    async def add_device(self) -> None:
        """Append a drive."""
        await self.call("AddDevice", timeout=None)

    async def remove_device(self) -> None:
        """Remove the last drive."""
        await self.call("RemoveDevice", timeout=None)


def _remote_error(reply: Message) -> RemoteError:
    name = reply.error_name or f"{names.BUS_ERROR}Failed"
    text = str(reply.body[0]) if reply.body else name
    if name in names.NO_DAEMON_ERRORS:
        return DaemonUnreachable(
            "The daemon is not running. Start it with “cdemu daemon”; “cdemu setup” lets the session start "
            "it on demand.",
            name=name,
        )
    if name == names.ACCESS_DENIED:
        return RemoteError(
            "The bus does not let you call this daemon, which is root's. Use your session's (--bus session), "
            "or have root allow a group: “cdemu setup --system --group NAME”.",
            name=name,
        )
    return RemoteError(text, name=name)
