"""DAX: zlib frames of 8 KiB, with areas of stored frames in version 1."""

from __future__ import annotations

import struct
import zlib

from cdemu_core.api import BlockStream, CorruptImage, Stream, UnsupportedImage

HEADER = struct.Struct("<4sIII16x")
AREA = struct.Struct("<II")
FRAME = 0x2000
MAX_AREAS = 1 << 16


def open_dax(stream: Stream) -> Stream:
    """The image inside ``stream``.

    Raises:
        CorruptImage: the header or a table is impossible.
        UnsupportedImage: a later version.
    """
    head = stream.read_at(0, HEADER.size)
    if len(head) < HEADER.size:
        raise CorruptImage(f"{stream.name} is too short for a DAX image.", structure="header")
    _, total, version, areas = HEADER.unpack(head)
    if version > 1:
        raise UnsupportedImage(f"{stream.name} is a DAX image of version {version}.", feature="DAX version")
    if total == 0 or areas > MAX_AREAS:
        raise CorruptImage(f"{stream.name} has an impossible DAX header.", structure="header")
    count = -(-total // FRAME)
    tables = stream.read_at(HEADER.size, count * 6)
    if len(tables) != count * 6:
        raise CorruptImage(f"{stream.name} ends inside its DAX tables; it is cut off.", structure="tables")
    offsets = struct.unpack_from(f"<{count}I", tables)
    sizes = struct.unpack_from(f"<{count}H", tables, count * 4)
    stored: set[int] = set()
    if version == 1:
        raw = stream.read_at(HEADER.size + count * 6, areas * AREA.size)
        for start, length in AREA.iter_unpack(raw[: len(raw) // AREA.size * AREA.size]):
            stored.update(range(min(start, count), min(start + length, count)))
    return DaxStream(stream, total, offsets, sizes, stored)


class DaxStream(BlockStream):
    """Frames decoded one by one."""

    damage = (zlib.error,)

    def __init__(
        self,
        inner: Stream,
        size: int,
        offsets: tuple[int, ...],
        sizes: tuple[int, ...],
        stored: set[int],
    ) -> None:
        super().__init__(inner, range(0, size, FRAME), size)
        self._offsets = offsets
        self._sizes = sizes
        self._stored = stored

    def decode(self, block: int) -> bytes:
        """One frame."""
        begin, end = self.span(block)
        if block in self._stored:
            return self.inner.read_at(self._offsets[block], end - begin)
        packed = self.inner.read_at(self._offsets[block], self._sizes[block])
        return zlib.decompressobj().decompress(packed, FRAME)[: end - begin]
