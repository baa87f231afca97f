"""Apple Data Compression: literals and back references (KenCode's simpler sibling)."""

from __future__ import annotations


def decode_adc(data: bytes, length: int) -> bytes:
    """``length`` decoded bytes.

    Raises:
        ValueError: a reference before the start, or input that ends early.
    """
    out = bytearray()
    at = 0
    try:
        while len(out) < length:
            head = data[at]
            if head & 0x80:
                count = (head & 0x7F) + 1
                out += data[at + 1 : at + 1 + count]
                at += 1 + count
                continue
            if head & 0x40:
                count, distance = (head & 0x3F) + 4, (data[at + 1] << 8 | data[at + 2]) + 1
                at += 3
            else:
                count, distance = (head >> 2 & 0x0F) + 3, ((head & 3) << 8 | data[at + 1]) + 1
                at += 2
            _copy(out, count, distance)
    except IndexError:
        raise ValueError("the ADC data ends early") from None
    return bytes(out[:length])


def _copy(out: bytearray, count: int, distance: int) -> None:
    """Append ``count`` bytes from ``distance`` back; they may overlap what is being written."""
    if distance > len(out):
        raise ValueError("an ADC reference points before the start")
    piece = bytes(out[len(out) - distance :])
    out += (piece * (count // distance + 1))[:count]
