"""Installed from wheels, outside the checkout: imports, plugins, inspect, a load by the daemon."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import sample_disc

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
SESSION = """
cdemu-daemon --road loopback &
daemon=$!
trap 'kill $daemon; wait $daemon' EXIT
tries=0
until cdemu status >/dev/null 2>&1 || [ $tries = 100 ]; do sleep 0.1; tries=$((tries + 1)); done
cdemu load 0 sample.cue && cdemu status --json
"""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheels"), pytest.mark.timeout(600)]


def run(*command: str | Path, cwd: Path) -> str:
    """Output of a program that must succeed; nothing of the checkout's environment reaches it."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_"))
    }
    environment["PATH"] = f"{cwd / 'venv' / 'bin'}:{environment['PATH']}"
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A wheel of the core and of every plugin."""
    folder = tmp_path_factory.mktemp("wheels")
    run(
        sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder,
        ROOT, *PLUGINS, cwd=folder,
    )  # fmt: skip
    return sorted(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment ``venv`` made of the wheels and their dependencies, and a sample disc."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    run(folder / "venv" / "bin" / "pip", "install", "-q", *wheels, cwd=folder)
    sample_disc.write(folder)
    return folder


def test_every_distribution_makes_a_wheel(wheels: list[Path]) -> None:
    names = {wheel.name.split("-")[0].replace("_", "-") for wheel in wheels}
    assert names == {"cdemu-core", *(plugin.name for plugin in PLUGINS)}


def test_wheels_carry_types_and_licence_and_no_tests(wheels: list[Path]) -> None:
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
        assert any(name.endswith("/py.typed") for name in names), wheel.name
        tests = [name for name in names if "tests" in name.split("/")[:-1] and name.endswith(".py")]
        assert not tests, wheel.name
        if wheel.name.startswith("cdemu_core-"):
            assert any(name.endswith("licenses/LICENSE") for name in names)


def test_every_plugin_is_found_and_sound(installed: Path) -> None:
    records = json.loads(run("cdemu", "plugins", "--json", cwd=installed))
    assert {record["dist"] for record in records} == {"cdemu-core", *(plugin.name for plugin in PLUGINS)}
    assert {record["state"] for record in records} == {"ok"}


def test_inspect_reads_an_image(installed: Path) -> None:
    layout = json.loads(run("cdemu", "inspect", "--json", "sample.cue", cwd=installed))
    assert [track["sector_type"] for track in layout["sessions"][0]["tracks"]] == ["mode1", "audio", "audio"]


def test_the_daemon_loads_an_image(installed: Path) -> None:
    words = run("dbus-run-session", "--", "sh", "-c", SESSION, cwd=installed)
    (drive,) = json.loads(words)
    assert drive == {"device": 0, "loaded": True, "files": [str(installed / "sample.cue")]}
