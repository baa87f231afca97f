"""xz files as streams: block by block where the blocks are small, else decoded once.

A block is decoded by the platform's liblzma as a stream of its own: the stream header, the
block as it stands in the file, and an index and footer made for it alone. So liblzma verifies
the check, both sizes and the filters, and nothing of that is repeated here.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from typing import ClassVar

from cdemu_core.api import BlockStream, ImageSource, SpoolStream, Stream, StreamError

from .xz_index import BlockTable, read_table, stream_end, stream_header

LARGEST_BLOCK = 64 * 2**20
"""Decoded bytes up to which a block is worth decoding for a single read."""
CACHE_BYTES = 64 * 2**20
DECODER_MEMORY = 320 * 2**20
"""Memory one decoder may take: dictionaries up to 256 MiB; the largest preset of xz has 64."""
_CHUNK = 2**20


def open_xz(stream: Stream, source: ImageSource) -> Stream:
    """The decoded bytes of ``stream``; closing them closes it.

    Raises:
        CorruptImage: the index does not fit the file.
        UnsupportedImage: too many blocks.
    """
    table = read_table(stream)
    if table.largest() <= LARGEST_BLOCK:
        return XzStream(stream, table)
    source.note(
        f"{stream.name} is one long xz block, which can only be decoded from its beginning: the first access"
        " to each part takes time. “xz -dk” and “xz --block-size=4MiB” make an image with quick access."
    )
    return SpoolStream(stream, _decode_all(stream, table), table.size)


class XzStream(BlockStream):
    """The blocks of ``table``, decoded one by one."""

    damage: ClassVar[tuple[type[Exception], ...]] = (lzma.LZMAError, EOFError)

    def __init__(self, inner: Stream, table: BlockTable) -> None:
        super().__init__(inner, table.starts, table.size, cache_bytes=CACHE_BYTES)
        self._table = table

    def decode(self, block: int) -> bytes:
        """One block, verified."""
        start, end = self.span(block)
        return b"".join(decode_block(self.inner, self._table, block, end - start))


def _decode_all(stream: Stream, table: BlockTable) -> Iterator[bytes]:
    ends = [*table.starts[1:], table.size]
    for block, end in enumerate(ends):
        try:
            yield from decode_block(stream, table, block, end - table.starts[block])
        except (lzma.LZMAError, EOFError) as error:
            raise StreamError(
                f"{stream.name} is damaged: xz block {block} does not decode ({error}).",
                offset=table.packed[block],
            ) from error


def decode_block(stream: Stream, table: BlockTable, block: int, size: int) -> Iterator[bytes]:
    """The ``size`` bytes of ``block`` in pieces.

    Raises:
        lzma.LZMAError: the block contradicts its check, its sizes or the format.
        EOFError: it goes on where it should end.
    """
    flags, unpadded = table.flags[block], table.unpadded[block]
    decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=DECODER_MEMORY)
    left = size
    for data in _synthetic(stream, table.packed[block], flags, unpadded, size):
        piece = decoder.decompress(data, _CHUNK)
        while True:
            left -= len(piece)
            if left < 0:
                raise EOFError("it is longer than the index says")
            if piece:
                yield piece
            if decoder.eof or decoder.needs_input:
                break
            piece = decoder.decompress(b"", _CHUNK)
    if not decoder.eof or decoder.unused_data:
        raise EOFError("it does not end where the index says")


def _synthetic(stream: Stream, at: int, flags: bytes, unpadded: int, size: int) -> Iterator[bytes]:
    """The block as an xz stream of its own."""
    yield stream_header(flags)
    end = at + unpadded + -unpadded % 4
    while at < end:
        data = stream.read_at(at, min(_CHUNK, end - at))
        if not data:
            raise EOFError("the file ends within it")
        yield data
        at += len(data)
    yield stream_end(flags, unpadded, size)
