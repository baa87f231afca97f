"""The sending side of a full-feature connection: serial numbers, the command window, headers."""

from __future__ import annotations

from .login import Admitted
from .pdu import FINAL, MASK, RESERVED_TAG, RESPONSE, Opcode, Outbox, Reject, Request

WINDOW = 32  # commands an initiator may have outstanding


class Line:
    """Appends PDUs to ``out``. ``outstanding``: commands begun and not answered."""

    def __init__(self, admitted: Admitted) -> None:
        self.parameters = admitted.parameters
        self.nexus = (admitted.initiator, admitted.isid)
        self.out = Outbox()
        self.out.header_digest = self.parameters.header_digest == "CRC32C"
        self.out.data_digest = self.parameters.data_digest == "CRC32C"
        self.outstanding = 0
        self._stat_sn = admitted.stat_sn
        self._exp_cmd_sn = admitted.exp_cmd_sn

    def accept(self, cmd_sn: int) -> bool:
        """Whether a numbered PDU is the next one and inside the window; if not, it gets no answer.

        One TCP connection keeps order, so a gap can never be filled (RFC 7143, 4.2.2.1).
        """
        if cmd_sn != self._exp_cmd_sn or self.outstanding >= WINDOW:
            return False
        self._exp_cmd_sn = cmd_sn + 1 & MASK
        return True

    def emit(
        self,
        opcode: int,
        flags: int,
        itt: int,
        *data: bytes | memoryview,
        length: int = 0,
        byte2: int = 0,
        byte3: int = 0,
        lun: int = 0,
        word20: int = 0,
        words: tuple[int, int, int] = (0, 0, 0),
        status: bool = True,
    ) -> None:
        """Send a PDU; ``data`` is ``length`` bytes together. ``status``: it uses up a StatSN."""
        expected = self._exp_cmd_sn
        highest = expected + max(WINDOW - self.outstanding, 0) - 1 & MASK
        header = RESPONSE.pack(
            opcode, flags, byte2, byte3, length, lun, itt, word20, self._stat_sn, expected, highest, *words
        )
        if status:
            self._stat_sn = self._stat_sn + 1 & MASK
        self.out.add(header, *data)

    def reject(self, request: Request, reason: Reject) -> None:
        """Answer with the header that cannot be served (RFC 7143, 11.17)."""
        header = request.header
        self.emit(Opcode.REJECT, FINAL, RESERVED_TAG, header, length=len(header), byte2=reason)
