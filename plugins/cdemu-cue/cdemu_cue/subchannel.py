"""How the sub-channel behind each sector is stored: no sheet says it, the CRCs of channel Q do."""

from __future__ import annotations

from binascii import crc_hqx
from typing import Final

from cdemu_core.api import Stream, SubchannelForm

SAMPLES: Final = 16


def is_valid_q(q: bytes) -> bool:
    """Whether 12 bytes of Q end in the CRC of the first 10 (ECMA-130, 22.3.3)."""
    return len(q) == 12 and crc_hqx(q[:10], 0) ^ 0xFFFF == int.from_bytes(q[10:], "big")


def interleaved_q(sub: bytes) -> bytes:
    """Q of 96 interleaved bytes: bit 6 of each."""
    bits = "".join("1" if byte & 0x40 else "0" for byte in sub)
    return int(bits or "0", 2).to_bytes(12, "big")


def subchannel_form(stream: Stream, offset: int, stride: int, size: int, sectors: int) -> SubchannelForm:
    """The form of ``size`` (16 or 96) bytes at ``offset`` and every ``stride`` bytes.

    Where no Q is valid, only R–W were kept, as for CD+G.
    """
    if size == 16:
        return SubchannelForm.Q16
    step = max(1, sectors // SAMPLES)
    samples = [stream.read_at(offset + n * stride, size) for n in range(0, sectors, step)][:SAMPLES]
    linear = sum(is_valid_q(sub[12:24]) for sub in samples)
    interleaved = sum(is_valid_q(interleaved_q(sub)) for sub in samples)
    if not linear and not interleaved:
        return SubchannelForm.RW96
    return SubchannelForm.PW96_LINEAR if linear > interleaved else SubchannelForm.PW96_INTERLEAVED
