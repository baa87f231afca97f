"""What a start costs: modules that are imported only when they are needed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cdemu_core.testing.discs import iso_payload
from cdemu_core.testing.limits import HEAVY, modules_after_discovery

MARK = "modules:"
WORKING = re.compile(r"cdemu_(?!core)\w+\.(parser|writer|_generated)\b")


def modules_after(code: str) -> set[str]:
    """Modules a fresh interpreter has loaded after ``code``; one that is not measured by coverage."""
    script = f"{code}\nimport sys\nprint('{MARK}', *sys.modules, sep='\\n')"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=plain
    )
    return set(run.stdout.partition(MARK)[2].split())


def test_discovery_imports_no_parser_and_nothing_heavy() -> None:
    loaded = modules_after_discovery()
    assert "cdemu_core.plugin.host" in loaded
    assert not loaded & set(HEAVY)
    assert [module for module in loaded if WORKING.match(module)] == []


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("cdemu_core", {"cdemu_core.api", "attrs", "pluggy"}),
        ("cdemu_core.api", {"numpy", "dbus_fast", "structlog", "asyncio", "cdemu_core.disc.reader"}),
        ("cdemu_core.loading.loader", {"numpy", "dbus_fast", "structlog", "asyncio"}),
        ("cdemu_core.loading.describe", {"numpy", "dbus_fast", "structlog", "asyncio"}),
        ("cdemu_core.errors", {"asyncio", "threading", "cdemu_core.api"}),
        ("cdemu_core.daemon.main", {"numpy", "rich", "pygments", "kaitaistruct", "argcomplete", "miniaudio"}),
        ("cdemu_core.dbus.client", {"numpy", "structlog", "attrs", "pluggy", "cdemu_core.disc.model"}),
    ],
)
def test_imports_of(module: str, unwanted: set[str]) -> None:
    assert not modules_after(f"import {module}") & unwanted


IDLE = """
import cdemu_core.daemon.main
from cdemu_core.plugin.host import PluginHost
PluginHost().list()
"""
"""What a daemon at rest has done: its own modules, and discovery."""
FIRST_LOAD = """
from cdemu_core.disc.reader import DiscReader
from cdemu_core.loading.loader import ImageLoader, LoadRequest
from cdemu_core.plugin.host import PluginHost
disc = ImageLoader(PluginHost()).load(LoadRequest(({path!r},))).disc
DiscReader(disc).read_user_data(16, 1, memoryview(bytearray(2048)))
"""
CLIENT = "from cdemu_core.cli.main import main\ntry: main([{verb!r}])\nexcept SystemExit: pass"
MOST_MODULES = {"--help": 130, "status": 300, "idle": 580, "load": 350}
"""A third more than there are: a library that comes in by the way is noticed, another Python is not."""


@pytest.mark.parametrize("verb", ["--help", "status"])
def test_modules_of_the_client(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    loaded = modules_after(CLIENT.format(verb=verb))
    assert len(loaded) < MOST_MODULES[verb]
    assert not loaded & {"numpy", "structlog", "attrs", "pluggy", "rich", "cdemu_core.disc.model"}


def test_modules_of_a_daemon_at_rest() -> None:
    loaded = modules_after(IDLE)
    assert len(loaded) < MOST_MODULES["idle"]
    assert "cdemu_core.scsi.drive" in loaded
    assert not loaded & {*HEAVY, "rich", "pygments", "argcomplete", "miniaudio", "zlib_ng"}
    assert [module for module in loaded if WORKING.match(module)] == []


def test_modules_of_the_first_load(tmp_path: Path) -> None:
    path = tmp_path / "disc.iso"
    path.write_bytes(iso_payload(40))
    loaded = modules_after(FIRST_LOAD.format(path=str(path)))
    assert len(loaded) < MOST_MODULES["load"]
    assert "cdemu_iso.parser" in loaded
    assert not loaded & {"numpy", "asyncio", "dbus_fast", "structlog", "rich"}
