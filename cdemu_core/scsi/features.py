"""Features: what the drive can do, and which of it with the medium that is in (MMC-6, 5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack
from typing import Final, NamedTuple

from .profiles import ALSO_CURRENT, PROFILE_LIST, Profile

P = Profile
_CD: Final = frozenset({P.CD_ROM, P.CD_R})
_DVD: Final = frozenset({P.DVD_ROM, P.DVD_PLUS_R})
_BD: Final = frozenset({P.BD_ROM, P.BD_R_SRM})
_ALL: Final = _CD | _DVD | _BD | {P.HD_DVD_ROM}


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
    _feature(0x001D, "Multi-Read", 0, "", _CD),
    _feature(0x001E, "CD Read", 2, "03 00 00 00", _CD),
    _feature(0x001F, "DVD Read", 1, "01 00 01 00", _DVD),
    _feature(
        0x0021,
        "Incremental Streaming Writable",
        1,
        "3F 0B 01 01 07 00 00 00",
        frozenset({P.CD_R, P.BD_R_SRM}),
    ),
    _feature(0x002B, "DVD+R", 0, "01 00 00 00", frozenset({P.DVD_PLUS_R})),
    _feature(0x002D, "CD Track at Once", 2, "5F 00 FF FF", frozenset({P.CD_R})),
    _feature(0x0040, "BD Read", 0, "00" * 4 + "FF" * 24, _BD),
    _feature(0x0041, "BD Write", 0, "00" * 4 + "FF" * 16, frozenset({P.BD_R_SRM})),
    _feature(0x0100, "Power Management", 0, "", None),
    _feature(0x0103, "CD External Audio Play", 0, "04 00 01 00", _CD),
    _feature(0x0105, "Timeout", 1, "00 00 00 00", None),
    _feature(0x0106, "DVD CSS", 0, "00 00 00 01", _DVD),
    _feature(0x0107, "Real-Time Streaming", 3, "1F 00 00 00", _ALL),
    _feature(0x0108, "Drive Serial Number", 0, "", None),
    _feature(0x010A, "Disc Control Blocks", 0, b"FDC\0SDC\0TOC\0".hex(), frozenset({P.DVD_PLUS_R})),
)
"""Every feature, ascending. 0021: data block types 0, 1, 3 and 8 to 13, no buffer underrun, link size 7."""


def _profile_list(profile: Profile) -> bytes:
    current = {profile, *ALSO_CURRENT.get(profile, ())}
    return b"".join(pack(">HBB", each, each in current, 0) for each in PROFILE_LIST)


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
    for feature in FEATURES:
        if requested == 2:
            if feature.code == start:
                yield feature
        elif feature.code >= start:
            current = feature.profiles is None or profile in feature.profiles
            if current or requested == 0:
                yield feature
