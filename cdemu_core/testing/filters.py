"""StreamFilterTests: what every stream filter must hold to."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest

from ..errors import CdemuError
from ..loading.chain import Chain, OpenedFile
from ..loading.probe import judge
from ..loading.source import LoadContext
from ..loading.view import StreamView
from ..plugin.descriptors import Evidence, FilterRole, StreamFilter
from ..plugin.host import PluginHost
from ..stream.base import Stream
from ..stream.window import MemoryStream
from .damage import mutations, scratch_copy, truncations
from .facts import FilterSample, Sample
from .kit import TOLERATED, Kit, check_nothing_heavy, check_probe_is_total, in_threads, noise
from .limits import bounded_memory, bounded_time, no_descriptor_left

MOST_READ = 64 << 20
"""Bytes of a damaged stream that are read; one that claims more is no error in itself."""
PIECE = 1 << 20


class StreamFilterTests(Kit):
    """Subclass it as ``TestXyz``; set ``stream_filter`` and ``samples`` (FilterSample).

    A sample's ``content`` is what comes out when this filter and those around it are undone.
    """

    stream_filter: ClassVar[str]
    samples: ClassVar[tuple[Sample, ...]] = ()

    @pytest.fixture
    def filter_(self, host: PluginHost) -> StreamFilter:
        """The filter under test."""
        assert self.stream_filter in host.filters, [record.reason for record in host.list() if record.reason]
        return host.filters[self.stream_filter]

    @pytest.fixture
    def opened(
        self, sample: FilterSample, image: Path, host: PluginHost, filter_: StreamFilter
    ) -> Iterator[OpenedFile]:
        """The sample with its layers undone."""
        with opened_chain(host, sample) as chain:
            yield chain.open(str(image), filter_.role)

    def test_undone_by_this_filter(self, opened: OpenedFile) -> None:
        assert self.stream_filter in opened.filters

    def test_content(self, sample: FilterSample, opened: OpenedFile) -> None:
        assert sample.content is not None or sample.sha256 is not None, "say what the sample holds"
        sample.check(read_all(opened.stream))

    def test_suffix_is_taken_off(self, sample: FilterSample, image: Path, opened: OpenedFile) -> None:
        assert opened.name == image.name or image.name.startswith(opened.name)

    def test_random_reads_equal_one_sequential_read(self, opened: OpenedFile) -> None:
        stream, rng = opened.stream, random.Random(1)
        whole = read_all(stream)
        for _ in range(100):
            offset = rng.randrange(stream.size + 10)
            length = rng.choice((0, 1, 16, 2048, 2352, 70000))
            assert stream.read_at(offset, length) == whole[offset : offset + length]

    def test_gathered_reads_equal_plain_ones(self, opened: OpenedFile) -> None:
        stream, rng = opened.stream, random.Random(2)
        for _ in range(20):
            offset = rng.randrange(stream.size)
            sizes = [rng.choice((1, 16, 304, 2048)) for _ in range(rng.randint(1, 9))]
            buffer = bytearray(sum(sizes))
            done = stream.readv_at(offset, cut(buffer, sizes))
            expected = stream.read_at(offset, len(buffer))
            assert done == len(expected)
            assert buffer[:done] == expected

    def test_ends(self, opened: OpenedFile) -> None:
        stream = opened.stream
        assert stream.read_at(stream.size, 1) == b""
        assert stream.read_at(stream.size + (1 << 40), 1) == b""
        assert stream.read_at(0, 0) == b""
        assert len(stream.read_at(max(0, stream.size - 10), 100)) == min(10, stream.size)

    def test_same_bytes_from_four_threads(self, opened: OpenedFile) -> None:
        expected = read_all(opened.stream)
        results = in_threads(lambda: read_all(opened.stream) == expected)
        assert results == [True] * 4

    def test_probe_claims_nothing_foreign(self, filter_: StreamFilter) -> None:
        for data in noise():
            for name in ("foreign.zzz", *("foreign" + suffix for suffix in filter_.suffixes)):
                verdict = judge(filter_, StreamView(MemoryStream(data), name))
                assert verdict.evidence < Evidence.MAGIC, (name, len(data))

    def test_probe_is_total_and_bounded(self, filter_: StreamFilter) -> None:
        check_probe_is_total(filter_, noise())

    def test_probe_is_total_on_damaged_samples(
        self, sample: FilterSample, image: Path, filter_: StreamFilter, tmp_path: Path
    ) -> None:
        copy = scratch_copy(image, tmp_path / "copy")
        contents = (copy.read_bytes() for _ in mutations(copy, min(50, self.mutation_count)))
        check_probe_is_total(filter_, contents)

    def test_no_descriptor_left(
        self, sample: FilterSample, image: Path, host: PluginHost, filter_: StreamFilter, tmp_path: Path
    ) -> None:
        with no_descriptor_left(), opened_chain(host, sample) as chain:
            chain.open(str(image), filter_.role)
        copy = scratch_copy(image, tmp_path / "copy")
        with no_descriptor_left():
            for length in truncations(copy, 20):
                read_damaged(host, sample, copy, filter_.role, f"cut to {length} bytes")

    def test_every_truncation(
        self, sample: FilterSample, image: Path, host: PluginHost, filter_: StreamFilter, tmp_path: Path
    ) -> None:
        copy = scratch_copy(image, tmp_path / "copy")
        with bounded_memory():
            for length in truncations(copy, self.truncation_count):
                read_damaged(host, sample, copy, filter_.role, f"cut to {length} bytes")

    def test_mutations(
        self, sample: FilterSample, image: Path, host: PluginHost, filter_: StreamFilter, tmp_path: Path
    ) -> None:
        copy = scratch_copy(image, tmp_path / "copy")
        with bounded_memory():
            for change in mutations(copy, self.mutation_count):
                read_damaged(host, sample, copy, filter_.role, change)

    def test_nothing_heavy_is_imported_at_discovery(self, host: PluginHost, filter_: StreamFilter) -> None:
        check_nothing_heavy(host, filter_)


@contextmanager
def opened_chain(host: PluginHost, sample: Sample) -> Iterator[Chain]:
    """A chain that closes what it opened."""
    chain = LoadContext(host, {}, sample.password).chain
    try:
        yield chain
    finally:
        chain.close()


def read_damaged(host: PluginHost, sample: Sample, path: Path, role: FilterRole, what: str) -> None:
    """Open and read: bytes, or an error about the file, and nothing else."""
    with bounded_time(what), opened_chain(host, sample) as chain:
        try:
            stream = chain.open(str(path), role).stream
            for offset in range(0, min(stream.size, MOST_READ), PIECE):
                stream.read_at(offset, PIECE)
            stream.read_at(max(0, stream.size - 2048), 2048)
        except TOLERATED:
            return
        except CdemuError as problem:
            pytest.fail(f"{what}: {type(problem).__name__}: {problem}")


def read_all(stream: Stream) -> bytes:
    """All bytes, a megabyte at a time."""
    return b"".join(stream.read_at(offset, PIECE) for offset in range(0, stream.size, PIECE))


def cut(buffer: bytearray, sizes: list[int]) -> list[memoryview]:
    """``buffer`` as views of ``sizes`` bytes."""
    view, views = memoryview(buffer), []
    for size in sizes:
        views.append(view[:size])
        view = view[size:]
    return views
