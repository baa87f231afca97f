"""A fake controller: a temporary /sys, and the kernel's side of the connection."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from cdemu_core.transport.thread import PortThread
from cdemu_core.transport.usbip.port import CONTROLLER, UsbipPort

STATUS_TEXT = """hub port sta spd dev      sockfd local_busid
hs  0000 004 000 00000000 000000 0-0
hs  0001 006 003 00010002 000003 1-2
ss  0008 006 005 00010003 000005 2-1
ss  0009 004 000 00000000 000000 0-0
"""


@attrs.define
class Host:
    """The kernel's side: usb-storage over vhci_hcd. ``piece``: the largest bulk transfer it submits."""

    socket: socket.socket | None = None
    attached: int = 0
    seqnum: int = 0
    tag: int = 100
    piece: int = 16384

    def attach(self, descriptor: int) -> int:
        self.socket = socket.socket(fileno=os.dup(descriptor))
        self.socket.settimeout(5)
        self.attached += 1
        return 9

    def submit(self, endpoint: int, direction: int, length: int, data: bytes = b"", *, flags: int = 0,
               setup: bytes = bytes(8), packets: int = -1) -> int:  # fmt: skip
        assert self.socket
        self.seqnum += 1
        self.socket.sendall(
            struct.pack(
                ">IIIIIIiiii8s",
                1,
                self.seqnum,
                0x10002,
                direction,
                endpoint,
                flags,
                length,
                0,
                packets,
                0,
                setup,
            )
            + data
        )
        return self.seqnum

    def unlink(self, victim: int) -> int:
        """Status of the RET_UNLINK."""
        assert self.socket
        self.seqnum += 1
        self.socket.sendall(struct.pack(">IIIIII24x", 2, self.seqnum, 0x10002, 0, 0, victim))
        command, seqnum, status, _ = self.reply()
        assert (command, seqnum) == (4, self.seqnum)
        return status

    def take(self, count: int) -> bytes:
        assert self.socket
        got = b""
        while len(got) < count:
            piece = self.socket.recv(count - len(got))
            if not piece:
                raise EOFError
            got += piece
        return got

    def reply(self) -> tuple[int, int, int, int]:
        header = self.take(48)
        command, seqnum, status, actual = struct.unpack(">II12xii20x", header)
        assert header[8:20] == bytes(12)
        return command, seqnum, status, actual

    def completed(self, seqnum: int, direction: int) -> tuple[int, bytes | int]:
        """(status, data or count) of the transfer."""
        command, got, status, actual = self.reply()
        assert (command, got) == (3, seqnum)
        return status, self.take(actual) if direction else actual

    def control(self, kind: int, request: int, value: int = 0, length: int = 0) -> tuple[int, bytes | int]:
        direction = kind >> 7
        setup = struct.pack("<BBHHH", kind, request, value, 0, length)
        data = b"" if direction else bytes(length)
        return self.completed(self.submit(0, direction, length, data, setup=setup), direction)

    def wrapper(self, cdb: bytes, length: int, flags: int) -> bytes:
        self.tag += 1
        return struct.pack("<4sIIBBB16s", b"USBC", self.tag, length, flags, 0, len(cdb), cdb)

    def out(self, data: bytes) -> None:
        assert self.completed(self.submit(2, 0, len(data), data), 0) == (0, len(data))

    def get(self, length: int, flags: int = 0) -> bytes:
        status, data = self.completed(self.submit(1, 1, length, flags=flags), 1)
        assert status == 0
        assert isinstance(data, bytes)
        return data

    def command(self, cdb: bytes, expected: int = 0, data: bytes = b"") -> tuple[int, bytes, int]:
        """(status, data, residue) of a whole command."""
        self.out(self.wrapper(cdb, len(data) or expected, 0 if data else 0x80))
        got = b""
        for at in range(0, len(data), self.piece):
            self.out(data[at : at + self.piece])
        while len(got) < expected:
            wanted = min(self.piece, expected - len(got))
            piece = self.get(wanted, 1)
            got += piece
            if len(piece) < wanted:
                break
        status, residue = self.status()
        return status, got, residue

    def status(self) -> tuple[int, int]:
        signature, tag, residue, status = struct.unpack("<4sIIB", self.get(13))
        assert (signature, tag) == (b"USBS", self.tag)
        return status, residue


@pytest.fixture
def status_text() -> str:
    """The controller's status: one device in each hub, port 9 the first free one of super speed."""
    return STATUS_TEXT


@pytest.fixture
def root(tmp_path) -> Path:
    """A /sys with a controller."""
    controller = tmp_path / CONTROLLER
    controller.mkdir(parents=True)
    (controller / "status").write_text(STATUS_TEXT)
    (controller / "attach").touch()
    return tmp_path


@pytest.fixture
def host(monkeypatch) -> Host:
    host = Host()
    monkeypatch.setattr(UsbipPort, "_attach", lambda port, descriptor: host.attach(descriptor))
    return host


@pytest.fixture
def drive(target, host, root) -> Iterator[PortThread]:
    thread = PortThread(target, UsbipPort(1, str(root)), "cdemu-drive-1", lambda event: None)
    thread.start()
    yield thread
    thread.stop()
