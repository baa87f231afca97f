"""A pytest plugin that runs the conformance kit alone and writes down what it did.

``pytest -p cdemu_core.testing.meter --cdemu-meter FILE`` writes a JSON object to FILE (see :class:`Meter`).
"""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path

import pytest

from .damage import TRIED
from .kit import Kit
from .writers import ImageWriterTests

CLASSES = (Kit, ImageWriterTests)
SAMPLE_PARAMETERS = ("sample", "make_disc")
"""What the kit calls the parameter that is a sample."""
OPTION = "--cdemu-meter"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where to write."""
    parser.addoption(OPTION, metavar="FILE", help="write what the conformance kit did to FILE")


def pytest_configure(config: pytest.Config) -> None:
    """Measure where it is asked for."""
    path = config.getoption(OPTION)
    if path:
        config.pluginmanager.register(Meter(Path(path)))


class Meter:
    """Counts samples, damage and tracebacks; takes time and peak memory of the whole process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._start = time.monotonic()
        self._samples: set[tuple[str, int]] = set()
        self._tests = 0
        self._tracebacks = 0

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the kit's tests, and note their samples."""
        kept = [item for item in items if issubclass(getattr(item, "cls", None) or object, CLASSES)]
        dropped = [item for item in items if item not in set(kept)]
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept
        for item in kept:
            parent = item.parent.nodeid if item.parent else ""
            spec = getattr(item, "callspec", None)
            if spec is not None:
                samples = (id(spec.params[name]) for name in SAMPLE_PARAMETERS if name in spec.params)
                self._samples.update((parent, sample) for sample in samples)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A failure or an error, before, in or after a test, is a traceback."""
        self._tests += report.when == "call"
        self._tracebacks += report.failed

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """So is a module that cannot be imported."""
        self._tracebacks += report.failed

    def pytest_sessionfinish(self) -> None:
        """Write the figures; memory in KiB, time in seconds."""
        figures = {
            "samples": len(self._samples),
            "tests": self._tests,
            "mutations": TRIED["mutations"],
            "truncations": TRIED["truncations"],
            "seconds": round(time.monotonic() - self._start, 1),
            "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            "tracebacks": self._tracebacks,
        }
        self._path.write_text(json.dumps(figures), "utf-8")
