"""Discs in memory and an independent, slow encoder of CD frames."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from typing import Final

import pytest

from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.model import Disc, Fragment, MainChannel, Subchannel
from cdemu_core.disc.sector import STORED, SYNC_PATTERN, SectorType
from cdemu_core.stream.window import MemoryStream

T = SectorType


class SlowEncoder:
    """ECMA-130 14 and annex A word for word: bit-serial EDC, parity by polynomial division."""

    FEEDBACK: Final = 0x8001801B

    def frame(self, sector_type: SectorType, lba: int, user: bytes, subheader: bytes | None = None) -> bytes:
        """A whole frame of one sector."""
        if sector_type is T.AUDIO:
            return user
        time = lba + 150
        mode = {T.MODE0: 0, T.MODE1: 1}.get(sector_type, 2)
        header = bytes(int(f"{v:02d}", 16) for v in (time // 4500, time // 75 % 60, time % 75)) + bytes(
            [mode]
        )
        if sector_type in (T.MODE0, T.MODE2):
            return SYNC_PATTERN + header + user
        if sector_type is T.MODE1:
            body = bytearray(SYNC_PATTERN + header + user)
            body += self.edc(bytes(body)) + bytes(8)
            return bytes(body) + self.parity(body[12:])
        form2 = sector_type is T.MODE2_FORM2
        if subheader is None:
            subheader = bytes([0, 0, 0x20 if form2 else 0x08, 0]) * 2
        body = bytearray(subheader + user)
        body += self.edc(bytes(body))
        if form2:
            return bytes(SYNC_PATTERN + header + body)
        return bytes(SYNC_PATTERN + header + body) + self.parity(bytearray(4) + body)

    def edc(self, data: bytes) -> bytes:
        """P(x) = (x^16 + x^15 + x^2 + 1)(x^16 + x^2 + x + 1), each byte's least significant bit first."""
        register = 0
        for byte in data:
            for bit in range(8):
                carry = register >> 31 ^ (byte >> bit & 1)
                register = (register << 1 & 0xFFFFFFFF) ^ (self.FEEDBACK if carry else 0)
        return int(f"{register:032b}"[::-1], 2).to_bytes(4, "little")

    def parity(self, body: bytearray) -> bytes:
        """P and Q bytes of the 2,064 bytes from the header on: both planes are 24 × 43 matrices."""
        full = bytearray(2340)
        full[:2064] = body
        for plane in range(2):
            for column in range(43):
                word = [full[2 * (43 * row + column) + plane] for row in range(24)]
                for row, byte in enumerate(self.divide(word), 24):
                    full[2 * (43 * row + column) + plane] = byte
        for plane in range(2):
            for diagonal in range(26):
                word = [full[2 * ((44 * m + 43 * diagonal) % 1118) + plane] for m in range(43)]
                first, second = self.divide(word)
                full[2 * (43 * 26 + diagonal) + plane] = first
                full[2 * (44 * 26 + diagonal) + plane] = second
        return bytes(full[2064:])

    def divide(self, word: list[int]) -> tuple[int, int]:
        """Remainder of word(x) · x² by the generator (x + 1)(x + α) = x² + 3x + 2 over GF(2^8)."""
        high = low = 0
        for byte in word:
            factor = byte ^ high
            high, low = low ^ self.times(3, factor), self.times(2, factor)
        return high, low

    @staticmethod
    def times(a: int, b: int) -> int:
        """Product modulo x^8 + x^4 + x^3 + x^2 + 1."""
        product = 0
        while a:
            if a & 1:
                product ^= b
            b = b << 1 ^ (0x11D if b & 0x80 else 0)
            a >>= 1
        return product


@pytest.fixture(scope="session")
def slow() -> SlowEncoder:
    """The independent encoder."""
    return SlowEncoder()


USER_SIZE: Final = {
    T.AUDIO: 2352,
    T.MODE0: 2336,
    T.MODE1: 2048,
    T.MODE2: 2336,
    T.MODE2_FORM1: 2048,
    T.MODE2_FORM2: 2324,
}


@pytest.fixture(scope="session")
def frames_of(slow: SlowEncoder) -> Callable[..., list[bytes]]:
    """``frames_of(type, count)``: valid frames of sectors 0 …; MODE2_MIXED alternates between the forms."""

    @cache
    def frame(sector_type: SectorType, lba: int) -> bytes:
        if sector_type is T.MODE2_MIXED:
            return frame((T.MODE2_FORM1, T.MODE2_FORM2)[lba // 2 % 2], lba)
        return slow.frame(sector_type, lba, random.Random(lba).randbytes(USER_SIZE[sector_type]))

    return lambda sector_type, count: [frame(sector_type, lba) for lba in range(count)]


@pytest.fixture(scope="session")
def disc_of() -> Callable[..., Disc]:
    """``disc_of(type, frames, size, …)``: a one-track disc that stores ``size`` bytes of each frame."""

    def build(
        sector_type: SectorType,
        frames: list[bytes],
        size: int = 2352,
        *,
        gap: int = 0,
        offset: int = 0,
        sub: Subchannel | None = None,
        **how: bool,
    ) -> Disc:
        start, length = STORED[sector_type, size]
        data = bytearray(offset)
        for frame in frames:
            data += frame[start : start + length] + b"\xaa" * gap
        main = MainChannel(
            MemoryStream(bytes(data), "disc.bin"), offset, size + gap, STORED[sector_type, size], **how
        )
        builder = DiscBuilder()
        track = builder.add_session().add_track(sector_type)
        track.add_fragment(Fragment(len(frames), main, sub))
        return builder.build()

    return build
