"""ImageWriterTests: what every image writer must hold to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import attrs
import pytest

from ..disc.model import Disc, Fragment, MediumType
from ..errors import CdemuError, StreamError
from ..loading.loader import ImageLoader, LoadRequest
from ..plugin.descriptors import ImageWriter
from ..plugin.host import PluginHost
from ..stream.base import Stream
from .discs import audio_disc, data_disc, mixed_disc
from .facts import DiscFacts
from .kit import check_nothing_heavy, installed
from .limits import no_descriptor_left


class BrokenStream(Stream):
    """A stream whose bytes cannot be read from ``good`` bytes on."""

    def __init__(self, stream: Stream, good: int) -> None:
        self._stream, self._good = stream, good
        self.name, self.size = stream.name, stream.size

    def read_at(self, offset: int, length: int) -> bytes:
        """As :meth:`Stream.read_at`."""
        if offset + length > self._good:
            raise StreamError("the test's stream breaks here", offset=self._good)
        return self._stream.read_at(offset, length)


class ImageWriterTests:
    """Subclass it as ``TestXyz`` and set ``image_writer``; ``discs`` are functions that make discs.

    ``image_format``: the format that reads what was written; default the writer's own name.
    """

    image_writer: ClassVar[str]
    image_format: ClassVar[str] = ""
    discs: ClassVar[tuple[Callable[[], Disc], ...]] = (data_disc, audio_disc, mixed_disc)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run every test that takes ``make_disc`` once per disc."""
        if "make_disc" in metafunc.fixturenames:
            metafunc.parametrize("make_disc", self.discs, ids=[make.__name__ for make in self.discs])

    @pytest.fixture
    def host(self) -> PluginHost:
        """All installed plugins."""
        return installed()

    @pytest.fixture
    def writer(self, host: PluginHost) -> ImageWriter:
        """The writer under test."""
        assert self.image_writer in host.writers, [record.reason for record in host.list() if record.reason]
        return host.writers[self.image_writer]

    def test_what_is_written_loads_equal(
        self, make_disc: Callable[[], Disc], writer: ImageWriter, host: PluginHost, tmp_path: Path
    ) -> None:
        disc = make_disc()
        with no_descriptor_left():
            files = writer.write(disc, str(tmp_path / f"disc{writer.suffixes[0]}"), defaults(writer))
            fmt = self.image_format or self.image_writer
            loaded = ImageLoader(host).load(LoadRequest((files[0],), format=fmt))
            try:
                DiscFacts.of(disc).check(loaded.disc)
            finally:
                loaded.close()

    def test_returns_all_its_files(
        self, make_disc: Callable[[], Disc], writer: ImageWriter, tmp_path: Path
    ) -> None:
        files = writer.write(make_disc(), str(tmp_path / f"disc{writer.suffixes[0]}"), defaults(writer))
        assert {Path(file) for file in files} == set(tmp_path.iterdir())

    def test_writing_twice_is_the_same(
        self, make_disc: Callable[[], Disc], writer: ImageWriter, tmp_path: Path
    ) -> None:
        contents = []
        for folder in (tmp_path / "a", tmp_path / "b"):
            folder.mkdir()
            files = writer.write(make_disc(), str(folder / f"disc{writer.suffixes[0]}"), defaults(writer))
            contents.append([Path(file).read_bytes() for file in files])
        assert contents[0] == contents[1]

    def test_a_failure_leaves_no_file(self, writer: ImageWriter, tmp_path: Path) -> None:
        path = str(tmp_path / f"disc{writer.suffixes[0]}")
        with no_descriptor_left(), pytest.raises(CdemuError):
            writer.write(broken(self.discs[0]()), path, defaults(writer))
        assert list(tmp_path.iterdir()) == []

    def test_media_are_known(self, writer: ImageWriter) -> None:
        assert set(writer.media) <= {medium.name.lower().replace("_", "-") for medium in MediumType}

    def test_parameters_hold_their_defaults(self, writer: ImageWriter) -> None:
        ids = [parameter.id for parameter in writer.parameters]
        assert len(set(ids)) == len(ids)
        for parameter in writer.parameters:
            assert not parameter.choices or parameter.default in parameter.choices

    def test_nothing_heavy_is_imported_at_discovery(self, host: PluginHost, writer: ImageWriter) -> None:
        check_nothing_heavy(host, writer)


def defaults(writer: ImageWriter) -> dict[str, bool | int | str]:
    """The writer's parameters as they are when nobody sets them."""
    return {parameter.id: parameter.default for parameter in writer.parameters}


def broken(disc: Disc) -> Disc:
    """``disc`` with every stream breaking half-way."""
    return attrs.evolve(
        disc,
        sessions=tuple(
            attrs.evolve(
                session,
                tracks=tuple(
                    attrs.evolve(track, fragments=tuple(map(_broken_fragment, track.fragments)))
                    for track in session.tracks
                ),
            )
            for session in disc.sessions
        ),
    )


def _broken_fragment(fragment: Fragment) -> Fragment:
    if fragment.main is None:
        return fragment
    stream = fragment.main.stream
    main = attrs.evolve(fragment.main, stream=BrokenStream(stream, stream.size // 2))
    return attrs.evolve(fragment, main=main)
