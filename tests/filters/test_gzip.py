"""gzip in all its forms: random access, one size, and damage that is told, never served."""

from __future__ import annotations

import contextlib
import gzip
import random
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdemu_core.api import CorruptImage, ImageError, ImageSource, MemoryStream, Stream, StreamError
from cdemu_core.filters import gzip as subject
from cdemu_core.filters import inflate
from cdemu_core.filters.bgzf import BgzfStream
from cdemu_core.filters.gzip import GzipStream, open_gzip

Open = Callable[..., Any]
fixtures_are_fresh = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def text(size: int, seed: int = 1) -> bytes:
    """Data that compress about three to one and repeat nowhere."""
    rng = random.Random(seed)
    words = [rng.randbytes(12) for _ in range(200)]
    return b"".join(rng.choice(words) + rng.randbytes(2) for _ in range(size // 14 + 1))[:size]


DATA = text(3 * 2**20)
LARGE = text(8 * 2**20 + 100 * 2048)


def bgzf(data: bytes, step: int = 60000) -> bytes:
    out = b""
    for at in [*range(0, len(data), step), len(data)]:
        piece = data[at : at + step]
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        body = packer.compress(piece) + packer.flush()
        head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + (len(body) + 25).to_bytes(2, "little")
        out += head + body + zlib.crc32(piece).to_bytes(4, "little") + len(piece).to_bytes(4, "little")
    return out


FORMS = {
    "one member": gzip.compress(DATA),
    "stored": gzip.compress(DATA, 0),
    "members": b"".join(gzip.compress(DATA[i : i + 700_001]) for i in range(0, len(DATA), 700_001)),
    "empty members": gzip.compress(b"") + gzip.compress(DATA) + gzip.compress(b""),
    "zeros after": gzip.compress(DATA) + bytes(5000),
    "zeros between": gzip.compress(DATA[:99]) + bytes(512) + gzip.compress(DATA[99:]),
    "garbage after": gzip.compress(DATA) + b"not gzip at all",
    "bgzf": bgzf(DATA),
    "bgzf, then plain": bgzf(DATA[:200_000]) + gzip.compress(DATA[200_000:]),
}


@pytest.fixture(scope="module")
def opened() -> dict[str, Stream]:
    return {}


@pytest.mark.parametrize("form", FORMS)
@fixtures_are_fresh
@given(offset=st.integers(0, len(DATA) + 10), length=st.integers(0, 400_000))
def test_random_reads_equal_the_whole(
    form: str, source: ImageSource, opened: dict[str, Stream], offset: int, length: int
) -> None:
    if form not in opened:
        opened[form] = open_gzip(MemoryStream(FORMS[form]), source)
    stream = opened[form]
    assert stream.size == len(DATA)
    same = stream.read_at(offset, length) == DATA[offset : offset + length]  # no megabytes in a message
    assert same


def test_sequential_reading_decodes_once(source: ImageSource, watched: Open) -> None:
    below = watched(FORMS["one member"])
    stream = open_gzip(below, source)
    below.read = 0
    assert b"".join(stream.read_at(at, 65536) for at in range(0, len(DATA), 65536)) == DATA
    assert below.read < 2.5 * below.size


def test_the_first_byte_of_a_large_file_does_not_need_the_rest(
    source: ImageSource, watched: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = watched(gzip.compress(LARGE, 1))
    monkeypatch.setattr(inflate.CheckpointIndex, "start", lambda self: None)
    stream = open_gzip(below, source)
    assert stream.size == len(LARGE)
    assert stream.read_at(0, 2048) == LARGE[:2048]
    assert below.read < below.size / 10


def test_a_hinted_file_reads_everywhere_while_it_is_verified(source: ImageSource) -> None:
    stream = open_gzip(MemoryStream(gzip.compress(LARGE, 1)), source)
    rng = random.Random(5)
    offsets = [rng.randrange(len(LARGE)) for _ in range(60)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda at: stream.read_at(at, 30_000), offsets))
    assert answers == [LARGE[at : at + 30_000] for at in offsets]
    stream.close()


@pytest.mark.parametrize("change", ["longer", "shorter"])
def test_a_hint_that_lies_is_refused_and_put_right_by_loading_again(source: ImageSource, change: str) -> None:
    if change == "longer":  # the last member's own size looks like the whole
        truth = bytes(4096) + LARGE
        packed = gzip.compress(bytes(4096), 9) + gzip.compress(LARGE, 1)
    else:  # bytes after the last member look like a size
        truth = LARGE[:-2048]
        packed = gzip.compress(truth, 1) + b"\0" + len(LARGE).to_bytes(4, "little")
    name = f"{change}.gz"
    stream = open_gzip(MemoryStream(packed, name), source)
    assert stream.size == len(LARGE)
    with pytest.raises(StreamError, match="load it again"):
        stream.read_at(stream.size - 10, 10)
    stream.close()
    again = open_gzip(MemoryStream(packed, name), source)
    assert again.size == len(truth)
    assert again.read_at(len(truth) - 100, 200) == truth[-100:]


def test_checkpoints_stay_few(source: ImageSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflate, "MAX_POINTS", 4)
    monkeypatch.setattr(inflate, "SPACING", inflate.BLOCK)
    stream = open_gzip(MemoryStream(FORMS["members"]), source)
    assert isinstance(stream, GzipStream)
    assert 2 <= len(stream._index._points) <= 4
    for at in (2_900_000, 10, 1_500_000, 3 * 2**20 - 5):
        assert stream.read_at(at, 50_000) == DATA[at : at + 50_000]


def test_bgzf_is_a_table(source: ImageSource, watched: Open) -> None:
    below = watched(FORMS["bgzf"])
    stream = open_gzip(below, source)
    assert isinstance(stream, BgzfStream)
    assert below.read < 10_000
    assert stream.read_at(1_000_000, 10) == DATA[1_000_000:1_000_010]


def test_garbage_is_noted(source: ImageSource) -> None:
    open_gzip(MemoryStream(FORMS["garbage after"]), source)
    assert source.notes == ["memory: what follows the gzip data is ignored."]  # type: ignore[attr-defined]


def test_a_truncated_small_file_is_corrupt(source: ImageSource) -> None:
    with pytest.raises(CorruptImage, match="the file is incomplete"):
        open_gzip(MemoryStream(FORMS["one member"][:-9]), source)


def test_damage_is_met_by_the_read_that_needs_it(source: ImageSource) -> None:
    packed = bytearray(gzip.compress(LARGE, 1))
    packed[len(packed) // 2] ^= 0x10
    stream = open_gzip(MemoryStream(packed), source)
    assert stream.read_at(1_000_000, 100) == LARGE[1_000_000:1_000_100]
    for _ in range(2):
        with pytest.raises(StreamError, match="damaged"):
            stream.read_at(len(LARGE) - 100_000, 10)
    assert stream.read_at(2_000_000, 100) == LARGE[2_000_000:2_000_100]
    stream.close()


def test_a_wrong_crc_is_met_at_the_end(source: ImageSource) -> None:
    packed = bytearray(gzip.compress(LARGE, 1))
    packed[-6] ^= 1
    stream = open_gzip(MemoryStream(packed), source)
    assert stream.read_at(0, 10) == LARGE[:10]
    with pytest.raises(StreamError, match="damaged"):
        stream.read_at(len(LARGE) - 1, 1)
    stream.close()


@fixtures_are_fresh
@given(st.data())
def test_mutations_raise_nothing_else(source: ImageSource, data: st.DataObject) -> None:
    packed = bytearray(gzip.compress(DATA[:50_000]) + bgzf(DATA[:9_000]))
    del packed[data.draw(st.integers(1, len(packed))) :]
    for _ in range(data.draw(st.integers(0, 3))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ImageError, StreamError):
        stream = open_gzip(MemoryStream(packed), source)
        assert len(stream.read_at(0, stream.size)) == stream.size
        stream.read_at(stream.size // 2, 100)
        stream.close()


def test_closing_ends_the_thread_and_closes_below_once(source: ImageSource, watched: Open) -> None:
    below = watched(gzip.compress(LARGE, 1))
    stream = open_gzip(below, source)
    assert isinstance(stream, GzipStream)
    stream.read_at(0, 1)
    stream.close()
    stream.close()
    assert below.closed == 1
    thread = stream._index._thread
    assert thread is not None
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("packed", "size", "believed"),
    [
        (400 * 2**20, 700 * 2**20, True),
        (400 * 2**20, 700 * 2**20 + 1, False),
        (400 * 2**20, 300 * 2**20, False),
        (300 * 2**10, 700 * 2**20, False),
        (2 * 2**30, 3 * 2**30, False),
        (100_000, 204800, False),
    ],
    ids=["plausible", "no sectors", "too small", "too dense", "4 GiB more as likely", "quick anyway"],
)
def test_when_a_size_is_believed(packed: int, size: int, believed: bool) -> None:
    class End(Stream):
        name = "x"

        def read_at(self, offset: int, length: int) -> bytes:
            assert (offset, length) == (self.size - 4, 4)
            return size.to_bytes(4, "little")

    end = End()
    end.size = packed
    assert (subject.size_hint(end) == size) is believed
