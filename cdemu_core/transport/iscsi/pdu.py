"""iSCSI PDUs: the 48-byte header, framing of received bytes, assembling of sent ones (RFC 7143, 11)."""

from __future__ import annotations

import struct
from enum import IntEnum

from ..gather import Gather

MASK = 0xFFFFFFFF  # serial numbers are 32 bits wide and wrap
RESERVED_TAG = 0xFFFFFFFF
HEADER_SIZE = 48
LARGEST_AHS = 255 * 4
LARGEST_SEGMENT = 256 * 1024  # what this side takes in one PDU
LARGEST_LOGIN_SEGMENT = 8192  # before anything is negotiated (RFC 7143, 13.12)
DIGEST_SIZE = 4


class Opcode(IntEnum):
    """RFC 7143, 11.2.1.2."""

    NOP_OUT = 0x00
    SCSI_COMMAND = 0x01
    TASK_MANAGEMENT = 0x02
    LOGIN = 0x03
    TEXT = 0x04
    DATA_OUT = 0x05
    LOGOUT = 0x06
    SNACK = 0x10
    NOP_IN = 0x20
    SCSI_RESPONSE = 0x21
    TASK_MANAGEMENT_RESPONSE = 0x22
    LOGIN_RESPONSE = 0x23
    TEXT_RESPONSE = 0x24
    DATA_IN = 0x25
    LOGOUT_RESPONSE = 0x26
    R2T = 0x31
    ASYNC_MESSAGE = 0x32
    REJECT = 0x3F


class Reject(IntEnum):
    """Reasons of a Reject PDU (RFC 7143, 11.17.1)."""

    DATA_DIGEST = 0x02
    SNACK = 0x03
    PROTOCOL_ERROR = 0x04
    COMMAND_NOT_SUPPORTED = 0x05
    TOO_MANY_IMMEDIATE = 0x06
    INVALID_FIELD = 0x09


IMMEDIATE = 0x40
OPCODE_MASK = 0x3F
FINAL = 0x80

# opcode, flags, two bytes of the opcode's own, AHS and data lengths, LUN, task tag, word 20,
# CmdSN, ExpStatSN, 16 bytes of the opcode's own
REQUEST = struct.Struct(">BBHIQIIII16s")
# opcode, flags, byte 2, byte 3, data length, LUN, task tag, word 20, StatSN, ExpCmdSN, MaxCmdSN,
# words 36, 40, 44
RESPONSE = struct.Struct(">BBBBIQIIIIIIII")


class ProtocolError(Exception):
    """The peer broke the protocol in a way that ends the connection."""


class Request:
    """A received PDU. ``data`` is valid until the next bytes are received."""

    __slots__ = ("cmd_sn", "data", "flags", "header", "immediate", "itt", "lun", "opcode", "tail", "word20")

    def __init__(self, header: bytes, data: memoryview) -> None:
        (first, self.flags, _, _, self.lun, self.itt, self.word20, self.cmd_sn, _, self.tail) = (
            REQUEST.unpack(header)
        )
        self.opcode = first & OPCODE_MASK
        self.immediate = bool(first & IMMEDIATE)
        self.header = header
        self.data = data


def crc32c(*parts: bytes | memoryview) -> bytes:
    """The digest of ``parts`` together, as it stands in the stream (RFC 7143, 13.1)."""
    from fastcrc import crc32

    value: int | None = None
    for part in parts:
        value = crc32.iscsi(part, value)
    return struct.pack("<I", value or 0)


class Inbox:
    """Received bytes, cut into PDUs in place; memory is bounded by one largest PDU."""

    def __init__(self) -> None:
        self._buffer = bytearray(HEADER_SIZE + LARGEST_AHS + LARGEST_SEGMENT + 2 * DIGEST_SIZE)
        self._view = memoryview(self._buffer)
        self._start = 0
        self._end = 0
        self.limit = LARGEST_LOGIN_SEGMENT
        self.header_digest = False
        self.data_digest = False

    def space(self) -> memoryview:
        """Where to put the next received bytes; never empty after ``next`` has returned None."""
        return self._view[self._end :]

    def received(self, count: int) -> None:
        """Tell how many bytes were put there."""
        self._end += count

    def next(self) -> Request | None:
        """Take the next whole PDU out; None when more bytes are needed. Raises ProtocolError."""
        start, have = self._start, self._end - self._start
        if have < HEADER_SIZE:
            self._make_room(HEADER_SIZE)
            return None
        lengths = int.from_bytes(self._buffer[start + 4 : start + 8], "big")
        segment = lengths & 0xFFFFFF
        if segment > self.limit:
            raise ProtocolError(f"a data segment of {segment} bytes, {self.limit} are allowed")
        header_size = HEADER_SIZE + (lengths >> 24) * 4
        data_at = header_size + (DIGEST_SIZE if self.header_digest else 0)
        total = data_at + ((segment + 3) & ~3)
        if segment and self.data_digest:
            total += DIGEST_SIZE
        if have < total:
            self._make_room(total)
            return None
        self._start = start + total
        whole = self._view[start : start + total]
        if self.header_digest and crc32c(whole[:header_size]) != whole[header_size:data_at]:
            raise ProtocolError("a wrong header digest")
        if segment and self.data_digest and crc32c(whole[data_at:-4]) != whole[-4:]:
            raise ProtocolError("a wrong data digest")
        return Request(bytes(whole[:HEADER_SIZE]), whole[data_at : data_at + segment])

    def _make_room(self, total: int) -> None:
        """Make room for ``total`` bytes from the start of the incomplete PDU."""
        have = self._end - self._start
        if not have:
            self._start = self._end = 0
        elif self._start + total > len(self._buffer):
            self._buffer[:have] = self._buffer[self._start : self._end]
            self._start, self._end = 0, have


class Outbox(Gather):
    """PDUs to be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.header_digest = False
        self.data_digest = False

    def add(self, header: bytes, *data: bytes | memoryview) -> None:
        """Append a PDU; its data segment is the parts of ``data`` together, padded here."""
        parts = self.parts
        parts.append(header)
        if self.header_digest:
            parts.append(crc32c(header))
        length = 0
        for part in data:
            length += len(part)
        if not length:
            return
        padding = bytes(-length & 3)
        parts.extend(data)
        if padding:
            parts.append(padding)
        if self.data_digest:
            parts.append(crc32c(*data, padding))
