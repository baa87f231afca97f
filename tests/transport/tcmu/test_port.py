"""A drive's objects in configfs, and its life on the ring, against folders and files."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdemu_core.errors import PortLost, PortUnavailable
from cdemu_core.transport.port import Mapping
from cdemu_core.transport.tcmu import link as links
from cdemu_core.transport.tcmu import port as ports
from cdemu_core.transport.tcmu.configfs import ADAPTER, Configfs, Name
from cdemu_core.transport.tcmu.port import TcmuPort, TcmuRoad, probe

INQUIRY = bytes([0x12, 0, 0, 0, 36, 0])
UID = 1000


class Event:
    """A uio device's events: the descriptor is its file, reads and writes are counted here."""

    def __init__(self) -> None:
        self.signals = 0

    def read(self, descriptor: int, size: int) -> bytes:
        raise BlockingIOError

    def write(self, descriptor: int, data: bytes) -> int:
        assert len(data) == 4
        self.signals += 1
        return 4


@pytest.fixture
def event(monkeypatch) -> Event:
    event = Event()
    monkeypatch.setattr(links.os, "read", event.read)
    monkeypatch.setattr(links.os, "write", event.write)
    return event


@pytest.fixture
def busy(monkeypatch) -> set[str]:
    """Names of uio devices that another process has open."""
    taken: set[str] = set()
    real = ports._open_uio

    def opened(configfs: Configfs, uio: str) -> int:
        if uio in taken:
            raise OSError(errno.EBUSY, "Device or resource busy")
        return real(configfs, uio)

    monkeypatch.setattr(ports, "_open_uio", opened)
    return taken


@pytest.fixture
def port(tree, tmp_path, event, busy) -> Iterator[TcmuPort]:
    port = TcmuPort(2, str(tmp_path), UID)
    yield port
    port.close()


def objects(tree) -> list[str]:
    return sorted(path.name for path in tree.target.rglob("*") if path.name.startswith(("cdemu-", "naa.")))


def test_names_tell_user_and_number():
    name = Name(1000, 2)
    assert name.backstore == "cdemu-1000-2"
    assert name.target == "naa.5cde0000003e8002"
    assert name.initiator == "naa.5cde1000003e8002"


def test_objects_are_made_in_order(tree, port, target):
    port.open()
    port._linker.join()
    done = dict(tree.log)
    assert done["control"] == "nl_reply_supported=-1"
    assert ("control", "hw_block_size=2048") in tree.log
    order = [tree.log.index(step) for step in (
        ("mkdir", "cdemu-1000-2"), ("cmd_time_out", "10"), ("enable", "1"),
        ("nexus", "naa.5cde1000003e8002"), ("mkdir", "lun_0"),
    )]  # fmt: skip
    assert order == sorted(order)
    link = tree.target / "loopback/naa.5cde0000003e8002/tpgt_1/lun/lun_0/link"
    assert os.readlink(link) == str(tree.target / f"core/user_{ADAPTER}/cdemu-1000-2")


def test_the_end_removes_everything_in_reverse_order(tree, port, event):
    port.open()
    port._linker.join()
    tree.log.clear()
    port.close()
    assert [name for verb, name in tree.log if verb == "rmdir"] == [
        "lun_0", "tpgt_1", "naa.5cde0000003e8002", "cdemu-1000-2", f"user_{ADAPTER}"
    ]  # fmt: skip
    assert objects(tree) == []


def test_commands_are_served_and_the_kernel_is_told(tree, port, target, event, make_kernel):
    port.open()
    kernel = make_kernel(tree.mapped(tree.root / "dev/uio0"))
    kernel.command(9, INQUIRY, 36)
    kernel.command(10, bytes(6))
    assert port.service(target, 5.0) == 5.0  # there is more
    assert port.service(target, 5.0) != 5.0
    assert [(answer.identity, answer.status) for answer in kernel.answers()] == [(9, 0), (10, 2)]
    assert event.signals == 2


def test_where_the_drive_is(tree, port, target, tmp_path):
    port.open()
    port._linker.join()
    assert port.mapping() == Mapping()
    for kind, node in (("block", "sr4"), ("scsi_generic", "sg5")):
        (tmp_path / "sys/bus/scsi/devices/3:0:1:0" / kind / node).mkdir(parents=True)
    port.service(target, 1.0)
    assert port.mapping() == Mapping("/dev/sr4", "/dev/sg5")


def test_a_damaged_ring_is_a_lost_port(tree, port, target):
    port.open()
    tree.mapped(tree.root / "dev/uio0")[12:16] = b"\xff\xff\xff\xff"
    with pytest.raises(PortLost, match="damaged"):
        port.service(target, 0.0)


def test_a_refused_link_is_a_lost_port(tree, port, target, monkeypatch):
    def refuse(*names: object) -> None:
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr(Configfs, "link", refuse)
    port.open()
    port._linker.join()
    with pytest.raises(PortLost, match="tcm_loop"):
        port.service(target, 0.0)


def test_commands_are_refused_while_objects_go(tree, port, target, make_kernel, monkeypatch):
    port.open()
    port._linker.join()
    kernel = make_kernel(tree.mapped(tree.root / "dev/uio0"))
    unlink, answers = Configfs.unlink, []

    def waiting(self: Configfs, name: Name) -> None:
        """The kernel removes a unit when its commands have ended."""
        kernel.command(1, INQUIRY, 36)
        while not answers:
            answers.extend(kernel.answers())
        unlink(self, name)

    monkeypatch.setattr(Configfs, "unlink", waiting)
    port.close()
    assert (answers[0].status, answers[0].sense[12]) == (2, 0x25)
    assert target.commands == []
    assert objects(tree) == []


def dead(tree, name: Name, *, enabled: bool = True) -> None:
    """What a killed daemon left."""
    configfs = Configfs(str(tree.root))
    configfs.create(name)
    configfs.link(name)
    if not enabled:
        (uio,) = (tree.root / "sys/class/uio").iterdir()
        os.rename(uio, tree.root / "gone")


@pytest.mark.parametrize("enabled", [True, False])
def test_what_a_dead_daemon_left_is_removed(tree, port, enabled):
    dead(tree, Name(UID, 2), enabled=enabled)
    tree.log.clear()
    port.open()
    port._linker.join()
    assert (("reset_ring", "2") in tree.log) == enabled
    assert ("rmdir", "cdemu-1000-2") in tree.log
    assert objects(tree) == ["cdemu-1000-2", "naa.5cde0000003e8002"]


def test_a_target_without_backstore_is_removed_too(tree, port):
    configfs = Configfs(str(tree.root))
    configfs.create(Name(UID, 7))
    configfs.link(Name(UID, 7))
    configfs.remove(Name(UID, 7))
    assert objects(tree) == ["naa.5cde0000003e8007"]
    port.open()
    port._linker.join()
    assert objects(tree) == ["cdemu-1000-2", "naa.5cde0000003e8002"]


def test_drives_of_a_living_daemon_stay_and_their_numbers_are_passed_over(tree, port, busy):
    dead(tree, Name(UID, 2))
    busy.add("uio0")
    port.open()
    port._linker.join()
    assert objects(tree) == [
        "cdemu-1000-2", "cdemu-1000-3", "naa.5cde0000003e8002", "naa.5cde0000003e8003"
    ]  # fmt: skip


def test_objects_of_others_are_not_touched(tree, port):
    dead(tree, Name(UID + 1, 2))
    stranger = tree.target / "core/user_0/cdemu-1000-9"
    stranger.mkdir(parents=True)
    (tree.target / "loopback/naa.5001405aaaaaaaaa/tpgt_1").mkdir(parents=True)
    before = objects(tree)
    port.open()
    port._linker.join()
    port.close()
    assert objects(tree) == before


def test_a_kernel_that_refuses_leaves_nothing(tree, port, monkeypatch):
    monkeypatch.setattr(tree, "uio", lambda backstore: None)
    with pytest.raises(PortUnavailable, match="no uio device") as caught:
        port.open()
    assert caught.value.cure
    assert objects(tree) == []


def test_what_cannot_be_removed_is_told_and_stays(tree, port, monkeypatch, caplog):
    port.open()
    port._linker.join()

    def busy(self: Configfs, name: Name) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(Configfs, "unlink", busy)
    port.close()
    assert "cdemu-1000-2 of the kernel's SCSI target stays" in caplog.text
    monkeypatch.undo()


def test_descriptors_do_not_leak(tree, port):
    def opened() -> int:
        return len(os.listdir("/proc/self/fd"))

    port.open()
    port.close()
    before = opened()
    for _ in range(5):
        port.open()
        port.close()
    assert opened() == before


def test_a_closed_port_serves_nothing(port, target):
    with pytest.raises(PortLost):
        port.service(target, 0.0)
    assert port.filenos() == []


def lack(root: Path, *parts: str) -> None:
    os.rename(root.joinpath(*parts), root / "elsewhere")


@pytest.mark.parametrize(
    ("parts", "words", "cure"),
    [
        (("sys/module/target_core_user",), "target_core_user is not installed", ports.CURE_INSTALL),
        (("sys/module/tcm_loop",), "tcm_loop is not installed", ports.CURE_INSTALL),
        (("sys/kernel/config/target/core",), "configfs is not mounted", ports.CURE_MOUNT),
    ],
)
def test_probe_names_what_is_missing(tree, tmp_path, parts, words, cure):
    assert probe(str(tmp_path)).available
    lack(tmp_path, *parts)
    state = TcmuRoad(str(tmp_path)).probe()
    assert not state.available
    assert words in state.reason
    assert state.cure == cure
    with pytest.raises(PortUnavailable):
        TcmuRoad(str(tmp_path)).port(0).open()


def test_probe_tells_unloaded_modules_and_missing_rights(tree, tmp_path, monkeypatch):
    modules = tmp_path / "lib/modules" / os.uname().release
    modules.mkdir(parents=True)
    (modules / "modules.dep").write_text("kernel/drivers/target/loopback/tcm_loop.ko.xz: x\n")
    lack(tmp_path, "sys/module/tcm_loop")
    assert probe(str(tmp_path)).cure == ports.CURE_LOAD
    os.rename(tmp_path / "elsewhere", tmp_path / "sys/module/tcm_loop")
    monkeypatch.setattr(ports.os, "access", lambda path, mode: False)
    assert probe(str(tmp_path)).cure == ports.CURE_ROOT
