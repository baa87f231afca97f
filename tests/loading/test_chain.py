"""Layers of files, siblings, audio: what sources give to parsers and filters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdemu_core.api import Disc, FilterRole, ImageSource, Stream
from cdemu_core.errors import CdemuError, CorruptImage, MissingFile, PluginBroken, UnsupportedImage
from cdemu_core.loading.chain import MAX_LAYERS
from cdemu_core.loading.loader import LoadRequest
from cdemu_core.loading.source import HostSource, LoadContext
from cdemu_core.stream.window import JoinedStream, MemoryStream
from cdemu_core.testing.limits import no_descriptor_left

BODY = bytes(range(256)) * 8


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_layers_are_undone_and_their_suffixes_taken_off(make: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "disc.plain.peel.PEEL", b"PEELPEEL" + BODY)
    with no_descriptor_left():
        chain = LoadContext(make.host(make.filter()), {}, None).chain
        opened = chain.open(str(path))
        assert (opened.name, opened.filters) == ("disc.plain", ("peel", "peel"))
        assert opened.stream.read_at(0, 5000) == BODY
        assert chain.open(str(tmp_path / "." / path.name)) is opened
        chain.close()


def test_a_layered_image_loads(make: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "disc.plain.peel", b"PEEL" + BODY)
    loaded = make.loader(make.format(), make.filter()).load(LoadRequest((str(path),)))
    loaded.close()
    assert loaded.format == "plain"


def test_layers_end(make: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "deep", b"PEEL" * (MAX_LAYERS + 1) + BODY)
    chain = LoadContext(make.host(make.filter()), {}, None).chain
    with no_descriptor_left(), pytest.raises(CorruptImage, match="more than 8 layers"):
        chain.open(str(path))
    path.write_bytes(b"PEEL" * MAX_LAYERS + BODY)
    assert len(chain.open(str(path)).filters) == MAX_LAYERS
    chain.close()


@pytest.mark.parametrize(
    ("opens", "kind", "words"),
    [
        (lambda stream, source: 1 // 0, PluginBroken, "ZeroDivisionError"),
        (lambda stream, source: None, PluginBroken, "not a Stream"),
        (lambda stream, source: b"".decode(stream.missing), PluginBroken, "AttributeError"),
        (lambda stream, source: next(iter(())), PluginBroken, "StopIteration"),
        (lambda stream, source: b"\xff".decode(), CorruptImage, "is no peel filter"),
    ],
)
def test_a_broken_filter_is_contained(
    make: Any, tmp_path: Path, *, opens: Any, kind: type[CdemuError], words: str
) -> None:
    path = write(tmp_path / "x.peel", b"PEEL" + BODY)
    chain = LoadContext(make.host(make.filter(opens=opens)), {}, None).chain
    with no_descriptor_left(), pytest.raises(kind, match=words):
        chain.open(str(path))


def test_a_filter_finds_the_parts_beside_its_file(make: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sub"
    folder.mkdir()
    first = write(folder / "disc.001", b"PEEL" + BODY)
    write(folder / "DISC.002", BODY)

    def opens(stream: Stream, source: ImageSource) -> Stream:
        assert source.path == str(first)
        assert source.stream is stream
        return JoinedStream([make.Peeled(stream, source), source.open("disc.002")])

    with no_descriptor_left():
        context = LoadContext(make.host(make.filter(opens=opens)), {}, None)
        source = HostSource(context, (str(tmp_path / "x.cue"),))
        assert source.open("sub/disc.001").read_at(0, 9999) == BODY + BODY
        context.chain.close()


def test_a_file_made_of_itself(make: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "x.peel", b"PEEL" + BODY)
    host = make.host(make.filter(opens=lambda stream, source: source.open("x.peel")))
    with no_descriptor_left(), pytest.raises(CorruptImage, match="made of itself"):
        LoadContext(host, {}, None).chain.open(str(path))


@pytest.fixture
def context(make: Any) -> LoadContext:
    decode = make.filter("tune", b"TUNE", role=FilterRole.AUDIO)
    return LoadContext(make.host(make.filter(), decode), {}, None)


def test_audio_is_decoded_only_where_it_is_asked_for(context: LoadContext, tmp_path: Path) -> None:
    write(tmp_path / "a.tune.peel", b"PEELTUNE" + BODY)
    source = HostSource(context, (str(write(tmp_path / "x.cue", b"sheet")),))
    assert source.open("a.tune").read_at(0, 4) == b"TUNE"
    assert source.open_audio("a.tune").read_at(0, 9999) == BODY
    context.chain.close()


def test_audio_nobody_decodes(context: LoadContext, tmp_path: Path) -> None:
    write(tmp_path / "a.mp3", BODY)
    source = HostSource(context, (str(tmp_path / "x.cue"),))
    with pytest.raises(UnsupportedImage, match=r"“a\.mp3”; install cdemu-sndfile"):
        source.open_audio("a.mp3")
    context.chain.close()


def test_missing_siblings(context: LoadContext, tmp_path: Path) -> None:
    source = HostSource(context, (str(tmp_path / "x.cue"),))
    assert source.find("gone.bin") is None
    with pytest.raises(MissingFile, match=r"“x\.cue” needs the file “gone\.bin”") as caught:
        source.open("gone.bin")
    assert caught.value.wanted_by == str(tmp_path / "x.cue")
    assert isinstance(caught.value, FileNotFoundError)


def test_siblings_are_opened_once_and_listed(make: Any, tmp_path: Path) -> None:
    sheet, data = write(tmp_path / "x.plain", b"sheet"), write(tmp_path / "A.BIN", bytes(4096))

    def parse(source: ImageSource) -> Disc:
        assert source.text() == "sheet"
        assert source.text(MemoryStream(b"other")) == "other"
        stream = source.open("a.bin")
        assert source.open("A.BIN") is stream
        assert source.open(str(sheet)) is source.stream
        disc: Disc = make.disc_of(stream)
        return disc

    with no_descriptor_left():
        loaded = make.loader(make.format(parse=parse)).load(LoadRequest((str(sheet),)))
        assert loaded.files == (str(sheet), str(data))
        loaded.close()
