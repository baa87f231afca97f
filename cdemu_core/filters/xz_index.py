"""The block table of an xz file (The .xz File Format 1.2), read from its end backwards.

All sizes come from CRC-protected fields, which a hostile file can still forge: they are checked
against each other and against the length of the file, and nothing is allocated by them.
"""

from __future__ import annotations

import struct
from array import array
from zlib import crc32

from cdemu_core.api import CorruptImage, Stream, UnsupportedImage

HEADER_MAGIC = b"\xfd7zXZ\0"
FOOTER_MAGIC = b"YZ"
HEADER_SIZE = FOOTER_SIZE = 12
_LARGEST_INDEX = 32 * 2**20
"""Bytes of one stream's index: several million blocks."""
_PADDING_CHUNK = 65536


class BlockTable:
    """Blocks of all streams in order: ``starts`` decoded, ``packed`` in the file, ``unpadded`` sizes.

    ``flags`` are the two stream flags (the kind of check) that a block is under.
    """

    def __init__(self) -> None:
        self.starts = array("Q")
        self.packed = array("Q")
        self.unpadded = array("Q")
        self.flags: list[bytes] = []
        self.size = 0

    def largest(self) -> int:
        """Decoded bytes of the largest block."""
        ends = [*self.starts[1:], self.size]
        return max((end - start for start, end in zip(self.starts, ends, strict=True)), default=0)


def _bad(stream: Stream, offset: int, structure: str, what: str) -> CorruptImage:
    return CorruptImage(
        f"{stream.name} is damaged: the xz {structure} at byte {offset} {what}.",
        path=stream.name,
        offset=offset,
        structure=f"xz {structure}",
    )


def read_table(stream: Stream) -> BlockTable:
    """The table of all blocks.

    Raises:
        CorruptImage: footer, index and header of a stream do not fit each other or the file.
        UnsupportedImage: more blocks than can be kept in memory.
    """
    found: list[tuple[int, bytes, list[tuple[int, int]]]] = []
    end = stream.size
    while end > 0:
        end = _skip_padding(stream, end)
        start, flags, records = _read_stream(stream, end)
        found.append((start, flags, records))
        end = start
    table = BlockTable()
    for start, flags, records in reversed(found):
        at = start + HEADER_SIZE
        for unpadded, size in records:
            table.starts.append(table.size)
            table.packed.append(at)
            table.unpadded.append(unpadded)
            table.flags.append(flags)
            table.size += size
            at += unpadded + -unpadded % 4
    if table.size >= 2**63:
        raise _bad(stream, 0, "index", "announces an impossible size")
    return table


def _skip_padding(stream: Stream, end: int) -> int:
    """Where the stream that ends before ``end`` ends; padding is groups of four zeros (section 2.2)."""
    stop = end
    while stop > 0:
        first = max(0, stop - _PADDING_CHUNK)
        rest = stream.read_at(first, stop - first).rstrip(b"\0")
        stop = first + len(rest)
        if rest:
            break
    if stop == 0 or (end - stop) % 4:
        raise _bad(stream, stop, "stream", "does not end with its footer; the file is incomplete")
    return stop


def _read_stream(stream: Stream, end: int) -> tuple[int, bytes, list[tuple[int, int]]]:
    """(start, flags, records) of the stream that ends at ``end``."""
    at = end - FOOTER_SIZE
    footer = stream.read_at(at, FOOTER_SIZE) if at >= 0 else b""
    if len(footer) < FOOTER_SIZE or footer[10:] != FOOTER_MAGIC:
        raise _bad(stream, max(0, at), "footer", "is missing; the file is incomplete or has bytes at its end")
    checksum, backward = struct.unpack_from("<II", footer)
    if crc32(footer[4:10]) != checksum:
        raise _bad(stream, at, "footer", "has a wrong checksum")
    length = (backward + 1) * 4
    if length > at - HEADER_SIZE:
        raise _bad(stream, at, "footer", "points before the beginning of the file")
    if length > _LARGEST_INDEX:
        raise UnsupportedImage(
            f"{stream.name} has too many xz blocks for random access; decompress it with “xz -d”.",
            path=stream.name,
            feature="xz index",
        )
    records = _read_index(stream, at - length, length)
    start = at - length - sum(unpadded + -unpadded % 4 for unpadded, _ in records) - HEADER_SIZE
    header = stream.read_at(start, HEADER_SIZE) if start >= 0 else b""
    if header != stream_header(footer[8:10]):
        raise _bad(stream, max(0, start), "stream header", "is not where the index says it is")
    return start, footer[8:10], records


def _read_index(stream: Stream, at: int, length: int) -> list[tuple[int, int]]:
    """(unpadded size, decoded size) of each block (section 4)."""
    data = stream.read_at(at, length)
    if len(data) < length or crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
        raise _bad(stream, at, "index", "has a wrong checksum")
    try:
        count, pos = _vli(data, 1)
        if data[0] or count > length // 2:
            raise ValueError
        records = []
        for _ in range(count):
            unpadded, pos = _vli(data, pos)
            size, pos = _vli(data, pos)
            records.append((unpadded, size))
    except (ValueError, IndexError):
        raise _bad(stream, at, "index", "is malformed") from None
    if pos + -pos % 4 + 4 != length or any(data[pos:-4]):
        raise _bad(stream, at, "index", "does not end where its records do")
    return records


def _vli(data: bytes, pos: int) -> tuple[int, int]:
    """A variable-length integer of at most nine bytes (section 1.2) and the position after it."""
    value = 0
    for shift in range(0, 63, 7):
        byte = data[pos]
        pos += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, pos
    raise ValueError


def stream_header(flags: bytes) -> bytes:
    """Stream header (section 2.1.1) with these two flag bytes."""
    return HEADER_MAGIC + flags + struct.pack("<I", crc32(flags))


def stream_end(flags: bytes, unpadded: int, size: int) -> bytes:
    """Index of one block, and footer (sections 4 and 2.1.2)."""
    index = b"\0\x01" + _encode(unpadded) + _encode(size)
    index += bytes(-len(index) % 4)
    index += struct.pack("<I", crc32(index))
    tail = struct.pack("<I", len(index) // 4 - 1) + flags
    return index + struct.pack("<I", crc32(tail)) + tail + FOOTER_MAGIC


def _encode(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
