"""What the conformance kit did to plugins, as a table: ``python -m cdemu_core.testing report``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import attrs

ENTRY_GROUP: Final = "cdemu"
TESTS: Final = {"cdemu-core": "tests/filters"}
"""Folder of the kit's classes where it is not ``tests``: the core tests more than its own filters."""
HEADERS: Final = (
    "PLUGIN", "SAMPLES", "TESTS", "MUTATIONS", "TRUNCATIONS", "SECONDS", "PEAK MIB", "TRACEBACKS"
)  # fmt: skip


@attrs.frozen
class Figures:
    """One plugin's run. ``problem``: a sentence, where there was none; the figures are 0 then."""

    name: str
    samples: int = 0
    tests: int = 0
    mutations: int = 0
    truncations: int = 0
    seconds: float = 0.0
    peak_kib: int = 0
    tracebacks: int = 0
    problem: str | None = None

    @property
    def sound(self) -> bool:
        """The kit ran, on samples, and nothing escaped."""
        return self.problem is None and self.samples > 0 and not self.tracebacks

    def cells(self) -> tuple[str, ...]:
        """The table's row."""
        if self.problem is not None:
            return self.name, self.problem
        counts = (self.samples, self.tests, self.mutations, self.truncations)
        peak = f"{self.peak_kib / 1024:.0f}"
        return (self.name, *map(str, counts), f"{self.seconds:.1f}", peak, str(self.tracebacks))


def report(names: Sequence[str]) -> int:
    """Run the kit of each plugin, print the table; 1 where one is not sound.

    ``names``: distributions that are installed from a checkout, or folders of checkouts; none: all installed
    distributions that register something with cdemu.
    """
    rows = []
    for name in names or installed():
        print(f"{name} …", file=sys.stderr, flush=True)
        rows.append(measure(name))
    print(table(rows))
    return 0 if rows and all(row.sound for row in rows) else 1


def installed() -> list[str]:
    """Distributions with an entry point for cdemu."""
    found = {entry.dist.name for entry in metadata.entry_points(group=ENTRY_GROUP) if entry.dist}
    return sorted(found)


def folder_of(name: str) -> Path | None:
    """The checkout that ``name`` (a distribution or a folder) stands for, or None."""
    if os.path.isdir(name):
        return Path(name).resolve()
    try:
        origin = metadata.distribution(name).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None
    url = urlsplit(json.loads(origin)["url"]) if origin else None
    return Path(unquote(url.path)) if url and url.scheme == "file" else None


def measure(name: str) -> Figures:
    """Run the kit's tests of one plugin in a process of their own."""
    folder = folder_of(name)
    if folder is None:
        return Figures(name, problem="not installed from a checkout; give the folder of one")
    tests = folder / TESTS.get(name, "tests")
    if not tests.is_dir():
        return Figures(name, problem=f"has no folder {tests}")
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "figures.json"
        command = [sys.executable, "-m", "pytest", str(tests), "-q", "-p", "cdemu_core.testing.meter"]
        run = subprocess.run(
            [*command, "--cdemu-meter", str(path)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode not in (0, 5):  # 5: no test of the kit was found
            print(run.stdout + run.stderr, file=sys.stderr)
        if not path.exists():
            return Figures(name, problem=f"pytest ended with status {run.returncode} before any test")
        return Figures(name, **json.loads(path.read_text("utf-8")))


def table(rows: Sequence[Figures]) -> str:
    """Columns padded to their widest cell; a problem takes the rest of its line."""
    lines = [HEADERS, *(row.cells() for row in rows)]
    whole = [line for line in lines if len(line) == len(HEADERS)]
    widths = [max(len(line[n]) for line in whole) for n in range(len(HEADERS))]
    widths[0] = max(len(line[0]) for line in lines)
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *_right(line[1:], widths[1:])]).rstrip() for line in lines
    )


def _right(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Numbers to the right of their columns."""
    return [cell.rjust(width) for cell, width in zip(cells, widths, strict=False)]
