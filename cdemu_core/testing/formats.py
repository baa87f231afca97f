"""ImageFormatTests: what every image format must hold to."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from ..disc.model import Disc, MainChannel, Subchannel
from ..disc.reader import DiscReader
from ..errors import CdemuError
from ..loading.loader import ImageLoader, LoadedImage, LoadRequest
from ..loading.probe import judge
from ..loading.source import LoadContext
from ..loading.view import StreamView
from ..plugin.descriptors import Evidence, ImageFormat
from ..plugin.host import PluginHost
from ..stream.window import MemoryStream
from .damage import mutations, scratch_copy, truncations
from .discs import payload
from .facts import Sample, disc_digest, read_range
from .kit import (
    TOLERATED,
    Kit,
    check_nothing_heavy,
    check_probe_is_total,
    in_threads,
    noise,
)
from .limits import bounded_memory, bounded_time, no_descriptor_left

READS_OF_DAMAGED = 4
"""Sectors read at either end of every track of a damaged image that still loads."""


class ImageFormatTests(Kit):
    """Subclass it as ``TestXyz`` and set ``image_format`` and ``samples``.

    ``least_evidence``: what the format must show for its own samples (TEXT for text descriptors,
    SHAPE for raw data). A test that cannot hold is overridden with ``xfail(reason=…)``.
    """

    image_format: ClassVar[str]
    least_evidence: ClassVar[Evidence] = Evidence.MAGIC

    @pytest.fixture
    def fmt(self, host: PluginHost) -> ImageFormat:
        """The format under test."""
        assert self.image_format in host.formats, [record.reason for record in host.list() if record.reason]
        return host.formats[self.image_format]

    @pytest.fixture
    def load(self, host: PluginHost) -> Callable[..., LoadedImage]:
        """``load(sample, path, detect=False)``."""

        def load(sample: Sample, path: Path, *, detect: bool = False) -> LoadedImage:
            paths = (str(path), *(str(path.parent / name) for name in sample.files))
            request = LoadRequest(
                paths,
                format=None if detect else self.image_format,
                encoding=sample.encoding,
                password=sample.password,
            )
            return ImageLoader(host).load(request)

        return load

    @pytest.fixture
    def loaded(self, sample: Sample, image: Path, load: Callable[..., LoadedImage]) -> Iterator[LoadedImage]:
        """The sample, loaded by detection."""
        loaded = load(sample, image, detect=True)
        yield loaded
        loaded.close()

    def test_detected_as_this_format(self, loaded: LoadedImage) -> None:
        assert loaded.format == self.image_format

    def test_facts(self, sample: Sample, loaded: LoadedImage) -> None:
        assert sample.facts is not None, "a sample of a format says what it holds: facts=DiscFacts(…)"
        sample.facts.check(loaded.disc)

    def test_probe_knows_its_own(
        self, sample: Sample, image: Path, host: PluginHost, fmt: ImageFormat
    ) -> None:
        chain = LoadContext(host, {}, sample.password).chain
        try:
            opened = chain.open(str(image))
            verdict = judge(fmt, StreamView(opened.stream, opened.name))
        finally:
            chain.close()
        assert verdict.evidence >= self.least_evidence, verdict.reason

    def test_probe_claims_nothing_foreign(self, fmt: ImageFormat) -> None:
        for data in noise():
            for name in ("foreign.zzz", *("foreign" + suffix for suffix in fmt.suffixes)):
                evidence = judge(fmt, StreamView(MemoryStream(data), name)).evidence
                assert evidence <= (Evidence.NONE if name == "foreign.zzz" else Evidence.SHAPE), (
                    name,
                    len(data),
                )

    def test_probe_is_total_and_bounded(self, fmt: ImageFormat) -> None:
        check_probe_is_total(fmt, noise())

    def test_probe_is_total_on_damaged_samples(
        self, sample: Sample, image: Path, fmt: ImageFormat, tmp_path: Path
    ) -> None:
        copy = scratch_copy(image, tmp_path / "copy")
        contents = (copy.read_bytes() for _ in mutations(copy, min(50, self.mutation_count)))
        check_probe_is_total(fmt, contents)

    def test_fragments_lie_inside_their_streams(self, loaded: LoadedImage) -> None:
        check_fragments(loaded.disc)

    def test_random_reads_equal_one_sequential_read(self, loaded: LoadedImage) -> None:
        reader, rng = DiscReader(loaded.disc), random.Random(1)
        for track in loaded.disc.tracks:
            length = min(track.length, 2000)
            whole = read_range(reader, track.start, length)
            size = len(whole) // length
            for _ in range(20):
                begin = rng.randrange(length)
                count = rng.randint(1, min(32, length - begin))
                part = read_range(reader, track.start + begin, count)
                assert part == whole[begin * size : (begin + count) * size]

    def test_same_digest_from_four_threads(self, loaded: LoadedImage) -> None:
        expected = disc_digest(loaded.disc)
        assert in_threads(lambda: disc_digest(loaded.disc)) == [expected] * 4

    def test_no_descriptor_left(
        self, sample: Sample, image: Path, tmp_path: Path, load: Callable[..., LoadedImage]
    ) -> None:
        with no_descriptor_left():
            loaded = load(sample, image)
            loaded.close()
        copy = scratch_copy(image, tmp_path / "copy")
        with no_descriptor_left():
            for _ in truncations(copy, 20):
                self._load_damaged(load, sample, copy, "a truncated copy")

    def test_every_truncation(
        self, sample: Sample, image: Path, tmp_path: Path, load: Callable[..., LoadedImage]
    ) -> None:
        copy = scratch_copy(image, tmp_path / "copy")
        with bounded_memory():
            for length in truncations(copy, self.truncation_count):
                self._load_damaged(load, sample, copy, f"cut to {length} bytes")

    def test_mutations(
        self, sample: Sample, image: Path, tmp_path: Path, load: Callable[..., LoadedImage]
    ) -> None:
        copy = scratch_copy(image, tmp_path / "copy")
        with bounded_memory():
            for change in mutations(copy, self.mutation_count):
                self._load_damaged(load, sample, copy, change)

    def test_noise_under_its_name(
        self, fmt: ImageFormat, tmp_path: Path, load: Callable[..., LoadedImage]
    ) -> None:
        for size in (1, 512, 2048, 70000):
            path = tmp_path / ("noise" + (fmt.suffixes or ("",))[0])
            path.write_bytes(payload(size))
            self._load_damaged(load, Sample(), path, f"{size} bytes of noise")

    def test_nothing_heavy_is_imported_at_discovery(self, host: PluginHost, fmt: ImageFormat) -> None:
        check_nothing_heavy(host, fmt)

    def _load_damaged(self, load: Callable[..., LoadedImage], sample: Sample, path: Path, what: str) -> None:
        """Load and read a little: a disc, or an error about the image, and nothing else."""
        with bounded_time(what):
            try:
                loaded = load(sample, path)
            except TOLERATED:
                return
            except CdemuError as problem:
                pytest.fail(f"{what}: {type(problem).__name__}: {problem}")
            try:
                check_fragments(loaded.disc)
                read_a_little(loaded.disc)
            finally:
                loaded.close()


def check_fragments(disc: Disc) -> None:
    """Every fragment's bytes, main and sub-channel, lie inside its stream."""
    for track in disc.tracks:
        assert sum(fragment.length for fragment in track.fragments) == track.length
        for fragment in track.fragments:
            if fragment.main is not None:
                main: MainChannel = fragment.main
                _check_inside(main, fragment.length, main.stored.length)
            if fragment.sub is not None:
                _check_inside(fragment.sub, fragment.length, fragment.sub.form.size)


def _check_inside(channel: MainChannel | Subchannel, length: int, size: int) -> None:
    end = channel.offset + (length - 1) * channel.stride + size
    assert channel.offset >= 0
    assert end <= channel.stream.size


def read_a_little(disc: Disc) -> None:
    """Read both ends of every track; damaged data may raise what TOLERATED lists."""
    reader = DiscReader(disc)
    for track in disc.tracks:
        count = min(READS_OF_DAMAGED, track.length)
        for lba in (track.start, track.end - count):
            try:
                read_range(reader, lba, count)
            except TOLERATED:
                continue
