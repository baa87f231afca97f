"""The daemon as a program without an event loop sees it (:class:`Client`)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

from .remote import (
    CALL_SECONDS,
    AsyncClient,
    DaemonUnreachable,
    DeviceMapping,
    DeviceStatus,
    FilterStream,
    Parameter,
    Parser,
    RemoteError,
    Signal,
)
from .variants import Scalar

__all__ = [
    "AsyncClient",
    "Client",
    "DaemonUnreachable",
    "DeviceMapping",
    "DeviceStatus",
    "FilterStream",
    "Parameter",
    "Parser",
    "RemoteError",
    "Signal",
]

Result = TypeVar("Result")


class Client:
    """AsyncClient for programs without an event loop; a context manager that hangs up at the end."""

    def __init__(self, bus: str = "session", *, address: str | None = None) -> None:
        """Connect; raises DaemonUnreachable when there is no bus."""
        self._loop = asyncio.new_event_loop()
        self._signals: list[Signal] = []
        try:
            self._remote = self._run(self._connected(bus, address))
        except BaseException:
            self._loop.close()
            raise

    @staticmethod
    async def _connected(bus: str, address: str | None) -> AsyncClient:
        remote = AsyncClient(bus, address=address)
        await remote.connect()
        return remote

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        """Hang up; closing twice is harmless."""
        if not self._loop.is_closed():
            self._run(self._remote.close())
            self._loop.close()

    def collect_signals(self) -> None:
        """Keep the daemon's signals from now on, for :meth:`take_signals`."""
        self._run(self._remote.on_signal(self._signals.append))

    def take_signals(self, seconds: float = 0.0) -> list[Signal]:
        """Signals that arrived since the last call, after listening ``seconds`` longer."""
        self._run(asyncio.sleep(seconds))
        taken, self._signals[:] = list(self._signals), []
        return taken

    def call(self, method: str, *arguments: Any, timeout: float | None = CALL_SECONDS) -> list[Any]:
        """:meth:`AsyncClient.call`."""
        return self._run(self._remote.call(method, *arguments, timeout=timeout))

    def get_daemon_version(self) -> str:
        """:meth:`AsyncClient.get_daemon_version`."""
        return self._run(self._remote.get_daemon_version())

    def get_library_version(self) -> str:
        """:meth:`AsyncClient.get_library_version`."""
        return self._run(self._remote.get_library_version())

    def get_daemon_interface_version2(self) -> tuple[int, int]:
        """:meth:`AsyncClient.get_daemon_interface_version2`."""
        return self._run(self._remote.get_daemon_interface_version2())

    def enum_daemon_debug_masks(self) -> list[tuple[str, int]]:
        """:meth:`AsyncClient.enum_daemon_debug_masks`."""
        return self._run(self._remote.enum_daemon_debug_masks())

    def enum_library_debug_masks(self) -> list[tuple[str, int]]:
        """:meth:`AsyncClient.enum_library_debug_masks`."""
        return self._run(self._remote.enum_library_debug_masks())

    def enum_supported_parsers(self) -> list[Parser]:
        """:meth:`AsyncClient.enum_supported_parsers`."""
        return self._run(self._remote.enum_supported_parsers())

    def enum_supported_writers(self) -> list[tuple[str, str]]:
        """:meth:`AsyncClient.enum_supported_writers`."""
        return self._run(self._remote.enum_supported_writers())

    def enum_supported_filter_streams(self) -> list[FilterStream]:
        """:meth:`AsyncClient.enum_supported_filter_streams`."""
        return self._run(self._remote.enum_supported_filter_streams())

    def enum_writer_parameters(self, writer: str) -> list[Parameter]:
        """:meth:`AsyncClient.enum_writer_parameters`."""
        return self._run(self._remote.enum_writer_parameters(writer))

    def get_number_of_devices(self) -> int:
        """:meth:`AsyncClient.get_number_of_devices`."""
        return self._run(self._remote.get_number_of_devices())

    def device_get_mapping(self, device: int) -> DeviceMapping:
        """:meth:`AsyncClient.device_get_mapping`."""
        return self._run(self._remote.device_get_mapping(device))

    def device_get_status(self, device: int) -> DeviceStatus:
        """:meth:`AsyncClient.device_get_status`."""
        return self._run(self._remote.device_get_status(device))

    def device_load(
        self, device: int, filenames: Sequence[str], parameters: Mapping[str, Scalar] | None = None
    ) -> None:
        """:meth:`AsyncClient.device_load`; waits as long as the load takes."""
        self._run(self._remote.device_load(device, filenames, parameters))

    def device_create_blank(self, device: int, filename: str, parameters: Mapping[str, Scalar]) -> None:
        """:meth:`AsyncClient.device_create_blank`."""
        self._run(self._remote.device_create_blank(device, filename, parameters))

    def device_unload(self, device: int) -> None:
        """:meth:`AsyncClient.device_unload`."""
        self._run(self._remote.device_unload(device))

    def device_get_option(self, device: int, option: str) -> Any:
        """:meth:`AsyncClient.device_get_option`."""
        return self._run(self._remote.device_get_option(device, option))

    def device_set_option(self, device: int, option: str, signature: str, value: Any) -> None:
        """:meth:`AsyncClient.device_set_option`."""
        self._run(self._remote.device_set_option(device, option, signature, value))

    def add_device(self) -> None:
        """:meth:`AsyncClient.add_device`."""
        self._run(self._remote.add_device())

    def remove_device(self) -> None:
        """:meth:`AsyncClient.remove_device`."""
        self._run(self._remote.remove_device())
