"""The interface's methods: each the few lines between the bus and a verb of the daemon.

Errors of the tree become D-Bus errors in :mod:`cdemu_core.dbus.dispatch`. In brief, next to each
method: the command of ``cdemu`` that calls it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dbus_fast.message import Message
from dbus_fast.signature import Variant

from ..daemon import catalogue
from ..daemon.daemon import Daemon
from ..daemon.options import DAEMON_DEBUG_MASKS, LIBRARY_DEBUG_MASKS
from .dispatch import signal_message, snake_case
from .names import INTERFACE_VERSION, METHODS
from .variants import unwrap_dict, wrap

Row = list[Any]
"""A structure on the bus."""


def _rows(pairs: Any) -> list[Row]:
    """Tuples as structures, those inside lists too."""
    return [[_rows(cell) if isinstance(cell, list) else cell for cell in row] for row in pairs]


class Interface:
    """Methods by the table's names in snake case; arguments have the table's types."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    def handlers(self) -> dict[str, Callable[..., Any]]:
        """Every method of the table and what carries it out."""
        return {name: getattr(self, snake_case(name)) for name in METHODS}

    def get_daemon_version(self) -> str:
        """``cdemu version``."""
        return catalogue.version()

    def get_library_version(self) -> str:
        """``cdemu version``."""
        return catalogue.version()

    def get_daemon_interface_version(self) -> int:
        """The major version."""
        return INTERFACE_VERSION[0]

    def get_daemon_interface_version2(self) -> tuple[int, int]:
        """Every client's first call."""
        return INTERFACE_VERSION

    def enum_daemon_debug_masks(self) -> list[Row]:
        """``cdemu enum-daemon-debug-masks``."""
        return _rows(DAEMON_DEBUG_MASKS)

    def enum_library_debug_masks(self) -> list[Row]:
        """``cdemu enum-library-debug-masks``."""
        return _rows(LIBRARY_DEBUG_MASKS)

    def enum_supported_parsers(self) -> list[Row]:
        """``cdemu enum-parsers``."""
        return _rows(catalogue.formats(self._daemon.host))

    def enum_supported_writers(self) -> list[Row]:
        """``cdemu enum-writers``."""
        return _rows(catalogue.writers(self._daemon.host))

    def enum_supported_filter_streams(self) -> list[Row]:
        """``cdemu enum-filter-streams``."""
        return _rows(catalogue.filters(self._daemon.host))

    def enum_writer_parameters(self, writer_id: str) -> list[Row]:
        """``cdemu enum-writer-parameters``. UnknownWriter."""
        sheet = catalogue.find_writer(self._daemon.host, writer_id).parameters
        return [[p.id, p.name, p.description, wrap(p.default), list(p.choices)] for p in sheet]

    def get_number_of_devices(self) -> int:
        """``cdemu status``."""
        return self._daemon.number_of_devices

    def device_get_mapping(self, number: int) -> tuple[str, str]:
        """``cdemu device-mapping``. NoSuchDrive. A drive without a node is where its URL says."""
        mapping = self._daemon.mapping(number)
        return mapping.sr or mapping.url, mapping.sg

    def device_get_status(self, number: int) -> tuple[bool, list[str]]:
        """``cdemu status``. NoSuchDrive."""
        return self._daemon.status(number)

    async def device_load(self, number: int, filenames: list[str], parameters: dict[str, Variant]) -> None:
        """``cdemu load``. NoSuchDrive, AlreadyLoaded, ImageError, StreamError, PluginError."""
        await self._daemon.load(number, filenames, unwrap_dict(parameters))

    async def device_create_blank(self, number: int, filename: str, parameters: dict[str, Variant]) -> None:
        """``cdemu create-blank``. DriveError: which one says what is wrong."""
        await self._daemon.create_blank(number, filename, unwrap_dict(parameters))

    async def device_unload(self, number: int) -> None:
        """``cdemu unload``. NoSuchDrive; a locked drive is no error."""
        await self._daemon.unload(number)

    def device_get_option(self, number: int, name: str) -> Variant:
        """``cdemu device-id`` and the like. NoSuchDrive, InvalidOption."""
        signature, value = self._daemon.get_option(number, name)
        return Variant(signature, list(value) if isinstance(value, tuple) else value)

    async def device_set_option(self, number: int, name: str, value: Variant) -> None:
        """``cdemu device-id`` and the like. NoSuchDrive, InvalidOption."""
        await self._daemon.set_option(number, name, value.signature, value.value)

    async def add_device(self) -> None:
        """``cdemu add-device``. PortUnavailable."""
        await self._daemon.add_device()

    async def remove_device(self) -> None:
        """``cdemu remove-device``. DriveError."""
        await self._daemon.remove_device()


class Signals:
    """The daemon's listener that broadcasts; what nobody is connected to hear is dropped."""

    def __init__(self) -> None:
        self.send: Callable[[Message], object] | None = None

    def _emit(self, name: str, *arguments: Any) -> None:
        if self.send is not None:
            self.send(signal_message(name, *arguments))

    def status_changed(self, number: int) -> None:
        """DeviceStatusChanged."""
        self._emit("DeviceStatusChanged", number)

    def option_changed(self, number: int, option: str) -> None:
        """DeviceOptionChanged."""
        self._emit("DeviceOptionChanged", number, option)

    def mapping_ready(self, number: int) -> None:
        """DeviceMappingReady."""
        self._emit("DeviceMappingReady", number)

    def device_added(self) -> None:
        """DeviceAdded."""
        self._emit("DeviceAdded")

    def device_removed(self) -> None:
        """DeviceRemoved."""
        self._emit("DeviceRemoved")
