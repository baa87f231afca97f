"""How the sub-channel behind each sector is stored, told by the CRCs of channel Q."""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Callable
from typing import Final

from cdemu_core.api import SubchannelForm

from .layouts import Layout

Read = Callable[[int, int], bytes]

SAMPLES: Final = 16
"""Sectors looked at, spread over the file: single ones may be damaged or hold no position."""


def is_valid_q(q: bytes) -> bool:
    """Whether 12 bytes of Q end in the CRC of the first 10 (ECMA-130, 22.3.3)."""
    return len(q) == 12 and crc_hqx(q[:10], 0) ^ 0xFFFF == int.from_bytes(q[10:], "big")


def interleaved_q(sub: bytes) -> bytes:
    """Q of 96 interleaved bytes: bit 6 of each."""
    bits = int("".join("1" if byte & 0x40 else "0" for byte in sub) or "0", 2)
    return bits.to_bytes(12, "big")


def _samples(read: Read, layout: Layout, sectors: int) -> list[bytes]:
    step = max(1, sectors // SAMPLES)
    starts = range(0, sectors, step)
    return [read(sector * layout.stride + layout.sub_at, layout.sub_size) for sector in starts][:SAMPLES]


def count_valid_q(read: Read, layout: Layout, sectors: int) -> int:
    """Sampled sectors whose Q is valid in any form."""
    samples = _samples(read, layout, sectors)
    if layout.sub_size == 16:
        return sum(is_valid_q(sub[:12]) for sub in samples)
    return sum(is_valid_q(sub[12:24]) or is_valid_q(interleaved_q(sub)) for sub in samples)


def form(read: Read, layout: Layout, sectors: int) -> SubchannelForm | None:
    """The form of the layout's sub-channel, None if it has none."""
    if not layout.sub_size:
        return None
    if layout.sub_size == 16:
        return SubchannelForm.Q16
    samples = _samples(read, layout, sectors)
    linear = sum(is_valid_q(sub[12:24]) for sub in samples)
    interleaved = sum(is_valid_q(interleaved_q(sub)) for sub in samples)
    return SubchannelForm.PW96_LINEAR if linear > interleaved else SubchannelForm.PW96_INTERLEAVED
