"""Diagnostics, buffers, logs, reservations, and what the drive can do (SPC-4 section 6; SPC-2)."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, Final

from ..cdb import U16_AT_7, U32_AT_6, reply, u16, u24
from ..command import Command
from ..sense import PARAMETER_LIST_LENGTH_ERROR, Refused, invalid_field
from ..spec import CommandSpec

if TYPE_CHECKING:
    from ..drive import Drive

BUFFER_SIZE: Final = 65536
"""Bytes READ BUFFER and WRITE BUFFER reach; hosts measure the road's speed with it."""
MODE_COMBINED, MODE_DATA, MODE_DESCRIPTOR = 0x00, 0x02, 0x03
BUFFER_HEADER: Final = 4
SELF_TEST_CODE: Final = 0xE0
PARAMETER_SAVE: Final = 0x01
NO_LUNS: Final = 0x01
ALL_COMMANDS, ONE_COMMAND, ONE_SERVICE_ACTION = 0, 1, 2
SUPPORTED, NOT_SUPPORTED = 0x03, 0x01
RCTD: Final = 0x80
CTDP, SERVACTV, CTDP_ONE = 0x02, 0x01, 0x80
TIMEOUTS: Final = pack(">HxBII", 10, 0, 0, 60)
"""Command timeouts descriptor (SPC-4 6.27.4): nominal not given, recommended as in mode page 1D."""
SERVICE_ACTIONS: Final = {0x9E: (0x10,), 0xA3: (0x00, 0x0C)}
"""Operation codes whose commands differ by service action: READ CAPACITY (16); SEND KEY and this report."""


def send_diagnostic(drive: Drive, command: Command, now: float) -> int:
    """SEND DIAGNOSTIC: the default self-test passes; there are no other tests and no pages."""
    if command.cdb[1] & SELF_TEST_CODE:
        raise invalid_field(1, 7)
    if u16(command.cdb, 3):
        raise invalid_field(3)
    return 0


def log_sense(drive: Drive, command: Command, now: float) -> int:
    """LOG SENSE: page 00, the list of log pages, is the only one."""
    if command.cdb[1] & PARAMETER_SAVE:
        raise invalid_field(1, 0)
    if command.cdb[2] & 0x3F:
        raise invalid_field(2, 5)
    if command.cdb[3]:
        raise invalid_field(3)
    return reply(command, pack(">BBHB", 0, 0, 1, 0), U16_AT_7.unpack_from(command.cdb)[0])


def read_buffer(drive: Drive, command: Command, now: float) -> int:
    """READ BUFFER: what WRITE BUFFER left, its descriptor, or both."""
    mode, offset = _buffer_access(command, (MODE_COMBINED, MODE_DATA, MODE_DESCRIPTOR))
    if mode == MODE_DESCRIPTOR:
        data = BUFFER_SIZE.to_bytes(BUFFER_HEADER, "big")
    else:
        held = bytes(drive.echo_buffer).ljust(BUFFER_SIZE, b"\0")
        data = held[offset:]
        if mode == MODE_COMBINED:
            data = BUFFER_SIZE.to_bytes(BUFFER_HEADER, "big") + held
    return reply(command, data, u24(command.cdb, 6))


def write_buffer(drive: Drive, command: Command, now: float) -> int:
    """WRITE BUFFER into the one buffer, number 0; firmware there is none to load."""
    mode, offset = _buffer_access(command, (MODE_COMBINED, MODE_DATA))
    data = bytes(command.data_out[: u24(command.cdb, 6)])
    if mode == MODE_COMBINED:
        data = data[BUFFER_HEADER:]
    if offset + len(data) > BUFFER_SIZE:
        raise invalid_field(6)
    held = drive.echo_buffer.ljust(offset, b"\0")
    held[offset : offset + len(data)] = data
    drive.echo_buffer = held
    return 0


def _buffer_access(command: Command, modes: tuple[int, ...]) -> tuple[int, int]:
    mode, offset = command.cdb[1] & 0x1F, u24(command.cdb, 3)
    if mode not in modes:
        raise invalid_field(1, 4)
    if command.cdb[2]:
        raise invalid_field(2)
    if offset > BUFFER_SIZE or (mode != MODE_DATA and offset):
        raise invalid_field(3)
    return mode, offset


def reserve(drive: Drive, command: Command, now: float) -> int:
    """RESERVE (6) and (10) of the whole logical unit (SPC-2 7.21); third parties are not supported."""
    if command.cdb[1] & 0x1F:
        raise invalid_field(1, 4)
    drive.access.reserve(command.nexus)
    return 0


def release(drive: Drive, command: Command, now: float) -> int:
    """RELEASE (6) and (10) (SPC-2 7.16)."""
    if command.cdb[1] & 0x1F:
        raise invalid_field(1, 4)
    drive.access.release(command.nexus)
    return 0


def report_luns(drive: Drive, command: Command, now: float) -> int:
    """REPORT LUNS: logical unit 0 and no well-known ones."""
    selected = command.cdb[2]
    if selected > 2:
        raise invalid_field(2)
    luns = b"" if selected == NO_LUNS else bytes(8)
    return reply(command, pack(">II", len(luns), 0) + luns, U32_AT_6.unpack_from(command.cdb)[0])


def report_supported_operation_codes(drive: Drive, command: Command, now: float) -> int:
    """REPORT SUPPORTED OPERATION CODES (SPC-4 6.27): the command table itself."""
    cdb = command.cdb
    timeouts, options = bool(cdb[2] & RCTD), cdb[2] & 7
    if options == ALL_COMMANDS:
        known = [spec for spec in drive.commands if spec is not None]
        body = b"".join(_listed(spec, timeouts) for spec in known)
        data = pack(">I", len(body)) + body
    elif options in (ONE_COMMAND, ONE_SERVICE_ACTION):
        actions = SERVICE_ACTIONS.get(cdb[3])
        if (actions is None) != (options == ONE_COMMAND):
            raise invalid_field(2, 2)
        known_action = actions is None or u16(cdb, 4) in actions
        data = _one_command(drive.commands[cdb[3]] if known_action else None, timeouts)
    else:
        raise invalid_field(2, 2)
    return reply(command, data, U32_AT_6.unpack_from(cdb)[0])


def _listed(spec: CommandSpec, timeouts: bool) -> bytes:
    """The descriptors of one operation code: one for each service action."""
    actions = SERVICE_ACTIONS.get(spec.opcode)
    flags = (CTDP if timeouts else 0) | (SERVACTV if actions else 0)
    tail = TIMEOUTS if timeouts else b""
    return b"".join(
        pack(">BBHBBH", spec.opcode, 0, action, 0, flags, spec.length) + tail for action in actions or (0,)
    )


def _one_command(spec: CommandSpec | None, timeouts: bool) -> bytes:
    """Support of one operation code; every CDB bit but the control byte's counts as looked at."""
    if spec is None:
        return pack(">BBH", 0, NOT_SUPPORTED, 0)
    usage = bytes([spec.opcode]) + b"\xff" * (spec.length - 2) + b"\0"
    support = SUPPORTED | (CTDP_ONE if timeouts else 0)
    return pack(">BBH", 0, support, spec.length) + usage + (TIMEOUTS if timeouts else b"")


def require_length(command: Command, length: int) -> bytes:
    """The parameter list of ``length`` bytes. Raises Refused when the initiator sent less."""
    data = bytes(command.data_out[:length])
    if len(data) < length:
        raise Refused(PARAMETER_LIST_LENGTH_ERROR)
    return data
