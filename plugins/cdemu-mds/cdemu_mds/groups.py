"""Track data of version 2 images that is compressed, encrypted or both, as a stream of groups."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from itertools import accumulate

from cdemu_core.api import BlockStream, CorruptImage, Stream, StreamError

from .crypt import BLOCK, Keys, lrw

MAX_GROUP = 4096
MAX_TABLE = 64 << 20
TABLE_SLACK = 0x800
FILL = 0x8000
ENCRYPTED_GROUP = 16
"""Sectors decrypted at a time where the data is not compressed and its blocks run on across sectors."""


def read_table(stream: Stream, offset: int, groups: int) -> tuple[int, ...]:
    """The compression table: one entry a group.

    Raises:
        CorruptImage: it cannot be unpacked or is too short.
    """
    if groups * 2 > MAX_TABLE:
        raise CorruptImage("The compression table is impossibly long.", structure="compression table")
    packed = stream.read_at(offset, (groups + TABLE_SLACK) * 2)
    try:
        data = zlib.decompressobj().decompress(packed, groups * 2)
    except zlib.error as problem:
        raise CorruptImage("The compression table is damaged.", structure="compression table") from problem
    if len(data) != groups * 2:
        raise CorruptImage("The compression table is too short.", structure="compression table")
    return struct.unpack(f"<{groups}H", data)


class GroupStream(BlockStream):
    """Groups of sectors: stored (entry 0), filled with one byte (bit 15), or deflated (stored length)."""

    damage = (zlib.error, ValueError)

    def __init__(
        self,
        inner: Stream,
        offset: int,
        *,
        sectors: int,
        sector_size: int,
        group: int,
        table: Sequence[int] | None,
        keys: Keys | None,
    ) -> None:
        if not 0 < group <= MAX_GROUP:
            raise CorruptImage(f"A group of {group} sectors is not possible.", structure="footer")
        size = sectors * sector_size
        super().__init__(_Borrowed(inner), range(0, size, group * sector_size), size)
        self._table = table
        self._keys = keys
        self._tweak_step = group * ((sector_size & ~(BLOCK - 1)) // BLOCK)
        lengths = [self._stored(n) for n in range(len(self._starts))]
        self._places = list(accumulate(lengths, initial=offset))
        self._lengths = lengths

    def _stored(self, block: int) -> int:
        """Bytes of a group in the file."""
        entry = self._table[block] if self._table else 0
        if entry & FILL:
            return 0
        begin, end = self.span(block)
        return entry or end - begin

    def decode(self, block: int) -> bytes:
        """One group: decrypted, then unpacked."""
        begin, end = self.span(block)
        entry = self._table[block] if self._table else 0
        if entry & FILL:
            return bytes([entry & 0xFF]) * (end - begin)
        data = self.inner.read_at(self._places[block], self._lengths[block])
        if len(data) != self._lengths[block]:
            raise StreamError(f"{self.name} is cut off inside its data.", offset=begin)
        if self._keys:
            data = lrw(data, self._keys.cipher, self._keys.tweak, 1 + block * self._tweak_step)
        return zlib.decompressobj(-15).decompress(data, end - begin) if entry else data


class _Borrowed(Stream):
    """A stream of the host's: several tracks share it, so closing a track's layer leaves it open."""

    def __init__(self, stream: Stream) -> None:
        self.name = stream.name
        self.size = stream.size
        self._stream = stream

    def read_at(self, offset: int, length: int) -> bytes:
        """As the stream below."""
        return self._stream.read_at(offset, length)
