"""The rendered plugin installs and passes the conformance kit as it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cdemu_core.testing.__main__ import main

DIST = "cdemu-b6x-demo"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rendered plugin with the metadata an installer would write beside its package."""
    folder = tmp_path_factory.mktemp("plugin") / DIST
    assert main(["new", DIST, str(folder)]) == 0
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", "utf-8"
    )
    entries = project["entry-points"]["cdemu"]
    (info / "entry_points.txt").write_text(
        "[cdemu]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items()), "utf-8"
    )
    return folder


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Python with the rendered plugin on its path."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=240
    )


def test_the_host_lists_it(rendered: Path) -> None:
    script = (
        "from cdemu_core.plugin.host import PluginHost\n"
        f"print(*(r.as_dict() for r in PluginHost().list() if r.dist == {DIST!r}))"
    )
    shown = run(rendered, "-c", script)
    assert "'state': 'ok'" in shown.stdout, shown.stdout + shown.stderr
    assert "'formats': ('b6x-demo',)" in shown.stdout


def test_its_tests_pass(rendered: Path) -> None:
    result = run(rendered, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert result.returncode == 0, result.stdout + result.stderr
    assert " passed" in result.stdout
    assert "skipped" not in result.stdout


def test_its_code_is_clean(rendered: Path) -> None:
    result = run(rendered, "-m", "ruff", "check", "--no-cache", "--select", "E,F,I,B,UP,SIM", ".")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("name", ["xyz", "cdemu-", "cdemu-X", "cdemu_xyz", "cdemu-../x"])
def test_names_that_are_none(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", name, str(tmp_path / "x")]) == 2
    assert "no plugin name" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_folder_with_something_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("keep")
    assert main(["new", "cdemu-xyz", str(tmp_path)]) == 2
    assert "not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_its_module_is_what_its_description_compiles_to(rendered: Path) -> None:
    """The stored module belongs to the description, by the compiler's own word where it is installed."""
    compiler = Path(__file__).resolve().parents[2] / "kaitai"
    if not shutil.which("node") or not (compiler / "node_modules" / "kaitai-struct-compiler").is_dir():
        pytest.skip("node and `npm install` in kaitai/ are needed to compile the description")
    module = rendered / DIST.replace("-", "_") / "_generated" / "header.py"
    command = ["node", str(compiler / "ksc.js"), str(rendered / "kaitai" / "header.ksy")]
    compiled = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert module.read_text("utf-8") == compiled.stdout


def test_its_types_are_strict(rendered: Path) -> None:
    result = run(rendered, "-m", "mypy", "--strict", "--cache-dir", "/dev/null", DIST.replace("-", "_"))
    assert result.returncode == 0, result.stdout + result.stderr
