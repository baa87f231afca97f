"""Disc structures of DVD and BD media that images seldom store (MMC-6, 6.22; ECMA-267).

Every function returns the bytes after the four-byte header of READ DISC STRUCTURE's reply.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

from .model import DiscStructure, MediumType

STRUCTURE: Final = 2048
DI_BLOCK: Final = 4096

DVD_START: Final = 0x030000
"""Physical sector number of LBA 0 (ECMA-267)."""
DVD_LAYER: Final = 2_298_496
"""Sectors a disc can have on one layer; more lie on two."""
DVD_ECC_BLOCK: Final = 16
DVD_PSN_MASK: Final = 0xFFFFFF

BD_START: Final = 0x100000
"""Physical address of the first user data of a BD, layer 0."""
BD_LAYER: Final = 12_219_392
BD_CLUSTER: Final = 32
BD_ADDRESS_MASK: Final = 0xFFFFFE
DI_UNIT: Final = 64
DI_IN_USE: Final = 32
DI_UNITS_IN_BLOCK: Final = 8


class DvdFormat(IntEnum):
    """Format codes of READ DISC STRUCTURE with DVD media (MMC-6, table 383)."""

    PHYSICAL = 0x00
    COPYRIGHT = 0x01
    DISC_KEY = 0x02
    BCA = 0x03
    MANUFACTURER = 0x04
    CAPABILITY_LIST = 0xFF


class BdFormat(IntEnum):
    """Format codes of READ DISC STRUCTURE with BD media (MMC-6, table 384)."""

    DISC_INFORMATION = 0x00
    CAPABILITY_LIST = 0xFF


class Capability(NamedTuple):
    """One line of the capability list: format, directions (0x40 readable, 0x80 sendable), bytes of data."""

    format: int
    directions: int
    length: int


READ: Final = 0x40
SEND: Final = 0x80
DVD_CAPABILITIES: Final = tuple(
    Capability(*row)
    for row in (
        (0x00, READ, 2048),
        (0x01, READ, 4),
        (0x02, READ, 2048),
        (0x03, READ, 188),
        (0x04, READ | SEND, 2048),
        (0x05, READ | SEND, 4),
        (0x06, READ, 20),
        (0x07, READ, 24576),
        (0x08, READ, 2048),
        (0x09, READ, 4),
        (0x0A, READ, 12),
        (0x0B, READ, 4),
        (0x0C, READ, 30720),
        (0x0D, READ, 32772),
        (0x0E, READ, 64),
        (0x0F, READ | SEND, 18),
        (0x10, READ, 2048),
        (0x11, READ, 256),
        (0x20, READ | SEND, 8),
        (0x21, READ, 8),
        (0x22, READ, 8),
        (0x23, READ, 8),
        (0x24, READ, 8),
        (0x30, READ, 32768),
        (0x82, READ, 32),
        (0x86, READ, 24576),
        (0xC0, READ | SEND, 4),
        (0xFF, READ, 112),
    )
)
BD_CAPABILITIES: Final = tuple(
    Capability(code, SEND if code == 0x0F else READ, -4)
    for code in (0x00, 0x03, 0x08, 0x09, 0x0A, 0x0F, 0x12, 0x30, 0x80, 0x81, 0x82, 0x84, 0xC0, 0xFF)
)
"""Lengths are given as 0, which the list allows where they vary."""


def capability_list(capabilities: tuple[Capability, ...]) -> bytes:
    """Format FF: four bytes per format; the length there counts the reply's header."""
    return b"".join(
        bytes((code, directions)) + (length + 4).to_bytes(2, "big")
        for code, directions, length in capabilities
    )


def default_layer_break(sectors: int) -> int | None:
    """Sectors on layer 0 of a disc whose image does not say: all (None), or half in whole ECC blocks."""
    if sectors <= DVD_LAYER:
        return None
    return -(-sectors // (2 * DVD_ECC_BLOCK)) * DVD_ECC_BLOCK


def physical_format(sectors: int, layer_break: int | None = None) -> bytes:
    """Format 00 of a DVD-ROM of ``sectors``, 2048 bytes (ECMA-267 16.1; MMC-6, 6.22.3.2.1).

    ``layer_break``: sectors on layer 0 of an opposite track path disc, whose layer 1 goes on at the
    same radius with the bits of the addresses inverted; None: one layer.
    """
    if layer_break is None or not 0 < layer_break < sectors:
        head = _dvd_head(0x01, 0x02, 0x01, end=DVD_START + sectors - 1, layer0_end=0)
    else:
        layer0_end = DVD_START + layer_break - 1
        end = (layer0_end ^ DVD_PSN_MASK) + sectors - layer_break - 1
        head = _dvd_head(0x01, 0x02, 0x31, end=end, layer0_end=layer0_end)
    return head.ljust(STRUCTURE, b"\0")


def recordable_physical_format(capacity: int) -> bytes:
    """Format 00 of a DVD+R of ``capacity`` sectors, 2048 bytes."""
    head = _dvd_head(0xA2, 0x0F, 0x02, end=DVD_START + capacity - 1, layer0_end=0)
    return head.ljust(STRUCTURE, b"\0")


def _dvd_head(book: int, size_rate: int, layers: int, *, end: int, layer0_end: int) -> bytes:
    """Book type and version, disc size and rate, layers, densities, then three 24-bit addresses."""
    addresses = (DVD_START, end, layer0_end)
    return bytes((book, size_rate, layers, 0)) + b"".join(a.to_bytes(4, "big") for a in addresses)


def copyright_information(*, css: bool = False) -> bytes:
    """Format 01: protection system (CSS or none), playable in all regions."""
    return bytes((int(css), 0, 0, 0))


def manufacturer_information() -> bytes:
    """Format 04: empty, 2048 bytes."""
    return bytes(STRUCTURE)


def bd_disc_information(sectors: int) -> bytes:
    """Format 00 of a BD-ROM of ``sectors``: one DI unit per layer, 4096 bytes."""
    units = bytearray()
    layers = 1 if sectors <= BD_LAYER else 2
    first_layer = sectors if layers == 1 else -(-sectors // (2 * BD_CLUSTER)) * BD_CLUSTER
    last = BD_START + first_layer - 2
    spans = [(BD_START, last)]
    if layers == 2:
        start = BD_ADDRESS_MASK - last
        spans.append((start, start + sectors - first_layer - 2))
    for number, (first_address, last_address) in enumerate(spans):
        unit = b"DI" + bytes((1, DI_UNITS_IN_BLOCK, 0, number, DI_IN_USE, 0))
        unit += b"BDO" + bytes((1, layers << 4 | 1, 1, 1, 0)) + bytes(8)
        unit += first_address.to_bytes(4, "big") + last_address.to_bytes(4, "big")
        units += unit.ljust(DI_UNIT, b"\0")
    return bytes(units).ljust(DI_BLOCK, b"\0")


def find_structure(structures: tuple[DiscStructure, ...], layer: int, code: int) -> bytes | None:
    """The structure an image stores for ``layer`` and format ``code``, or None."""
    return next((s.data for s in structures if (s.layer, s.type) == (layer, code)), None)


def fabricate(medium: MediumType, code: int, sectors: int, *, css: bool = False) -> bytes | None:
    """A structure of a read-only disc whose image stores none, or None where there is none to make up."""
    if medium is MediumType.BD:
        if code == BdFormat.DISC_INFORMATION:
            return bd_disc_information(sectors)
        return capability_list(BD_CAPABILITIES) if code == BdFormat.CAPABILITY_LIST else None
    if code == DvdFormat.PHYSICAL:
        return physical_format(sectors, default_layer_break(sectors))
    fixed = {
        int(DvdFormat.COPYRIGHT): copyright_information(css=css),
        int(DvdFormat.MANUFACTURER): manufacturer_information(),
        int(DvdFormat.CAPABILITY_LIST): capability_list(DVD_CAPABILITIES),
    }
    return fixed.get(code)
