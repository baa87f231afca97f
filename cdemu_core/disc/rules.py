"""What follows from a layout: kind of medium, session type, lead-out lengths, and what must not be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ..errors import CorruptImage
from ..units import RAW_SECTOR, USER_SECTOR
from .model import Fragment, MediumType, SessionType
from .sector import SectorType

CD_SECTORS: Final = 405_000
"""90 minutes; longer CDs are known by their sectors, not by their length."""
DVD_SECTORS: Final = 4_173_824
"""DVD-ROM of two layers (ECMA-267)."""

REDBOOK_PREGAP: Final = 150
"""Sectors before index 1 of the first track of a session (Red Book: two seconds)."""
FIRST_LEADOUT: Final = 11_250
"""Lead-out after the first session (6,750) and the next lead-in (4,500) (MMC-6, 4.2.3.6)."""
LATER_LEADOUT: Final = 6_750
"""Lead-out after a later session (2,250) and the next lead-in (4,500)."""
MAX_TRACKS: Final = 99
MAX_INDEX: Final = 99

MODE2_TYPES: Final = frozenset(
    {SectorType.MODE2, SectorType.MODE2_FORM1, SectorType.MODE2_FORM2, SectorType.MODE2_MIXED}
)


def guess_medium(contents: Iterable[tuple[SectorType, Sequence[Fragment]]]) -> MediumType:
    """Kind of medium of tracks given as (sector type, fragments).

    Sectors only a CD has (audio, Mode 0 or 2, frames stored with more than user data,
    sub-channel) make a CD of any length; else the length decides.
    """
    length = 0
    for sector_type, fragments in contents:
        if sector_type is not SectorType.MODE1 or any(map(_is_cd_only, fragments)):
            return MediumType.CD
        length += sum(fragment.length for fragment in fragments)
    if length <= CD_SECTORS:
        return MediumType.CD
    return MediumType.DVD if length <= DVD_SECTORS else MediumType.BD


def _is_cd_only(fragment: Fragment) -> bool:
    raw = fragment.main is not None and fragment.main.stored.length > USER_SECTOR
    return raw or fragment.sub is not None


def session_type(types: Iterable[SectorType]) -> SessionType:
    """Disc type byte of a session whose tracks have these sector types."""
    found = set(types)
    if found <= {SectorType.AUDIO}:
        return SessionType.CD_DA
    if found & MODE2_TYPES and SectorType.MODE1 not in found:
        return SessionType.CD_ROM_XA
    return SessionType.CD_ROM


def leadout_length(position: int, count: int) -> int:
    """Lead-out and next lead-in after session ``position`` (from 0) of ``count``; 0 after the last."""
    if position == count - 1:
        return 0
    return FIRST_LEADOUT if position == 0 else LATER_LEADOUT


def check_fragment(fragment: Fragment, where: str) -> None:
    """Refuse a fragment that does not lie in its streams.

    Raises:
        CorruptImage: naming ``where``.
    """
    if fragment.length < 0:
        raise CorruptImage(f"{where} has a negative length ({fragment.length}); the image is damaged.")
    if not fragment.length:
        return
    main, sub = fragment.main, fragment.sub
    if main is not None:
        start, length = main.stored
        if start < 0 or length < 1 or start + length > RAW_SECTOR:
            raise CorruptImage(f"{where} stores bytes {start}+{length}, which no CD frame has.")
        _check_extent(where, main.stream.size, main.offset, main.stride, length, count=fragment.length)
    if sub is not None:
        what = f"The sub-channel of {where[0].lower()}{where[1:]}"
        _check_extent(what, sub.stream.size, sub.offset, sub.stride, sub.form.size, count=fragment.length)


def _check_extent(where: str, size: int, offset: int, stride: int, length: int, *, count: int) -> None:
    if offset < 0 or stride < length:
        raise CorruptImage(f"{where} has an impossible position (offset {offset}, {stride} bytes apart).")
    end = offset + (count - 1) * stride + length
    if end > size:
        raise CorruptImage(
            f"{where} needs {end} bytes of its data file, which has {size}; the file is incomplete, "
            "get a whole copy of the image.",
            offset=size,
        )


def check_indices(where: str, pregap: int, length: int, indices: Iterable[tuple[int, int]]) -> None:
    """Refuse a pregap or an index point (number, address) outside its track.

    Raises:
        CorruptImage: naming ``where``.
    """
    if not 0 <= pregap < length:
        raise CorruptImage(f"{where} is {length} sectors long, but its index 1 is at sector {pregap}.")
    for number, address in indices:
        if not 2 <= number <= MAX_INDEX:
            raise CorruptImage(f"{where} has an index {number}; indices go from 2 to {MAX_INDEX}.")
        if not pregap <= address < length:
            raise CorruptImage(f"Index {number} at sector {address} lies outside {where.lower()}.")
