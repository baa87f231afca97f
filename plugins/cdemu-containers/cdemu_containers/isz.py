"""UltraISO's ISZ: chunks stored, zlib- or bzip2-packed or all zero, in one file or several segments."""

from __future__ import annotations

import bz2
import os
import re
import struct
import zlib
from collections.abc import Iterator
from itertools import accumulate

import attrs

from cdemu_core.api import (
    BlockStream,
    CorruptImage,
    ImageSource,
    JoinedStream,
    MissingFile,
    Stream,
    StreamError,
    UnsupportedImage,
    WindowStream,
)

HEADER = struct.Struct("<4sBBIHIBQIIBBIII")
SEGMENT = struct.Struct("<QIIII")
MASK = bytes(byte ^ 0xFF for byte in b"IsZ!")
"""Both tables are stored XORed with this, repeated."""

ZERO, RAW, ZLIB, BZIP2 = range(4)
MAX_IMAGE = 1 << 38
MAX_CHUNK = 64 << 20
MAX_CHUNKS = 1 << 24
MAX_SEGMENTS = 1000


@attrs.frozen
class Header:
    """The fields that matter; sizes in bytes."""

    size: int
    encryption: int
    segment_size: int
    chunks: int
    chunk_size: int
    pointer_size: int
    chunk_table: int
    segment_table: int
    data: int


def unmask(data: bytes) -> bytes:
    """A table as it is meant."""
    key = (MASK * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data, "little") ^ int.from_bytes(key, "little")).to_bytes(len(data), "little")


def read_header(stream: Stream) -> Header:
    """The header.

    Raises:
        CorruptImage: a field is impossible.
    """
    raw = stream.read_at(0, HEADER.size)
    if len(raw) < HEADER.size:
        raise CorruptImage(f"{stream.name} is too short for an ISZ image.", structure="header")
    fields = HEADER.unpack(raw)
    sector, sectors, cipher, segment_size, chunks, chunk, pointer, _ = fields[4:12]
    size = sector * sectors
    sane = 0 < size <= MAX_IMAGE and chunks <= MAX_CHUNKS
    if chunks:
        sane = sane and 0 < chunk <= MAX_CHUNK and 1 <= pointer <= 4 and -(-size // chunk) == chunks
    if not sane:
        raise CorruptImage(f"{stream.name} has an impossible ISZ header.", structure="header")
    return Header(size, cipher, segment_size, chunks, chunk, pointer, *fields[12:])


def read_pointers(stream: Stream, header: Header) -> list[tuple[int, int]]:
    """(type, stored length) of each chunk; without a table every chunk is stored whole."""
    if not header.chunk_table:
        last = header.size - (header.chunks - 1) * header.chunk_size
        return [(RAW, header.chunk_size)] * (header.chunks - 1) + [(RAW, last)]
    width = header.pointer_size
    table = unmask(stream.read_at(header.chunk_table, header.chunks * width))
    if len(table) != header.chunks * width:
        raise CorruptImage(f"{stream.name} ends inside its chunk table; it is cut off.", structure="chunks")
    shift = width * 8 - 2
    values = (int.from_bytes(table[at : at + width], "little") for at in range(0, len(table), width))
    return [(value >> shift, value & (1 << shift) - 1) for value in values]


def segment_names(path: str) -> Iterator[str]:
    """Names of the second and later segments beside the first one's ``path``."""
    name = os.path.basename(path)
    if part := re.match(r"(.*\.part)(0*1)(\.isz)$", name, re.IGNORECASE):
        for number in range(2, MAX_SEGMENTS):
            yield f"{part[1]}{number:0{len(part[2])}d}{part[3]}"
    else:
        stem = os.path.splitext(name)[0]
        for number in range(1, MAX_SEGMENTS):
            yield f"{stem}.i{number:02d}"


def open_isz(stream: Stream, source: ImageSource) -> Stream:
    """The image inside ``stream``.

    Raises:
        CorruptImage: header or tables are impossible.
        UnsupportedImage: encrypted (cdemu-crypto undoes that first).
        MissingFile: a segment is not there.
    """
    header = read_header(stream)
    if header.encryption:
        raise UnsupportedImage(
            f"{stream.name} is encrypted; install cdemu-crypto to read it.", feature="ISZ encryption"
        )
    data = _segments(stream, header, source)
    if not header.chunks:
        return WindowStream(data, 0, header.size)
    return IszStream(stream, data, header, read_pointers(stream, header))


def _segments(stream: Stream, header: Header, source: ImageSource) -> Stream:
    """Chunk data of all segments end to end."""
    first = WindowStream(stream, header.data, max(0, stream.size - header.data))
    if not header.segment_table:
        return first
    parts: list[Stream] = []
    names = segment_names(source.path)
    for number in range(MAX_SEGMENTS):
        raw = unmask(stream.read_at(header.segment_table + number * SEGMENT.size, SEGMENT.size))
        size, _, _, offset, _ = SEGMENT.unpack(raw.ljust(SEGMENT.size, b"\0"))
        if not size:
            break
        try:
            part = stream if number == 0 else source.open(next(names))
        except MissingFile as problem:
            raise MissingFile(
                f"Segment {number + 1} of {stream.name} is missing: {problem}",
                path=problem.path,
                wanted_by=stream.name,
            ) from problem
        if not offset < size <= part.size:
            raise CorruptImage(f"{part.name} is not a whole segment of its image.", structure="segments")
        parts.append(WindowStream(part, offset, size - offset))
    return JoinedStream(parts) if len(parts) > 1 else first


class IszStream(BlockStream):
    """Chunks of one size, found by the running sum of their stored lengths."""

    damage = (zlib.error, OSError, ValueError, EOFError)

    def __init__(self, inner: Stream, data: Stream, header: Header, pointers: list[tuple[int, int]]) -> None:
        super().__init__(inner, range(0, header.size, header.chunk_size), header.size)
        self._data = data
        self._pointers = pointers
        # Writers disagree whether a zero chunk's length field is file space: what fits the file decides.
        counted = [length for _, length in pointers]
        if sum(counted) > data.size:
            counted = [0 if kind == ZERO else length for kind, length in pointers]
        if sum(counted) > data.size:
            raise CorruptImage(f"{inner.name} is cut off: chunk data is missing.", structure="chunks")
        self._offsets = list(accumulate(counted, initial=0))

    def decode(self, block: int) -> bytes:
        """One chunk."""
        kind, stored = self._pointers[block]
        begin, end = self.span(block)
        length = end - begin
        if kind == ZERO:
            return bytes(length)
        if stored > 2 * MAX_CHUNK:
            raise StreamError(f"{self.name}: chunk {block} is impossibly long.", offset=begin)
        data = self._data.read_at(self._offsets[block], stored)
        if kind == RAW:
            return data[:length]
        if kind == ZLIB:
            return zlib.decompressobj().decompress(data, length)
        # The packer overwrites the signature of each bzip2 stream.
        return bz2.BZ2Decompressor().decompress(b"BZh" + data[3:], length)
