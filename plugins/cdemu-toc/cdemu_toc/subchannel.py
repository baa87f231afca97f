"""What the 96 bytes behind each sector hold: cdrdao means R–W, programs that read raw leave P and Q in."""

from __future__ import annotations

from binascii import crc_hqx
from typing import Final

from cdemu_core.api import Stream, SubchannelForm

SAMPLES: Final = 16
SIZE: Final = 96


def subchannel_form(stream: Stream, offset: int, stride: int, sectors: int) -> SubchannelForm:
    """Whether P and Q are there, told by the CRC of Q in sampled sectors (ECMA-130, 22.3.3)."""
    step = max(1, sectors // SAMPLES)
    for sector in range(0, sectors, step)[:SAMPLES]:
        if _is_valid(_interleaved_q(stream.read_at(offset + sector * stride, SIZE))):
            return SubchannelForm.PW96_INTERLEAVED
    return SubchannelForm.RW96


def _interleaved_q(sub: bytes) -> bytes:
    """Q of 96 interleaved bytes: bit 6 of each."""
    bits = "".join("1" if byte & 0x40 else "0" for byte in sub)
    return int(bits or "0", 2).to_bytes(12, "big")


def _is_valid(q: bytes) -> bool:
    return crc_hqx(q[:10], 0) ^ 0xFFFF == int.from_bytes(q[10:], "big")
