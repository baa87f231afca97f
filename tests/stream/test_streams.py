"""Every kind of stream answers as the same bytes in memory would."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdemu_core.errors import MissingFile, StreamError
from cdemu_core.stream.base import Stream
from cdemu_core.stream.blocks import BlockStream
from cdemu_core.stream.file import IOV_MAX, FileStream
from cdemu_core.stream.window import JoinedStream, MemoryStream, WindowStream

DATA = bytes(i * 37 % 251 for i in range(10_000))


class Sliced(BlockStream):
    """Blocks that decode to slices of DATA; counts what it decodes."""

    def __init__(self, starts: Sequence[int], cache_bytes: int = 4096) -> None:
        super().__init__(MemoryStream(b""), starts, len(DATA), name="sliced", cache_bytes=cache_bytes)
        self.decoded: list[int] = []

    def decode(self, block: int) -> bytes:
        self.decoded.append(block)
        start, end = self.span(block)
        return DATA[start:end]


def file(folder: Path) -> Stream:
    (folder / "data").write_bytes(DATA)
    return FileStream(folder / "data")


def window(folder: Path) -> Stream:
    return WindowStream(MemoryStream(b"x" * 77 + DATA + b"y" * 5), 77, len(DATA))


def joined(folder: Path) -> Stream:
    parts = [DATA[:1], b"", DATA[1:2048], DATA[2048:9999], b"", DATA[9999:]]
    return JoinedStream([MemoryStream(part) for part in parts])


def files_joined(folder: Path) -> Stream:
    streams = []
    for number, at in enumerate(range(0, len(DATA), 3000)):
        (folder / str(number)).write_bytes(DATA[at : at + 3000])
        streams.append(FileStream(folder / str(number)))
    return JoinedStream(streams)


KINDS: dict[str, Callable[[Path], Stream]] = {
    "file": file,
    "memory": lambda _: MemoryStream(DATA),
    "window": window,
    "joined": joined,
    "files joined": files_joined,
    "equal blocks": lambda _: Sliced(range(0, len(DATA), 512)),
    "odd blocks": lambda _: Sliced([0, 1, 1, 100, 5000, 5001, 9999]),
    "reader's default": lambda _: Plain(),
}


class Plain(Stream):
    """Only read_at, as the smallest plugin has it."""

    name = "plain"
    size = len(DATA)

    def read_at(self, offset: int, length: int) -> bytes:
        return DATA[offset : offset + length]


@pytest.fixture(params=KINDS, name="stream")
def _stream(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stream]:
    stream = KINDS[request.param](tmp_path)
    yield stream
    stream.close()


ranges = st.tuples(st.integers(0, len(DATA) + 50), st.integers(0, len(DATA) + 50))
fixture_is_read_only = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@fixture_is_read_only
@given(ranges)
def test_read_at(stream: Stream, where: tuple[int, int]) -> None:
    offset, length = where
    assert stream.size == len(DATA)
    assert stream.read_at(offset, length) == DATA[offset : offset + length]


@fixture_is_read_only
@given(st.integers(0, len(DATA) + 50), st.lists(st.integers(0, 1500), max_size=12))
def test_readv_at(stream: Stream, offset: int, lengths: list[int]) -> None:
    whole = bytearray(b"\xee" * sum(lengths))
    ends = [sum(lengths[: n + 1]) for n in range(len(lengths))]
    buffers = [memoryview(whole)[end - n : end] for n, end in zip(lengths, ends, strict=True)]
    expected = DATA[offset : offset + sum(lengths)]
    assert stream.readv_at(offset, buffers) == len(expected)
    assert whole[: len(expected)] == expected
    assert whole[len(expected) :] == b"\xee" * (len(whole) - len(expected))


def test_more_buffers_than_the_kernel_takes(tmp_path: Path) -> None:
    stream = file(tmp_path)
    whole = bytearray(3 * IOV_MAX)
    assert stream.readv_at(5, [memoryview(whole)[i : i + 1] for i in range(len(whole))]) == len(whole)
    assert whole == DATA[5 : 5 + len(whole)]
    stream.close()


def test_short_answers_of_the_kernel_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = file(tmp_path)
    preadv, pread = os.preadv, os.pread
    monkeypatch.setattr(os, "preadv", lambda fd, buffers, at: preadv(fd, [buffers[0][:700]], at))
    monkeypatch.setattr(os, "pread", lambda fd, length, at: pread(fd, min(length, 3), at))
    whole = bytearray(5000)
    assert stream.readv_at(9, [memoryview(whole)[:2000], memoryview(whole)[2000:]]) == 5000
    assert whole == DATA[9:5009]
    assert stream.read_at(1, 5000) == DATA[1:5001]
    stream.close()


def test_a_file_that_shrinks_is_an_error_not_zeros(tmp_path: Path) -> None:
    stream = file(tmp_path)
    os.truncate(stream.name, 100)
    with pytest.raises(StreamError, match="shorter") as caught:
        stream.read_at(0, 200)
    assert caught.value.offset == 100
    stream.close()


def test_what_cannot_be_opened_says_why_and_leaks_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(MissingFile, match="There is no file"):
        FileStream(tmp_path / "absent")
    with pytest.raises(StreamError, match="is a directory"):
        FileStream(tmp_path)
    with pytest.raises(StreamError, match="not a regular file"):
        FileStream(tmp_path / "fifo")
    with pytest.raises(StreamError, match="cannot be opened"):
        FileStream("a\0b")
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_closed_file_says_so(tmp_path: Path) -> None:
    stream = file(tmp_path)
    stream.close()
    stream.close()
    with pytest.raises(StreamError, match="is closed"):
        stream.read_at(0, 1)


def test_a_window_ends_where_its_stream_ends() -> None:
    assert WindowStream(MemoryStream(DATA), 9_990, 500).size == 10
    assert WindowStream(MemoryStream(DATA), 20_000, 5).size == 0
    assert WindowStream(MemoryStream(DATA), 4000).size == 6000
