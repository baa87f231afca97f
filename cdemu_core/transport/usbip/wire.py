"""The USB/IP protocol between vhci_hcd and a device (kernel documentation, usbip_protocol): big-endian."""

from __future__ import annotations

import struct

from ..gather import Gather

HEADER_SIZE = 48
SUBMIT, UNLINK, RET_SUBMIT, RET_UNLINK = 1, 2, 3, 4
OUT, IN = 0, 1
SHORT_NOT_OK = 0x0001  # transfer flag: the host gives this transfer up after a short packet
LARGEST_TRANSFER = 16 << 20
STALL = -32  # -EPIPE
UNLINKED = -104  # -ECONNRESET

# command, sequence number, device, direction, endpoint, then of SUBMIT: flags, buffer length,
# start frame, number of packets, interval, setup packet
REQUEST = struct.Struct(">IIIIIIiiii8s")
# command, sequence number, 12 zero bytes, status, actual length, 20 zero bytes
REPLY = struct.Struct(">II12xii20x")
NO_PACKETS = (0, -1)  # both mean "not isochronous"


class WireError(Exception):
    """The peer does not speak USB/IP."""


class Urb:
    """A SUBMIT or UNLINK. ``data`` (of an OUT transfer) is valid until the next bytes are received."""

    __slots__ = ("command", "data", "direction", "endpoint", "flags", "length", "seqnum", "setup")

    def __init__(self, header: memoryview) -> None:
        (self.command, self.seqnum, _, self.direction, self.endpoint, self.flags, self.length, _, packets,
         _, self.setup) = REQUEST.unpack(header)  # fmt: skip
        self.data = memoryview(b"")
        if self.command == SUBMIT:
            if not 0 <= self.length <= LARGEST_TRANSFER or packets not in NO_PACKETS:
                raise WireError("an impossible transfer")
        elif self.command != UNLINK:
            raise WireError("an unknown command")

    @property
    def victim(self) -> int:
        """The sequence number of the URB that an UNLINK takes back."""
        return int(self.flags)


class Inbox:
    """Received bytes, cut into URBs in place."""

    def __init__(self) -> None:
        self._buffer = bytearray(HEADER_SIZE + (256 << 10))
        self._start = 0
        self._end = 0

    def space(self) -> memoryview:
        """Where to put the next received bytes; never empty after ``next`` has returned None."""
        return memoryview(self._buffer)[self._end :]

    def received(self, count: int) -> None:
        """Tell how many bytes were put there."""
        self._end += count

    def next(self) -> Urb | None:
        """Take the next whole URB out; None when more bytes are needed. Raises WireError."""
        start, have = self._start, self._end - self._start
        if have < HEADER_SIZE:
            self._make_room(HEADER_SIZE)
            return None
        view = memoryview(self._buffer)[start : self._end]
        urb = Urb(view[:HEADER_SIZE])
        total = HEADER_SIZE
        if urb.command == SUBMIT and urb.direction == OUT:
            total += urb.length
            if have < total:
                self._make_room(total)
                return None
            urb.data = view[HEADER_SIZE:total]
        self._start = start + total
        return urb

    def _make_room(self, total: int) -> None:
        have = self._end - self._start
        if self._start and (not have or self._start + total > len(self._buffer)):
            self._buffer[:have] = self._buffer[self._start : self._end]
            self._start, self._end = 0, have
        if total > len(self._buffer):
            self._buffer = self._buffer[:have] + bytes(total - have)


class Outbox(Gather):
    """Replies to be sent."""

    def complete(self, seqnum: int, actual: int = 0, data: bytes | memoryview = b"", status: int = 0) -> None:
        """RET_SUBMIT: ``actual`` bytes went out, or ``data`` comes in."""
        self.parts.append(REPLY.pack(RET_SUBMIT, seqnum, status, len(data) or actual))
        if data:
            self.parts.append(data)

    def unlinked(self, seqnum: int, status: int) -> None:
        """RET_UNLINK: UNLINKED if the URB was still pending, else 0."""
        self.parts.append(REPLY.pack(RET_UNLINK, seqnum, status, 0))
