"""How many bytes an initiator sends with a command, by operation code.

Every data-out command a host of optical drives may send is here, also those the drive refuses:
a road must know the direction before the command is judged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..units import USER_SECTOR
from .cdb import u16, u24, u32
from .opcodes import OpCode as Op

Length = Callable[[bytes, int], int]
"""(CDB of at least 16 bytes, bytes of a block being written) → bytes."""

FORMAT_LIST: Final = 12
"""Header and one descriptor of FORMAT UNIT's list (MMC-6, FORMAT UNIT)."""
BYTE_CHECK: Final = 0x02


def _byte(offset: int) -> Length:
    return lambda cdb, block: cdb[offset]


def _u16(offset: int) -> Length:
    return lambda cdb, block: u16(cdb, offset)


def _u24(offset: int) -> Length:
    return lambda cdb, block: u24(cdb, offset)


def _u32(offset: int) -> Length:
    return lambda cdb, block: u32(cdb, offset)


def _send_key(cdb: bytes, block: int) -> int:
    """A3h with a service action is MAINTENANCE IN, which reads."""
    return 0 if cdb[1] & 0x1F else u16(cdb, 8)


DATA_OUT: Final[dict[int, Length]] = {
    Op.FORMAT_UNIT: lambda cdb, block: FORMAT_LIST if cdb[1] & 0x10 else 0,
    Op.MODE_SELECT_6: _byte(4),
    Op.SEND_DIAGNOSTIC: _u16(3),
    Op.WRITE_10: lambda cdb, block: u16(cdb, 7) * block,
    Op.WRITE_AND_VERIFY_10: lambda cdb, block: u16(cdb, 7) * block,
    Op.VERIFY_10: lambda cdb, block: u16(cdb, 7) * USER_SECTOR if cdb[1] & BYTE_CHECK else 0,
    Op.WRITE_BUFFER: _u24(6),
    Op.LOG_SELECT: _u16(7),
    Op.SEND_OPC_INFORMATION: _u16(7),
    Op.MODE_SELECT_10: _u16(7),
    Op.SEND_CUE_SHEET: _u24(6),
    Op.PERSISTENT_RESERVE_OUT: _u32(5),
    Op.WRITE_16: lambda cdb, block: u32(cdb, 10) * block,
    Op.SEND_EVENT: _u16(8),
    Op.SEND_KEY: _send_key,
    Op.WRITE_12: lambda cdb, block: u32(cdb, 6) * block,
    Op.VERIFY_12: lambda cdb, block: u32(cdb, 6) * USER_SECTOR if cdb[1] & BYTE_CHECK else 0,
    Op.SECURITY_PROTOCOL_OUT: _u32(6),
    Op.SET_STREAMING: _u16(9),
    Op.SEND_DISC_STRUCTURE: _u16(8),
}
