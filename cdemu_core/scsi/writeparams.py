"""Mode page 05: how the host wants to write (MMC-6, 7.5)."""

from __future__ import annotations

from typing import Final, NamedTuple

from ..disc.model import Control, SessionType

SAO: Final = 2
"""Write type session at once; the other one of CDs is track at once, 1."""
SESSION_TYPES: Final = {0x10: SessionType.CD_I, 0x20: SessionType.CD_ROM_XA}
MCN: Final = slice(17, 30)
ISRC: Final = slice(33, 45)
SUBHEADER: Final = slice(48, 52)


class WriteParameters(NamedTuple):
    """The fields of the page that recording heeds; ``mcn`` and ``isrc`` None where the page has none."""

    write_type: int
    test: bool
    multisession: bool
    control: Control
    block_type: int
    session_type: SessionType | None
    mcn: str | None
    isrc: str | None
    subheader: bytes

    @classmethod
    def of(cls, page: bytes | bytearray) -> WriteParameters:
        """The fields of a whole page of 52 bytes."""
        return cls(
            write_type=page[2] & 0x0F,
            test=bool(page[2] & 0x10),
            multisession=page[3] >> 6 == 3,
            control=Control(page[3] & 0x0F),
            block_type=page[4] & 0x0F,
            session_type=SESSION_TYPES.get(page[8]),
            mcn=code(page[MCN], page[16]),
            isrc=code(page[ISRC], page[32]),
            subheader=bytes(page[SUBHEADER]),
        )


def code(text: bytes | bytearray, valid: int) -> str | None:
    """A catalogue number or ISRC of the page; None unless it is marked valid and is letters and digits."""
    if not valid:
        return None
    decoded = bytes(text).decode("ascii", "replace")
    return decoded if decoded.isalnum() and decoded.isascii() else None
