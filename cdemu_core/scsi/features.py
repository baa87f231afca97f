"""Features: what the drive can do, and which of it with the medium that is in (MMC-6, 5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack
from typing import Final, NamedTuple

from .profiles import ALSO_CURRENT, BD, CD, DVD, PROFILE_LIST, Profile

P = Profile
_HD: Final = frozenset({P.HD_DVD_ROM})
_DVD: Final = DVD - _HD
_ALL: Final = CD | DVD | BD
_BD_WRITABLE: Final = BD - {P.BD_ROM}
DEFECT_MANAGED: Final = frozenset({P.DVD_RAM}) | _BD_WRITABLE
"""Profiles whose drives replace defective blocks (feature 0024)."""
_DASH: Final = frozenset({P.DVD_R, P.DVD_RW_OVERWRITE, P.DVD_RW_SEQUENTIAL, P.DVD_R_DL, P.DVD_R_DL_JUMP})
_PLUS: Final = frozenset({P.DVD_PLUS_R, P.DVD_PLUS_RW, P.DVD_PLUS_R_DL, P.DVD_PLUS_RW_DL})
_OVERWRITABLE: Final = frozenset({P.DVD_RAM, P.DVD_PLUS_RW, P.DVD_PLUS_RW_DL, P.BD_R_RRM, P.BD_RE})
_SEQUENTIAL: Final = frozenset({P.CD_R, P.CD_RW, P.BD_R_SRM, P.DVD_PLUS_R_DL}) | _DASH - {P.DVD_RW_OVERWRITE}
_FORMATTABLE: Final = frozenset({P.CD_RW, P.DVD_RW_OVERWRITE, P.DVD_RW_SEQUENTIAL}) | _OVERWRITABLE


class Feature(NamedTuple):
    """One feature descriptor; ``profiles``: where it is current (None: persistent, always)."""

    code: int
    name: str
    version: int
    payload: bytes
    profiles: frozenset[Profile] | None


def _feature(
    code: int, name: str, version: int, payload: str, profiles: frozenset[Profile] | None
) -> Feature:
    return Feature(code, name, version, bytes.fromhex(payload), profiles)


PROFILE_LIST_FEATURE: Final = 0x0000
SERIAL_NUMBER_FEATURE: Final = 0x0108

FEATURES: Final = (
    _feature(0x0000, "Profile List", 0, "", None),
    _feature(0x0001, "Core", 2, "00 00 00 02 00 00 00 00", None),
    _feature(0x0002, "Morphing", 1, "00 00 00 00", None),
    _feature(0x0003, "Removable Medium", 0, "29 00 00 00", None),
    _feature(0x0010, "Random Readable", 0, "00 00 08 00 00 01 01 00", _ALL),
    _feature(0x001D, "Multi-Read", 0, "", CD),
    _feature(0x001E, "CD Read", 2, "03 00 00 00", CD),
    _feature(0x001F, "DVD Read", 1, "01 00 01 00", _DVD),
    _feature(
        0x0021,
        "Incremental Streaming Writable",
        1,
        "3F 0B 01 01 07 00 00 00",
        _SEQUENTIAL,
    ),
    _feature(0x002B, "DVD+R", 0, "01 00 00 00", frozenset({P.DVD_PLUS_R})),
    _feature(0x002D, "CD Track at Once", 2, "5F 00 FF FF", frozenset({P.CD_R, P.CD_RW})),
    _feature(0x0040, "BD Read", 0, "00" * 4 + "FF" * 24, BD),
    _feature(0x0041, "BD Write", 0, "00" * 4 + "FF" * 16, _BD_WRITABLE),
    _feature(0x0100, "Power Management", 0, "", None),
    _feature(0x0103, "CD External Audio Play", 0, "04 00 01 00", CD),
    _feature(0x0105, "Timeout", 1, "00 00 00 00", None),
    _feature(0x0106, "DVD CSS", 0, "00 00 00 01", _DVD),
    _feature(0x0107, "Real-Time Streaming", 3, "1F 00 00 00", _ALL),
    _feature(0x0108, "Drive Serial Number", 0, "", None),
    _feature(0x010A, "Disc Control Blocks", 0, b"FDC\0SDC\0TOC\0".hex(), _PLUS),
)
"""Features that are always listed, ascending.

0021: data block types 0, 1, 3 and 8 to 13, no buffer underrun, link size 7.
"""

WITH_MEDIUM_ONLY: Final = (
    _feature(0x0020, "Random Writable", 1, "00 00 00 00 00 00 08 00 00 01 01 00", _OVERWRITABLE),
    _feature(0x0023, "Formattable", 1, "00 00 00 00 00 00 00 00", _FORMATTABLE),
    _feature(0x0024, "Hardware Defect Management", 1, "00 00 00 00", DEFECT_MANAGED),
    _feature(0x0026, "Restricted Overwrite", 0, "", frozenset({P.CD_RW, P.DVD_RW_OVERWRITE})),
    _feature(0x002A, "DVD+RW", 0, "01 00 00 00", frozenset({P.DVD_PLUS_RW})),
    _feature(0x002C, "Rigid Restricted Overwrite", 0, "00 00 00 00", frozenset({P.DVD_RW_OVERWRITE})),
    _feature(0x002E, "CD Mastering", 1, "27 00 10 00", frozenset({P.CD_R, P.CD_RW})),
    _feature(0x002F, "DVD-R/-RW Write", 2, "0E 00 00 00", _DASH),
    _feature(0x0033, "Layer Jump Recording", 0, "00 00 00 00", frozenset({P.DVD_R_DL_JUMP})),
    _feature(0x003A, "DVD+RW Dual Layer", 0, "01 00 00 00", frozenset({P.DVD_PLUS_RW_DL})),
    _feature(0x003B, "DVD+R Dual Layer", 0, "01 00 00 00", frozenset({P.DVD_PLUS_R_DL})),
    _feature(0x0050, "HD DVD Read", 0, "00 00 00 00", _HD),
)
"""Features of media that the reference never had: listed with such a medium only, so that every other answer
stays the one its hosts know."""

_BY_CODE: Final = tuple(sorted((*FEATURES, *WITH_MEDIUM_ONLY), key=lambda feature: feature.code))


def _profile_list(profile: Profile) -> bytes:
    current = {profile, *ALSO_CURRENT.get(profile, ())}
    listed = PROFILE_LIST if profile in (*PROFILE_LIST, P.NONE) else (*PROFILE_LIST, profile)
    return b"".join(pack(">HBB", each, each in current, 0) for each in listed)


def _descriptor(feature: Feature, profile: Profile, serial: str) -> bytes:
    persistent = feature.profiles is None
    current = feature.profiles is None or profile in feature.profiles
    payload = feature.payload
    if feature.code == PROFILE_LIST_FEATURE:
        payload = _profile_list(profile)
    elif feature.code == SERIAL_NUMBER_FEATURE:
        text = serial.encode("ascii", "replace")
        payload = text.ljust(-(-len(text) // 4) * 4)
    return (
        pack(">HBB", feature.code, feature.version << 2 | persistent << 1 | current, len(payload)) + payload
    )


def configuration(profile: Profile, serial: str, requested: int, start: int) -> bytes:
    """Reply of GET CONFIGURATION (MMC-6 6.5): header and features from ``start`` on.

    ``requested``: 0 all, 1 those current, 2 only ``start`` itself.
    """
    body = b"".join(_descriptor(feature, profile, serial) for feature in _chosen(profile, requested, start))
    return pack(">IHH", len(body) + 4, 0, profile) + body


def _chosen(profile: Profile, requested: int, start: int) -> Iterator[Feature]:
    for feature in _BY_CODE:
        current = feature.profiles is None or profile in feature.profiles
        if not current and (requested == 1 or feature in WITH_MEDIUM_ONLY):
            continue
        if feature.code == start if requested == 2 else feature.code >= start:
            yield feature
