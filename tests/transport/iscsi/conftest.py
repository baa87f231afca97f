"""A small initiator, written from the standard, and a drive behind a real portal."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import fastcrc
import pytest

from cdemu_core.transport.iscsi.port import IscsiPort, IscsiRoad
from cdemu_core.transport.iscsi.portal import IscsiSettings
from cdemu_core.transport.thread import PortThread

NAME = "iqn.2020-01.test:initiator"
ISID = bytes.fromhex("40 00 00 01 00 00")
ALONE = 0xFFFFFFFF


@attrs.frozen
class Pdu:
    """A received PDU: opcode, the 48 header bytes, data."""

    opcode: int
    header: bytes
    data: bytes

    def u8(self, at: int) -> int:
        return self.header[at]

    def u32(self, at: int) -> int:
        return int.from_bytes(self.header[at : at + 4], "big")

    @property
    def flags(self) -> int:
        return self.header[1]

    @property
    def itt(self) -> int:
        return self.u32(16)

    @property
    def keys(self) -> dict[str, str]:
        return dict(item.split("=", 1) for item in self.data.decode().split("\0") if item)


@attrs.frozen
class Result:
    """What a command came to. ``residual`` is signed: overflow positive, underflow negative."""

    status: int
    data: bytes
    sense: bytes
    residual: int
    pdus: list[Pdu]


class Initiator:
    """One connection. Methods that send take raw fields, so that they can be wrong on purpose."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=10)
        self.cmd_sn = 7
        self.itt = 100
        self.digests = False
        self.segment = 8192
        self.unsolicited = False

    # -- PDUs -----------------------------------------------------------------------------------

    def send(self, header: bytes, data: bytes = b"") -> None:
        """Send a 48-byte header, its data length filled in, and the padded data."""
        header = header[:5] + len(data).to_bytes(3, "big") + header[8:]
        padded = data + bytes(-len(data) & 3)
        parts = [header]
        if self.digests:
            parts.append(fastcrc.crc32.iscsi(header).to_bytes(4, "little"))
        parts.append(padded)
        if self.digests and data:
            parts.append(fastcrc.crc32.iscsi(padded).to_bytes(4, "little"))
        self.socket.sendall(b"".join(parts))

    def _take(self, count: int) -> bytes:
        got = b""
        while len(got) < count:
            piece = self.socket.recv(count - len(got))
            if not piece:
                raise EOFError
            got += piece
        return got

    def receive(self) -> Pdu:
        header = self._take(48)
        assert header[4] == 0, "targets send no AHS"
        length = int.from_bytes(header[5:8], "big")
        if self.digests:
            assert self._take(4) == fastcrc.crc32.iscsi(header).to_bytes(4, "little")
        padded = self._take(length + (-length & 3))
        assert not any(padded[length:])
        if self.digests and length:
            assert self._take(4) == fastcrc.crc32.iscsi(padded).to_bytes(4, "little")
        return Pdu(header[0], header, padded[:length])

    def closed(self) -> bool:
        """Whether the target closes without a further word."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def header(self, opcode: int, flags: int = 0x80, *, itt: int | None = None, word20: int = 0,
               cmd_sn: int | None = None, lun: int = 0, tail: bytes = b"") -> bytes:  # fmt: skip
        """A request's header. A numbered one takes the next CmdSN."""
        if cmd_sn is None:
            cmd_sn = self.cmd_sn
            if not opcode & 0x40 and opcode != 5:
                self.cmd_sn += 1
        if itt is None:
            self.itt += 1
            itt = self.itt
        return struct.pack(">BBHIQIIII16s", opcode, flags, 0, 0, lun, itt, word20, cmd_sn, 0, tail)

    # -- login ----------------------------------------------------------------------------------

    def login_pdu(self, keys: dict[str, str], flags: int, *, version_min: int = 0, tsih: int = 0) -> Pdu:
        """One login request and its response."""
        self.login_send(keys, flags, version_min=version_min, tsih=tsih)
        return self.receive()

    def login_send(self, keys: dict[str, str], flags: int, *, version_min: int = 0, tsih: int = 0) -> None:
        header = struct.pack(">BBBBI6sHIHHII16x", 0x43, flags, 0, version_min, 0, ISID, tsih, 1, 0, 0,
                             self.cmd_sn, 0)  # fmt: skip
        self.send(header, b"".join(f"{key}={value}\0".encode() for key, value in keys.items()))

    def login(self, target: str | None, **keys: str) -> Pdu:
        """From nothing to full feature in one step; ``target`` None: discovery."""
        names = {"InitiatorName": keys.pop("name", NAME)}
        names |= {"SessionType": "Discovery"} if target is None else {"TargetName": target}
        response = self.login_pdu(names | {"MaxRecvDataSegmentLength": str(self.segment)} | keys, 0x87)
        assert response.header[36:38] == b"\0\0"
        assert response.flags == 0x87
        self.digests = keys.get("HeaderDigest") == "CRC32C"
        self.unsolicited = keys.get("InitialR2T") == "No"
        return response

    # -- commands -------------------------------------------------------------------------------

    def command(self, cdb: bytes, expected: int = 0, data: bytes | None = None, *, lun: int = 0,
                flags: int | None = None, immediate: int = 0) -> Result:  # fmt: skip
        """Run a command to its end; ``immediate``: how much of ``data`` goes along."""
        kind = 0x40 if data is None else 0x20
        if data is not None:
            expected = len(data)
        if flags is None:
            flags = 0x80 | (kind if expected else 0)
        header = self.header(1, flags, word20=expected, lun=lun, tail=cdb)
        self.send(header, (data or b"")[:immediate])
        return self.finish(int.from_bytes(header[16:20], "big"), data)

    def data_out(self, itt: int, ttt: int, data: bytes, offset: int, *, final: bool = True) -> None:
        tail = bytes(8) + offset.to_bytes(4, "big") + bytes(4)
        self.send(self.header(5, 0x80 if final else 0, itt=itt, word20=ttt, tail=tail), data)

    def finish(self, itt: int, data: bytes | None = None) -> Result:
        """Collect data-in, answer R2Ts, until the status."""
        got = bytearray()
        pdus: list[Pdu] = []
        while True:
            pdu = self.receive()
            assert pdu.itt == itt
            pdus.append(pdu)
            if pdu.opcode == 0x31:
                offset, length = pdu.u32(40), pdu.u32(44)
                assert data is not None
                self.data_out(itt, pdu.u32(20), data[offset : offset + length], offset)
                continue
            if pdu.opcode == 0x25:
                assert pdu.u32(40) == len(got)
                got += pdu.data
                if not pdu.flags & 1:
                    continue
                return Result(0, bytes(got), b"", signed(pdu), pdus)
            assert pdu.opcode == 0x21
            sense = pdu.data[2:] if pdu.data else b""
            assert not pdu.data or int.from_bytes(pdu.data[:2], "big") == len(sense)
            return Result(pdu.u8(3), bytes(got), sense, signed(pdu), pdus)


def signed(pdu: Pdu) -> int:
    assert pdu.flags & 6 != 6
    count = pdu.u32(44)
    if pdu.flags & 4:
        return count
    assert pdu.flags & 2 or not count
    return -count


@pytest.fixture
def settings() -> IscsiSettings:
    return IscsiSettings(port=0)


@pytest.fixture
def road(settings) -> Iterator[IscsiRoad]:
    road = IscsiRoad(settings)
    yield road
    road.close()


@pytest.fixture
def port(road) -> IscsiPort:
    return road.port(0)


@pytest.fixture
def drive(target, port) -> Iterator[PortThread]:
    thread = PortThread(target, port, "cdemu-drive-0", lambda event: None)
    thread.start()
    yield thread
    thread.stop()


@pytest.fixture
def where(drive) -> tuple[tuple[str, int], str]:
    """(host, port) of the portal and the name of drive 0's target."""
    address, name, _ = drive.mapping().url.removeprefix("iscsi://").split("/")
    host, number = address.rsplit(":", 1)
    return (host, int(number)), name


@pytest.fixture
def connect(where) -> Iterator[Callable[..., Initiator]]:
    """Connections to the portal, not logged in."""
    made: list[Initiator] = []

    def make() -> Initiator:
        made.append(Initiator(where[0]))
        return made[-1]

    yield make
    for initiator in made:
        initiator.socket.close()


@pytest.fixture
def login(connect, where) -> Callable[..., Any]:
    """Logged-in initiators; keyword arguments are login keys."""

    def make(segment: int = 8192, **keys: str) -> Initiator:
        initiator = connect()
        initiator.segment = segment
        initiator.login(where[1], **keys)
        return initiator

    return make
