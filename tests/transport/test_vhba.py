"""The vhba port against a fake control device: a SEQPACKET socket pair has the same record semantics."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdemu_core.errors import PortUnavailable
from cdemu_core.transport import port as contract
from cdemu_core.transport import sysfs, vhba
from cdemu_core.transport.thread import PortThread
from cdemu_core.transport.vhba import REQUEST, RESPONSE, VhbaPort, VhbaRoad

TEST_UNIT_READY = bytes(6)
INQUIRY = bytes.fromhex("12 00 00 00 24 00")


class Kernel:
    """The module's side of the control device."""

    def __init__(self) -> None:
        self.opened = 0
        self.peer: socket.socket | None = None
        self.address: str | None = "7:0:1:0"

    def open(self) -> int:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self.peer = ours
        self.peer.settimeout(5)
        theirs.setblocking(False)
        self.opened += 1
        return theirs.detach()

    def send(self, tag: int, cdb: bytes, length: int = 0, data: bytes = b"") -> None:
        assert self.peer
        self.peer.send(REQUEST.pack(tag, 0, cdb.ljust(16, b"\0"), len(cdb), length) + data)

    def receive(self) -> tuple[int, int, bytes]:
        assert self.peer
        record = self.peer.recv(1 << 18)
        tag, status, length = RESPONSE.unpack_from(record)
        assert len(record) == RESPONSE.size + length
        return tag, status, record[RESPONSE.size :]


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


@pytest.fixture
def port(kernel, tmp_path) -> VhbaPort:
    return VhbaPort(0, opener=kernel.open, address=lambda fd: kernel.address, sysfs=str(tmp_path))


@pytest.fixture
def events() -> list[object]:
    return []


@pytest.fixture
def drive(target, port, events) -> Iterator[PortThread]:
    thread = PortThread(target, port, "cdemu-drive-0", events.append)
    thread.start()
    yield thread
    thread.stop()


def read_10(lba: int, count: int) -> bytes:
    return b"\x28\0" + lba.to_bytes(4, "big") + b"\0" + count.to_bytes(2, "big") + b"\0"


def test_record_sizes():
    assert (REQUEST.size, RESPONSE.size) == (32, 12)
    assert REQUEST.pack(1, 2, bytes(range(16)), 10, 5)[24] == 10
    assert REQUEST.pack(1, 2, bytes(16), 10, 5)[28:] == (5).to_bytes(4, __import__("sys").byteorder)


def test_data_sense_and_status(drive, kernel, target, sector):
    kernel.send(5, read_10(16, 64), 131072)
    assert kernel.receive() == (5, 0, b"".join(sector(16 + i) for i in range(64)))
    kernel.send(6, TEST_UNIT_READY)
    tag, status, sense = kernel.receive()
    assert (tag, status, len(sense), sense[12]) == (6, 2, 18, 0x3A)
    assert target.commands == [read_10(16, 64), TEST_UNIT_READY]


def test_reply_is_never_longer_than_asked_for(drive, kernel):
    kernel.send(1, INQUIRY, 5)
    assert kernel.receive() == (1, 0, bytes([5, 0x80, 5, 2, 31]))


def test_impossible_transfer_length_stays_in_the_buffer(drive, kernel):
    kernel.send(1, read_10(0, 70), 0xFFFFFFFF)
    assert len(kernel.receive()[2]) == vhba.LARGEST_TRANSFER


def test_data_out(drive, kernel, target):
    page = bytes(range(256)) * 512
    kernel.send(9, b"\x55" + bytes(9), len(page), page)
    assert kernel.receive() == (9, 0, b"")
    assert target.written == [page]


def test_sixteen_byte_cdb_and_nonsense_length(drive, kernel, target):
    cdb = bytes([0xA3, *range(15)])
    kernel.send(1, cdb)
    assert kernel.receive()[1] == 2
    assert kernel.peer
    kernel.peer.send(REQUEST.pack(2, 0, cdb, 200, 0))
    assert kernel.receive()[0] == 2
    assert target.commands == [cdb, cdb]


def test_delayed_replies_leave_in_time_and_others_pass(drive, kernel, target, eventually, sector):
    target.delay = 0.2
    started = time.monotonic()
    kernel.send(1, read_10(1, 1), 2048)
    eventually(lambda: target.commands)
    target.delay = 0.0
    kernel.send(2, INQUIRY, 36)
    assert kernel.receive()[0] == 2
    assert time.monotonic() - started < 0.19
    assert kernel.receive() == (1, 0, sector(1))
    assert 0.199 <= time.monotonic() - started < 1


def test_a_lost_device_is_opened_again(drive, kernel, target, events, eventually):
    kernel.send(1, INQUIRY, 36)
    kernel.receive()
    kernel.peer.close()
    eventually(lambda: kernel.opened == 2)
    kernel.send(2, INQUIRY, 36)
    assert kernel.receive()[0] == 2
    assert [type(event) for event in events if isinstance(event, contract.PortLost)] == [contract.PortLost]
    assert target.resets == [None]


def test_a_torn_request_counts_as_a_lost_device(drive, kernel, eventually):
    kernel.peer.send(bytes(31))
    eventually(lambda: kernel.opened == 2)


def test_reply_to_an_aborted_command_is_forgotten(port, kernel, target, monkeypatch):
    port.open()
    kernel.send(1, INQUIRY, 36)

    def refuse(descriptor: int, data: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", refuse)
        assert port.service(target, 1.0) is not None
    kernel.send(2, INQUIRY, 36)
    port.service(target, 2.0)
    assert kernel.receive()[0] == 2
    port.close()


def test_spurious_wake_up_is_harmless(port, kernel, target):
    port.open()
    port.service(target, 1.0)
    assert target.commands == []
    port.close()
    port.close()


def appear(root: Path, address: str, kind: str, name: str) -> None:
    (root / "bus/scsi/devices" / address / kind / name).mkdir(parents=True)


def test_mapping_arrives_by_and_by(drive, tmp_path, events, eventually):
    assert drive.mapping() == contract.Mapping()
    appear(tmp_path, "7:0:1:0", "scsi_generic", "sg4")
    eventually(lambda: drive.mapping() == contract.Mapping(sg="/dev/sg4"))
    appear(tmp_path, "7:0:1:0", "block", "sr2")
    whole = contract.Mapping(sr="/dev/sr2", sg="/dev/sg4")
    eventually(lambda: drive.mapping() == whole)
    eventually(lambda: contract.MappingChanged(whole) in events)
    drive.suspend()
    assert drive.mapping() == contract.Mapping()
    drive.resume()
    eventually(lambda: drive.mapping() == whole)


def test_search_for_nodes_becomes_rare_and_ends_when_both_are_known(tmp_path):
    search = sysfs.NodeSearch("1:0:0:0", str(tmp_path))
    search.look(100.0)
    assert search.due == pytest.approx(100.05)
    now, looks = search.due, 0
    while now < 130.0:
        search.look(now)
        now, looks = search.due, looks + 1
    assert looks < 30
    assert now - 130.0 < sysfs.LONGEST
    appear(tmp_path, "1:0:0:0", "block", "sr0")
    search.look(132.0)
    assert search.due == 132.0 + sysfs.LONGEST
    appear(tmp_path, "1:0:0:0", "scsi_generic", "sg0")
    search.look(134.0)
    assert search.due is None
    assert search.mapping == contract.Mapping(sr="/dev/sr0", sg="/dev/sg0")


def test_address_of_something_else_is_unknown():
    with open("/dev/null", "rb") as null:
        assert vhba.address_of(null.fileno()) is None


def test_probe_names_what_is_missing(tmp_path):
    node = tmp_path / "vhba_ctl"
    road = VhbaRoad(str(node), str(tmp_path))
    assert "not installed" in road.probe().reason
    modules = tmp_path / "lib/modules" / os.uname().release
    modules.mkdir(parents=True)
    (modules / "modules.dep").write_text("updates/dkms/vhba.ko:\n")
    assert road.probe() == contract.RoadState(
        False, f"{node} does not exist: the kernel module vhba is not loaded.", "sudo modprobe vhba"
    )
    lockdown = tmp_path / "sys/kernel/security/lockdown"
    lockdown.parent.mkdir(parents=True)
    lockdown.write_text("none [integrity] confidentiality\n")
    assert road.probe().cure == vhba.CURE_SIGN
    (tmp_path / "sys/module/vhba").mkdir(parents=True)
    assert road.probe().cure == vhba.CURE_NODE
    node.touch()
    assert road.probe() == contract.RoadState(True, f"{node} can be opened.")


def test_probe_names_the_rule_for_permission(tmp_path, monkeypatch):
    node = tmp_path / "vhba_ctl"
    node.touch()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    state = VhbaRoad(str(node)).probe()
    assert not state.available
    assert vhba.UDEV_RULE in (state.cure or "")


def test_open_without_module_says_what_helps(tmp_path):
    with pytest.raises(PortUnavailable, match="cannot be opened: No such file") as caught:
        VhbaRoad(str(tmp_path / "vhba_ctl")).port(0).open()
    assert "vhba" in (caught.value.cure or "")


def test_open_with_all_drives_taken(tmp_path):
    node = tmp_path / "vhba_ctl"
    node.touch()

    def full() -> int:
        raise OSError(errno.EBUSY, "Device or resource busy")

    with pytest.raises(PortUnavailable) as caught:
        VhbaPort(0, str(node), opener=full).open()
    assert caught.value.cure == vhba.CURE_FEWER
