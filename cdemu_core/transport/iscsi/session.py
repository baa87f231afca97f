"""A full-feature session without sockets: serial numbers, ping, text, task management, logout.

A session reads Requests and appends PDUs to ``out``; ``scsi`` carries the SCSI part.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from ...scsi.command import Target
from . import text
from .line import Line
from .login import PORTAL_GROUP, Admitted
from .pdu import FINAL, RESERVED_TAG, Opcode, ProtocolError, Reject, Request
from .scsi import Commands

NUMBERED = frozenset(
    {Opcode.NOP_OUT, Opcode.SCSI_COMMAND, Opcode.TASK_MANAGEMENT, Opcode.TEXT, Opcode.LOGOUT}
)

DROPPING_ALL = 3  # asynchronous event (RFC 7143, 11.9.1)
CLOSES_SESSION, CLOSES_CONNECTION = 0, 1  # logout reasons (11.14.1)
LOGOUT_DONE, LOGOUT_NO_RECOVERY = 0, 2  # logout responses (11.15.1)


class Tmf:
    """Task management functions and responses (RFC 7143, 11.5.1 and 11.6.1)."""

    ABORT_TASK, ABORT_TASK_SET, CLEAR_TASK_SET = 1, 2, 4
    LUN_RESET, TARGET_WARM_RESET, TARGET_COLD_RESET, TASK_REASSIGN = 5, 6, 7, 8
    COMPLETE, NO_TASK, NO_REASSIGN, NOT_SUPPORTED = 0, 1, 4, 5


Directory = Callable[[], "list[tuple[str, str]]"]
"""The targets as (name, address:port) pairs."""


class Session:
    """One initiator's session of one connection.

    ``ended``: close the connection once ``out`` has been sent. ``reset_all``: the owner is to drop the
    other sessions' tasks too (set by a reset, cleared by the owner).
    """

    def __init__(self, admitted: Admitted, directory: Directory) -> None:
        self.admitted = admitted
        self.ended = False
        self.reset_all = False
        self._line = Line(admitted)
        self.out = self._line.out
        self.nexus = self._line.nexus
        self.commands = Commands(self._line)
        self._directory = directory
        self._text_in = b""
        self._text_out = b""

    # -- receiving ------------------------------------------------------------------------------

    def handle(self, request: Request, target: Target | None, now: float) -> None:
        """Serve one PDU. Raises ProtocolError when the connection is beyond repair.

        Discovery sessions have no ``target``.
        """
        numbered = request.opcode in NUMBERED and not request.immediate
        if numbered and not self._line.accept(request.cmd_sn):
            return
        if request.opcode == Opcode.SCSI_COMMAND and target is not None:
            self.commands.begin(request, target, now)
        elif request.opcode == Opcode.DATA_OUT and target is not None:
            self.commands.data_out(request, target, now)
        elif request.opcode == Opcode.TASK_MANAGEMENT and target is not None:
            self._manage(request, target)
        else:
            handler = OTHERS.get(request.opcode)
            if handler is None:
                snack = request.opcode == Opcode.SNACK
                self._line.reject(request, Reject.SNACK if snack else Reject.COMMAND_NOT_SUPPORTED)
            else:
                handler(self, request)

    def _nop_out(self, request: Request) -> None:
        if request.itt == RESERVED_TAG:
            return  # the answer to our ping
        echo = bytes(request.data[: self.admitted.parameters.peer_segment])
        self._line.emit(Opcode.NOP_IN, FINAL, request.itt, echo, length=len(echo), word20=RESERVED_TAG)

    def ping(self) -> None:
        """Ask the initiator for a sign of life."""
        self._line.emit(Opcode.NOP_IN, FINAL, RESERVED_TAG, word20=1, status=False)

    def _text(self, request: Request) -> None:
        """Text Request: SendTargets, or a key of the full-feature phase; long answers come in parts."""
        if request.word20 == RESERVED_TAG:
            self._text_in = self._text_out = b""
        elif not self._text_out and not self._text_in:
            self._line.reject(request, Reject.PROTOCOL_ERROR)
            return
        self._text_in += request.data
        if len(self._text_in) > text.LARGEST_TEXT:
            raise ProtocolError("a text request without an end")
        if request.flags & 0x40:
            self._line.emit(Opcode.TEXT_RESPONSE, 0, request.itt, word20=1)
            return
        if self._text_in or not self._text_out:
            whole, self._text_in = self._text_in, b""
            self._text_out = self._answer(text.decode(whole))
        size = self.admitted.parameters.peer_segment
        part, self._text_out = self._text_out[:size], self._text_out[size:]
        more = bool(self._text_out)
        self._line.emit(
            Opcode.TEXT_RESPONSE, 0x40 if more else FINAL, request.itt, part, length=len(part),
            word20=1 if more else RESERVED_TAG,
        )  # fmt: skip

    def _answer(self, pairs: dict[str, str]) -> bytes:
        answers: list[tuple[str, str]] = []
        wanted = pairs.pop("SendTargets", None)
        if wanted is not None:
            answers += self._send_targets(wanted)
        segment = {key: pairs.pop(key) for key in list(pairs) if key == "MaxRecvDataSegmentLength"}
        answers += text.negotiate(segment, self.admitted.parameters)
        answers += [(key, text.NOT_UNDERSTOOD) for key in pairs if key not in text.OPERATIONAL]
        answers += [(key, text.REJECT) for key in pairs if key in text.OPERATIONAL]
        return text.encode(answers)

    def _send_targets(self, wanted: str) -> list[tuple[str, str]]:
        """All targets (in discovery only), the one named, or the session's own ("")."""
        own = self.admitted.target
        if own and wanted in ("", "All"):
            wanted = own
        answers = []
        for name, address in self._directory():
            if wanted in ("All", name):
                answers += [("TargetName", name), ("TargetAddress", f"{address},{PORTAL_GROUP}")]
        return answers

    def _manage(self, request: Request, target: Target) -> None:
        function = request.flags & 0x7F
        answer = Tmf.COMPLETE
        if function == Tmf.ABORT_TASK:
            answer = Tmf.COMPLETE if self.commands.abort(request.word20) else Tmf.NO_TASK
        elif function in (Tmf.ABORT_TASK_SET, Tmf.CLEAR_TASK_SET):
            self.commands.abort_all()
        elif function in (Tmf.LUN_RESET, Tmf.TARGET_WARM_RESET, Tmf.TARGET_COLD_RESET):
            self.commands.abort_all()
            target.reset()
            self.reset_all = True
        else:
            answer = Tmf.NO_REASSIGN if function == Tmf.TASK_REASSIGN else Tmf.NOT_SUPPORTED
        self._line.emit(Opcode.TASK_MANAGEMENT_RESPONSE, FINAL, request.itt, byte2=answer)

    def _logout(self, request: Request) -> None:
        reason = request.flags & 0x7F
        self.ended = reason in (CLOSES_SESSION, CLOSES_CONNECTION)
        answer = LOGOUT_DONE if self.ended else LOGOUT_NO_RECOVERY
        if self.ended:
            self.commands.abort_all()
        self._line.emit(Opcode.LOGOUT_RESPONSE, FINAL, request.itt, byte2=answer)

    def dismiss(self) -> None:
        """Tell the initiator that the connection is about to be closed by us (RFC 7143, 11.9)."""
        event = struct.unpack(">III", bytes([DROPPING_ALL, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0]))
        self._line.emit(Opcode.ASYNC_MESSAGE, FINAL, RESERVED_TAG, words=event)


OTHERS: dict[int, Callable[[Session, Request], None]] = {
    Opcode.NOP_OUT: Session._nop_out,
    Opcode.TEXT: Session._text,
    Opcode.LOGOUT: Session._logout,
}
