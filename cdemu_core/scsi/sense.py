"""Sense data: the codes in use, the table from errors to codes, and the two encodings (SPC-4, 4.5).

A handler that refuses a command raises :class:`Refused`, or lets an error of the floors below
fly; :class:`cdemu_core.scsi.drive.Drive` has the one ``except`` and asks :func:`describe`.
"""

from __future__ import annotations

from enum import IntEnum
from struct import pack
from typing import Final, NamedTuple

from ..errors import (
    AddressOutOfRange,
    AlreadyLoaded,
    ImageError,
    MediumLocked,
    NotLoaded,
    StreamError,
    UnreadableSector,
    WrongSectorType,
)


class SenseKey(IntEnum):
    """SPC-4 table 41."""

    NO_SENSE = 0x0
    NOT_READY = 0x2
    MEDIUM_ERROR = 0x3
    HARDWARE_ERROR = 0x4
    ILLEGAL_REQUEST = 0x5
    UNIT_ATTENTION = 0x6
    DATA_PROTECT = 0x7
    ABORTED_COMMAND = 0xB


class Sense(NamedTuple):
    """Sense key, additional sense code and its qualifier."""

    key: int
    asc: int
    ascq: int


# Names and numbers: SPC-4 annex E, MMC-6 annex F.
NO_SENSE: Final = Sense(SenseKey.NO_SENSE, 0x00, 0x00)
MEDIUM_NOT_PRESENT: Final = Sense(SenseKey.NOT_READY, 0x3A, 0x00)
WRITE_ERROR: Final = Sense(SenseKey.MEDIUM_ERROR, 0x0C, 0x00)
UNRECOVERED_READ_ERROR: Final = Sense(SenseKey.MEDIUM_ERROR, 0x11, 0x00)
INTERNAL_TARGET_FAILURE: Final = Sense(SenseKey.HARDWARE_ERROR, 0x44, 0x00)
PARAMETER_LIST_LENGTH_ERROR: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x1A, 0x00)
MISCOMPARE_DURING_VERIFY: Final = Sense(0xE, 0x1D, 0x00)
INVALID_COMMAND_OPERATION_CODE: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x20, 0x00)
LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x21, 0x00)
INVALID_ADDRESS_FOR_WRITE: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x21, 0x02)
INVALID_FIELD_IN_CDB: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x24, 0x00)
LOGICAL_UNIT_NOT_SUPPORTED: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x25, 0x00)
INVALID_FIELD_IN_PARAMETER_LIST: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x26, 0x00)
COMMAND_SEQUENCE_ERROR: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x2C, 0x00)
CANNOT_READ_MEDIUM_INCOMPATIBLE_FORMAT: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x30, 0x02)
CANNOT_WRITE_MEDIUM: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x30, 0x05)
SAVING_PARAMETERS_NOT_SUPPORTED: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x39, 0x00)
MEDIUM_REMOVAL_PREVENTED: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x53, 0x02)
END_OF_USER_AREA: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x63, 0x00)
ILLEGAL_MODE_FOR_THIS_TRACK: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x64, 0x00)
COPY_PROTECTION_KEY_NOT_PRESENT: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x6F, 0x01)
DRIVE_REGION_RESET_ERROR: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x6F, 0x05)
NO_MORE_TRACK_RESERVATIONS: Final = Sense(SenseKey.ILLEGAL_REQUEST, 0x72, 0x05)
MEDIUM_MAY_HAVE_CHANGED: Final = Sense(SenseKey.UNIT_ATTENTION, 0x28, 0x00)
POWER_ON_OR_RESET: Final = Sense(SenseKey.UNIT_ATTENTION, 0x29, 0x00)
MODE_PARAMETERS_CHANGED: Final = Sense(SenseKey.UNIT_ATTENTION, 0x2A, 0x01)
WRITE_PROTECTED: Final = Sense(SenseKey.DATA_PROTECT, 0x27, 0x00)

SENSE_FOR: Final[dict[type[BaseException], Sense]] = {
    AddressOutOfRange: LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE,
    UnreadableSector: UNRECOVERED_READ_ERROR,
    WrongSectorType: ILLEGAL_MODE_FOR_THIS_TRACK,
    StreamError: UNRECOVERED_READ_ERROR,
    ImageError: UNRECOVERED_READ_ERROR,
    MediumLocked: MEDIUM_REMOVAL_PREVENTED,
    NotLoaded: MEDIUM_NOT_PRESENT,
    AlreadyLoaded: COMMAND_SEQUENCE_ERROR,
}
"""What an error of the floors below means to an initiator; a class stands for its subclasses too."""

FIXED_LENGTH: Final = 18
_CURRENT_FIXED: Final = 0x70
_CURRENT_DESCRIPTOR: Final = 0x72
_VALID: Final = 0x80
_ILI: Final = 0x20
_SKSV: Final = 0x80
_CDB_FIELD: Final = 0x40
_BIT_POINTER_VALID: Final = 0x08
_INFORMATION_DESCRIPTOR: Final = pack(">BBBB", 0x00, 0x0A, _VALID, 0)
_SENSE_KEY_DESCRIPTOR: Final = pack(">BBH", 0x02, 0x06, 0)
_BLOCK_COMMANDS_DESCRIPTOR: Final = pack(">BBB", 0x05, 0x02, 0)


class SenseData(NamedTuple):
    """A whole answer: codes, INFORMATION (an LBA), incorrect length, field pointer."""

    sense: Sense
    information: int | None = None
    ili: bool = False
    field: bytes = b""
    """Three sense-key specific bytes, or none (SPC-4, 4.5.2.4.2)."""

    def fixed(self) -> bytes:
        """18 bytes of fixed format (SPC-4, 4.5.3), which has no room for addresses of more than 32 bits."""
        key, asc, ascq = self.sense
        valid = self.information is not None and self.information <= 0xFFFFFFFF
        information = (self.information or 0) & 0xFFFFFFFF if valid else 0
        head = pack(
            ">BBBIBIBBB",
            _CURRENT_FIXED | _VALID if valid else _CURRENT_FIXED,
            0,
            key | _ILI if self.ili else key,
            information,
            FIXED_LENGTH - 8,
            0,
            asc,
            ascq,
            0,
        )
        return head + (self.field or bytes(3))

    def descriptor(self) -> bytes:
        """Descriptor format sense data (SPC-4, 4.5.2)."""
        body = b""
        if self.information is not None:
            body += _INFORMATION_DESCRIPTOR + pack(">Q", self.information & 0xFFFFFFFFFFFFFFFF)
        if self.field:
            body += _SENSE_KEY_DESCRIPTOR + self.field + b"\0"
        if self.ili:
            body += _BLOCK_COMMANDS_DESCRIPTOR + bytes([_ILI])
        return bytes([_CURRENT_DESCRIPTOR, *self.sense, 0, 0, 0, len(body)]) + body


class Refused(Exception):
    """A command ends with CHECK CONDITION and these sense data."""

    def __init__(
        self, sense: Sense, *, information: int | None = None, ili: bool = False, field: bytes = b""
    ) -> None:
        super().__init__(sense)
        self.data = SenseData(sense, information, ili, field)


def field_pointer(byte: int, bit: int | None = None, *, in_cdb: bool = True) -> bytes:
    """Sense-key specific bytes naming the field in error (SPC-4 table 42)."""
    first = _SKSV | (_CDB_FIELD if in_cdb else 0)
    if bit is not None:
        first |= _BIT_POINTER_VALID | bit
    return pack(">BH", first, byte)


def invalid_field(byte: int, bit: int | None = None) -> Refused:
    """INVALID FIELD IN CDB, pointing at ``byte`` (and its highest wrong ``bit``)."""
    return Refused(INVALID_FIELD_IN_CDB, field=field_pointer(byte, bit))


def invalid_parameter(byte: int, bit: int | None = None) -> Refused:
    """INVALID FIELD IN PARAMETER LIST, pointing at ``byte`` of the list."""
    return Refused(INVALID_FIELD_IN_PARAMETER_LIST, field=field_pointer(byte, bit, in_cdb=False))


def describe(error: BaseException) -> SenseData | None:
    """Sense data for ``error``; None where the error is not expected."""
    if isinstance(error, Refused):
        return error.data
    for kind in type(error).__mro__:
        sense = SENSE_FOR.get(kind)
        if sense is not None:
            return SenseData(
                sense,
                information=getattr(error, "lba", None),
                ili=sense is ILLEGAL_MODE_FOR_THIS_TRACK,
            )
    return None
