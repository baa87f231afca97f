"""Q of the sub-channel: position, catalogue number and ISRC frames, their CRC (Red Book; MMC-6, 4.2.3.4)."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import numpy as np
from fastcrc import crc16
from numpy.typing import NDArray

from ..units import MSF_OFFSET, Q_SIZE, to_bcd
from .lec import bcd_times
from .model import Track
from .runs import Run
from .sector import SectorType

Bytes = NDArray[np.uint8]

ADR_POSITION: Final = 1
ADR_MCN: Final = 2
ADR_ISRC: Final = 3
Q_DATA: Final = 10
"""Bytes before the CRC."""
FEW: Final = 48
"""Up to so many frames, one CRC after another is quicker than the table for all."""
REPEAT: Final = 100
"""ADR 2 and ADR 3 frames come once in this many sectors."""
MCN_AT: Final = 25
ISRC_AT: Final = 50

_MCN: Final = re.compile(r"[0-9]{13}")
_ISRC: Final = re.compile(r"[A-Z0-9]{5}[0-9]{7}")


def crc(data: bytes) -> int:
    """CRC-16/GSM: polynomial 0x1021, inverted, as in Q and CD-TEXT packs; stored big-endian."""
    return crc16.gsm(data)


def with_crc(data: bytes) -> bytes:
    """``data`` and its CRC."""
    return data + crc(data).to_bytes(2, "big")


@cache
def _crc_table() -> NDArray[np.uint16]:
    """What byte value v at position i adds to the CRC, at [i * 256 + v]."""
    zero = crc(bytes(Q_DATA))
    table = np.zeros((Q_DATA, 256), np.uint16)
    for position in range(Q_DATA):
        for bit in range(8):
            data = bytearray(Q_DATA)
            data[position] = 1 << bit
            values = np.arange(256) >> bit & 1
            table[position] ^= (values * (crc(bytes(data)) ^ zero)).astype(np.uint16)
    return table.reshape(-1)


def write_crc(frames: Bytes) -> None:
    """Set bytes 10 and 11 of Q ``frames`` (n × 12)."""
    if len(frames) <= FEW:
        data = frames[:, :Q_DATA].tobytes()
        few = [crc(data[at : at + Q_DATA]) for at in range(0, len(data), Q_DATA)]
        frames[:, Q_DATA:] = np.array(few, ">u2").view(np.uint8).reshape(-1, 2)
        return
    index = frames[:, :Q_DATA] + np.arange(Q_DATA, dtype=np.intp) * 256
    codes = np.bitwise_xor.reduce(_crc_table().take(index), axis=1) ^ np.uint16(crc(bytes(Q_DATA)))
    frames[:, Q_DATA] = codes >> np.uint16(8)
    frames[:, Q_DATA + 1] = codes & np.uint16(0xFF)


def generate_q(run: Run, lba: int, count: int) -> Bytes:
    """Q of ``count`` sectors of ``run``, n × 12.

    Position everywhere, but the catalogue number in every 25th and the ISRC (audio tracks) in every
    50th of 100 sectors, counted from the start of the track.
    """
    track = run.track
    frames = np.zeros((count, Q_SIZE), np.uint8)
    frames[:, 0] = track.control << 4 | ADR_POSITION
    frames[:, 1] = to_bcd(track.number)
    frames[:, 2] = _indices(track, lba, count)
    _write_relative(frames, track, lba)
    frames[:, 7:10] = bcd_times(lba + MSF_OFFSET, count)
    _write_codes(frames, lba - track.start, MCN_AT, ADR_MCN, encode_mcn(run.session.mcn))
    isrc = track.isrc if track.sector_type is SectorType.AUDIO else None
    _write_codes(frames, lba - track.start, ISRC_AT, ADR_ISRC, encode_isrc(isrc))
    write_crc(frames)
    return frames


def _indices(track: Track, lba: int, count: int) -> Bytes:
    """BCD index numbers of ``count`` sectors from ``lba``."""
    numbers = np.zeros(count, np.uint8)
    starts = [(track.pregap, 1), *((index.address, index.number) for index in track.indices)]
    for address, number in starts:
        numbers[max(0, track.start + address - lba) :] = to_bcd(number)
    return numbers


def _write_relative(frames: Bytes, track: Track, lba: int) -> None:
    """Time from index 1, counting down in the pregap."""
    before = min(len(frames), max(0, track.index1 - lba))
    if before:
        frames[:before, 3:6] = bcd_times(track.index1 - lba - before + 1, before)[::-1]
    if before < len(frames):
        frames[before:, 3:6] = bcd_times(lba + before - track.index1, len(frames) - before)


def _write_codes(frames: Bytes, relative: int, remainder: int, adr: int, code: bytes | None) -> None:
    """Turn the frames whose turn it is into ADR 2 or ADR 3 frames carrying ``code`` (8 bytes)."""
    if code is None:
        return
    chosen = frames[(remainder - relative) % REPEAT :: REPEAT]
    chosen[:, 0] = chosen[:, 0] & 0xF0 | adr
    chosen[:, 1:9] = np.frombuffer(code, np.uint8)


def encode_mcn(mcn: str | None) -> bytes | None:
    """Bytes 1–8 of an ADR 2 frame, or None if ``mcn`` is not 13 digits."""
    if mcn is None or not _MCN.fullmatch(mcn):
        return None
    return bytes.fromhex(f"{mcn}000")


def decode_mcn(q: bytes) -> str | None:
    """The 13 digits of an ADR 2 frame with a good CRC, else None."""
    if not is_valid(q) or q[0] & 0x0F != ADR_MCN:
        return None
    digits = q[1:8].hex()[:13]
    return digits if _MCN.fullmatch(digits) else None


def encode_isrc(isrc: str | None) -> bytes | None:
    """Bytes 1–8 of an ADR 3 frame, or None if ``isrc`` is not 5 letters or digits and 7 digits."""
    if isrc is None or not _ISRC.fullmatch(isrc):
        return None
    packed = 0
    for character in isrc[:5]:
        packed = packed << 6 | ord(character) - ord("0")  # "A" is 17, seven signs after "9"
    return (packed << 2).to_bytes(4, "big") + bytes.fromhex(f"{isrc[5:]}0")


def decode_isrc(q: bytes) -> str | None:
    """The 12 characters of an ADR 3 frame with a good CRC, else None."""
    if not is_valid(q) or q[0] & 0x0F != ADR_ISRC:
        return None
    packed = int.from_bytes(q[1:5], "big") >> 2
    isrc = "".join(chr((packed >> shift & 0x3F) + ord("0")) for shift in (24, 18, 12, 6, 0))
    isrc += q[5:9].hex()[:7]
    return isrc if _ISRC.fullmatch(isrc) else None


def is_valid(q: bytes) -> bool:
    """Whether the CRC of a 12-byte Q frame is right."""
    return with_crc(q[:Q_DATA]) == q[:Q_SIZE]
