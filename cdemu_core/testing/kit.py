"""What the three conformance classes share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import ClassVar, TypeVar

import pytest

from ..errors import ImageError, MediumError, StreamError
from ..loading.view import StreamView
from ..plugin.descriptors import Evidence, ImageFormat, ImageWriter, StreamFilter
from ..plugin.host import PluginHost
from ..stream.window import MemoryStream
from .discs import payload
from .facts import Sample
from .limits import HEAVY, modules_after_discovery

T = TypeVar("T")
TOLERATED = (ImageError, StreamError, MediumError)
"""All that damaged input may raise."""
WORKING = {"parser", "writer", "_generated"}
"""Module names of a plugin that only parse, open or write may import."""
PROBE_READ_LIMIT = 8 << 20
"""Bytes a probe may read in all."""
PROBE_SIZES = (0, 1, 2, 15, 512, 2047, 2048, 2352, 40960, 65536, 70000)


class MeteredStream(MemoryStream):
    """A stream in memory that counts the bytes read from it."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data, name)
        self.count = 0

    def read_at(self, offset: int, length: int) -> bytes:
        """As :meth:`Stream.read_at`."""
        data = super().read_at(offset, length)
        self.count += len(data)
        return data


class Kit:
    """Base of the conformance classes: samples as parameters, files made once, the installed plugins."""

    samples: ClassVar[tuple[Sample, ...]] = ()
    mutation_count: ClassVar[int] = 500
    truncation_count: ClassVar[int] = 200
    _made: ClassVar[dict[int, Path]] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run every test that takes a ``sample`` once per sample."""
        if "sample" in metafunc.fixturenames:
            assert self.samples, f"{type(self).__name__} lists no samples"
            metafunc.parametrize("sample", self.samples, ids=[sample.id for sample in self.samples])

    def __init_subclass__(cls) -> None:
        cls._made = {}

    @pytest.fixture
    def host(self) -> PluginHost:
        """All installed plugins."""
        return installed()

    @pytest.fixture
    def image(self, sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """The sample's main file, not to be changed; what must be made is made once per class."""
        if id(sample) not in self._made:
            self._made[id(sample)] = self._provide(sample, tmp_path_factory.mktemp("sample"))
        return self._made[id(sample)]

    def _provide(self, sample: Sample, folder: Path) -> Path:
        if sample.make is None:
            return Path(inspect.getfile(type(self))).parent / sample.path
        return Path(sample.make(folder))


@cache
def installed() -> PluginHost:
    """The host of all installed plugins, shared by all tests."""
    return PluginHost()


def check_probe_is_total(descriptor: ImageFormat | StreamFilter, contents: Iterator[bytes]) -> None:
    """Probe any bytes under any name: evidence is returned, nothing raised, reading stays bounded."""
    if descriptor.probe is None:
        return
    for data in contents:
        for name in ("sample", *("sample" + suffix for suffix in descriptor.suffixes)):
            stream = MeteredStream(data, name)
            evidence = descriptor.probe(StreamView(stream, name))
            assert isinstance(evidence, Evidence)
            assert stream.count <= PROBE_READ_LIMIT


def noise() -> Iterator[bytes]:
    """Bytes that belong to nobody."""
    for seed, size in enumerate(PROBE_SIZES):
        yield payload(size, seed)
        yield bytes(size)
        yield b"\xff" * size
        yield (b"lorem ipsum\r\n" * (size // 13 + 1))[:size]


def check_nothing_heavy(host: PluginHost, descriptor: ImageFormat | StreamFilter | ImageWriter) -> None:
    """After discovery neither the plugin's working modules nor heavy libraries are loaded."""
    record = host.owner(descriptor)
    assert record is not None
    package = record.module.rpartition(".")[0]
    loaded = modules_after_discovery()
    inner = {
        module for module in loaded if module.startswith(package + ".") and WORKING & {*module.split(".")}
    }
    assert not inner, f"discovery imports {sorted(inner)}; import them inside parse, open or write"
    assert not loaded & set(HEAVY)


def in_threads(work: Callable[[], T], count: int = 4) -> list[T]:
    """What ``count`` threads working at once return."""
    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(work) for _ in range(count)]]
