"""Sleep handling against a logind of the test's own on a "system" bus."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from cdemu_core.dbus import logind
from cdemu_core.dbus.client import AsyncClient
from cdemu_core.testing.bus import DaemonProcess, private_bus


class Logind:
    """Answers Inhibit with one end of a pipe and says when it sleeps."""

    def __init__(self, bus: MessageBus) -> None:
        self.bus = bus
        self.asked: list[list[str]] = []
        self.locks: list[int] = []

    @classmethod
    async def start(cls, address: str) -> Logind:
        bus = await MessageBus(address, negotiate_unix_fd=True).connect()
        one = cls(bus)
        bus.add_message_handler(one.handle)
        await bus.request_name(logind.LOGIND)
        return one

    def handle(self, message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL or message.member != "Inhibit":
            return None
        self.asked.append(message.body)
        ours, theirs = socket.socketpair()
        self.locks.append(ours.detach())
        sent = theirs.detach()
        asyncio.get_running_loop().call_later(0.05, os.close, sent)  # the daemon has its own by then
        return Message.new_method_return(message, "h", [0], [sent])

    def say(self, sleeping: bool) -> None:
        self.bus.send(
            Message.new_signal(logind.LOGIND_PATH, logind.MANAGER, "PrepareForSleep", "b", [sleeping])
        )

    async def released(self, number: int) -> bool:
        """Whether the lock is given back within some seconds: the other end is closed."""
        os.set_blocking(self.locks[number], False)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                return os.read(self.locks[number], 1) == b""
            except BlockingIOError:
                await asyncio.sleep(0.02)
        return False


@pytest.fixture
def system(tmp_path: Path) -> Iterator[str]:
    directory = tmp_path / "system"
    directory.mkdir()
    with private_bus(directory) as address:
        yield address


def test_drives_let_go_before_sleep_and_come_back(bus: str, system: str, tmp_path: Path, image: str) -> None:
    process = DaemonProcess(bus, directory=tmp_path, system_bus=system)

    async def scenario() -> None:
        fake = await Logind.start(system)
        await asyncio.to_thread(process.__enter__)
        assert fake.asked[0][0] == "sleep"
        assert fake.asked[0][3] == "delay"
        remote = AsyncClient(address=bus)
        await remote.connect()
        heard: list[str] = []
        await remote.on_signal(lambda signal: heard.append(signal.name))
        await remote.device_load(0, [image])
        fake.say(True)
        assert await fake.released(0)
        assert (await remote.device_get_status(0)).loaded
        heard.clear()
        fake.say(False)
        deadline = time.monotonic() + 10
        while "DeviceMappingReady" not in heard and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        assert heard == ["DeviceMappingReady"]
        assert len(fake.asked) == 2
        assert await asyncio.to_thread(process.stop) == 0
        assert await fake.released(1)
        await remote.close()
        fake.bus.disconnect()

    try:
        asyncio.run(scenario())
    finally:
        process.stop()


def test_without_logind_the_daemon_warns_and_runs(bus: str, system: str, tmp_path: Path) -> None:
    with DaemonProcess(bus, directory=tmp_path, system_bus=system) as process:
        assert "warning" in process.text()
    with DaemonProcess(bus, ["--system-sleep-handler", "0"], directory=tmp_path / "system") as process:
        assert "warning" not in process.text()
