"""What the drive can do and how it does: features, events, speeds (MMC-6 section 6)."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, Final

from ..cdb import U16_AT_7, U16_AT_8, reply, u16, u32
from ..command import Command
from ..features import DEFECT_MANAGED, configuration
from ..nexus import MediaEvent, NexusState
from ..performance import nominal, write_speeds
from ..sense import PARAMETER_LIST_LENGTH_ERROR, Refused, invalid_field, invalid_parameter
from .maintenance import require_length

if TYPE_CHECKING:
    from ..drive import Drive

POLLED: Final = 0x01
NO_EVENT_AVAILABLE: Final = 0x80
OPERATIONAL_CHANGE, POWER, EXTERNAL, MEDIA, DEVICE_BUSY = 1, 2, 3, 4, 6
EVENT_CLASSES: Final = (OPERATIONAL_CHANGE, POWER, EXTERNAL, MEDIA, DEVICE_BUSY)
SUPPORTED_CLASSES: Final = sum(1 << each for each in EVENT_CLASSES)
FEATURE_CHANGE: Final = 0x02
POWER_ACTIVE: Final = 0x01
MEDIA_PRESENT: Final = 0x02
EVENT_HEADER: Final = 4
"""Bytes before the event; a reply cut to them loses no event."""
EXTERNAL_EVENT_LENGTH: Final = 8

PERFORMANCE_DATA, UNUSABLE_AREA, DEFECT_STATUS, WRITE_SPEEDS, DBI, DBI_CACHE_ZONE = range(6)
NOTHING_TO_REPORT: Final = (UNUSABLE_AREA, DEFECT_STATUS, DBI, DBI_CACHE_ZONE)
"""Types about defects: empty lists with media whose defects a drive manages (feature 0024), else refused as
types that are not supported (MMC-6 6.7.2)."""
TOLERANCE_10_PERCENT: Final = 0x02
MAXIMUM_SPEED: Final = 0xFFFF
STREAMING_LENGTH: Final = 28
BUFFER_BYTES: Final = 131584
BUFFER_SECTORS: Final = 64


def get_configuration(drive: Drive, command: Command, now: float) -> int:
    """GET CONFIGURATION (MMC-6 6.5)."""
    cdb = command.cdb
    requested = cdb[1] & 3
    if requested == 3:
        raise invalid_field(1, 1)
    data = configuration(drive.profile, drive.serial, requested, u16(cdb, 2))
    return reply(command, data, U16_AT_7.unpack_from(cdb)[0])


def get_event_status_notification(drive: Drive, command: Command, now: float) -> int:
    """GET EVENT STATUS NOTIFICATION (MMC-6 6.6): the oldest class that has an event, polled only.

    Without an event, the first requested class says so. Events are this initiator's; unit attentions
    are not touched.
    """
    cdb = command.cdb
    if not cdb[1] & POLLED:
        raise invalid_field(1, 0)
    allocation = u16(cdb, 7)
    state = drive.nexuses.meet(command.nexus)
    requested = [each for each in EVENT_CLASSES if cdb[4] >> each & 1]
    if not requested:
        return reply(command, bytes([0, 2, NO_EVENT_AVAILABLE, SUPPORTED_CLASSES]), allocation)
    descriptors = {each: _event(drive, state, each) for each in requested}
    chosen = next((each for each in requested if descriptors[each][0]), requested[0])
    length = reply(command, bytes([0, 6, chosen, SUPPORTED_CLASSES]) + descriptors[chosen], allocation)
    if length > EVENT_HEADER:
        _forget_event(state, chosen)
    return length


def _event(drive: Drive, state: NexusState, kind: int) -> bytes:
    """Event code, status and two more bytes of one class."""
    if kind == OPERATIONAL_CHANGE:
        changed = state.operational_change
        return bytes([FEATURE_CHANGE if changed else 0, 0, 0, 1 if changed else 0])
    if kind == MEDIA:
        return bytes([state.media_event, 0 if drive.reader is None else MEDIA_PRESENT, 0, 0])
    if kind == EXTERNAL:
        return state.external_event or bytes(4)
    return bytes([0, POWER_ACTIVE if kind == POWER else 0, 0, 0])


def _forget_event(state: NexusState, kind: int) -> None:
    if kind == OPERATIONAL_CHANGE:
        state.operational_change = False
    elif kind == MEDIA:
        state.media_event = MediaEvent.NONE
    elif kind == EXTERNAL:
        state.external_event = b""


def send_event(drive: Drive, command: Command, now: float) -> int:
    """SEND EVENT (MMC-3 6.1.30): an external request, passed to the other initiators' polling."""
    if u16(command.cdb, 8) != EXTERNAL_EVENT_LENGTH:
        raise Refused(PARAMETER_LIST_LENGTH_ERROR)
    data = require_length(command, EXTERNAL_EVENT_LENGTH)
    if data[2] & 7 != EXTERNAL:
        raise invalid_parameter(2, 2)
    for state in drive.nexuses.others(command.nexus):
        state.external_event = data[4:]
    return 0


def get_performance(drive: Drive, command: Command, now: float) -> int:
    """GET PERFORMANCE (MMC-6 6.7): nominal performance (0), write speeds (3), defects (1, 2, 4, 5)."""
    cdb = command.cdb
    kind, maximum = cdb[10], U16_AT_8.unpack_from(cdb)[0]
    if kind == PERFORMANCE_DATA:
        write, exceptions = cdb[1] >> 2 & 1, cdb[1] & 3
        if cdb[1] >> 3 & 3 != TOLERANCE_10_PERCENT:
            raise invalid_field(1, 4)
        body = b"" if exceptions else nominal(drive, bool(write))[: maximum * 16]
        flags = write << 1 | bool(exceptions)
        return reply(command, pack(">IBBBB", len(body) + 4, flags, 0, 0, 0) + body)
    if kind == WRITE_SPEEDS:
        body = write_speeds(drive)
        return reply(command, pack(">II", len(body) + 4, 0) + body[: maximum * 16])
    if kind in NOTHING_TO_REPORT and drive.profile in DEFECT_MANAGED:
        return reply(command, pack(">II", 4, 0))
    raise invalid_field(10)


def set_cd_speed(drive: Drive, command: Command, now: float) -> int:
    """SET CD SPEED: kept in mode page 2A; how long commands take follows from the disc alone."""
    read, write = u16(command.cdb, 2), u16(command.cdb, 4)
    drive.modes.set_speeds(None if read == MAXIMUM_SPEED else read, None if write == MAXIMUM_SPEED else write)
    return 0


def set_streaming(drive: Drive, command: Command, now: float) -> int:
    """SET STREAMING: a performance descriptor is accepted; the drive is as fast everywhere."""
    if command.cdb[8]:
        raise invalid_field(8)
    if u16(command.cdb, 9) != STREAMING_LENGTH:
        raise Refused(PARAMETER_LIST_LENGTH_ERROR)
    require_length(command, STREAMING_LENGTH)
    return 0


def set_read_ahead(drive: Drive, command: Command, now: float) -> int:
    """SET READ AHEAD: both addresses must be on the disc; nothing needs reading ahead."""
    drive.medium.find_track(u32(command.cdb, 2))
    drive.medium.find_track(u32(command.cdb, 6))
    return 0


def read_buffer_capacity(drive: Drive, command: Command, now: float) -> int:
    """READ BUFFER CAPACITY (MMC-6 6.17): the whole buffer is free; byte 1 bit 0 asks in sectors."""
    in_blocks = command.cdb[1] & 1
    sizes = (0, BUFFER_SECTORS) if in_blocks else (BUFFER_BYTES, BUFFER_BYTES)
    return reply(command, pack(">HBBII", 10, 0, in_blocks, *sizes), U16_AT_7.unpack_from(command.cdb)[0])
