"""The report on plugins: what is measured, what counts as unsound, how it is shown."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from cdemu_core.testing.__main__ import main
from cdemu_core.testing.report import Figures, folder_of, installed, measure, table

KIT = """
from cdemu_core.api import Evidence, SectorType
from cdemu_core.testing.discs import iso_payload
from cdemu_core.testing.facts import DiscFacts, Sample
from cdemu_core.testing.formats import ImageFormatTests

def small(folder):
    path = folder / "small.iso"
    path.write_bytes(iso_payload(25))
    return path

class TestIso(ImageFormatTests):
    image_format = "iso"
    mutation_count = 7
    truncation_count = 5
    samples = (Sample(make=small, facts=DiscFacts(((1, SectorType.MODE1, 0, {sectors}),))),)

def test_outside_the_kit():
    raise RuntimeError
"""
GOOD = Figures("cdemu-good", 3, 60, 1500, 600, 12.34, 81_920, 0)


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A checkout whose kit has one sample."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (tmp_path / "tests" / "test_conformance.py").write_text(KIT.format(sectors=25))
    return tmp_path


def test_the_kit_is_run_and_counted(plugin: Path) -> None:
    figures = measure(str(plugin))
    assert (figures.problem, figures.samples, figures.tracebacks, figures.sound) == (None, 1, 0, True)
    assert figures.tests >= 12
    assert figures.mutations == 7 + 7  # loaded, and probed
    assert figures.truncations >= 5 + 20
    assert figures.seconds > 0
    assert figures.peak_kib > 10_000


def test_a_failure_is_a_traceback(plugin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (plugin / "tests" / "test_conformance.py").write_text(KIT.format(sectors=24))
    assert main(["report", str(plugin)]) == 1
    shown = capsys.readouterr()
    assert shown.out.splitlines()[1].split()[-1] == "1"
    assert "test_facts" in shown.err


def test_a_module_that_does_not_import_is_one_too(plugin: Path) -> None:
    (plugin / "tests" / "test_more.py").write_text("import nothing_of_that_name\n")
    assert measure(str(plugin)).tracebacks == 1


def test_no_kit_and_no_checkout_are_unsound(plugin: Path, tmp_path: Path) -> None:
    (plugin / "tests" / "test_conformance.py").write_text("def test_else(): pass\n")
    empty = measure(str(plugin))
    assert (empty.samples, empty.tests, empty.sound) == (0, 0, False)
    assert measure("cdemu-nobody-has-this").problem == "not installed from a checkout; give the folder of one"
    assert "has no folder" in (measure(str(tmp_path / "tests")).problem or "")


def test_installed_plugins_are_found_with_their_checkouts() -> None:
    assert "cdemu-core" in installed()
    folder = folder_of("cdemu-core")
    assert folder is not None
    assert (folder / "cdemu_core").is_dir()


def test_the_table() -> None:
    lines = table([GOOD, Figures("cdemu-none", problem="has no tests")]).splitlines()
    assert lines[0].split("  ")[0] == "PLUGIN"
    assert lines[1].split() == ["cdemu-good", "3", "60", "1500", "600", "12.3", "80", "0"]
    assert len(lines[0]) == len(lines[1])
    assert lines[2] == "cdemu-none  has no tests"


def test_soundness() -> None:
    assert GOOD.sound
    assert not attrs.evolve(GOOD, samples=0).sound
    assert not attrs.evolve(GOOD, tracebacks=1).sound
    assert not attrs.evolve(GOOD, problem="none").sound
