"""Encrypted ISZ: the same file with its chunks decrypted and its encryption byte cleared.

What comes out is a clear ISZ image of the same layout, which the ISZ filter reads.
"""

from __future__ import annotations

import struct
import zlib
from itertools import accumulate

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from cdemu_core.api import (
    BlockStream,
    CorruptImage,
    ImageSource,
    PasswordRequired,
    Stream,
    UnsupportedImage,
)

TABLES = struct.Struct("<IIBBIII")
TABLES_AT = 25
ENCRYPTION_AT = 16
KEY_SIZES = {2: 16, 3: 24, 4: 32}
"""AES key bytes by the encryption byte."""
MASK = bytes(byte ^ 0xFF for byte in b"IsZ!")
ZERO, RAW, ZLIB, BZIP2 = range(4)
MAX_CHUNKS = 1 << 24
AES_BLOCK = 16
PIECE = 1 << 16


def open_isz(stream: Stream, source: ImageSource) -> Stream:
    """``stream`` in clear.

    Raises:
        PasswordRequired: no password or a wrong one.
        UnsupportedImage: another cipher, or an encrypted image in segments.
        CorruptImage: an impossible header.
    """
    cipher = stream.read_at(ENCRYPTION_AT, 1)[0]
    if cipher not in KEY_SIZES:
        raise UnsupportedImage(f"{stream.name} uses the unknown cipher {cipher}.", feature="ISZ cipher")
    key = source.password().encode()[: KEY_SIZES[cipher]].ljust(KEY_SIZES[cipher], b"\0")
    chunks = _chunks(stream)
    clear = IszClearStream(stream, key, chunks)
    if not clear.plausible():
        raise PasswordRequired("The password does not fit this image.", path=source.path)
    return clear


def _chunks(stream: Stream) -> list[tuple[int, int, int]]:
    """(type, place, stored length) of every chunk, in order of place."""
    raw = stream.read_at(TABLES_AT, TABLES.size)
    if len(raw) < TABLES.size:
        raise CorruptImage(f"{stream.name} is too short for an ISZ image.", structure="header")
    count, _, width, _, table, segments, data = TABLES.unpack(raw)
    if segments:
        raise UnsupportedImage(
            f"{stream.name} is encrypted and split; join its parts first.", feature="ISZ segments"
        )
    if not 0 < count <= MAX_CHUNKS or not 1 <= width <= 4 or not table:
        raise CorruptImage(f"{stream.name} has an impossible ISZ header.", structure="header")
    packed = stream.read_at(table, count * width)
    if len(packed) < count * width:
        raise CorruptImage(f"{stream.name} ends inside its chunk table.", structure="chunks")
    shift = width * 8 - 2
    values = []
    for at in range(0, len(packed), width):
        part = bytes(byte ^ MASK[(at + n) % 4] for n, byte in enumerate(packed[at : at + width]))
        value = int.from_bytes(part, "little")
        values.append((value >> shift, value & (1 << shift) - 1))
    sizes = [size for _, size in values]
    if sum(sizes) > stream.size - data:
        sizes = [0 if kind == ZERO else size for kind, size in values]
    places = accumulate(sizes, initial=data)
    return [(kind, place, size) for (kind, _), place, size in zip(values, places, sizes, strict=False)]


class IszClearStream(BlockStream):
    """One block a chunk's stored bytes; what lies around the chunks in pieces."""

    def __init__(self, inner: Stream, key: bytes, chunks: list[tuple[int, int, int]]) -> None:
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - the format's own mode
        stored = [(place, size, kind) for kind, place, size in chunks if size and kind != ZERO]
        if any(place + size > inner.size for place, size, _ in stored):
            raise CorruptImage(f"{inner.name} is cut off: chunk data is missing.", structure="chunks")
        self._chunks = stored
        starts: list[int] = []
        self._sealed: set[int] = set()
        position = 0
        for place, size, _ in stored:
            starts += range(position, place, PIECE)
            self._sealed.add(place)
            starts.append(place)
            position = place + size
        starts += range(position, inner.size, PIECE)
        super().__init__(inner, starts, inner.size)

    def decode(self, block: int) -> bytes:
        """One piece of the file, in clear."""
        begin, end = self.span(block)
        data = self.inner.read_at(begin, end - begin)
        if begin in self._sealed:
            return self._decrypt(data)
        if begin <= ENCRYPTION_AT < end:
            at = ENCRYPTION_AT - begin
            data = data[:at] + b"\0" + data[at + 1 :]
        return data

    def _decrypt(self, data: bytes) -> bytes:
        whole = len(data) // AES_BLOCK * AES_BLOCK
        return self._cipher.decryptor().update(data[:whole]) + data[whole:]

    def plausible(self) -> bool:
        """Whether the first packed chunk unpacks; an image without one cannot tell."""
        for place, size, kind in self._chunks:
            data = self.read_at(place, min(size, PIECE))
            if kind == BZIP2:
                return data[4:10] == b"1AY&SY"
            if kind == ZLIB:
                try:
                    zlib.decompressobj().decompress(data, PIECE)
                except zlib.error:
                    return False
                return True
        return True
