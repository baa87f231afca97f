"""REPORT KEY and SEND KEY (MMC-6, REPORT KEY, SEND KEY): the region, no authentication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..cdb import U16_AT_8, reply, u16
from ..command import Command
from ..profiles import Profile
from ..sense import CANNOT_READ_MEDIUM_INCOMPATIBLE_FORMAT, Refused, invalid_field
from .maintenance import report_supported_operation_codes, require_length

if TYPE_CHECKING:
    from ..drive import Drive

KEY_FORMAT: Final = 0x3F
RPC_STATE: Final = 0x08
SEND_RPC: Final = 0x06
SEND_RPC_LENGTH: Final = 8
SERVICE_ACTION: Final = 0x1F
REPORT_OPCODES: Final = 0x0C


def report_key(drive: Drive, command: Command, now: float) -> int:
    """REPORT KEY: the region state, with or without a disc; authentication is refused."""
    if command.cdb[10] & KEY_FORMAT == RPC_STATE:
        return reply(command, drive.region.report(), U16_AT_8.unpack_from(command.cdb)[0])
    raise _no_authentication(drive)


def send_key(drive: Drive, command: Command, now: float) -> int:
    """SEND KEY: choosing the region; also REPORT SUPPORTED OPERATION CODES, which has the same code."""
    service_action = command.cdb[1] & SERVICE_ACTION
    if service_action == REPORT_OPCODES:
        return report_supported_operation_codes(drive, command, now)
    if service_action:
        raise invalid_field(1, 4)
    if command.cdb[10] & KEY_FORMAT != SEND_RPC:
        raise _no_authentication(drive)
    if u16(command.cdb, 8) != SEND_RPC_LENGTH:
        raise invalid_field(8)
    drive.region.choose(require_length(command, SEND_RPC_LENGTH)[4])
    return 0


def _no_authentication(drive: Drive) -> Refused:
    if drive.profile is Profile.DVD_ROM:
        return invalid_field(10, 5)
    return Refused(CANNOT_READ_MEDIUM_INCOMPATIBLE_FORMAT)
