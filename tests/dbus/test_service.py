"""The daemon as its clients see it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from dbus_fast import Message, MessageFlag, MessageType
from dbus_fast.aio import MessageBus

from cdemu_core.dbus import names
from cdemu_core.dbus.client import AsyncClient, Client, DaemonUnreachable, RemoteError
from cdemu_core.testing.bus import DaemonProcess, private_bus

SLOW_PLUGIN = """
import time
from cdemu_core.api import Disc, DiscBuilder, Evidence, Fragment, ImageFormat, SectorType, hookimpl


def _parse(source) -> Disc:
    while not __import__("os").path.exists(source.path + ".go"):
        time.sleep(0.01)
    if source.option("crash"):
        raise RuntimeError("secret path /home/x")
    builder = DiscBuilder()
    builder.add_session().add_track(SectorType.AUDIO).add_fragment(Fragment(300))
    return builder.build()


@hookimpl
def cdemu_image_formats():
    yield ImageFormat("slow", "Slow image", (".slow",), (), _parse, probe=lambda view: Evidence.MAGIC)
"""


def told(client: Client, seconds: float = 0.05) -> list[tuple[object, ...]]:
    """Signals so far, those of the mapping apart."""
    return [(s.name, *s.arguments) for s in client.take_signals(seconds) if s.name != "DeviceMappingReady"]


@pytest.fixture
def slow_plugin(tmp_path: Path) -> dict[str, str]:
    """A distribution with a format whose parser waits; the environment that finds it."""
    site = tmp_path / "site"
    info = site / "slow_image-1.dist-info"
    info.mkdir(parents=True)
    (site / "slow_image.py").write_text(SLOW_PLUGIN, "utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: slow-image\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text("[cdemu]\nslow = slow_image\n", "utf-8")
    path = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH"))))
    (tmp_path / "image.slow").write_bytes(bytes(4096))
    return {"PYTHONPATH": path}


def test_versions(client: Client) -> None:
    assert client.get_daemon_interface_version2() == (7, 0)
    assert client.call("GetDaemonInterfaceVersion") == [7]
    assert client.get_daemon_version() == client.get_library_version() != ""


def test_load_and_unload_tell_before_they_answer(client: Client, image: str) -> None:
    client.device_load(0, [image])
    assert told(client, 0) == [("DeviceStatusChanged", 0)]
    assert client.device_get_status(0) == (True, [image])
    client.device_unload(0)
    assert told(client, 0) == [("DeviceStatusChanged", 0)]
    assert client.device_get_status(0) == (False, [])
    client.device_unload(0)
    assert told(client) == []


def test_a_loaded_drive_refuses_before_it_reads(client: Client, image: str) -> None:
    client.device_load(0, [image])
    with pytest.raises(RemoteError) as refusal:
        client.device_load(0, ["/nonexistent"])
    assert refusal.value.name == f"{names.ERROR_DAEMON}AlreadyLoaded"
    with pytest.raises(RemoteError) as refusal:
        client.device_create_blank(0, "/nonexistent", {})
    assert refusal.value.name == f"{names.ERROR_DAEMON}AlreadyLoaded"


def test_drives_come_and_go_at_the_end(client: Client, image: str) -> None:
    client.add_device()
    assert told(client, 0) == [("DeviceAdded",)]
    client.device_load(1, [image])
    client.take_signals()
    client.remove_device()
    assert told(client, 0) == [("DeviceStatusChanged", 1), ("DeviceRemoved",)]
    client.remove_device()
    assert told(client, 0) == [("DeviceRemoved",)]
    with pytest.raises(RemoteError) as refusal:
        client.remove_device()
    assert refusal.value.name == f"{names.ERROR_DAEMON}DaemonError"
    assert client.get_number_of_devices() == 0


def test_options_are_typed_and_cut(client: Client) -> None:
    client.device_set_option(0, "device-id", "(ssss)", ["x" * 30] * 4)
    assert [len(text) for text in client.device_get_option(0, "device-id")] == [8, 16, 4, 20]
    assert told(client, 0) == [("DeviceOptionChanged", 0, "device-id")]
    for option, signature, value in (("dpm-emulation", "i", 1), ("nope", "b", True), ("device-id", "s", "")):
        with pytest.raises(RemoteError) as refusal:
            client.device_set_option(0, option, signature, value)
        assert refusal.value.name == f"{names.ERROR_DAEMON}InvalidArgument"


def test_masks_of_the_command_line(bus: str, tmp_path: Path) -> None:
    arguments = ["--default-cdemu-debug-mask", "0x3", "--default-mirage-debug-mask", "0xFFFFFFFF"]
    with DaemonProcess(bus, arguments, directory=tmp_path), Client(address=bus) as client:
        assert client.device_get_option(0, "daemon-debug-mask") == 3
        assert client.device_get_option(0, "library-debug-mask") == -1


def test_a_load_in_progress_keeps_nobody_waiting(
    bus: str, tmp_path: Path, slow_plugin: dict[str, str], image: str
) -> None:
    slow = str(tmp_path / "image.slow")
    with DaemonProcess(bus, ["-n", "2"], directory=tmp_path, environment=slow_plugin):
        done: list[BaseException | None] = []

        def load() -> None:
            try:
                with Client(address=bus) as other:
                    other.device_load(0, [slow])
                done.append(None)
            except RemoteError as problem:
                done.append(problem)

        thread = threading.Thread(target=load)
        thread.start()
        with Client(address=bus) as client:
            time.sleep(0.3)
            began = time.monotonic()
            assert client.device_get_status(0) == (False, [])
            client.device_load(1, [image])
            client.device_unload(0)
            client.device_set_option(0, "dpm-emulation", "b", True)
            assert time.monotonic() - began < 2
            assert not done
            Path(slow + ".go").touch()
            thread.join(20)
            assert done == [None]
            assert client.device_get_status(0) == (True, [slow])


def test_a_drive_removed_while_it_loads(bus: str, tmp_path: Path, slow_plugin: dict[str, str]) -> None:
    slow = str(tmp_path / "image.slow")

    async def scenario() -> RemoteError:
        remote = AsyncClient(address=bus)
        await remote.connect()
        loading = asyncio.ensure_future(remote.device_load(0, [slow]))
        await asyncio.sleep(0.3)
        await remote.remove_device()
        Path(slow + ".go").touch()
        with pytest.raises(RemoteError) as refusal:
            await loading
        await remote.close()
        return refusal.value

    with DaemonProcess(bus, directory=tmp_path, environment=slow_plugin):
        assert asyncio.run(scenario()).name == f"{names.ERROR_DAEMON}InvalidArgument"


def test_a_crashing_parser_takes_nothing_with_it(
    bus: str, tmp_path: Path, slow_plugin: dict[str, str], image: str
) -> None:
    slow = str(tmp_path / "image.slow")
    Path(slow + ".go").touch()
    with DaemonProcess(bus, directory=tmp_path, environment=slow_plugin), Client(address=bus) as client:
        with pytest.raises(RemoteError) as refusal:
            client.device_load(0, [slow], {"crash": "yes"})
        assert refusal.value.name.startswith(names.ERROR_MIRAGE)
        client.device_load(0, [image])


def test_no_password_is_logged(bus: str, tmp_path: Path, image: str) -> None:
    masks = ["--default-cdemu-debug-mask=-1", "--default-mirage-debug-mask=-1"]
    with DaemonProcess(bus, masks, directory=tmp_path) as process, Client(address=bus) as client:
        client.device_load(0, [image], {"password": "hunter2", "encoding": "utf-8"})
        with pytest.raises(RemoteError):
            client.device_load(0, ["/nonexistent"], {"password": "hunter2"})
        process.stop()
        assert "hunter2" not in process.text()
        assert "Loaded" in process.text()


def test_the_name_is_taken(daemon: DaemonProcess, bus: str, tmp_path: Path) -> None:
    second = DaemonProcess(bus, directory=tmp_path / "..")
    second.log = tmp_path / "second.log"
    second.start()
    assert second.process is not None
    assert second.process.wait(20) == 255
    assert "Another daemon" in second.text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_end_it_cleanly(bus: str, tmp_path: Path, image: str, number: signal.Signals) -> None:
    with DaemonProcess(bus, ["-n", "3"], directory=tmp_path) as process:
        with Client(address=bus) as client:
            client.device_load(2, [image])
            client.collect_signals()
            assert process.process is not None
            process.process.send_signal(number)
            assert process.process.wait(20) == 0
            with pytest.raises(DaemonUnreachable):
                client.get_number_of_devices()
        assert "Traceback" not in process.text()


def test_the_end_of_the_bus_is_the_end(tmp_path: Path) -> None:
    with private_bus(tmp_path) as address, DaemonProcess(address, directory=tmp_path) as process:
        assert process.process is not None
        os.kill(_bus_pid(tmp_path), signal.SIGKILL)
        assert process.process.wait(20) == 1
        assert "hung up" in process.text()


def _bus_pid(directory: Path) -> int:
    """The process that listens in ``directory``."""
    wanted = f"--config-file={directory / 'bus.conf'}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if wanted in (entry / "cmdline").read_bytes().split(b"\0"):
                    return int(entry.name)
    raise AssertionError("no such bus")


def test_without_a_road_the_daemon_serves_and_says_why(bus: str, tmp_path: Path) -> None:
    control = tmp_path / "vhba_ctl"
    arguments = ["-c", str(control), "-n", "2"]
    process = DaemonProcess(bus, arguments, directory=tmp_path, road=None)
    with process, Client(address=bus) as client:
        assert client.get_number_of_devices() == 0
        with pytest.raises(RemoteError, match="does not exist") as refusal:
            client.add_device()
        assert refusal.value.name == f"{names.ERROR_DAEMON}DaemonError"


def test_no_bus_is_said_at_start(tmp_path: Path) -> None:
    process = DaemonProcess(f"unix:path={tmp_path}/none", directory=tmp_path)
    process.start()
    assert process.process is not None
    assert process.process.wait(20) == 255
    assert "session bus cannot be reached" in process.text()


def test_no_daemon_is_told_from_an_error(bus: str) -> None:
    with Client(address=bus) as client, pytest.raises(DaemonUnreachable, match="not running"):
        client.get_number_of_devices()
    with pytest.raises(DaemonUnreachable, match="cannot be reached"):
        Client(address="unix:path=/nonexistent/bus")


def test_a_thousand_calls_at_once(bus: str, daemon: DaemonProcess) -> None:
    """More replies and signals than the socket takes at a time."""

    async def scenario() -> int:
        remote = AsyncClient(address=bus)
        await remote.connect()
        heard: list[object] = []
        await remote.on_signal(heard.append)
        async with asyncio.TaskGroup() as group:
            for _ in range(1000):
                group.create_task(remote.enum_supported_parsers())
                group.create_task(remote.device_set_option(0, "dpm-emulation", "b", True))
        await remote.close()
        return sum(getattr(signal, "name", "") == "DeviceOptionChanged" for signal in heard)

    assert asyncio.run(scenario()) == 1000


def test_a_caller_that_wants_no_reply_gets_none(bus: str, client: Client, image: str) -> None:
    async def scenario() -> list[Message]:
        connection = await MessageBus(bus).connect()
        seen: list[Message] = []
        connection.add_message_handler(seen.append)
        for member, signature, body in (("GetDaemonVersion", "", []), ("DeviceUnload", "i", [7])):
            await connection.send(
                Message(
                    destination=names.BUS_NAME,
                    path=names.OBJECT_PATH,
                    interface=names.INTERFACE,
                    member=member,
                    signature=signature,
                    body=body,
                    flags=MessageFlag.NO_REPLY_EXPECTED,
                )
            )
        await asyncio.sleep(0.2)
        connection.disconnect()
        return [m for m in seen if m.message_type in (MessageType.METHOD_RETURN, MessageType.ERROR)]

    assert asyncio.run(scenario()) == []
    assert client.get_number_of_devices() == 1


def test_the_end_does_not_wait_for_a_parser(bus: str, tmp_path: Path, slow_plugin: dict[str, str]) -> None:
    slow = str(tmp_path / "image.slow")

    async def scenario(process: DaemonProcess) -> float:
        remote = AsyncClient(address=bus)
        await remote.connect()
        loading = asyncio.ensure_future(remote.device_load(0, [slow]))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        assert await asyncio.to_thread(process.stop) == 0
        with pytest.raises(RemoteError):
            await loading
        await remote.close()
        return time.monotonic() - began

    with DaemonProcess(bus, directory=tmp_path, environment=slow_plugin) as process:
        assert asyncio.run(scenario(process)) < 10
