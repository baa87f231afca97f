"""CD-TEXT packs from lead-in sectors that the host writes (MMC-3 annex J)."""

from __future__ import annotations

from typing import Final

from ..units import SUBCHANNEL_SIZE

PACK: Final = 18
SYMBOLS: Final = 24
"""Six-bit symbols of a pack: four in three bytes."""
SEQUENCE: Final = 2
"""Byte of a pack that holds its number."""
BLOCK: Final = 3
VALID: Final = 0x80
"""Top bit of a pack's type."""


class LeadIn:
    """Collects the packs of R–W; they repeat through the whole lead-in, each is taken once."""

    def __init__(self) -> None:
        self._packs: dict[tuple[int, int], bytes] = {}

    @property
    def packs(self) -> bytes:
        """The packs in order."""
        return b"".join(pack for _, pack in sorted(self._packs.items()))

    def take(self, data: bytes | memoryview, count: int, size: int) -> None:
        """The sub-channel at the end of each of ``count`` sectors of ``size`` bytes."""
        for number in range(count):
            sub = bytes(data[(number + 1) * size - SUBCHANNEL_SIZE : (number + 1) * size])
            for at in range(0, len(sub) - SYMBOLS + 1, SYMBOLS):
                pack = _packed(sub[at : at + SYMBOLS])
                if pack[0] & VALID:
                    self._packs.setdefault((pack[BLOCK] >> 4 & 7, pack[SEQUENCE]), pack)


def _packed(symbols: bytes) -> bytes:
    """18 bytes from 24 symbols of six bits."""
    value = 0
    for symbol in symbols:
        value = value << 6 | symbol & 0x3F
    return value.to_bytes(PACK, "big")
