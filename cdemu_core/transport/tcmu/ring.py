"""The memory shared with target_core_user (linux/target_core_user.h), without I/O. Native byte order.

A mailbox says where the command ring lies. The kernel appends entries and moves the head; entries are
answered in place and given back by moving the tail. Data lies elsewhere in the same memory, where each
entry's vectors say. Answers leave in the order of the ring, so that between two moves of the tail the ring
always holds exactly what is not answered yet.
"""

from __future__ import annotations

import mmap
import struct
from collections import deque

from ...errors import PortLost
from ...scsi.command import Command, Completion, Status, Target

MAILBOX = struct.Struct("=HHIII")  # version, flags, offset and size of the ring, head
VERSION = 2
FLAG_READ_LENGTH = 2  # TCMU_MAILBOX_FLAG_CAP_READ_LEN
HEAD, TAIL = struct.Struct("=I"), struct.Struct("=I")
HEAD_AT, TAIL_AT = 12, 64

ENTRY = struct.Struct("=IHBB")  # length and op, command id, the kernel's flags, ours
OP_MASK, ALIGNMENT = 7, 8
PAD, COMMAND, TASK_MANAGEMENT = 0, 1, 2
UNKNOWN_OP, READ_LENGTH = 1, 2  # our flags
OUR_FLAGS_AT = 7

REQUEST = struct.Struct("=IIIxxxxQ")  # vectors: all, bidirectional, of protection; offset of the CDB
VECTOR = struct.Struct("=QQ")  # offset in the memory, length
REQUEST_AT, VECTORS_AT = 8, 48
REPLY = struct.Struct("=BxxxI96s")  # SCSI status, bytes read, sense
LARGEST_SENSE = 96
SMALLEST_COMMAND = REQUEST_AT + REPLY.size

MANAGEMENT = struct.Struct("=BxxxI")  # function, number of command ids
COMMAND_IDS_AT = 32
RESETS = {5, 6, 7}  # LUN reset, target warm and cold reset

CDB_LENGTHS = (6, 10, 10, 16, 16, 12, 10, 10)  # by the opcode's group: what the target core copies
GOOD = int(Status.GOOD)
LARGEST_TRANSFER = 16 << 20


class _Slot:
    """An entry that was read: its reply (None for what needs none) leaves when ``due``."""

    __slots__ = ("due", "flags", "identity", "length", "reply")

    def __init__(self, length: int, identity: int = -1) -> None:
        self.length = length
        self.identity = identity
        self.flags = 0
        self.reply: tuple[int, int, bytes] | None = None
        self.due = 0.0


class Ring:
    """The drive's side of the shared memory, which must stay mapped until ``release``.

    Raises PortLost, here and wherever entries are read, when the memory does not hold what it should.
    """

    def __init__(self, memory: mmap.mmap | bytearray) -> None:
        self._memory = memoryview(memory)
        self._slots: deque[_Slot] = deque()
        if len(self._memory) < TAIL_AT + TAIL.size:
            raise _broken("it is shorter than its mailbox")
        version, flags, self._start, self._size, _ = MAILBOX.unpack_from(self._memory)
        if version != VERSION:
            raise PortLost(f"target_core_user speaks version {version} of its protocol, not {VERSION}.")
        if (
            not self._size
            or self._start < TAIL_AT + TAIL.size
            or self._start + self._size > len(self._memory)
        ):
            raise _broken("the command ring lies outside")
        self._tells_length = bool(flags & FLAG_READ_LENGTH)
        self._tail = self._next = self._index(TAIL_AT)

    def release(self) -> None:
        """Let go of the memory, so that it can be unmapped."""
        self._slots.clear()
        self._memory.release()

    def pending(self) -> bool:
        """Whether there are entries not read yet."""
        return self._next != self._index(HEAD_AT)

    def due(self) -> float | None:
        """When the next answer leaves; None when none waits."""
        return self._slots[0].due if self._slots else None

    def serve(self, target: Target, now: float) -> None:
        """Read one entry and carry it out; its answer waits for ``flush``. Call only while ``pending``."""
        at = self._start + self._next
        if self._size - self._next < ENTRY.size:
            raise _broken("an entry crosses its end")
        length_op, identity, _, _ = ENTRY.unpack_from(self._memory, at)
        operation, length = length_op & OP_MASK, length_op & ~OP_MASK
        if length < ALIGNMENT or self._next + length > self._size:
            raise _broken(f"an entry has {length} bytes")
        slot = _Slot(length, identity)
        if operation == COMMAND:
            self._command(slot, at, target, now)
        elif operation == TASK_MANAGEMENT:
            self._manage(at, length, target)
        elif operation != PAD:
            self._memory[at + OUR_FLAGS_AT] = UNKNOWN_OP
        self._slots.append(slot)
        self._next = (self._next + length) % self._size

    def flush(self, now: float) -> bool:
        """Give back the entries whose time has come; whether there were any: then tell the kernel."""
        moved = False
        while self._slots and self._slots[0].due <= now:
            slot = self._slots.popleft()
            at = self._start + self._tail
            if slot.reply is not None:
                self._memory[at + OUR_FLAGS_AT] = slot.flags
                REPLY.pack_into(self._memory, at + REQUEST_AT, *slot.reply)
            self._tail = (self._tail + slot.length) % self._size
            moved = True
        if moved:
            TAIL.pack_into(self._memory, TAIL_AT, self._tail)
        return moved

    def _index(self, at: int) -> int:
        (value,) = HEAD.unpack_from(self._memory, at)
        if value >= self._size or value % ALIGNMENT:
            raise _broken(f"an index is {value}")
        return int(value)

    def _command(self, slot: _Slot, at: int, target: Target, now: float) -> None:
        if slot.length < SMALLEST_COMMAND:
            raise _broken("a command has no room for its reply")
        count, _, _, cdb_at = REQUEST.unpack_from(self._memory, at + REQUEST_AT)
        vectors = self._vectors(at, slot.length, count)
        cdb = self._cdb(cdb_at)
        total = sum(len(vector) for vector in vectors)
        if target.data_out_length(cdb):  # the ring does not say which way the data goes
            done = target.execute(Command(cdb, memoryview(bytearray()), _gathered(vectors)), now)
            read = 0
        else:
            done = _execute_in(target, cdb, vectors, total, now)
            read = min(done.length, total)
            if self._tells_length and done.status == GOOD and read < total:
                slot.flags = READ_LENGTH
        slot.reply = (int(done.status), read, _sense(done))
        slot.due = done.ready_at

    def _cdb(self, at: int) -> bytes:
        if at >= len(self._memory):
            raise _broken("a command descriptor block lies outside")
        length = CDB_LENGTHS[self._memory[at] >> 5]
        cdb = bytes(self._memory[at : at + length])
        if len(cdb) < length:
            raise _broken("a command descriptor block is cut off")
        return cdb

    def _vectors(self, at: int, length: int, count: int) -> list[memoryview]:
        """Where the data is; pieces that touch are one."""
        if VECTORS_AT + count * VECTOR.size > length:
            raise _broken(f"a command has {count} data vectors")
        pieces: list[tuple[int, int]] = []
        for index in range(count):
            begin, size = VECTOR.unpack_from(self._memory, at + VECTORS_AT + index * VECTOR.size)
            if begin < self._start + self._size or begin + size > len(self._memory):
                raise _broken("a data vector points outside")
            if pieces and pieces[-1][1] == begin:
                pieces[-1] = (pieces[-1][0], begin + size)
            else:
                pieces.append((begin, begin + size))
        if sum(end - begin for begin, end in pieces) > LARGEST_TRANSFER:
            raise _broken("a transfer is impossibly large")
        return [self._memory[begin:end] for begin, end in pieces]

    def _manage(self, at: int, length: int, target: Target) -> None:
        """A reset or abort: the initiator does not wait any more, so the answers need not either."""
        if length < COMMAND_IDS_AT:
            raise _broken("a task management entry is too short")
        function, count = MANAGEMENT.unpack_from(self._memory, at + REQUEST_AT)
        if COMMAND_IDS_AT + 2 * count > length:
            raise _broken(f"a task management entry names {count} commands")
        gone = set(struct.unpack_from(f"={count}H", self._memory, at + COMMAND_IDS_AT))
        for slot in self._slots:
            if slot.identity in gone:
                slot.due = 0.0
        if function in RESETS:
            target.reset()


def _execute_in(target: Target, cdb: bytes, vectors: list[memoryview], total: int, now: float) -> Completion:
    """Carry out a command that may send data; in one piece the drive writes it where it belongs."""
    if len(vectors) == 1:
        return target.execute(Command(cdb, vectors[0]), now)
    room = memoryview(bytearray(total))
    done = target.execute(Command(cdb, room), now)
    left = room[: done.length]
    for vector in vectors:
        piece, left = left[: len(vector)], left[len(vector) :]
        vector[: len(piece)] = piece
    return done


def _gathered(vectors: list[memoryview]) -> bytes | memoryview:
    return vectors[0] if len(vectors) == 1 else b"".join(vectors)


def _sense(done: Completion) -> bytes:
    return b"" if done.status == GOOD else done.sense[:LARGEST_SENSE]


def _broken(what: str) -> PortLost:
    return PortLost(f"The memory shared with target_core_user is damaged: {what}.")
