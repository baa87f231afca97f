"""In whole, out exactly: the installer on folders of the test's own."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdemu_core.errors import ConfigError
from cdemu_core.integration import install
from cdemu_core.integration.install import Action, Installation

MANIFEST = "/share/cdemu/setup.json"
FILES = {"/share/a/one": b"1", "/share/b/two": b"2", "/etc/three": b"3"}


def tree(folder: Path) -> dict[str, bytes]:
    return {
        "/" + str(p.relative_to(folder)): p.read_bytes() if p.is_file() else b""
        for p in folder.rglob("*")
        if p.is_file() or p.is_symlink()
    }


def at(root: Path) -> Installation:
    return Installation(MANIFEST, str(root))


def actions(steps: list[install.Step]) -> dict[str, Action]:
    return {step.path: step.action for step in steps}


def remove(root: Path) -> dict[str, Action]:
    one = at(root)
    steps = one.remove()
    one.remove_folders()
    return actions(steps)


def test_everything_is_written_listed_and_removed(tmp_path: Path) -> None:
    assert set(actions(at(tmp_path).install(FILES)).values()) == {Action.WRITE}
    written = tree(tmp_path)
    assert {path: written[path] for path in FILES} == FILES
    assert set(written) == {*FILES, MANIFEST}
    assert (tmp_path / "etc/three").stat().st_mode & 0o777 == 0o644
    assert set(remove(tmp_path).values()) == {Action.REMOVE}
    assert list(tmp_path.iterdir()) == []


def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        at(tmp_path).install(FILES)
    finally:
        os.umask(before)
    assert (tmp_path / "share/a").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "share/a/one").stat().st_mode & 0o777 == 0o644


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    at(tmp_path).install(FILES)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert set(actions(at(tmp_path).install(FILES)).values()) == {Action.UNCHANGED}
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_an_update_writes_what_is_new_and_removes_what_is_no_longer_there(tmp_path: Path) -> None:
    at(tmp_path).install(FILES)
    steps = actions(at(tmp_path).install({"/share/a/one": b"new", "/etc/three": b"3"}))
    assert steps == {
        "/share/a/one": Action.UPDATE,
        "/etc/three": Action.UNCHANGED,
        "/share/b/two": Action.REMOVE,
    }
    assert (tmp_path / "share/a/one").read_bytes() == b"new"
    assert not (tmp_path / "share/b/two").exists()


def test_a_changed_file_is_kept_by_updates_and_removals(tmp_path: Path) -> None:
    at(tmp_path).install(FILES)
    (tmp_path / "etc/three").write_bytes(b"mine")
    assert actions(at(tmp_path).install({**FILES, "/etc/three": b"4"}))["/etc/three"] is Action.KEEP_CHANGED
    assert remove(tmp_path)["/etc/three"] is Action.KEEP_CHANGED
    assert tree(tmp_path) == {"/etc/three": b"mine"}


def test_a_foreign_file_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/three").write_bytes(b"theirs")
    assert actions(at(tmp_path).install(FILES))["/etc/three"] is Action.KEEP_FOREIGN
    assert "/etc/three" not in remove(tmp_path)
    assert tree(tmp_path) == {"/etc/three": b"theirs"}


def test_a_link_in_the_place_of_a_file_is_kept(tmp_path: Path) -> None:
    """As “systemctl mask” makes one."""
    at(tmp_path).install(FILES)
    (tmp_path / "etc/three").unlink()
    (tmp_path / "etc/three").symlink_to("/dev/null")
    assert actions(at(tmp_path).install({**FILES, "/etc/three": b"4"}))["/etc/three"] is Action.KEEP_CHANGED
    remove(tmp_path)
    assert (tmp_path / "etc/three").is_symlink()


def test_a_removed_file_comes_back_and_its_absence_does_not_hinder_removal(tmp_path: Path) -> None:
    at(tmp_path).install(FILES)
    (tmp_path / "etc/three").unlink()
    assert "/etc/three" not in actions(at(tmp_path).judge_removal())
    assert actions(at(tmp_path).install(FILES))["/etc/three"] is Action.WRITE


@pytest.mark.parametrize("fail_at", range(1, 9))
def test_an_error_on_the_way_undoes_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fail_at: int
) -> None:
    at(tmp_path).install({"/share/a/one": b"old", "/share/gone": b"x"})
    before, calls = tree(tmp_path), 0

    def failing(real: object) -> object:
        def call(*args: object) -> object:
            nonlocal calls
            calls += 1
            if calls == fail_at:
                raise OSError(28, "No space left on device", args[0])
            return real(*args)  # type: ignore[operator]

        return call

    with monkeypatch.context() as patch:
        patch.setattr(install, "_write", failing(install._write))
        patch.setattr(install.os, "replace", failing(os.replace))
        with pytest.raises(ConfigError, match=r"No space left on device\. Nothing was changed"):
            at(tmp_path).install(FILES)
    assert tree(tmp_path) == before
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_dir()) == [
        "share",
        "share/a",
        "share/cdemu",
    ]


def test_a_failing_removal_leaves_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at(tmp_path).install(FILES)
    before, real = tree(tmp_path), os.unlink

    def unlink(path: str) -> None:
        if path.endswith("two"):
            raise PermissionError(13, "Permission denied", path)
        real(path)

    with monkeypatch.context() as patch:
        patch.setattr(install.os, "unlink", unlink)
        with pytest.raises(ConfigError, match="run it as root"):
            at(tmp_path).remove()
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 2, "files": {}, "folders": []}',
             '{"format": 1, "files": {"../x": "0"}, "folders": []}',
             '{"format": 1, "files": {"/x": 0}, "folders": []}', '{"format": 1, "files": [], "folders": 3}']
)  # fmt: skip
def test_a_broken_list_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / MANIFEST[1:]
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"setup\.json cannot be used"):
        at(tmp_path)


def test_the_list_does_not_know_the_staging_folder(tmp_path: Path) -> None:
    at(tmp_path).install(FILES)
    listed = json.loads((tmp_path / MANIFEST[1:]).read_text("utf-8"))
    assert set(listed["files"]) == set(FILES)
    assert str(tmp_path) not in json.dumps(listed)


NAMES = st.sampled_from(["/a/x", "/a/y", "/b/c/z", "/w"])
SETS = st.dictionaries(NAMES, st.binary(max_size=3), max_size=4)


@settings(max_examples=40, deadline=None)
@given(st.lists(SETS, min_size=1, max_size=4), st.dictionaries(NAMES, st.just(b"changed"), max_size=2))
def test_after_any_history_removal_leaves_what_others_wrote(
    tmp_path_factory: pytest.TempPathFactory, history: list[dict[str, bytes]], changes: dict[str, bytes]
) -> None:
    root = tmp_path_factory.mktemp("root")
    for files in history:
        at(root).install(files)
        installed = tree(root)
        installed.pop(MANIFEST)
        assert installed == files
    for path, content in changes.items():
        (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (root / path[1:]).write_bytes(content)
    remove(root)
    assert tree(root) == changes
