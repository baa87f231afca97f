"""BlockStream: what is kept, what is checked, what threads may do."""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import ClassVar

import pytest

from cdemu_core.errors import StreamError
from cdemu_core.stream.blocks import BlockStream
from cdemu_core.stream.window import MemoryStream


class Counted(MemoryStream):
    """Counts how often it is closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


class Numbers(BlockStream):
    """Block n is 100 bytes of n."""

    damage: ClassVar[tuple[type[Exception], ...]] = (zlib.error,)

    def __init__(self, count: int = 50, cache_bytes: int = 1000) -> None:
        self.below = Counted(b"")
        super().__init__(
            self.below, range(0, count * 100, 100), count * 100, name="n", cache_bytes=cache_bytes
        )
        self.decoded: list[int] = []

    def decode(self, block: int) -> bytes:
        self.decoded.append(block)
        if block == 7:
            return zlib.decompress(b"not zlib")
        return bytes([block]) * (99 if block == 9 else 100)


def test_blocks_are_kept_up_to_the_bound_and_the_oldest_go_first() -> None:
    stream = Numbers()
    stream.read_at(1000, 1000)
    stream.read_at(1000, 1000)
    assert stream.decoded == list(range(10, 20))
    stream.read_at(2000, 1)
    stream.read_at(1100, 1)
    stream.read_at(1000, 1)
    assert stream.decoded == [*range(10, 21), 10]


def test_the_newest_block_is_kept_even_in_a_cache_too_small() -> None:
    stream = Numbers(cache_bytes=10)
    for at in range(1000, 1200):
        stream.read_at(at, 1)
    assert stream.decoded == [10, 11]


def test_damage_is_a_stream_error_of_the_read_that_meets_it() -> None:
    stream = Numbers()
    assert stream.read_at(0, 700) == b"".join(bytes([n]) * 100 for n in range(7))
    with pytest.raises(StreamError, match="block 7, at byte 700, does not decode") as caught:
        stream.read_at(650, 100)
    assert caught.value.offset == 700
    with pytest.raises(StreamError, match="99 bytes where its index says 100"):
        stream.read_at(900, 1)
    assert stream.read_at(1000, 1) == b"\x0a"


def test_closing_closes_the_stream_below_once() -> None:
    stream = Numbers()
    stream.close()
    stream.close()
    assert stream.below.closed == 1
    with pytest.raises(StreamError, match="closed"):
        stream.read_at(0, 1)


def test_threads_share_the_work() -> None:
    stream = Numbers(count=240, cache_bytes=100 * 240)
    stream_blocks = [n for n in range(240) if n not in (7, 9)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: stream.read_at(n * 100, 100), stream_blocks * 4))
    assert answers == [bytes([n]) * 100 for n in stream_blocks] * 4
    assert sorted(stream.decoded) == stream_blocks


def test_different_blocks_decode_at_the_same_time() -> None:
    started, release = Event(), Event()

    class Slow(Numbers):
        def decode(self, block: int) -> bytes:
            if block == 0:
                started.set()
                assert release.wait(20)
            return super().decode(block)

    stream = Slow()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(stream.read_at, 0, 1)
        assert started.wait(20)
        assert stream.read_at(100, 1) == b"\x01"
        release.set()
        assert slow.result() == b"\0"
