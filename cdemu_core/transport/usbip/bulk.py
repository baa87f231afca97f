"""The Bulk-Only transport (USB Mass Storage Class, Bulk-Only Transport 1.0) without I/O.

The host sends a command wrapper (CBW), then data flows one way, then the device sends a status wrapper
(CSW). Whatever begins a new command, or resets, makes everything older void: port resets are not told.
Sense data does not travel with the status: the host asks for it, so the last one is kept here.
"""

from __future__ import annotations

import struct

from ...scsi.command import MAX_CDB, Command, Completion, Status, Target
from .wire import LARGEST_TRANSFER, SHORT_NOT_OK, UNLINKED, Outbox, Urb

CBW = struct.Struct("<4sIIBBB16s")  # signature, tag, length, flags, LUN, CDB length, CDB
CSW = struct.Struct("<4sIIB")  # signature, tag, residue, status
CBW_SIGNATURE, CSW_SIGNATURE = b"USBC", b"USBS"
FROM_DEVICE = 0x80
PASSED, FAILED = 0, 1
REQUEST_SENSE = 0x03
SMALLEST_ROOM = 256 << 10


class Pending:
    """The command in hand. ``length``: what the host expects to move, ``left``: what has not moved yet."""

    __slots__ = ("cdb", "data_in", "data_out", "due", "left", "length", "sent", "status", "tag", "to_host")

    def __init__(self, tag: int, length: int, flags: int, cdb: bytes) -> None:
        self.tag = tag
        self.length = self.left = length
        self.cdb = cdb
        self.to_host = bool(flags & FROM_DEVICE) and length > 0
        self.data_out = bytearray()
        self.data_in = memoryview(b"")
        self.sent = False  # the data-in phase is over
        self.status: int | None = None  # None: not carried out yet
        self.due = 0.0


class Bulk:
    """Both bulk pipes. IN transfers wait here until there is something for them."""

    def __init__(self, out: Outbox) -> None:
        self._out = out
        self._reads: list[Urb] = []
        self._command: Pending | None = None
        self._sense = b""
        self._room = memoryview(bytearray(SMALLEST_ROOM))

    def reset(self) -> None:
        """Forget the command in hand; the host has."""
        self._command = None

    def unlink(self, urb: Urb) -> None:
        """Answer an UNLINK."""
        for index, read in enumerate(self._reads):
            if read.seqnum == urb.victim:
                del self._reads[index]
                self._out.unlinked(urb.seqnum, UNLINKED)
                return
        self._out.unlinked(urb.seqnum, 0)

    def read(self, urb: Urb, now: float) -> None:
        """An IN transfer."""
        self._reads.append(urb)
        self._pump(now)

    def write(self, urb: Urb, target: Target, now: float) -> None:
        """An OUT transfer: a CBW, or data of the command in hand."""
        self._out.complete(urb.seqnum, urb.length)
        command = self._command
        if command is None or command.status is not None or command.to_host or not command.length:
            self._begin(urb, target, now)
            return
        command.data_out += urb.data[: LARGEST_TRANSFER - len(command.data_out)]
        command.left -= len(urb.data)
        if command.left <= 0:
            self._run(command, target, now)

    def _begin(self, urb: Urb, target: Target, now: float) -> None:
        """A CBW; anything else is ignored, the host resets then (Bulk-Only, 6.6.1)."""
        self._command = None
        if len(urb.data) != CBW.size - 1 and len(urb.data) != CBW.size:
            return
        signature, tag, length, flags, lun, size, cdb = CBW.unpack(bytes(urb.data).ljust(CBW.size, b"\0"))
        if signature != CBW_SIGNATURE or lun or not 1 <= size <= MAX_CDB:
            return
        command = self._command = Pending(tag, length, flags, cdb[:size])
        if command.to_host or not length:
            self._run(command, target, now)

    def _run(self, command: Pending, target: Target, now: float) -> None:
        expected = command.length if command.to_host else 0
        room = self._space(expected)
        if command.cdb[0] == REQUEST_SENSE and self._sense:
            done = self._kept_sense(command, room)
        else:
            done = target.execute(Command(command.cdb, room, memoryview(command.data_out)), now)
        self._sense = done.sense if done.status != Status.GOOD else b""
        if not command.to_host:
            command.left = max(command.length - target.data_out_length(command.cdb), 0)
        command.data_in = room[: min(done.length, expected)]
        command.status = PASSED if done.status == Status.GOOD else FAILED
        command.due = done.ready_at
        self._pump(now)

    def _space(self, expected: int) -> memoryview:
        need = min(expected, LARGEST_TRANSFER)
        if len(self._room) < need:
            self._room = memoryview(bytearray(need))
        return self._room[:need]

    def _kept_sense(self, command: Pending, room: memoryview) -> Completion:
        allocated = command.cdb[4] if len(command.cdb) > 4 else 0
        length = min(len(self._sense), allocated, len(room))
        room[:length] = self._sense[:length]
        return Completion(length=length)

    def tick(self, now: float) -> None:
        """Send what was not due before."""
        self._pump(now)

    def next_due(self) -> float | None:
        """When ``tick`` is needed."""
        command = self._command
        if command is None or command.status is None or not self._reads:
            return None
        return command.due or None

    def _pump(self, now: float) -> None:
        """Fill waiting IN transfers with what the command in hand has for them."""
        command = self._command
        while command is not None and command.status is not None and command.due <= now and self._reads:
            command.due = 0.0
            if command.to_host and not command.sent:
                self._send_data(command)
            elif not self._send_status(command):
                return
            command = self._command

    def _send_data(self, command: Pending) -> None:
        """One piece; the phase ends with the last byte expected or a short packet, which may be empty."""
        urb = self._reads.pop(0)
        piece, command.data_in = command.data_in[: urb.length], command.data_in[urb.length :]
        self._out.complete(urb.seqnum, data=piece)
        command.left -= len(piece)
        command.sent = len(piece) < urb.length or not command.left

    def _send_status(self, command: Pending) -> bool:
        """The CSW; not into a data transfer that the host gives up because the data was short."""
        urb = next(
            (urb for urb in self._reads if not (urb.flags & SHORT_NOT_OK and urb.length > CSW.size)), None
        )
        if urb is None or command.status is None:
            return False
        self._reads.remove(urb)
        csw = CSW.pack(CSW_SIGNATURE, command.tag, command.left, command.status)
        self._out.complete(urb.seqnum, data=csw[: urb.length])
        self._command = None
        return True
