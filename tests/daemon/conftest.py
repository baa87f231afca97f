"""A daemon in this process over the loopback road, its signals in a list."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import structlog

from cdemu_core.daemon.daemon import Daemon
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.discs import iso_payload
from cdemu_core.transport.loopback import LoopbackPort, LoopbackRoad, Reply


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.signals: list[tuple[Any, ...]] = []

    def status_changed(self, number: int) -> None:
        self.signals.append(("status", number))

    def option_changed(self, number: int, option: str) -> None:
        self.signals.append(("option", number, option))

    def mapping_ready(self, number: int) -> None:
        self.signals.append(("mapping", number))

    def device_added(self) -> None:
        self.signals.append(("added",))

    def device_removed(self) -> None:
        self.signals.append(("removed",))


class Road(LoopbackRoad):
    """The loopback road, its ports at hand."""

    def __init__(self) -> None:
        self.ports: list[LoopbackPort] = []

    def port(self, number: int) -> LoopbackPort:
        self.ports.append(super().port(number))
        return self.ports[-1]


class House:
    """What a scenario gets."""

    def __init__(self, daemon: Daemon, heard: Heard, road: Road) -> None:
        self.daemon = daemon
        self.heard = heard
        self.road = road

    async def command(self, cdb: str, length: int = 0, drive: int = 0) -> Reply:
        """One SCSI command (hexadecimal CDB) as the system would send it; its events are handled."""
        reply = await asyncio.wrap_future(self.road.ports[drive].submit(bytes.fromhex(cdb), length))
        await asyncio.sleep(0.02)
        return reply


Scenario = Callable[[House], Awaitable[None]]


@pytest.fixture
def house() -> Callable[..., None]:
    """``house(scenario, drives=1, …)`` runs an async scenario in a daemon and stops it."""

    def run(scenario: Scenario, drives: int = 1, **options: Any) -> None:
        async def whole() -> None:
            heard, road = Heard(), Road()
            logger = structlog.wrap_logger(structlog.testing.CapturingLogger()).bind()
            find = options.pop("find_road", lambda: road)
            daemon = Daemon(PluginHost(), find, logger, heard, **options)
            await daemon.start(drives)
            try:
                await scenario(House(daemon, heard, road))
            finally:
                await daemon.stop()

        asyncio.run(whole())

    return run


@pytest.fixture
def image(tmp_path: Path) -> str:
    """An ISO image."""
    path = tmp_path / "image.iso"
    path.write_bytes(iso_payload(40))
    return str(path)
