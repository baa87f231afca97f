"""Addresses and sizes of optical media.

An LBA is an int in sectors and may be negative: LBA −150 is 00:00:00 (MMC-6, 4.2.3.2).
Lead-in addresses of a CD run from 90:00:00 up to 99:59:74, below LBA −150.
"""

from __future__ import annotations

from typing import NamedTuple

FRAMES_PER_SECOND = 75
FRAMES_PER_MINUTE = 60 * FRAMES_PER_SECOND
MSF_OFFSET = 150
"""Sectors between absolute time 00:00:00 and LBA 0 (Red Book: the first pregap)."""
LEAD_IN_WRAP = 100 * FRAMES_PER_MINUTE
"""Absolute times of the lead-in count up to 99:59:74, so a negative time wraps by this."""
LEAD_IN_MINUTE = 90
"""In addresses of a command, minutes from here on mean the lead-in (MMC-6, 4.2.3.2)."""

RAW_SECTOR = 2352
USER_SECTOR = 2048
SUBCHANNEL_SIZE = 96
Q_SIZE = 12


class Msf(NamedTuple):
    """Minutes, seconds, frames, each binary (not BCD)."""

    minute: int
    second: int
    frame: int

    def __str__(self) -> str:
        return f"{self.minute:02d}:{self.second:02d}:{self.frame:02d}"


def frames_to_msf(frames: int) -> Msf:
    """Split a duration of ``frames`` ≥ 0 sectors."""
    minute, rest = divmod(frames, FRAMES_PER_MINUTE)
    second, frame = divmod(rest, FRAMES_PER_SECOND)
    return Msf(minute, second, frame)


def msf_to_frames(msf: tuple[int, int, int]) -> int:
    """Join a duration; the inverse of :func:`frames_to_msf`."""
    minute, second, frame = msf
    return minute * FRAMES_PER_MINUTE + second * FRAMES_PER_SECOND + frame


def lba_to_msf(lba: int) -> Msf:
    """Absolute time of ``lba``; below LBA −150 it is a lead-in time (90:00:00 … 99:59:74)."""
    frames = lba + MSF_OFFSET
    return frames_to_msf(frames + LEAD_IN_WRAP if frames < 0 else frames)


def msf_to_lba(msf: tuple[int, int, int]) -> int:
    """LBA of an absolute time outside the lead-in (0 to 99 minutes)."""
    return msf_to_frames(msf) - MSF_OFFSET


def command_msf_to_lba(msf: tuple[int, int, int]) -> int:
    """LBA of an absolute time in a CDB, where minutes ≥ 90 are the lead-in (MMC-6, 4.2.3.2)."""
    lba = msf_to_lba(msf)
    return lba - LEAD_IN_WRAP if msf[0] >= LEAD_IN_MINUTE else lba


def to_bcd(value: int) -> int:
    """0–99 to two BCD digits."""
    return value // 10 << 4 | value % 10


def from_bcd(value: int) -> int:
    """Two BCD digits to 0–99."""
    return (value >> 4) * 10 + (value & 0x0F)
