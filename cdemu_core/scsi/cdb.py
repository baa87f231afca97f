"""Fields of command descriptor blocks, and the one way to put a reply into the initiator's buffer."""

from __future__ import annotations

from struct import Struct
from typing import Final

from .command import Command

# Layouts by the standard's names; each unpacks from offset 0 of the CDB.
LBA_COUNT_10: Final = Struct(">2xixH")
"""READ (10), SEEK (10), PLAY AUDIO (10): LBA at 2, length at 7. LBAs are signed (pregap)."""
LBA_COUNT_12: Final = Struct(">2xiI")
"""READ (12), PLAY AUDIO (12): LBA at 2, length at 6."""
LBA_COUNT_16: Final = Struct(">2xQI")
"""READ (16): LBA at 2, length at 10; a block command, its LBA has no sign (SBC-3 5.14)."""
UNSIGNED_10: Final = Struct(">2xIxH")
"""VERIFY (10): LBA at 2, length at 7."""
UNSIGNED_12: Final = Struct(">2xII")
"""VERIFY (12): LBA at 2, length at 6."""
U16_AT_3: Final = Struct(">3xH")
U16_AT_7: Final = Struct(">7xH")
U16_AT_8: Final = Struct(">8xH")
U32_AT_2: Final = Struct(">2xI")
U32_AT_6: Final = Struct(">6xI")
U32_AT_10: Final = Struct(">10xI")


def u16(buffer: bytes | memoryview, offset: int) -> int:
    """Big-endian 16-bit field."""
    return buffer[offset] << 8 | buffer[offset + 1]


def u24(buffer: bytes | memoryview, offset: int) -> int:
    """Big-endian 24-bit field."""
    return buffer[offset] << 16 | buffer[offset + 1] << 8 | buffer[offset + 2]


def u32(buffer: bytes | memoryview, offset: int) -> int:
    """Big-endian 32-bit field."""
    return u16(buffer, offset) << 16 | u16(buffer, offset + 2)


def msf(buffer: bytes | memoryview, offset: int) -> tuple[int, int, int]:
    """Three binary bytes M, S, F."""
    return buffer[offset], buffer[offset + 1], buffer[offset + 2]


def reply(command: Command, data: bytes | bytearray | memoryview, allocation: int | None = None) -> int:
    """Put ``data`` into ``data_in`` and return how many bytes: the least of data, buffer, allocation length.

    A short allocation length is no error (SPC-4, 4.3.5.6).
    """
    into = command.data_in
    length = min(len(data), len(into))
    if allocation is not None and allocation < length:
        length = allocation
    into[:length] = data[:length]
    return length
