"""BGZF: gzip members of at most 64 KiB whose headers carry their own length (SAM specification, 4.1)."""

from __future__ import annotations

import struct
from array import array
from typing import ClassVar

from cdemu_core.api import BlockStream, Stream, StreamError

from .inflate import zlib

_HEADER = struct.Struct("<4sIBBH2sHH")
"""ID1 ID2 CM FLG, MTIME, XFL, OS, XLEN, SI1 SI2, SLEN, BSIZE."""
_START = b"\x1f\x8b\x08\x04"
"""Deflate, FEXTRA alone."""
_TRAILER = 8
_LARGEST = 65536


def open_bgzf(stream: Stream) -> Stream | None:
    """A stream with a block per member, or None where ``stream`` is not BGZF from end to end."""
    packed, starts = array("Q"), array("Q")
    at = size = 0
    data = stream.read_at(0, _HEADER.size)
    while data:
        length = _member_length(data)
        if length is None or at + length > stream.size:
            return None
        more = stream.read_at(at + length - _TRAILER, _TRAILER + _HEADER.size)
        decoded = int.from_bytes(more[4:_TRAILER], "little")
        if decoded > _LARGEST:
            return None
        packed.append(at)
        starts.append(size)
        size += decoded
        at += length
        data = more[_TRAILER:]
    packed.append(at)
    return BgzfStream(stream, packed, starts, size)


def _member_length(header: bytes) -> int | None:
    if len(header) < _HEADER.size:
        return None
    start, _, _, _, extra, identifier, length, block = _HEADER.unpack(header)
    known = start == _START and extra == 6 and identifier == b"BC" and length == 2
    return block + 1 if known and block + 1 > _HEADER.size + _TRAILER else None


class BgzfStream(BlockStream):
    """Decoded BGZF; ``packed`` holds where each member begins and where the last one ends."""

    damage: ClassVar[tuple[type[Exception], ...]] = (zlib.error,)

    def __init__(self, inner: Stream, packed: array[int], starts: array[int], size: int) -> None:
        super().__init__(inner, starts, size)
        self._packed = packed

    def decode(self, block: int) -> bytes:
        """One member, its CRC verified."""
        start, end = self.span(block)
        at = self._packed[block]
        decoder = zlib.decompressobj(31)
        data: bytes = decoder.decompress(
            self.inner.read_at(at, self._packed[block + 1] - at), end - start + 1
        )
        if not decoder.eof:
            raise StreamError(
                f"{self.name} is damaged: its gzip member at byte {at} does not end.", offset=start
            )
        return data
