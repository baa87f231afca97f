"""The benchmarks measure what they say: replies checked, rows kept and compared. No times are judged."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

from cdemu_core.testing.discs import iso_payload

ROOT = Path(__file__).parent.parent


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a module of the benchmarks."""
    monkeypatch.syspath_prepend(str(ROOT))
    return lambda name: importlib.import_module(f"benchmarks.{name}")


@pytest.mark.parametrize("language", ["C", "Python"])
def test_commands_over_the_fake_device(part: Any, tmp_path: Path, language: str) -> None:
    initiator, device = part("initiator"), part("fakedevice")
    program = initiator.compiled(tmp_path)
    if language == "Python":
        program = [sys.executable, "-m", "benchmarks.initiator"]
    path = tmp_path / "disc.iso"
    path.write_bytes(iso_payload(300))
    with device.FakeDevice(path, program) as fake:
        for operation, sectors, size in (("tur", 0, 0), ("read10", 32, 2048), ("readcdpw", 26, 2448)):
            job = initiator.Job(0.02, 2, operation, sectors, sectors * size, 300)
            measured = fake.measure(job)
            assert measured.rate > 0
            assert measured.service.low <= measured.service.median <= measured.service.high
        assert fake.limit(2048, 32, 20).median > 0
        with pytest.raises(RuntimeError, match="bad replies"):
            fake.run(initiator.Job(0.02, 1, "read10", 32, 65_536, 5000))


def test_rows_survive_json_and_comparison(part: Any, tmp_path: Path) -> None:
    row, table = part("row"), part("table")
    one = row.Row("a", "A", "µs", row.Figure.of([3.0, 1.0, 2.0]), row.Figure.of([1.0]), "one")
    assert (one.figure.median, one.ratio, one.kept) == (2.0, 2.0, None)
    assert one.within(2.5, "one").kept
    assert not one.within(1.5, "one").kept
    assert row.Row("b", "B", "MB/s", one.figure, one.limit).within(1.5, "one").kept
    table.save(tmp_path / "run.json", [one], {"kernel": "x"})
    assert table.restore(tmp_path / "run.json") == {"a": one}
    assert json.loads((tmp_path / "run.json").read_text("utf-8"))["machine"] == {"kernel": "x"}
    slower = attrs.evolve(one, figure=row.Figure.of([4.0]))
    assert "2.00 → 2.00 ×" in table.markdown([slower], [*table.COLUMNS, table.against({"a": one})])
