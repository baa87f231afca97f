"""Rows of whole programs: start-up, loads over the bus, memory at rest, imports."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dbus_fast import Message, MessageType
from dbus_fast.aio.message_bus import MessageBus

from cdemu_core.dbus.client import Client
from cdemu_core.dbus.names import BUS_NAME
from cdemu_core.testing.bus import DaemonProcess, private_bus

from . import images
from .clock import fresh, program_ms, seconds
from .row import Figure, Row
from .served import rss_kib

STARTS: Final = 9
LOADS: Final = 15
HELP, TO_NAME, LOAD = 6.67, 12.5, 0.25
"""Budgets in bare interpreters: 80, 150 and 3 ms where that takes 12."""
IMPORTS: Final = (
    "cdemu_core.api",
    "cdemu_core.loading.loader",
    "cdemu_core.dbus.client",
    "cdemu_core.disc.lec",
)
SETTLING: Final = 1.0
"""Seconds after which a daemon has discovered its plugins and is at rest."""


def rows(folder: Path) -> Iterator[Row]:
    """Start-up first: its bare interpreter is what the others are measured by."""
    bare = Figure.of(program_ms([sys.executable, "-c", "pass"], STARTS))
    yield Row("python", "python -c pass", "ms", bare)
    title = "bare interpreter"
    with private_bus(fresh(folder)) as address:
        told = {"DBUS_SESSION_BUS_ADDRESS": address}
        help_ms = Figure.of(program_ms([sys.executable, "-m", "cdemu_core", "--help"], STARTS))
        yield Row("help", "cdemu --help", "ms", help_ms, bare, title).within(HELP, title)
        names = Figure.of([asyncio.run(_to_name(address, folder)) for _ in range(STARTS)])
        yield Row("to-name", "Daemon: exec to bus name", "ms", names, bare, title).within(TO_NAME, title)
        with DaemonProcess(address, directory=fresh(folder)) as daemon, Client(address=address) as client:
            status = Figure.of(program_ms([sys.executable, "-m", "cdemu_core", "status"], STARTS, told))
            yield Row("status", "cdemu status", "ms", status, bare, title)
            time.sleep(SETTLING)
            assert daemon.process is not None
            memory = rss_kib(daemon.process.pid) / 1024
            yield Row(
                "rss", "Daemon at rest, all plugins found, no disc", "MiB", Figure.of([memory])
            ).budgeted(45, "45 MiB")
            yield from _loads(client, folder, bare)
            loaded = rss_kib(daemon.process.pid) / 1024
            yield Row(
                "rss-loads", "The same after loading and unloading all formats", "MiB", Figure.of([loaded])
            )
    for module in IMPORTS:
        figure = Figure.of(program_ms([sys.executable, "-c", f"import {module}"], STARTS))
        yield Row(f"import-{module}", f"import {module}", "ms", figure, bare, title)


def _loads(client: Client, folder: Path, bare: Figure) -> Iterator[Row]:
    for key, make in images.PLAIN.items():
        path = str(make(folder))
        loads, calls = [], []

        def load(path: str = path) -> None:
            client.call("DeviceLoad", 0, [path], {})

        for _ in range(LOADS):
            calls.append(seconds(lambda: client.call("DeviceGetStatus", 0)) * 1000)
            loads.append(seconds(load) * 1000)
            client.call("DeviceUnload", 0)
        warm = Figure.of(loads[1:])
        row = Row(
            f"bus-load-{key}",
            f"Load {Path(path).name} over D-Bus, warm",
            "ms",
            warm,
            Figure.of(calls),
            "a call that does nothing",
            extra={"first ms": loads[0]},
        )
        yield row.budgeted(LOAD * bare.median, f"{LOAD} × bare interpreter")


async def _to_name(address: str, folder: Path) -> float:
    """Milliseconds from the start of the daemon to its name on the bus."""
    bus = await MessageBus(address).connect()
    named: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def watch(message: Message) -> None:
        taken = message.member == "NameOwnerChanged" and message.body[0] == BUS_NAME and message.body[2]
        if message.message_type is MessageType.SIGNAL and taken and not named.done():
            named.set_result(time.perf_counter())

    bus.add_message_handler(watch)
    rule = f"type='signal',member='NameOwnerChanged',arg0='{BUS_NAME}'"
    await bus.call(
        Message(
            "org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus",
            "AddMatch",
            signature="s",
            body=[rule],
        )
    )
    daemon = DaemonProcess(address, directory=fresh(folder))
    start = time.perf_counter()
    daemon.start()
    try:
        return (await asyncio.wait_for(named, 30) - start) * 1000
    finally:
        await asyncio.to_thread(daemon.stop)
        bus.disconnect()
