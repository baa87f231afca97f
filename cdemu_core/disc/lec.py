"""The layered error code of CD data frames, headers and the scrambler (ECMA-130 14 and annexes A, B)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import cache
from typing import Final

import numpy as np
from fastcrc import crc32
from numpy.typing import NDArray

from ..units import FRAMES_PER_MINUTE, FRAMES_PER_SECOND, LEAD_IN_WRAP, MSF_OFFSET, RAW_SECTOR
from . import ecc
from .sector import SUBMODE_DATA, SUBMODE_FORM2, SYNC_PATTERN, SectorType, Span

Bytes = NDArray[np.uint8]

EDC_COVERS: Final[dict[SectorType, Span]] = {
    SectorType.MODE1: Span(0, 2064),
    SectorType.MODE2_FORM1: Span(16, 2056),
    SectorType.MODE2_FORM2: Span(16, 2332),
}
"""Bytes the EDC is computed over; its four bytes follow (ECMA-130 14.3; CD-ROM XA)."""
ECC_TYPES: Final = frozenset({SectorType.MODE1, SectorType.MODE2_FORM1})
ZERO_AREA: Final = Span(2068, 8)
"""Between EDC and P parity in Mode 1 (ECMA-130 14.4)."""
MODE_BYTE: Final[dict[SectorType, int]] = {
    SectorType.MODE0: 0,
    SectorType.MODE1: 1,
    SectorType.MODE2: 2,
    SectorType.MODE2_FORM1: 2,
    SectorType.MODE2_FORM2: 2,
}
SUBHEADERS: Final[dict[SectorType, bytes]] = {
    SectorType.MODE2_FORM1: bytes([0, 0, SUBMODE_DATA, 0]) * 2,
    SectorType.MODE2_FORM2: bytes([0, 0, SUBMODE_FORM2, 0]) * 2,
}
"""Sub-headers given to sectors stored without one. One without any of the bits video, audio and data
says that its sector is empty, as generated ones are."""
WHOLE: Final = Span(0, RAW_SECTOR)
SCRAMBLED: Final = Span(12, RAW_SECTOR - 12)


class SectorCheck(Enum):
    """Verdict on a sector's error code."""

    OK = "ok"
    NO_EDC = "no EDC"
    """Form 2 with an EDC of zero, which the standard allows."""
    EDC_MISMATCH = "EDC mismatch"
    ECC_MISMATCH = "ECC mismatch"
    """The EDC is right, a parity byte (or the zero area) is not."""


def edc(data: bytes | bytearray | memoryview) -> int:
    """CRC-32/CD-ROM-EDC of ``data`` (ECMA-130 14.3); 0 over a covered area with its EDC."""
    return crc32.cd_rom_edc(data)


@cache
def times_bcd() -> Bytes:
    """BCD minute, second, frame of every absolute time from 00:00:00 to 99:59:74."""
    frames = np.arange(LEAD_IN_WRAP)
    table = np.empty((LEAD_IN_WRAP, 3), np.uint8)
    parts = (frames // FRAMES_PER_MINUTE, frames // FRAMES_PER_SECOND % 60, frames % FRAMES_PER_SECOND)
    for column, part in enumerate(parts):
        table[:, column] = part // 10 << 4 | part % 10
    return table


def bcd_times(first: int, count: int) -> Bytes:
    """BCD times (count × 3) of consecutive sectors from time ``first`` (in sectors, modulo 100 minutes)."""
    first %= LEAD_IN_WRAP
    table = times_bcd()
    if first + count <= LEAD_IN_WRAP:
        return table[first : first + count]
    return table[np.arange(first, first + count) % LEAD_IN_WRAP]


def write_sync(frames: Bytes) -> None:
    """Put the sync pattern into ``frames`` (n × 2352)."""
    frames[:, :12] = np.frombuffer(SYNC_PATTERN, np.uint8)


def write_headers(frames: Bytes, lba: int, sector_type: SectorType) -> None:
    """Put the headers of sectors ``lba``, ``lba`` + 1 … into ``frames`` (n × 2352)."""
    frames[:, 12:15] = bcd_times(lba + MSF_OFFSET, len(frames))
    frames[:, 15] = MODE_BYTE[sector_type]


def write_subheaders(frames: Bytes, sector_type: SectorType, *, empty: bool = False) -> None:
    """Put the default sub-header of Form 1 or Form 2, or of an empty sector, into ``frames`` (n × 2352)."""
    subheaders = np.frombuffer(SUBHEADERS[sector_type], np.uint8)
    frames[:, 16:24] = subheaders & np.uint8(SUBMODE_FORM2) if empty else subheaders


def write_edc(frames: Bytes, sector_type: SectorType) -> None:
    """Compute the EDC of ``frames`` (n × 2352, contiguous rows)."""
    start, length = EDC_COVERS[sector_type]
    codes = np.array(_codes(frames, start, length), "<u4")
    frames[:, start + length : start + length + 4] = codes.view(np.uint8).reshape(-1, 4)


def write_edc_ecc(frames: Bytes, sector_type: SectorType) -> None:
    """Compute everything after the user data of Mode 1, Form 1 or Form 2 ``frames`` (n × 2352)."""
    write_edc(frames, sector_type)
    if sector_type is SectorType.MODE1:
        frames[:, ZERO_AREA.start : ZERO_AREA.start + ZERO_AREA.length] = 0
    if sector_type in ECC_TYPES:
        ecc.write_parity(frames, zero_header=sector_type is not SectorType.MODE1)


def _codes(frames: Bytes, start: int, length: int) -> list[int]:
    code = crc32.cd_rom_edc
    rows = np.ascontiguousarray(frames).reshape(-1).data
    return [code(rows[at : at + length]) for at in range(start, len(rows), RAW_SECTOR)]


def check(frames: Bytes, sector_type: SectorType) -> list[SectorCheck]:
    """Verdicts on whole ``frames`` (n × 2352) of one type; types without an error code are OK."""
    cover = EDC_COVERS.get(sector_type)
    if cover is None or not len(frames):
        return [SectorCheck.OK] * len(frames)
    start, length = cover
    remainders = _codes(frames, start, length + 4)
    verdicts = [SectorCheck.EDC_MISMATCH if code else SectorCheck.OK for code in remainders]
    if sector_type is SectorType.MODE2_FORM2:
        for row in np.flatnonzero(~frames[:, start + length :].any(axis=1)):
            verdicts[row] = SectorCheck.NO_EDC
        return verdicts
    for row in np.flatnonzero(_parity_differs(frames, sector_type)):
        if verdicts[row] is SectorCheck.OK:
            verdicts[row] = SectorCheck.ECC_MISMATCH
    return verdicts


def _parity_differs(frames: Bytes, sector_type: SectorType) -> NDArray[np.bool_]:
    mode1 = sector_type is SectorType.MODE1
    right = ecc.parity(frames, zero_header=not mode1)
    differs: NDArray[np.bool_] = (right != frames[:, ecc.P_START :]).any(axis=1)
    if mode1:
        differs |= frames[:, ZERO_AREA.start : ZERO_AREA.start + ZERO_AREA.length].any(axis=1)
    return differs


@cache
def scrambler() -> Bytes:
    """The 2,340 bytes that frames are scrambled with from byte 12 on (ECMA-130 annex B)."""
    register, table = 1, bytearray(SCRAMBLED.length)
    for position in range(SCRAMBLED.length * 8):
        table[position >> 3] |= (register & 1) << (position & 7)
        register = register >> 1 | ((register ^ register >> 1) & 1) << 14
    return np.frombuffer(bytes(table), np.uint8)


def scramble(frames: Bytes, stored: Span = WHOLE) -> None:
    """Scramble or descramble the bytes ``stored`` of ``frames`` (n × 2352) in place."""
    start = max(stored.start, SCRAMBLED.start)
    end = max(start, stored.start + stored.length)
    frames[:, start:end] ^= scrambler()[start - SCRAMBLED.start : end - SCRAMBLED.start]


def is_sync(frame: Sequence[int]) -> bool:
    """Whether a frame begins with the sync pattern of data sectors."""
    return bytes(frame[:12]) == SYNC_PATTERN
