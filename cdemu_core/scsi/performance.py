"""Performance descriptors: how fast the drive says it is with the medium that is in (MMC-6, 6.7)."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, Final

from .profiles import CD, DVD, Profile, speeds_for

if TYPE_CHECKING:
    from .drive import Drive

EMPTY_READ: Final = (9091, 22160)
EMPTY_WRITE: Final = (22160, 22160)
CD_SPEEDS: Final = (2894, 7056)
DVD_SPEEDS: Final = (6818, 16620)
BD_SPEEDS: Final = (14752, 35960)
CD_FULL_SPEED_FROM: Final = 307_386
DVD_WRITE_SPEED: Final = 5540
BD_WRITE_SPEED: Final = 8990
EMPTY_END: Final = 0x23127F
"""End LBA of the write speed descriptors of an empty drive: a single layer DVD's."""


def nominal(drive: Drive, write: bool) -> bytes:
    """Type 0 descriptors: start LBA and kB/s, end LBA and kB/s; none for writing a read-only medium."""
    if drive.profile is Profile.NONE:
        return _descriptor(0, EMPTY_WRITE if write else EMPTY_READ)
    if write:
        return write_performance(drive)
    end = capacity(drive)
    if drive.profile in CD:
        return _descriptor(end, CD_SPEEDS)
    return _descriptor(end, DVD_SPEEDS if drive.profile in DVD else BD_SPEEDS)


def _descriptor(end: int, speeds: tuple[int, int], start: int = 0) -> bytes:
    return pack(">IIII", start, speeds[0], end & 0xFFFFFFFF, speeds[1])


def write_performance(drive: Drive) -> bytes:
    """How fast the medium is written, from its inner to its outer edge; a read-only one not at all."""
    if drive.recordable is None:
        return b""
    end = drive.recordable.capacity
    if not drive.recordable.is_cd:
        speed = DVD_WRITE_SPEED if drive.profile in DVD else BD_WRITE_SPEED
        return _descriptor(end, (speed, speed))
    edge = min(CD_FULL_SPEED_FROM, end)
    outer = _descriptor(end, (CD_SPEEDS[1], CD_SPEEDS[1]), edge)
    return _descriptor(edge, CD_SPEEDS) + outer


def capacity(drive: Drive) -> int:
    """Sectors of the medium, a CD's first pregap included; an empty drive's is that of a DVD."""
    if drive.recordable is not None:
        return drive.recordable.capacity
    return EMPTY_END if drive.disc is None else drive.disc.length


def write_speeds(drive: Drive) -> bytes:
    """Type 3 descriptors: flags, end LBA, read and write speed in kB/s."""
    end = capacity(drive) & 0xFFFFFFFF
    return b"".join(pack(">IIII", 0, end, speed, speed) for speed in speeds_for(drive.profile))
