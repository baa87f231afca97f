"""The committed parser modules are what the descriptions in kaitai/ make."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kaitai_build", ROOT / "kaitai" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_stamps(build: ModuleType) -> None:
    assert build.stale_stamps() == []


def test_every_generated_module_and_description_has_a_row(build: ModuleType) -> None:
    rows = build.outputs()
    written = {target for row in rows for target in row.targets}
    found = {path for path in ROOT.glob("plugins/*/*/_generated/*.py") if path.name != "__init__.py"}
    assert found == written
    assert {row.source for row in rows} == set((ROOT / "kaitai").glob("*.ksy"))


def test_pinned_compiler_is_the_banner_s(build: ModuleType) -> None:
    package = (ROOT / "kaitai" / "package.json").read_text("utf-8")
    assert all(f'"kaitai-struct-compiler": "{row.compiler}"' in package for row in build.outputs())


@pytest.mark.parametrize("file", ["kaitai/iso9660.ksy", "plugins/cdemu-iso/cdemu_iso/_generated/iso9660.py"])
def test_an_edit_on_either_side_is_seen(build: ModuleType, tmp_path: Path, file: str) -> None:
    for row in build.outputs():
        for path in (row.source, *row.targets, ROOT / "kaitai" / "outputs.toml"):
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    assert build.stale_stamps(tmp_path) == []
    with (tmp_path / file).open("a") as edited:
        edited.write("# edited by hand\n")
    assert len(build.stale_stamps(tmp_path)) == 1


@pytest.mark.foreign
def test_compiling_again_gives_the_same_bytes(build: ModuleType) -> None:
    if not build.can_compile():
        pytest.skip("node and `npm install` in kaitai/ are needed to compile the descriptions")
    assert build.stale_bodies() == []


def test_plugins_ask_for_the_runtime_of_their_modules(build: ModuleType) -> None:
    """Modules refuse a runtime older than their compiler."""
    for row in build.outputs():
        wanted = f"kaitaistruct>={row.compiler.rpartition('.')[0]},"
        for target in row.targets:
            project = ROOT.joinpath(*target.relative_to(ROOT).parts[:2], "pyproject.toml")
            assert wanted in project.read_text("utf-8"), project
