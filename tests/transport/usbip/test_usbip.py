"""The USB/IP road against a fake controller."""

from __future__ import annotations

import os
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdemu_core.errors import PortUnavailable
from cdemu_core.transport.port import Mapping, RoadState
from cdemu_core.transport.usbip import port as usbip
from cdemu_core.transport.usbip.device import Device
from cdemu_core.transport.usbip.port import CONTROLLER, UsbipPort, UsbipRoad
from cdemu_core.transport.usbip.wire import HEADER_SIZE, Inbox, WireError

TEST_UNIT_READY = bytes(6)
REQUEST_SENSE = b"\x03\0\0\0\x12\0"


def read_10(lba: int, count: int) -> bytes:
    return b"\x28\0" + lba.to_bytes(4, "big") + b"\0" + count.to_bytes(2, "big") + b"\0"


def test_enumeration(drive, host):
    status, device = host.control(0x80, 6, 0x0100, 64)
    assert (status, len(device), device[2:4], device[7]) == (0, 18, b"\x00\x03", 9)
    _, head = host.control(0x80, 6, 0x0200, 9)
    total = int.from_bytes(head[2:4], "little")
    _, whole = host.control(0x80, 6, 0x0200, 255)
    assert len(whole) == total == 44
    kinds, rest = [], whole
    while rest:
        kinds.append(rest[1])
        rest = rest[rest[0] :]
    assert kinds == [2, 4, 5, 48, 5, 48]
    assert whole[14:17] == bytes([8, 6, 0x50])
    _, bos = host.control(0x80, 6, 0x0F00, 255)
    assert (len(bos), bos[2], bos[4]) == (22, 22, 2)
    assert host.control(0x80, 6, 0x0300, 255)[1] == bytes([4, 3, 9, 4])
    serial = host.control(0x80, 6, 0x0303, 255)[1][2:].decode("utf-16-le")
    assert serial == "00CDE0000001"
    assert host.control(0x00, 9, 1) == (0, 0)
    assert host.control(0x80, 8, 0, 1) == (0, b"\x01")
    assert host.control(0x00, 0x30, 0, 6) == (0, 6)
    assert host.control(0x80, 0, 0, 2) == (0, b"\x01\x00")
    assert host.control(0xA1, 0xFE, 0, 1) == (0, b"\x00")
    assert host.control(0x80, 6, 0x0600, 10)[0] == -32
    assert host.control(0x40, 0x77) == (-32, 0)


def test_data_in(drive, host, sector):
    whole = b"".join(map(sector, range(7, 47)))
    assert host.command(read_10(7, 40), 40 * 2048) == (0, whole, 0)


@pytest.mark.parametrize(("expected", "residue"), [(96, 60), (36, 0), (20, 0), (16384 + 36, 16384)])
def test_short_data_and_residue(drive, host, expected, residue):
    status, data, left = host.command(b"\x12\0\0\x00\x24\0", expected)
    assert (status, len(data), left) == (0, min(36, expected), residue)


def test_data_that_fills_a_transfer_exactly_ends_with_an_empty_packet(drive, host, sector):
    host.piece = 2048
    assert host.command(read_10(3, 2), 5 * 2048) == (0, sector(3) + sector(4), 3 * 2048)


def test_status_waits_for_a_transfer_of_its_own(drive, host):
    """Data transfers queued behind a short one are given up by the host; the status is not for them."""
    host.out(host.wrapper(b"\x12\0\0\x00\x24\0", 8192, 0x80))
    first, second = host.submit(1, 1, 4096, flags=1), host.submit(1, 1, 4096, flags=1)
    assert len(host.completed(first, 1)[1]) == 36
    assert host.unlink(second) == -104
    assert host.status() == (0, 8192 - 36)
    assert host.unlink(second) == 0


def test_sense_is_kept_until_asked_for(drive, host, target):
    assert host.command(TEST_UNIT_READY) == (1, b"", 0)
    status, sense, _ = host.command(REQUEST_SENSE, 18)
    assert (status, sense[2], sense[12]) == (0, 2, 0x3A)
    assert target.commands == [TEST_UNIT_READY]
    host.command(REQUEST_SENSE, 18)
    assert target.commands == [TEST_UNIT_READY, REQUEST_SENSE]
    status, data, residue = host.command(b"\xee" + bytes(9), 512)
    assert (status, data, residue) == (1, b"", 512)
    assert host.command(REQUEST_SENSE, 18)[1][12] == 0x20


def test_data_out(drive, host, target):
    data = os.urandom(300_000)
    assert host.command(b"\x55" + bytes(6) + b"\x01\x00\0", data=data) == (0, b"", 300_000 - 256)
    assert target.written == [data]


@pytest.mark.parametrize("event", ["wrapper", "configuration", "clear", "reset"])
def test_what_makes_older_commands_void(drive, host, target, event):
    if event == "wrapper":
        host.out(host.wrapper(TEST_UNIT_READY, 0, 0))  # its status is never fetched
    else:
        host.out(host.wrapper(b"\x55" + bytes(9), 5000, 0))  # its data never comes
        request = {"configuration": (0x00, 9, 1), "clear": (0x02, 1, 0), "reset": (0x21, 0xFF, 0)}[event]
        assert host.control(*request) == (0, 0)
    assert host.command(b"\x12\0\0\x00\x24\0", 36)[0] == 0
    assert target.written == []
    assert target.resets == ([None] if event == "reset" else [])


@pytest.mark.parametrize(
    "wrapper",
    [
        b"",
        b"junk",
        b"XXXX" + bytes(27),
        b"USBC" + bytes(27),
        struct.pack("<4sIIBBB16s", b"USBC", 1, 0, 0, 3, 6, b""),
    ],
)
def test_wrong_wrappers_get_no_answer(drive, host, target, wrapper):
    host.out(wrapper)
    waiting = host.submit(1, 1, 13)
    assert host.unlink(waiting) == -104
    assert target.commands == []
    assert host.command(b"\x12\0\0\x00\x24\0", 36)[0] == 0


def test_other_endpoints_stall(drive, host):
    assert host.completed(host.submit(5, 1, 64), 1) == (-32, b"")
    assert host.completed(host.submit(1, 0, 3, b"abc"), 0) == (-32, 0)


def test_delayed_answer(drive, host, target, sector):
    target.delay = 0.15
    started = time.monotonic()
    assert host.command(read_10(1, 1), 2048) == (0, sector(1), 0)
    assert time.monotonic() - started > target.delay / 2  # the two clocks are read at different places


def test_a_delayed_answer_can_be_overtaken_by_a_reset(drive, host, target, eventually):
    target.delay = 0.3
    host.out(host.wrapper(read_10(1, 1), 2048, 0x80))
    waiting = host.submit(1, 1, 2048, flags=1)
    eventually(lambda: target.commands)
    target.delay = 0.0
    assert host.unlink(waiting) == -104
    assert host.control(0x21, 0xFF) == (0, 0)
    assert host.command(b"\x12\0\0\x00\x24\0", 36)[0] == 0


def test_unplugged_and_plugged_in_again(drive, host, eventually):
    host.command(b"\x12\0\0\x00\x24\0", 36)
    host.socket.close()
    eventually(lambda: host.attached == 2)
    assert host.command(b"\x12\0\0\x00\x24\0", 36)[0] == 0


@pytest.mark.parametrize("fault", ["command", "length", "packets"])
def test_nonsense_ends_the_connection(drive, host, eventually, fault):
    if fault == "command":
        host.socket.sendall(struct.pack(">I44x", 9))
    elif fault == "length":
        host.submit(2, 0, (16 << 20) + 1)
    else:
        host.submit(1, 1, 512, packets=3)
    eventually(lambda: host.attached == 2)


def test_suspend_closes_and_resume_plugs_in_again(drive, host):
    drive.suspend()
    with pytest.raises(EOFError):
        host.take(1)
    drive.resume()
    assert host.attached == 2
    assert host.command(b"\x12\0\0\x00\x24\0", 36)[0] == 0


def test_mapping(drive, root, status_text, eventually):
    assert drive.mapping() == Mapping()
    unit = root / "sys/bus/usb/devices/2-2/2-2:1.0/host5/target5:0:0/5:0:0:0"
    unit.mkdir(parents=True)
    for kind, name in (("block", "sr3"), ("scsi_generic", "sg7")):
        (root / "sys/bus/scsi/devices/5:0:0:0" / kind / name).mkdir(parents=True)
    text = status_text.replace("ss  0009 004 000 00000000 000000 0-0", "ss  0009 006 005 00010002 000009 2-2")
    (root / CONTROLLER / "status").write_text(text)
    eventually(lambda: drive.mapping() == Mapping("/dev/sr3", "/dev/sg7"))


def test_attach_line(root):
    port = UsbipPort(4, str(root))
    port.open()
    number, descriptor, devid, speed = map(int, (root / CONTROLLER / "attach").read_text().split())
    assert (number, devid, speed) == (9, 0x10005, 5)
    assert descriptor > 2
    port.close()
    port.close()


def test_no_free_port(root, status_text):
    (root / CONTROLLER / "status").write_text(status_text.replace(" 004 ", " 006 "))
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(PortUnavailable, match="every port") as caught:
        UsbipPort(0, str(root)).open()
    assert caught.value.cure == usbip.CURE_PORTS
    assert len(os.listdir("/proc/self/fd")) == before


def test_probe(root, tmp_path, monkeypatch):
    assert UsbipRoad(str(root)).probe().available
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert UsbipRoad(str(root)).probe() == RoadState(
        False, "Only root may attach USB devices to vhci_hcd.", usbip.CURE_ROOT
    )
    bare = tmp_path / "bare"
    assert UsbipRoad(str(bare)).probe().cure == usbip.CURE_INSTALL
    modules = bare / "lib/modules" / os.uname().release
    modules.mkdir(parents=True)
    (modules / "modules.dep").write_text("kernel/drivers/usb/usbip/vhci-hcd.ko.xz: usbip-core.ko.xz\n")
    assert UsbipRoad(str(bare)).probe().cure == "sudo modprobe vhci-hcd"
    with pytest.raises(PortUnavailable, match="not loaded"):
        UsbipRoad(str(bare)).port(0).open()


HEADERS = st.builds(
    lambda command, direction, endpoint, flags, length, packets, setup: struct.pack(
        ">IIIIIIiiii8s", command, 5, 1, direction, endpoint, flags, length, 0, packets, 0, setup
    ),
    st.sampled_from([1, 1, 1, 1, 2, 3]),
    st.integers(0, 2),
    st.sampled_from([0, 1, 2, 3]),
    st.integers(0, 3),
    st.sampled_from([0, 1, 13, 31, 512, 4096, -1, 1 << 30]),
    st.sampled_from([0, -1, 7]),
    st.binary(min_size=8, max_size=8),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(HEADERS, st.binary(max_size=40)), max_size=20), st.integers(1, 5000))
def test_any_urbs_are_served_or_refused(make_target, items, step):
    stream = b""
    for header, data in items:
        direction, length = header[15], int.from_bytes(header[24:28], "big", signed=True)
        stream += header + (
            data.ljust(length, b"\0")[:length] if not direction and 0 <= length <= 4096 else b""
        )
    inbox, device, target = Inbox(), Device(0), make_target()
    try:
        for at in range(0, len(stream), step):
            piece = stream[at : at + step]
            while piece:
                space = inbox.space()[: len(piece)]
                space[:] = piece[: len(space)]
                inbox.received(len(space))
                piece = piece[len(space) :]
                while (urb := inbox.next()) is not None:
                    device.handle(urb, target, 1.0)
                    assert device.out.send(lambda parts: sum(map(len, parts)))
    except WireError:
        pass


def test_wrapper_size_is_that_of_the_header():
    assert HEADER_SIZE == struct.calcsize(">IIIIIIiiii8s") == 48
