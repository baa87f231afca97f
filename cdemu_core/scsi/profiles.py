"""Profiles: what kind of drive-and-medium the drive is at the moment (MMC-6, 5.3.1, table 77)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from ..disc.model import Disc, MediumType

DVD_DUAL_LAYER_SECTORS: Final = 4173824
"""Largest dual layer DVD; more than that on a hard-disk image is shown as a BD."""
DVD_SINGLE_LAYER_SECTORS: Final = 2295104


class Profile(IntEnum):
    """Profile numbers (MMC-6 table 77). A disc image has a read-only one, a blank medium the one it names."""

    NONE = 0x0000
    CD_ROM = 0x0008
    CD_R = 0x0009
    CD_RW = 0x000A
    DVD_ROM = 0x0010
    DVD_R = 0x0011
    DVD_RAM = 0x0012
    DVD_RW_OVERWRITE = 0x0013
    DVD_RW_SEQUENTIAL = 0x0014
    DVD_R_DL = 0x0015
    DVD_R_DL_JUMP = 0x0016
    DVD_PLUS_RW = 0x001A
    DVD_PLUS_R = 0x001B
    DVD_PLUS_RW_DL = 0x002A
    DVD_PLUS_R_DL = 0x002B
    BD_ROM = 0x0040
    BD_R_SRM = 0x0041
    BD_R_RRM = 0x0042
    BD_RE = 0x0043
    HD_DVD_ROM = 0x0050


PROFILE_LIST: Final = (
    Profile.CD_ROM,
    Profile.CD_R,
    Profile.DVD_ROM,
    Profile.DVD_PLUS_R,
    Profile.BD_ROM,
    Profile.BD_R_SRM,
)
"""What feature 0000 lists, beside the current one."""

ALSO_CURRENT: Final[dict[int, tuple[Profile, ...]]] = {
    Profile.CD_R: (Profile.CD_ROM,),
    Profile.BD_R_SRM: (Profile.BD_ROM,),
}
"""Profiles that are current beside the current one."""

CD: Final = frozenset({Profile.CD_ROM, Profile.CD_R, Profile.CD_RW})
DVD: Final = frozenset(
    each for each in Profile if Profile.DVD_ROM <= each <= Profile.DVD_PLUS_R_DL or each is Profile.HD_DVD_ROM
)
BD: Final = frozenset({Profile.BD_ROM, Profile.BD_R_SRM, Profile.BD_R_RRM, Profile.BD_RE})

_READ_ONLY: Final = {
    MediumType.CD: Profile.CD_ROM,
    MediumType.DVD: Profile.DVD_ROM,
    MediumType.BD: Profile.BD_ROM,
    MediumType.HD_DVD: Profile.HD_DVD_ROM,
}

# kB/s, fastest first: 40x CD, 16x DVD, 2x BD and their steps.
_CD_SPEEDS: Final = (7056, 5645, 4234, 2823, 1764, 706)
_DVD_SPEEDS: Final = (22160, 16620, 13850, 11080, 8310, 6925, 5540, 4570, 4155, 3324, 2770, 1385)
_BD_SPEEDS: Final = (8990,)


def profile_of(disc: Disc) -> Profile:
    """The read-only profile of ``disc``; a hard-disk image is shown as the smallest medium it fits."""
    profile = _READ_ONLY.get(disc.medium)
    if profile is not None:
        return profile
    return Profile.DVD_ROM if disc.length <= DVD_DUAL_LAYER_SECTORS else Profile.BD_ROM


def speeds_for(profile: int) -> tuple[int, ...]:
    """Write speed descriptors' speeds for ``profile`` in kB/s, fastest first; no disc is treated as a CD."""
    if profile in DVD:
        return _DVD_SPEEDS
    return _BD_SPEEDS if profile in BD else _CD_SPEEDS
