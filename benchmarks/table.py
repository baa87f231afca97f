"""The table as text, as Markdown, as JSON, and against an older one."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from cdemu_core.disc import isal

from .row import Row, from_dict

Column = tuple[str, Callable[[Row], str]]


def short(value: float) -> str:
    """Three significant digits, no exponent."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _figure(row: Row) -> str:
    return f"{short(row.figure.median)} {row.unit}"


def _spread(row: Row) -> str:
    same = row.figure.low == row.figure.high
    return "" if same else f"{short(row.figure.low)}–{short(row.figure.high)}"


def _limit(row: Row) -> str:
    return f"{short(row.limit.median)} ({row.limit_title})" if row.limit else ""


def _ratio(row: Row) -> str:
    return f"{row.ratio:.2f} ×" if row.ratio is not None else ""


def _budget(row: Row) -> str:
    if row.budget is None:
        return ""
    return f"{short(row.budget)} ({row.budget_title}): {'kept' if row.kept else 'MISSED'}"


COLUMNS: Final[tuple[Column, ...]] = (
    ("what", lambda row: row.title),
    ("median", _figure),
    ("quartiles", _spread),
    ("limit", _limit),
    ("ratio", _ratio),
    ("budget", _budget),
)


def against(old: dict[str, Row]) -> Column:
    """A column that shows how the median has changed since ``old``."""

    def change(row: Row) -> str:
        before = old.get(row.key)
        if before is None or not before.figure.median:
            return "new"
        return f"{short(before.figure.median)} → {row.figure.median / before.figure.median:.2f} ×"

    return "before", change


class Printer:
    """Prints rows as they come."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._widths = (56, 13, 15, 44, 9, 50, 20)

    def _line(self, cells: Iterable[str]) -> str:
        padded = (cell.ljust(width) for cell, width in zip(cells, self._widths, strict=False))
        return " ".join(padded).rstrip()

    def head(self) -> None:
        """The heading."""
        print(self._line(name for name, _ in self._columns))

    def row(self, row: Row) -> None:
        """One row, its further figures below it."""
        print(self._line(show(row) for _, show in self._columns))
        if row.extra:
            print("    " + ", ".join(f"{name} {short(value)}" for name, value in row.extra.items()))
        sys.stdout.flush()


def markdown(rows: Sequence[Row], columns: Sequence[Column] = COLUMNS) -> str:
    """``rows`` as a Markdown table."""
    lines = [[name for name, _ in columns], ["---"] * len(columns)]
    lines += [[show(row) for _, show in columns] for row in rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def machine(initiator: Sequence[str]) -> dict[str, Any]:
    """Where the figures are from."""
    model = ""
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as info:
        model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), "")
    return {
        "processors": os.cpu_count(),
        "processor": model,
        "python": platform.python_version(),
        "kernel": platform.release(),
        "load": os.getloadavg()[0],
        "ISA-L": isal.library() is not None,
        "initiator": "Python" if "benchmarks.initiator" in initiator else "C",
    }


def save(path: Path, rows: Sequence[Row], where: dict[str, Any]) -> None:
    """Write a run."""
    document = {"machine": where, "rows": [row.as_dict() for row in rows]}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")


def restore(path: Path) -> dict[str, Row]:
    """The rows of a saved run by key."""
    return {row["key"]: from_dict(row) for row in json.loads(path.read_text("utf-8"))["rows"]}
