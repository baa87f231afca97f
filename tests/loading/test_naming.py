"""Finding the file a descriptor names."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdemu_core.loading.naming import Finder, fold

SUFFIXES = (".gz", ".ecm")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "disc"
    folder.mkdir()
    (folder / "Game.cue").write_bytes(b"cue")
    return folder


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def find(folder: Path, notes: list[str]) -> Callable[[str], str | None]:
    """``find(name)``: path relative to the folder, or None."""

    def find(name: str) -> str | None:
        path = Finder(str(folder / "Game.cue"), SUFFIXES, notes.append).find(name)
        return None if path is None else os.path.relpath(path, folder)

    return find


@pytest.mark.parametrize(
    ("present", "named", "found"),
    [
        (["a.bin"], "a.bin", "a.bin"),
        (["sub/a.bin", "a.bin"], "sub/a.bin", "sub/a.bin"),
        (["sub/a.bin", "a.bin"], "sub\\a.bin", "sub/a.bin"),
        (["Sub/A.BIN"], "sub\\a.bin", "Sub/A.BIN"),
        (["a.bin"], "C:\\images\\a.bin", "a.bin"),
        (["a.bin"], "/nowhere/else/a.bin", "a.bin"),
        (["A.BIN"], "a.bin", "A.BIN"),
        (["a.bin", "A.BIN"], "a.bin", "a.bin"),
        (["a.bin.gz"], "a.bin", "a.bin.gz"),
        (["A.Bin.GZ"], "a.bin", "A.Bin.GZ"),
        (["a.bin.gz", "A.BIN"], "a.bin", "A.BIN"),
        (["a.bin.zip"], "a.bin", None),
        (["a.bin.bak"], "a.bin", None),
        (["back\\slash.bin"], "back\\slash.bin", "back\\slash.bin"),
        (["x.mdf"], "*.mdf", None),
        (["game.mdf"], "*.mdf", "game.mdf"),
        (["game.mdf.gz"], "*.mdf", "game.mdf.gz"),
        (["Straße.bin"], "STRASSE.BIN", "Straße.bin"),
    ],
)
def test_rules(
    folder: Path,
    notes: list[str],
    find: Callable[[str], str | None],
    *,
    present: list[str],
    named: str,
    found: str | None,
) -> None:
    for name in present:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    assert find(named) == found


COMPOSED = unicodedata.normalize("NFC", "Müller é.bin")
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)


@pytest.mark.parametrize(("stored", "named"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_unicode_forms_are_equal(
    folder: Path, find: Callable[[str], str | None], stored: str, named: str
) -> None:
    (folder / stored).write_bytes(b"x")
    assert find(named) == stored


def test_same_stem_is_taken_with_a_note(
    folder: Path, notes: list[str], find: Callable[[str], str | None]
) -> None:
    (folder / "game.bin").write_bytes(b"x")
    assert find("Old Name.bin") == "game.bin"
    assert "“Old Name.bin” is not there" in notes[0]


def test_the_descriptor_is_never_its_own_data(find: Callable[[str], str | None]) -> None:
    assert find("other.cue") is None


def test_a_file_elsewhere_is_taken_only_with_a_note(
    tmp_path: Path, notes: list[str], find: Callable[[str], str | None]
) -> None:
    (tmp_path / "far.bin").write_bytes(b"x")
    assert find(str(tmp_path / "far.bin")) == "../far.bin"
    assert find("../far.bin") == "../far.bin"
    assert len(notes) == 2
    assert "outside" in notes[0]


@pytest.mark.parametrize("name", ["", "\0", "a\0b", ".", "..", "/", "\\", "*.", "sub", "x" * 5000])
def test_odd_names_find_nothing(folder: Path, find: Callable[[str], str | None], name: str) -> None:
    (folder / "sub").mkdir()
    assert find(name) is None


@given(st.text(max_size=40))
def test_any_name_is_answered(name: str) -> None:
    found = Finder("/nonexistent-folder/x.cue", SUFFIXES, lambda note: None).find(name)
    assert found is None or os.path.isfile(found)


@given(st.text(max_size=20))
def test_folding_twice_is_folding_once(name: str) -> None:
    assert fold(fold(name)) == fold(name)
