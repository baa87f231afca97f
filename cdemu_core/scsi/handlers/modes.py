"""MODE SENSE and MODE SELECT, 6 and 10 (SPC-4 6.9 to 6.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..cdb import U16_AT_7, reply, u16
from ..command import Command
from ..sense import (
    MODE_PARAMETERS_CHANGED,
    PARAMETER_LIST_LENGTH_ERROR,
    Refused,
    invalid_field,
    invalid_parameter,
)

if TYPE_CHECKING:
    from ..drive import Drive

HEADER_6: Final = 4
HEADER_10: Final = 8
SAVE_PAGES: Final = 0x01


def mode_sense_6(drive: Drive, command: Command, now: float) -> int:
    """MODE SENSE (6)."""
    pages = _pages(drive, command)
    header = bytes([min(len(pages) + HEADER_6 - 1, 0xFF), 0, 0, 0])
    return reply(command, header + pages, command.cdb[4])


def mode_sense_10(drive: Drive, command: Command, now: float) -> int:
    """MODE SENSE (10)."""
    pages = _pages(drive, command)
    header = (len(pages) + HEADER_10 - 2).to_bytes(2, "big") + bytes(6)
    return reply(command, header + pages, U16_AT_7.unpack_from(command.cdb)[0])


def _pages(drive: Drive, command: Command) -> bytes:
    """The pages asked for; block descriptors there are none, with DBD or without (MMC-6, 6.12)."""
    cdb = command.cdb
    return drive.modes.sense(cdb[2] >> 6, cdb[2] & 0x3F, cdb[3])


def mode_select_6(drive: Drive, command: Command, now: float) -> int:
    """MODE SELECT (6)."""
    return _select(drive, command, command.cdb[4], HEADER_6)


def mode_select_10(drive: Drive, command: Command, now: float) -> int:
    """MODE SELECT (10)."""
    return _select(drive, command, u16(command.cdb, 7), HEADER_10)


def _select(drive: Drive, command: Command, length: int, header: int) -> int:
    """Take a list of any number of pages; the other initiators learn of a change."""
    if command.cdb[1] & SAVE_PAGES:
        raise invalid_field(1, 0)
    if length == 0:
        return 0
    parameters = bytes(command.data_out[:length])
    if len(parameters) < header:
        raise Refused(PARAMETER_LIST_LENGTH_ERROR)
    if any(parameters[header - (1 if header == HEADER_6 else 2) : header]):
        raise invalid_parameter(header - 1)
    ports = drive.modes.audio_ports
    if drive.modes.select(parameters, header):
        if drive.modes.audio_ports != ports:
            drive.audio.set_ports(drive.modes.audio_ports)
        for state in drive.nexuses.others(command.nexus):
            state.attend(MODE_PARAMETERS_CHANGED)
    return 0
