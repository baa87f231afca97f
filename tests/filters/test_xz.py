"""xz in all its forms: block table, random access, the spool for long blocks, and damage."""

from __future__ import annotations

import contextlib
import lzma
import random
import struct
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdemu_core.api import (
    CorruptImage,
    ImageError,
    ImageSource,
    MemoryStream,
    SpoolStream,
    Stream,
    StreamError,
    UnsupportedImage,
)
from cdemu_core.filters import xz as subject
from cdemu_core.filters import xz_index
from cdemu_core.filters.gzip import open_gzip
from cdemu_core.filters.xz import XzStream, open_xz
from cdemu_core.filters.xz_index import read_table, stream_end, stream_header

fixtures_are_fresh = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_rng = random.Random(3)
DATA = b"".join(_rng.randbytes(30) * 3 for _ in range(4000))


def multi_block(data: bytes, block: int, check: int = lzma.CHECK_CRC64) -> bytes:
    """One stream of several blocks, put together from streams of one block."""
    body, records = b"", b""
    count = 0
    for at in range(0, len(data), block):
        piece = lzma.compress(data[at : at + block], check=check)
        flags = piece[6:8]
        index = (int.from_bytes(piece[-8:-4], "little") + 1) * 4
        blocks = piece[12 : len(piece) - 12 - index]
        unpadded, _ = xz_index._vli(piece[-12 - index :], 2)
        assert unpadded + -unpadded % 4 == len(blocks)
        body += blocks
        records += xz_index._encode(unpadded) + xz_index._encode(len(data[at : at + block]))
        count += 1
    index_data = b"\0" + xz_index._encode(count) + records
    index_data += bytes(-len(index_data) % 4)
    index_data += struct.pack("<I", zlib.crc32(index_data))
    tail = struct.pack("<I", len(index_data) // 4 - 1) + flags
    footer = struct.pack("<I", zlib.crc32(tail)) + tail + b"YZ"
    packed = stream_header(flags) + body + index_data + footer
    assert lzma.decompress(packed) == data
    return packed


FORMS = {
    "one block": lzma.compress(DATA),
    "blocks": multi_block(DATA, 50_000),
    "sha256": multi_block(DATA, 100_000, lzma.CHECK_SHA256),
    "no check": multi_block(DATA, 100_000, lzma.CHECK_NONE),
    "streams": lzma.compress(DATA[:7]) + lzma.compress(b"") + lzma.compress(DATA[7:], check=lzma.CHECK_CRC32),
    "padding": multi_block(DATA[:1000], 300) + bytes(8) + multi_block(DATA[1000:], 90_000) + bytes(70_000),
    "filters": lzma.compress(
        DATA, filters=[{"id": lzma.FILTER_DELTA, "dist": 4}, {"id": lzma.FILTER_LZMA2, "preset": 1}]
    ),
}


@pytest.fixture(scope="module")
def opened() -> dict[str, Stream]:
    return {}


@pytest.mark.parametrize("form", FORMS)
@fixtures_are_fresh
@given(offset=st.integers(0, len(DATA) + 10), length=st.integers(0, 200_000))
def test_random_reads_equal_the_whole(
    form: str, source: ImageSource, opened: dict[str, Stream], offset: int, length: int
) -> None:
    if form not in opened:
        opened[form] = open_xz(MemoryStream(FORMS[form]), source)
    stream = opened[form]
    assert stream.size == len(DATA)
    same = stream.read_at(offset, length) == DATA[offset : offset + length]  # no megabytes in a message
    assert same


def test_a_read_decodes_only_its_block(source: ImageSource, watched: Callable[..., Any]) -> None:
    below = watched(FORMS["blocks"])
    stream = open_xz(below, source)
    assert isinstance(stream, XzStream)
    below.read = 0
    assert stream.read_at(123_456, 10) == DATA[123_456:123_466]
    assert below.read < below.size / 5


@pytest.mark.parametrize("form", ["one block", "streams", "padding"])
def test_long_blocks_are_spooled(form: str, source: ImageSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "LARGEST_BLOCK", 1000)
    stream = open_xz(MemoryStream(FORMS[form]), source)
    assert isinstance(stream, SpoolStream)
    assert source.notes  # type: ignore[attr-defined]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda at: stream.read_at(at, 999), range(0, len(DATA), 30_011)))
    assert answers == [DATA[at : at + 999] for at in range(0, len(DATA), 30_011)]
    stream.close()


def test_a_damaged_long_block_is_served_up_to_the_damage(
    source: ImageSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "LARGEST_BLOCK", 1000)
    packed = bytearray(FORMS["padding"])
    packed[len(packed) - 72_000] ^= 1
    stream = open_xz(MemoryStream(packed), source)
    assert stream.read_at(0, 1000) == DATA[:1000]
    with pytest.raises(StreamError, match="does not decode"):
        stream.read_at(len(DATA) - 1, 1)
    stream.close()


def test_gzip_in_xz_in_xz(source: ImageSource) -> None:
    import gzip

    packed = lzma.compress(multi_block(gzip.compress(DATA), 40_000))
    stream = open_gzip(open_xz(open_xz(MemoryStream(packed), source), source), source)
    assert stream.size == len(DATA)
    for at in (300_000, 0, 123_456):
        assert stream.read_at(at, 5000) == DATA[at : at + 5000]


def test_damage_is_met_by_the_read_that_needs_it(source: ImageSource) -> None:
    packed = bytearray(FORMS["blocks"])
    table = read_table(MemoryStream(packed))
    packed[table.packed[2] + 500] ^= 4
    stream = open_xz(MemoryStream(packed), source)
    assert stream.read_at(0, 100_000) == DATA[:100_000]
    with pytest.raises(StreamError, match="block 2, at byte 100000, does not decode"):
        stream.read_at(99_999, 2)
    assert stream.read_at(150_000, 1000) == DATA[150_000:151_000]


def test_a_block_longer_than_its_index_says_is_not_followed(source: ImageSource) -> None:
    piece = lzma.compress(bytes(5_000_000))
    index = (int.from_bytes(piece[-8:-4], "little") + 1) * 4
    unpadded, _ = xz_index._vli(piece[-12 - index :], 2)
    forged = piece[: -12 - index] + stream_end(piece[6:8], unpadded, 77)
    stream = open_xz(MemoryStream(forged), source)
    assert stream.size == 77
    with pytest.raises(StreamError, match="longer than the index says"):
        stream.read_at(0, 10)


def test_a_huge_dictionary_is_refused(source: ImageSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "DECODER_MEMORY", 2**20)
    stream = open_xz(MemoryStream(FORMS["one block"]), source)
    with pytest.raises(StreamError, match=r"[Mm]emory"):
        stream.read_at(0, 10)


@pytest.mark.parametrize("cut", [1, 5, 12, 40, 1000])
def test_truncation_is_named(source: ImageSource, cut: int) -> None:
    with pytest.raises(CorruptImage, match=r"incomplete|damaged"):
        open_xz(MemoryStream(FORMS["blocks"][:-cut]), source)


def test_an_index_too_long_is_refused_before_it_is_read(
    source: ImageSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xz_index, "_LARGEST_INDEX", 16)
    with pytest.raises(UnsupportedImage, match="xz -d"):
        open_xz(MemoryStream(FORMS["blocks"]), source)


@fixtures_are_fresh
@given(st.data())
def test_mutations_raise_nothing_else(source: ImageSource, data: st.DataObject) -> None:
    packed = bytearray(multi_block(DATA[:3000], 700) + lzma.compress(DATA[:500]))
    for _ in range(data.draw(st.integers(1, 3))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ImageError, StreamError):
        stream = open_xz(MemoryStream(packed), source)
        assert len(stream.read_at(0, stream.size)) == stream.size
        stream.close()


def test_closing_closes_below_once(source: ImageSource, watched: Callable[..., Any]) -> None:
    below = watched(FORMS["blocks"])
    stream = open_xz(below, source)
    stream.close()
    stream.close()
    assert below.closed == 1
