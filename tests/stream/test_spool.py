"""SpoolStream: decoded once, served as it comes, gone when closed."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator

import pytest

from cdemu_core.errors import CorruptImage, StreamError
from cdemu_core.stream.spool import SpoolStream
from cdemu_core.stream.window import MemoryStream


def test_reads_are_served_as_far_as_decoded() -> None:
    go = threading.Event()

    def chunks() -> Iterator[bytes]:
        yield b"abc"
        assert go.wait(20)
        yield b"defg"

    stream = SpoolStream(MemoryStream(b""), chunks(), 7)
    assert stream.read_at(0, 3) == b"abc"
    threading.Timer(0.05, go.set).start()
    buffers = [bytearray(2), bytearray(10)]
    assert stream.readv_at(1, [memoryview(buffer) for buffer in buffers]) == 6
    assert buffers == [b"bc", b"defg" + bytes(6)]
    assert stream.read_at(7, 5) == b""
    stream.close()
    with pytest.raises(StreamError, match="closed"):
        stream.read_at(0, 1)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ([], "fewer bytes"),
        ([b"x" * 100], "more bytes"),
        (CorruptImage("The layer is damaged."), "The layer is damaged"),
        (OSError(28, "No space left on device"), "TMPDIR"),
    ],
    ids=["short", "long", "damage", "full disk"],
)
def test_what_goes_wrong_is_told_to_whoever_needs_it(more: list[bytes] | Exception, message: str) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"good"
        if isinstance(more, Exception):
            raise more
        yield from more

    stream = SpoolStream(MemoryStream(b""), chunks(), 10)
    for _ in range(2):
        with pytest.raises(StreamError, match=message):
            stream.read_at(0, 10)
    assert stream.read_at(0, 4) == b"good"
    stream.close()


def test_closing_stops_an_endless_decoder_and_leaks_nothing() -> None:
    before = len(os.listdir("/proc/self/fd"))

    def chunks() -> Iterator[bytes]:
        while True:
            yield b"\0" * 4096

    stream = SpoolStream(MemoryStream(b""), chunks(), 2**40)
    assert stream.read_at(10, 1) == b"\0"
    stream.close()
    stream.close()
    assert stream._thread is not None
    assert not stream._thread.is_alive()
    assert len(os.listdir("/proc/self/fd")) == before


def test_no_folder_for_the_file_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(StreamError, match="Read-only file system; name a writable folder in TMPDIR"):
        SpoolStream(MemoryStream(b""), [], 1)
