"""ImageLoader: recognising, choosing, containing, closing."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdemu_core.api import Disc, Evidence, ImageSource, Magic, ProbeView
from cdemu_core.errors import (
    AmbiguousImage,
    CdemuError,
    CorruptImage,
    MissingFile,
    PasswordRequired,
    PluginBroken,
    StreamError,
    UnknownImage,
    UnsupportedImage,
)
from cdemu_core.loading.loader import ImageLoader, LoadedImage, LoadRequest
from cdemu_core.testing.limits import no_descriptor_left


def raising(error: BaseException) -> Callable[[ImageSource], Disc]:
    """A parse function that opens the file and raises ``error``."""

    def parse(source: ImageSource) -> Disc:
        assert source.stream.size > 0
        raise error

    return parse


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "disc.plain"
    path.write_bytes(bytes(2048 * 300))
    return path


def load(loader: ImageLoader, *paths: Path, **options: Any) -> LoadedImage:
    return loader.load(LoadRequest(tuple(map(str, paths)), **options))


def refusal(loader: ImageLoader, *paths: Path, **options: Any) -> CdemuError:
    """The error a load ends with; nothing may stay open."""
    with no_descriptor_left(), pytest.raises(CdemuError) as caught:
        load(loader, *paths, **options)
    return caught.value


def test_a_loaded_image(make: Any, image: Path) -> None:
    with no_descriptor_left():
        loaded = load(make.loader(make.format()), image)
        assert loaded.format == "plain"
        assert loaded.files == (str(image),)
        assert loaded.notes == ()
        assert loaded.disc.tracks[0].fragments[-1].length == 300
        loaded.close()
        loaded.close()


def test_relative_paths_become_absolute(make: Any, image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(image.parent)
    loaded = load(make.loader(make.format()), Path(image.name))
    loaded.close()
    assert loaded.files == (str(image),)


def test_highest_evidence_wins(make: Any, image: Path) -> None:
    formats = [
        make.format(name, shows=shows)
        for name, shows in (("low", Evidence.SHAPE), ("high", Evidence.MAGIC), ("text", Evidence.TEXT))
    ]
    loaded = load(make.loader(*formats), image)
    loaded.close()
    assert loaded.format == "high"


def test_a_tie_is_broken_by_the_suffix(make: Any, image: Path) -> None:
    signature = (Magic(0, b"\0"),)
    loader = make.loader(make.format("a", (".other",), magics=signature), make.format("b", magics=signature))
    loaded = load(loader, image)
    loaded.close()
    assert loaded.format == "b"


def test_a_remaining_tie_is_told(make: Any, image: Path) -> None:
    loader = make.loader(make.format("a", shows=Evidence.MAGIC), make.format("b", shows=Evidence.MAGIC))
    error = refusal(loader, image)
    assert isinstance(error, AmbiguousImage)
    assert set(error.candidates) == {"a", "b"}
    assert "--format a" in str(error)
    loaded = load(loader, image, format="b")
    loaded.close()
    assert loaded.format == "b"


def test_probes_run_only_where_the_declarations_admit(make: Any, image: Path) -> None:
    def probe(view: ProbeView) -> Evidence:
        raise AssertionError("asked without need")

    loader = make.loader(make.format(), make.format("other", (".other",), probe=probe))
    load(loader, image).close()


def test_a_format_that_showed_its_signature_has_the_last_word(make: Any, image: Path) -> None:
    broken = make.format("sure", shows=Evidence.MAGIC, parse=raising(CorruptImage("the table is cut")))
    error = refusal(make.loader(broken, make.format("other", shows=Evidence.SHAPE)), image)
    assert str(error) == "the table is cut"


def test_below_a_signature_the_next_one_is_tried(make: Any, image: Path) -> None:
    def parse(source: ImageSource) -> Disc:
        source.note("tried in vain")
        raise CorruptImage("no sheet")

    loader = make.loader(
        make.format("text", shows=Evidence.TEXT, parse=parse), make.format("other", shows=Evidence.SHAPE)
    )
    loaded = load(loader, image)
    loaded.close()
    assert (loaded.format, loaded.notes) == ("other", ())


def test_if_all_fail_the_best_grounded_error_is_told(make: Any, image: Path) -> None:
    loader = make.loader(
        make.format("text", shows=Evidence.TEXT, parse=raising(MissingFile("a.bin is gone"))),
        make.format("shape", shows=Evidence.SHAPE, parse=raising(CorruptImage("odd size"))),
    )
    assert str(refusal(loader, image)) == "a.bin is gone"
    error = refusal(make.loader(make.format(shows=Evidence.SHAPE, parse=raising(CorruptImage("odd")))), image)
    assert isinstance(error, UnknownImage)
    assert error.tried == (("plain", "shape", "odd"),)


def test_unknown_images_say_what_was_tried(make: Any, tmp_path: Path) -> None:
    def probe(view: ProbeView) -> Evidence:
        raise ZeroDivisionError("no sectors")

    path = tmp_path / "disc.nrg"
    path.write_bytes(b"x" * 5000)
    loader = make.loader(
        make.format("a", (".nrg",), probe=probe),
        make.format("b", (".nrg",), magics=(Magic(0, b"NER5"),)),
        make.format("c"),
        make.format("d", (".nrg",), detect=False),
    )
    error = refusal(loader, path)
    assert isinstance(error, UnknownImage)
    tried = {name: (evidence, reason) for name, evidence, reason in error.tried}
    assert tried["a"] == ("none", "its probe failed: ZeroDivisionError: no sectors")
    assert tried["b"] == ("none", "the signature is missing")
    assert tried["c"][1] == "neither the name nor a signature fits"
    assert "--format d" in tried["d"][1]
    assert "Install cdemu-nrg" in str(error)


def test_data_files_point_to_their_descriptor(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "disc.mdf"
    path.write_bytes(b"x")
    assert "load its “.mds” file" in str(refusal(make.loader(), path))


def test_unknown_format_names_are_answered_with_the_known_ones(make: Any, image: Path) -> None:
    error = refusal(make.loader(make.format()), image, format="plane")
    assert "“plane”" in str(error)
    assert "plain" in str(error)


def test_number_of_files(make: Any, image: Path, tmp_path: Path) -> None:
    second = tmp_path / "two.plain"
    second.write_bytes(bytes(2048))
    error = refusal(make.loader(make.format()), image, second)
    assert isinstance(error, UnknownImage)
    assert "at most 1 file(s), 2 were given" in error.tried[0][2]
    loaded = load(make.loader(make.format(max_files=0)), image, second)
    loaded.close()
    assert loaded.files == (str(image), str(second))


class ForeignError(Exception):
    pass


@pytest.mark.parametrize(
    ("cause", "expected", "words"),
    [
        (EOFError("end of file"), CorruptImage, "end of file"),
        (struct.error("unpack requires 4 bytes"), CorruptImage, "4 bytes"),
        (UnicodeDecodeError("ascii", b"\xff", 0, 1, "bad"), CorruptImage, "ascii"),
        (zlib.error("invalid code"), CorruptImage, "invalid code"),
        (PermissionError(13, "Permission denied"), StreamError, "Permission denied"),
        (KeyError("x"), PluginBroken, "KeyError"),
        (ForeignError("gone mad"), PluginBroken, "gone mad"),
        (RecursionError("too deep"), PluginBroken, "RecursionError"),
        (MemoryError(), PluginBroken, "MemoryError"),
        (UnsupportedImage("not yet"), UnsupportedImage, "not yet"),
    ],
)
def test_what_a_parser_raises(
    make: Any, image: Path, *, cause: Exception, expected: type[CdemuError], words: str
) -> None:
    error = refusal(make.loader(make.format(parse=raising(cause))), image, format="plain")
    assert type(error) is expected
    assert words in str(error)
    if expected is PluginBroken:
        assert isinstance(error, PluginBroken)
        assert (error.name, error.cause) == ("made-up", cause)


def test_kaitai_errors_are_damage(make: Any, image: Path) -> None:
    from kaitaistruct import ValidationNotEqualError

    cause = ValidationNotEqualError(b"NER5", b"XXXX", None, "/trailer/magic")
    error = refusal(make.loader(make.format(parse=raising(cause))), image, format="plain")
    assert isinstance(error, CorruptImage)
    assert error.structure == "/trailer/magic"


def test_a_parser_that_returns_no_disc(make: Any, image: Path) -> None:
    error = refusal(make.loader(make.format(parse=lambda source: None)), image, format="plain")
    assert isinstance(error, PluginBroken)
    assert "NoneType, not a Disc" in str(error)


def test_an_interrupt_leaves_nothing_open(make: Any, image: Path) -> None:
    loader = make.loader(make.format(parse=raising(KeyboardInterrupt())))
    with no_descriptor_left(), pytest.raises(KeyboardInterrupt):
        load(loader, image)


def test_files_that_are_none(make: Any, tmp_path: Path) -> None:
    loader = make.loader(make.format())
    (tmp_path / "empty.plain").touch()
    os.mkfifo(tmp_path / "pipe.plain")
    (tmp_path / "loop").symlink_to("loop")
    cases = {
        "absent.plain": (MissingFile, "There is no file"),
        "empty.plain": (CorruptImage, "is empty"),
        "pipe.plain": (StreamError, "a device or a pipe"),
        "": (StreamError, "is a folder"),
        "empty.plain/x": (MissingFile, "There is no file"),
        "loop": (StreamError, "cannot be opened"),
        "a\0b": (MissingFile, "There is no file"),
        "x" * 300: (StreamError, "cannot be opened"),
    }
    for name, (kind, words) in cases.items():
        error = refusal(loader, tmp_path / name)
        assert isinstance(error, kind), name
        assert words in str(error)
    assert "a device or a pipe" in str(refusal(loader, Path("/dev/null")))
    assert "No image file" in str(refusal(loader))


def test_options_reach_the_parser(make: Any, image: Path) -> None:
    seen: dict[str, str | None] = {}

    def parse(source: ImageSource) -> Disc:
        seen["encoding"], seen["extra"] = source.option("encoding"), source.option("extra")
        seen["password"] = source.password()
        source.note("hello")
        source.note("hello")
        disc: Disc = make.parse_plain(source)
        return disc

    loader = make.loader(make.format(parse=parse))
    loaded = load(loader, image, encoding="cp932", password="secret", options={"extra": "1"})
    loaded.close()
    assert seen == {"encoding": "cp932", "extra": "1", "password": "secret"}
    assert loaded.notes == ("hello",)
    assert isinstance(refusal(loader, image, format="plain"), PasswordRequired)


def test_the_password_is_never_shown() -> None:
    assert "secret" not in repr(LoadRequest(("x",), password="secret"))
