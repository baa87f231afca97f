"""What a start costs: modules that are imported only when they are needed."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from cdemu_core.testing.limits import HEAVY, modules_after_discovery

WORKING = re.compile(r"cdemu_(?!core)\w+\.(parser|writer|_generated)\b")


def modules_after(code: str) -> set[str]:
    """Modules a fresh interpreter has loaded after ``code``."""
    script = f"{code}\nimport sys\nprint(*sys.modules, sep='\\n')"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


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
    ],
)
def test_imports_of(module: str, unwanted: set[str]) -> None:
    assert not modules_after(f"import {module}") & unwanted
