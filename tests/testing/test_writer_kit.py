"""The writers' part of the conformance kit, on a writer made up here: index as JSON, then the sectors."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from cdemu_core.api import (
    STORED,
    Disc,
    DiscBuilder,
    Fragment,
    ImageFormat,
    ImageSource,
    ImageWriter,
    MainChannel,
    MediumType,
    SectorType,
    hookimpl,
)
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.discs import audio_disc
from cdemu_core.testing.writers import ImageWriterTests, broken, defaults

INDEX = 4096
"""Bytes before the first sector."""


def write(disc: Disc, path: str, parameters: dict[str, bool | int | str]) -> Sequence[str]:
    index, body = [], bytearray()
    for track in disc.tracks:
        for fragment in track.fragments:
            main = fragment.main
            size = main.stride * fragment.length if main else 0
            place = INDEX + len(body)
            index.append(
                (track.number, track.sector_type.name, track.pregap, fragment.length, place, bool(main))
            )
            if main:
                body += main.stream.read_at(main.offset, size)
    Path(path).write_bytes(json.dumps(index).encode().ljust(INDEX) + body)
    return [path]


def parse(source: ImageSource) -> Disc:
    builder = DiscBuilder(MediumType.CD)
    session = builder.add_session()
    session.lead_pregap = 0
    track, last = None, 0
    for number, type_name, pregap, length, place, stored in json.loads(source.stream.read_at(0, INDEX)):
        kind = SectorType[type_name]
        if track is None or number != last:
            track, last = session.add_track(kind), number
            track.pregap = pregap
        stride = 2352 if kind is SectorType.AUDIO else 2048
        main = MainChannel(source.stream, place, stride, STORED[kind, stride]) if stored else None
        track.add_fragment(Fragment(length, main))
    return builder.build()


def plugin(writer: ImageWriter) -> types.ModuleType:
    """A module that registers ``writer`` and the format that reads what it writes."""

    def cdemu_image_formats() -> Iterable[ImageFormat]:
        yield ImageFormat(name="idx", title="", suffixes=(".idx",), mime_types=(), parse=parse)

    def cdemu_image_writers() -> Iterable[ImageWriter]:
        yield writer

    module = types.ModuleType("made_up_writer")
    module.cdemu_image_formats = hookimpl(cdemu_image_formats)  # type: ignore[attr-defined]
    module.cdemu_image_writers = hookimpl(cdemu_image_writers)  # type: ignore[attr-defined]
    return module


class TestIdx(ImageWriterTests):
    image_writer = "idx"

    @pytest.fixture
    def host(self) -> Iterator[PluginHost]:
        """A host that knows this writer and its format."""
        module = plugin(ImageWriter(name="idx", title="", suffixes=(".idx",), media=("cd",), write=write))
        sys.modules[module.__name__] = module
        yield PluginHost([EntryPoint("idx", module.__name__, "cdemu")])
        del sys.modules[module.__name__]


def leaving(disc: Disc, path: str, parameters: Any) -> Sequence[str]:
    """A writer that leaves half a file behind."""
    with open(path, "wb") as file:
        for track in disc.tracks:
            for fragment in track.fragments:
                if fragment.main:
                    for sector in range(fragment.length):
                        file.write(fragment.main.stream.read_at(sector * 2352, 2352))
    return []


def test_bad_writers_are_found(tmp_path: Path) -> None:
    writer = ImageWriter(name="bad", title="", suffixes=(".bad",), media=("punch card",), write=leaving)
    kit = TestIdx()
    checks: tuple[Callable[[Path], None], ...] = (
        lambda folder: kit.test_a_failure_leaves_no_file(writer, folder),
        lambda folder: kit.test_returns_all_its_files(audio_disc, writer, folder),
        lambda folder: kit.test_media_are_known(writer),
    )
    for number, check in enumerate(checks):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(AssertionError):
            check(folder)


def test_defaults_and_broken_streams() -> None:
    writer = ImageWriter(name="x", title="", suffixes=(), media=(), write=write)
    assert defaults(writer) == {}
    whole = audio_disc().tracks[0].fragments[-1].main
    half = broken(audio_disc()).tracks[0].fragments[-1].main
    assert whole is not None
    assert half is not None
    assert half.stream.read_at(0, 100) == whole.stream.read_at(0, 100)
    with pytest.raises(OSError, match="breaks here"):
        half.stream.read_at(half.stream.size - 10, 10)
