"""SCSI commands of a session: data-out gathered, the drive asked, data-in and status sent.

Data for the drive comes with the command (immediate), on the initiator's own account (unsolicited) or
after an R2T. One command at a time is solicited, so what is buffered stays bounded.
"""

from __future__ import annotations

from ...scsi.command import Command, Completion, Status, Target
from ..delay import DelayQueue
from .line import WINDOW, Line
from .pdu import FINAL, RESERVED_TAG, Opcode, ProtocolError, Reject, Request

READ, WRITE = 0x40, 0x20  # flags of a command
OVERFLOW, UNDERFLOW, STATUS = 0x04, 0x02, 0x01  # flags of Data-In and SCSI Response
LARGEST_TRANSFER = 16 << 20
SMALLEST_ROOM = 256 << 10
CDB_LENGTH = (6, 10, 10, 16, 16, 12, 16, 16)  # by opcode group (SPC-4, 4.2.5.1)

INVALID_FIELD = bytes.fromhex("700005000000000a0000000024000000 0000")
NO_SUCH_UNIT = bytes.fromhex("700005000000000a0000000025000000 0000")
INQUIRY, REQUEST_SENSE, REPORT_LUNS = 0x12, 0x03, 0xA0


class Task:
    """A command on its way.

    ``received``: its data so far; ``ttt``: the tag its next data must carry, ``limit``: how far that may
    reach. ``wanted``: bytes the drive wanted to transfer.
    """

    __slots__ = ("cdb", "dead", "edtl", "flags", "itt", "limit", "lun", "r2t_sn", "received", "ttt", "wanted")

    def __init__(self, request: Request) -> None:
        self.itt = request.itt
        self.flags = request.flags
        self.lun = request.lun
        self.edtl = request.word20
        self.cdb = request.tail[: CDB_LENGTH[request.tail[0] >> 5]]
        self.received = bytearray()
        self.ttt: int | None = None
        self.r2t_sn = 0
        self.limit = 0
        self.wanted = 0
        self.dead = False


class Commands:
    """The SCSI part of one session."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._parameters = line.parameters
        self._gathering: dict[int, Task] = {}  # in order of arrival; the first one is solicited
        self._waiting: dict[int, Task] = {}  # carried out, answered later
        self._delayed: DelayQueue[tuple[Task, Completion, memoryview]] = DelayQueue()
        self._room = memoryview(bytearray(SMALLEST_ROOM))
        self._next_ttt = 0

    # -- data to the drive ----------------------------------------------------------------------

    def begin(self, request: Request, target: Target, now: float) -> None:
        """A SCSI Command PDU. The previous command's data must have left ``out`` already."""
        task = Task(request)
        if task.itt in self._gathering or task.itt in self._waiting:
            raise ProtocolError("a task tag that is in use")
        if self._line.outstanding >= WINDOW:  # only an immediate command gets here then
            self._line.reject(request, Reject.TOO_MANY_IMMEDIATE)
            return
        if not task.flags & WRITE:
            if request.data:
                raise ProtocolError("data with a command that sends none")
            self._run(task, request.data, target, now)
        elif task.edtl > LARGEST_TRANSFER:
            self._refuse(task, INVALID_FIELD)
        else:
            self._gather(task, request, target, now)

    def _gather(self, task: Task, request: Request, target: Target, now: float) -> None:
        """Take the immediate data; wait for the rest, if there is any."""
        parameters = self._parameters
        first_burst = min(parameters.first_burst, task.edtl)
        unsolicited = not task.flags & FINAL
        if len(request.data) > (first_burst if parameters.immediate_data else 0):
            raise ProtocolError("more immediate data than agreed")
        if unsolicited and parameters.initial_r2t:
            raise ProtocolError("unsolicited data, which was not agreed")
        if len(request.data) == task.edtl:
            self._run(task, request.data, target, now)
            return
        task.received += request.data
        if unsolicited:
            task.ttt, task.limit = RESERVED_TAG, first_burst
        self._gathering[task.itt] = task
        self._count()
        self._solicit()

    def data_out(self, request: Request, target: Target, now: float) -> None:
        """A Data-Out PDU. Data of a task that has been aborted is dropped."""
        task = self._gathering.get(request.itt)
        if task is None:
            return
        offset = int.from_bytes(request.tail[8:12], "big")
        have = len(task.received)
        if request.word20 != task.ttt or offset != have or have + len(request.data) > task.limit:
            raise ProtocolError("data that was not asked for")
        task.received += request.data
        if len(task.received) == task.edtl:
            del self._gathering[task.itt]
            self._count()
            self._run(task, memoryview(task.received), target, now)
        elif request.flags & FINAL:
            task.ttt = None
        self._solicit()

    def _solicit(self) -> None:
        """Ask for the next burst of the oldest command that lacks data."""
        task = next(iter(self._gathering.values()), None)
        if task is None or task.ttt is not None:
            return
        have = len(task.received)
        length = min(task.edtl - have, self._parameters.max_burst)
        task.limit = have + length
        self._next_ttt = self._next_ttt % 0xFFFF + 1
        task.ttt = self._next_ttt
        self._line.emit(
            Opcode.R2T, FINAL, task.itt, lun=task.lun, word20=task.ttt,
            words=(task.r2t_sn, have, length), status=False,
        )  # fmt: skip
        task.r2t_sn += 1

    # -- the drive ------------------------------------------------------------------------------

    def _run(self, task: Task, sent: memoryview, target: Target, now: float) -> None:
        room = self._space(task.edtl)
        if task.lun and task.cdb[0] != REPORT_LUNS:
            done = _other_unit(task.cdb, room)
        else:
            done = target.execute(Command(task.cdb, room, sent, self._line.nexus), now)
        task.wanted = done.length
        if not task.flags & READ:
            task.wanted = target.data_out_length(task.cdb) or done.length
        if done.ready_at > now:
            self._room = memoryview(b"")  # this one is in use until the answer has been sent
            self._waiting[task.itt] = task
            self._delayed.add(done.ready_at, (task, done, room))
            self._count()
        else:
            self._finish(task, done, room)

    def _space(self, expected: int) -> memoryview:
        """Room for the reply: larger than expected, so that an overflow is noticed and counted."""
        need = min(max(2 * expected, SMALLEST_ROOM), LARGEST_TRANSFER + SMALLEST_ROOM)
        if len(self._room) < need:
            self._room = memoryview(bytearray(need))
        return self._room

    def _refuse(self, task: Task, sense: bytes) -> None:
        self._finish(task, Completion(Status.CHECK_CONDITION, 0, sense), memoryview(b""))

    # -- the answer -----------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Answer the commands whose time has come."""
        for task, done, room in self._delayed.due(now):
            if not task.dead:
                del self._waiting[task.itt]
                self._count()
                self._finish(task, done, room)

    def next_due(self) -> float | None:
        """When ``tick`` is needed."""
        return self._delayed.next_due()

    def _finish(self, task: Task, done: Completion, place: memoryview) -> None:
        """Data-In with the status in its last PDU, or a SCSI Response of its own."""
        flags = residual = 0
        if task.wanted != task.edtl:  # RFC 7143, 11.4.5
            flags = UNDERFLOW if task.wanted < task.edtl else OVERFLOW
            residual = abs(task.edtl - task.wanted)
        length = min(done.length, task.edtl) if task.flags & READ and not task.flags & WRITE else 0
        good = done.status == Status.GOOD
        pdus = self._data_in(task.itt, place[:length], flags, residual, good) if length else 0
        if pdus and good:
            return
        sense = b"" if good or not done.sense else len(done.sense).to_bytes(2, "big") + done.sense
        self._line.emit(
            Opcode.SCSI_RESPONSE, FINAL | flags, task.itt, sense, length=len(sense), byte3=done.status,
            words=(pdus, 0, residual),
        )  # fmt: skip

    def _data_in(self, itt: int, data: memoryview, flags: int, residual: int, good: bool) -> int:
        """Cut ``data`` as the initiator wants it; the number of PDUs."""
        segment, burst = self._parameters.peer_segment, self._parameters.max_burst
        end, offset, burst_end, count = len(data), 0, burst, 0
        while offset < end:
            stop = min(offset + segment, burst_end, end)
            last = stop == end
            collapsed = last and good
            final = FINAL if last or stop == burst_end else 0
            if stop == burst_end:
                burst_end += burst
            self._line.emit(
                Opcode.DATA_IN, final | (STATUS | flags if collapsed else 0), itt, data[offset:stop],
                length=stop - offset, word20=RESERVED_TAG,
                words=(count, offset, residual if collapsed else 0), status=collapsed,
            )  # fmt: skip
            offset = stop
            count += 1
        return count

    # -- task management ------------------------------------------------------------------------

    def abort(self, itt: int) -> bool:
        """Forget a command; False when there is none of this tag."""
        task = self._gathering.pop(itt, None) or self._waiting.pop(itt, None)
        if task is None:
            return False
        task.dead = True
        self._count()
        self._solicit()
        return True

    def abort_all(self) -> None:
        """Forget every command."""
        for task in self._waiting.values():
            task.dead = True
        self._gathering.clear()
        self._waiting.clear()
        self._delayed.clear()
        self._count()

    def _count(self) -> None:
        self._line.outstanding = len(self._gathering) + len(self._waiting)


def _other_unit(cdb: bytes, room: memoryview) -> Completion:
    """What a logical unit answers that is not there (SPC-4, 5.11 and 6.4)."""
    if cdb[0] == INQUIRY and not cdb[1] & 1:
        data, allocated = b"\x7f\0\5\2\x1f".ljust(36, b"\0"), int.from_bytes(cdb[3:5], "big")
    elif cdb[0] == REQUEST_SENSE:
        data, allocated = NO_SUCH_UNIT, cdb[4]
    else:
        return Completion(Status.CHECK_CONDITION, 0, NO_SUCH_UNIT)
    length = min(len(data), allocated)
    room[:length] = data[:length]
    return Completion(length=length)
