"""cdemu mount and umount against a udisks2 of the tests' own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from cdemu_core.dbus import udisks
from cdemu_core.testing.bus import DaemonProcess, private_bus
from cdemu_core.testing.discs import iso_payload

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]
NODES = """
import sys
from cdemu_core.transport import loopback
from cdemu_core.transport.port import Mapping
def claim(url="loopback:0"):
    number = 70 + int(url.partition(":")[2])
    return Mapping(sr=f"/dev/sr{number}", sg=f"/dev/sg{number}")
loopback.Mapping = claim
sys.argv[0] = "cdemu-daemon"
from cdemu_core.daemon.main import run
run()
"""
"""A daemon whose drives claim device nodes."""
MOUNT_AT = "/media/some body"


class FakeUdisks:
    """udisks2 on a bus, in a thread: block devices ``sr70`` … whose file systems are mounted on paper."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.calls: list[tuple[str, str]] = []
        self.mounted: dict[str, list[str]] = {}
        self.blind = 0
        """How many looks find no file system; -1: all."""
        self.refuse: dict[str, tuple[str, str]] = {}
        """Error (name, text) of a method."""
        self._loop = asyncio.new_event_loop()
        self._ready, self._done = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    def __enter__(self) -> FakeUdisks:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(20)
        self._loop.close()

    async def _serve(self) -> None:
        bus = await MessageBus(self._address).connect()
        bus.add_message_handler(self._handle)
        await bus.request_name(udisks.NAME)
        self._ready.set()
        await self._done.wait()
        bus.disconnect()

    def _handle(self, message: Message) -> Message | None:
        if (
            message.message_type is not MessageType.METHOD_CALL
            or message.interface == "org.freedesktop.DBus.Peer"
        ):
            return None
        name, member = str(message.path).rpartition("/")[2], str(message.member)
        self.calls.append((name, member))
        if member in self.refuse:
            return Message.new_error(message, *self.refuse[member])
        answer: dict[str, Callable[[], tuple[str, list[Any]] | None]] = {
            "Get": lambda: self._mount_points(name),
            "Mount": lambda: self._mount(name),
            "Unmount": lambda: self._unmount(name),
        }
        found = answer[member]()
        if found is None:
            return Message.new_error(message, "org.freedesktop.DBus.Error.InvalidArgs", "No such interface")
        return Message.new_method_return(message, *found)

    def _mount_points(self, name: str) -> tuple[str, list[Any]] | None:
        if self.blind:
            self.blind -= 1
            return None
        points = [os.fsencode(path) + b"\0" for path in self.mounted.get(name, [])]
        return "v", [Variant("aay", points)]

    def _mount(self, name: str) -> tuple[str, list[Any]]:
        self.mounted[name] = [MOUNT_AT + name]
        return "s", self.mounted[name]

    def _unmount(self, name: str) -> tuple[str, list[Any]]:
        self.mounted[name].pop()
        return "", []


@pytest.fixture(scope="module")
def daemons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, DaemonProcess]]:
    """One daemon with device nodes, one whose road has none; a system bus for both."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("nodes", "url", "system")}
    with (
        private_bus(folders["system"]) as system,
        private_bus(folders["nodes"]) as one,
        private_bus(folders["url"]) as two,
    ):
        processes = {
            "nodes": DaemonProcess(one, directory=folders["nodes"], system_bus=system),
            "url": DaemonProcess(two, directory=folders["url"], system_bus=system),
        }
        command = processes["nodes"]._command
        command[1:3] = ["-c", NODES]
        with processes["nodes"], processes["url"]:
            yield processes


@pytest.fixture
def fake(daemons: dict[str, DaemonProcess]) -> Iterator[FakeUdisks]:
    with FakeUdisks(daemons["nodes"].environment["DBUS_SYSTEM_BUS_ADDRESS"]) as one:
        yield one


@pytest.fixture
def cdemu(daemons: dict[str, DaemonProcess], tmp_path: Path) -> Iterator[Run]:
    """``cdemu(*arguments, status=0, daemon="nodes", **environment)``; drives are empty afterwards."""

    def run(*arguments: str | Path, status: int = 0, daemon: str = "nodes", **environment: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "cdemu_core", *map(str, arguments)],
            env={**daemons[daemon].environment, "HOME": str(tmp_path), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    yield run
    for name in daemons:
        run("unload", "all", daemon=name)
        while len(json.loads(run("status", "--json", daemon=name).stdout)) > 1:
            run("remove-device", daemon=name)


def loaded(cdemu: Run, daemon: str = "nodes") -> list[bool]:
    return [drive["loaded"] for drive in json.loads(cdemu("status", "--json", daemon=daemon).stdout)]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "a b.iso"
    path.write_bytes(iso_payload(40))
    return path


def test_an_image_is_mounted_and_taken_out_again(cdemu: Run, fake: FakeUdisks, image: Path) -> None:
    told = json.loads(cdemu("mount", image, "--json").stdout)
    assert told == {"device": 0, "files": [str(image)], "sr": "/dev/sr70", "path": f"{MOUNT_AT}sr70"}
    assert loaded(cdemu) == [True]
    cdemu("umount", image)
    assert fake.mounted["sr70"] == []
    assert loaded(cdemu) == [False]
    assert [member for _, member in fake.calls if member != "Get"] == ["Mount", "Unmount"]


def test_the_path_is_printed_and_undoes_the_mount(cdemu: Run, fake: FakeUdisks, image: Path) -> None:
    path = cdemu("mount", image).stdout.strip()
    assert path == f"{MOUNT_AT}sr70"
    cdemu("umount", path)
    assert (loaded(cdemu), fake.mounted["sr70"]) == ([False], [])


@pytest.mark.parametrize("what", ["0", "/dev/sr70"])
def test_a_drive_is_named_by_number_or_node(cdemu: Run, fake: FakeUdisks, image: Path, what: str) -> None:
    cdemu("mount", image)
    assert json.loads(cdemu("umount", what, "--json").stdout) == {"device": 0}
    assert (loaded(cdemu), fake.mounted["sr70"]) == ([False], [])


def test_a_second_image_gets_a_drive_of_its_own(cdemu: Run, fake: FakeUdisks, image: Path) -> None:
    other = image.with_name("other.iso")
    other.write_bytes(iso_payload(50))
    cdemu("mount", image)
    assert json.loads(cdemu("mount", other, "--json").stdout)["sr"] == "/dev/sr71"
    assert json.loads(cdemu("mount", image, "--json").stdout)["device"] == 0, "it is there already"
    cdemu("umount", other)
    assert loaded(cdemu) == [True, False]
    assert list(fake.mounted["sr70"]) == [f"{MOUNT_AT}sr70"]


def test_the_disc_may_take_time_to_be_seen(cdemu: Run, fake: FakeUdisks, image: Path) -> None:
    fake.blind = 3
    assert cdemu("mount", image).stdout.strip() == f"{MOUNT_AT}sr70"


def test_what_the_desktop_mounted_first_is_found(cdemu: Run, fake: FakeUdisks, image: Path) -> None:
    fake.mounted["sr70"] = ["/run/media/me/SAMPLE"]
    fake.refuse["Mount"] = (f"{udisks.ERROR}AlreadyMounted", "It is mounted")
    assert cdemu("mount", image).stdout.strip() == "/run/media/me/SAMPLE"


def test_a_disc_without_a_file_system_does_not_stay(cdemu: Run, fake: FakeUdisks, image: Path) -> None:
    fake.blind = -1
    assert "found no file system" in cdemu("mount", image, "--timeout", "0.5", status=1).stderr
    assert loaded(cdemu) == [False]


def test_a_refused_mount_undoes_the_load_and_the_drive(cdemu: Run, fake: FakeUdisks, image: Path) -> None:
    other = image.with_name("other.iso")
    other.write_bytes(iso_payload(50))
    cdemu("load", "0", other)
    fake.refuse["Mount"] = (f"{udisks.ERROR}NotAuthorizedCanObtain", "Not authorized to perform operation")
    assert "Not authorized to perform operation." in cdemu("mount", image, status=1).stderr
    assert loaded(cdemu) == [True]


def test_what_is_in_use_stays(cdemu: Run, fake: FakeUdisks, image: Path) -> None:
    cdemu("mount", image)
    fake.refuse["Unmount"] = (f"{udisks.ERROR}DeviceBusy", "target is busy")
    assert "target is busy. The disc stays." in cdemu("umount", image, status=1).stderr
    assert loaded(cdemu) == [True]


def test_without_udisks_nothing_is_loaded_and_the_way_is_told(
    cdemu: Run, image: Path, tmp_path: Path
) -> None:
    for bus in ({}, {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path}/none"}):
        said = cdemu("mount", image, status=1, **bus).stderr
        assert "mount -o ro" in said
        assert loaded(cdemu) == [False]
    cdemu("load", "0", image)
    cdemu("umount", image)
    assert loaded(cdemu) == [False]


def test_a_road_without_a_node_is_explained(cdemu: Run, fake: FakeUdisks, image: Path) -> None:
    said = cdemu("mount", image, status=1, daemon="url").stderr
    assert "loopback:0" in said
    assert "no device node" in said
    assert loaded(cdemu, "url") == [False]
    cdemu("load", "0", image, daemon="url")
    cdemu("umount", image, daemon="url")
    assert loaded(cdemu, "url") == [False]


@pytest.mark.parametrize("arguments", [("mount", "none.iso"), ("umount", "none.iso"), ("umount", "7")])
def test_what_is_not_there_is_named(cdemu: Run, fake: FakeUdisks, arguments: tuple[str, ...]) -> None:
    assert arguments[1] in cdemu(*arguments, status=1).stderr


def test_an_unknown_image_is_the_daemons_error(cdemu: Run, fake: FakeUdisks, tmp_path: Path) -> None:
    (tmp_path / "noise.xyz").write_bytes(os.urandom(5000))
    assert "recognises" in cdemu("mount", tmp_path / "noise.xyz", status=1).stderr
    assert ("sr70", "Mount") not in fake.calls


def test_object_paths() -> None:
    assert udisks.object_path("/dev/sr0") == "/org/freedesktop/UDisks2/block_devices/sr0"
    assert udisks.object_path("/dev/mapper/a-b") == "/org/freedesktop/UDisks2/block_devices/mapper_2fa_2db"
