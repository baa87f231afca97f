"""CSO versions 0, 1, 2 (deflate, LZ4), ZSO (LZ4), and the GameCube's CISO (a map of used blocks)."""

from __future__ import annotations

import struct
import zlib
from array import array
from collections.abc import Sequence
from itertools import pairwise

from cdemu_core.api import BlockStream, CorruptImage, Stream, StreamError, UnsupportedImage, WindowStream

HEADER = struct.Struct("<4sIQIBBxx")
STORED = 0x8000_0000
OFFSET = 0x7FFF_FFFF
MAX_BLOCK = 16 << 20
MIN_BLOCK = 512
MAX_BLOCKS = 1 << 26
CSO2 = 2
GAMECUBE_HEADER = 0x8000
GAMECUBE_MIN_BLOCK = 0x8000


def open_cso(stream: Stream) -> Stream:
    """The image inside ``stream``.

    Raises:
        CorruptImage: the header or the index is impossible.
        UnsupportedImage: a later version.
    """
    head = stream.read_at(0, HEADER.size)
    if len(head) < HEADER.size:
        raise CorruptImage(f"{stream.name} is too short for a CSO image.", structure="header")
    magic, header_size, size, block, version, shift = HEADER.unpack(head)
    if magic == b"CISO" and header_size >= GAMECUBE_MIN_BLOCK:
        return _open_gamecube(stream, header_size)
    if version > CSO2:
        raise UnsupportedImage(
            f"{stream.name} is a CSO image of version {version}; up to 2 is supported.", feature="CSO version"
        )
    if not MIN_BLOCK <= block <= MAX_BLOCK or block & (block - 1) or shift > 31 or size == 0:
        raise CorruptImage(f"{stream.name} has an impossible CSO header.", structure="header")
    count = -(-size // block)
    if count > MAX_BLOCKS:
        raise CorruptImage(f"{stream.name} claims {count} blocks; the file is damaged.", structure="header")
    raw = stream.read_at(HEADER.size, (count + 1) * 4)
    if len(raw) != (count + 1) * 4:
        raise CorruptImage(f"{stream.name} ends inside its CSO index; it is cut off.", structure="index")
    index = array("I", raw)
    if struct.pack("=I", 1) != struct.pack("<I", 1):
        index.byteswap()
    return CsoStream(
        stream, index, size=size, block=block, shift=shift, version=version, lz4=magic == b"ZISO"
    )


class CsoStream(BlockStream):
    """Blocks of one size, each stored, deflated or LZ4-packed; padding between them is skipped."""

    damage = (zlib.error, ValueError, RuntimeError)

    def __init__(
        self,
        inner: Stream,
        index: Sequence[int],
        *,
        size: int,
        block: int,
        shift: int,
        version: int,
        lz4: bool,
    ) -> None:
        super().__init__(inner, range(0, size, block), size)
        self._block = block
        self._index = index
        self._shift = shift
        self._version = version
        self._lz4 = lz4
        offsets = ((value & OFFSET) << shift for value in index)
        if any(after < before for before, after in pairwise(offsets)):
            raise CorruptImage(f"{inner.name} has a CSO index that runs backwards.", structure="index")
        if (index[0] & OFFSET) << shift > inner.size:
            raise CorruptImage(f"{inner.name} is cut off after its CSO index.", structure="index")

    def decode(self, block: int) -> bytes:
        """One block; the codec follows from bit 31 and the version."""
        entry, after = self._index[block], self._index[block + 1]
        start = (entry & OFFSET) << self._shift
        packed = ((after & OFFSET) << self._shift) - start
        flagged = bool(entry & STORED)
        begin, end = self.span(block)
        length = end - begin
        if packed > 2 * self._block + (1 << self._shift):
            raise StreamError(f"{self.name}: block {block} is impossibly long.", offset=begin)
        data = self.inner.read_at(start, packed)
        stored = packed >= self._block if self._version == CSO2 else flagged
        if stored:
            return data[:length]
        if self._lz4 or (self._version == CSO2 and flagged):
            return _lz4(data, length)
        return zlib.decompressobj(-15).decompress(data, length)


def _lz4(data: bytes, length: int) -> bytes:
    """One LZ4 block of ``length`` decoded bytes; padding behind it is not part of it."""
    from lz4.block import LZ4BlockError, decompress

    # The block does not say where it ends and the decoder refuses padding: it is zeros, cut off.
    for packed in (data, data.rstrip(b"\0"), data.rstrip(b"\0") + b"\0"):
        try:
            return bytes(decompress(packed, uncompressed_size=length))
        except LZ4BlockError:
            continue
    raise ValueError("the LZ4 data is damaged")


def _open_gamecube(stream: Stream, block: int) -> Stream:
    """Used blocks lie one after another behind a map of 0x7FF8 bytes; unused ones read as zeros."""
    used = stream.read_at(8, GAMECUBE_HEADER - 8)
    if len(used) != GAMECUBE_HEADER - 8 or set(used) - {0, 1} or block > 1 << 30:
        raise CorruptImage(f"{stream.name} has an impossible block map.", structure="map")
    last = used.rfind(1)
    if last < 0:
        raise CorruptImage(f"{stream.name} has no block in use.", structure="map")
    size = (last + 1) * block
    return GameCubeStream(WindowStream(stream, 0, stream.size), size, block, used)


class GameCubeStream(BlockStream):
    """Sparse blocks, decoded in pieces of 32 KiB so that the cache stays small."""

    def __init__(self, inner: Stream, size: int, block: int, used: bytes) -> None:
        super().__init__(inner, range(0, size, GAMECUBE_MIN_BLOCK), size)
        self._block = block
        self._place: list[int | None] = []
        position = GAMECUBE_HEADER
        for flag in used:
            self._place.append(position if flag else None)
            position += block if flag else 0

    def decode(self, block: int) -> bytes:
        """One piece; the last block of the file may be cut short, its rest reads as zeros."""
        number, inside = divmod(block * GAMECUBE_MIN_BLOCK, self._block)
        begin, end = self.span(block)
        place = self._place[number]
        data = b"" if place is None else self.inner.read_at(place + inside, end - begin)
        return data.ljust(end - begin, b"\0")
