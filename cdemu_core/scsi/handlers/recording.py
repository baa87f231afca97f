"""Recording commands (MMC-6 section 6).

The table has said that there is a medium. On one that cannot be recorded they all end the same way;
on one that can, the :class:`~cdemu_core.scsi.recorder.Recorder` judges and keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...disc.model import MediumType
from ..cdb import LBA_COUNT_10, LBA_COUNT_12, u16, u24, u32
from ..command import Command
from ..modepages import WRITE_PARAMETERS
from ..nexus import MediaEvent
from ..opcodes import OpCode as Op
from ..profiles import Profile
from ..recorder import Recorder
from ..sense import CANNOT_WRITE_MEDIUM, END_OF_USER_AREA, WRITE_PROTECTED, Refused, invalid_field
from ..writeparams import WriteParameters
from .maintenance import require_length

if TYPE_CHECKING:
    from ..drive import Drive

WRITES: Final = {
    Op.WRITE_10: LBA_COUNT_10,
    Op.WRITE_AND_VERIFY_10: LBA_COUNT_10,
    Op.WRITE_12: LBA_COUNT_12,
}
"""Write commands: where address and length are."""
CLOSE_TRACK, CLOSE_SESSION, FINALISE_NARROW, FINALISE = 1, 2, 5, 6
"""Close functions (MMC-6 6.3.2.3)."""
BLANK_ALL: Final = (0, 1)
"""Blanking types: the whole medium, and as little of it as makes it blank (MMC-6, BLANK)."""
BY_ADDRESS: Final = 0x01
"""RESERVE TRACK: the end is given by its LBA."""


def write_parameters(drive: Drive) -> WriteParameters:
    """Mode page 05 as it stands."""
    return WriteParameters.of(drive.modes[WRITE_PARAMETERS])


def _medium(drive: Drive) -> Recorder:
    """The medium if it can be recorded. Raises Refused."""
    if drive.recordable is None:
        raise Refused(WRITE_PROTECTED)
    return drive.recordable


def transfer_length(drive: Drive, cdb: bytes) -> int:
    """Bytes the host sends with a write command for the medium that is in."""
    lba, count = WRITES[Op(cdb[0])].unpack_from(cdb)
    return _medium(drive).transfer_length(write_parameters(drive), lba, count)


def write(drive: Drive, command: Command, now: float) -> int:
    """WRITE (10), WRITE (12), WRITE AND VERIFY (10): append at the next writable address."""
    medium = _medium(drive)
    lba, count = WRITES[Op(command.cdb[0])].unpack_from(command.cdb)
    try:
        medium.write(write_parameters(drive), lba, count, command.data_out)
    finally:
        _tell(drive, medium)
    return 0


def synchronize_cache(drive: Drive, command: Command, now: float) -> int:
    """SYNCHRONIZE CACHE: what was written is on the disk; nothing is closed by it."""
    medium = drive.recordable
    if medium is not None:
        try:
            medium.sync()
        finally:
            _tell(drive, medium)
    return 0


def reserve_track(drive: Drive, command: Command, now: float) -> int:
    """RESERVE TRACK: accepted where it fits; tracks are as long as what is written."""
    medium = _medium(drive)
    if medium.complete:
        raise Refused(WRITE_PROTECTED)
    start = medium.next_address(write_parameters(drive))
    end = u32(command.cdb, 2) if command.cdb[1] & BY_ADDRESS else start + u32(command.cdb, 5)
    if end > medium.limit:
        raise Refused(END_OF_USER_AREA)
    return 0


def close_track_session(drive: Drive, command: Command, now: float) -> int:
    """CLOSE TRACK SESSION. Whether a session may follow, page 05 says of CD and DVD-R, else the function."""
    medium = _medium(drive)
    function = command.cdb[2] & 7
    parameters = write_parameters(drive)
    if function == CLOSE_TRACK:
        medium.close_track()
        return 0
    if function not in (CLOSE_SESSION, FINALISE_NARROW, FINALISE):
        raise invalid_field(2, 2)
    by_page = medium.is_cd or medium.profile is Profile.DVD_R
    finalise = not parameters.multisession if by_page else function != CLOSE_SESSION
    try:
        medium.close_session(parameters, finalise=finalise)
    finally:
        _tell(drive, medium)
    return 0


def blank(drive: Drive, command: Command, now: float) -> int:
    """BLANK a rewritable CD, all of it; fast or slow is the same here."""
    medium = _medium(drive)
    if command.cdb[1] & 7 not in BLANK_ALL:
        raise invalid_field(1, 2)
    try:
        medium.erase()
    finally:
        _tell(drive, medium)
    return 0


def format_unit(drive: Drive, command: Command, now: float) -> int:
    """FORMAT UNIT of a blank BD-R: accepted, as no spare area is needed where no block fails."""
    medium = _medium(drive)
    if medium.medium is not MediumType.BD or not medium.blank:
        raise Refused(CANNOT_WRITE_MEDIUM)
    return 0


def send_cue_sheet(drive: Drive, command: Command, now: float) -> int:
    """SEND CUE SHEET: the session to be written at once."""
    medium = _medium(drive)
    length = u24(command.cdb, 6)
    if not length:
        return 0
    medium.send_cue_sheet(write_parameters(drive), require_length(command, length))
    return 0


def send_opc_information(drive: Drive, command: Command, now: float) -> int:
    """SEND OPC INFORMATION: the emulated laser needs no calibration; a table of values is accepted."""
    _medium(drive)
    require_length(command, u16(command.cdb, 7))
    return 0


def _tell(drive: Drive, medium: Recorder) -> None:
    """Pass on the medium's events; a new image is news for whoever polls for media."""
    for event in medium.events:
        drive.tell(event)
    if medium.events and medium.saved:
        drive.nexuses.notify(MediaEvent.NEW_MEDIA)
    medium.events.clear()
