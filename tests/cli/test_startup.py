"""``--help`` imports argparse and nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"numpy", "dbus_fast", "structlog", "rich", "pluggy", "kaitaistruct", "asyncio", "attrs", "fastcrc"}


@pytest.mark.parametrize("arguments", [["--help"], ["load", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys, json\nfrom cdemu_core.cli.main import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(done.stderr)}
    assert not loaded & HEAVY


def test_version_prints_the_distribution_version() -> None:
    from importlib.metadata import version

    done = subprocess.run(
        [sys.executable, "-m", "cdemu_core", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"cdemu {version('cdemu-core')}"
