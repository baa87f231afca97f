"""Writes a run into docs/performance.md, between the marks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from . import table
from .row import Row

PAGE: Final = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN: Final = "<!-- the run: written by ./dev bench --write-docs -->"
END: Final = "<!-- end of the run -->"


def write(rows: Sequence[Row], where: dict[str, Any], old: dict[str, Row]) -> None:
    """Replace the run in the page; ``old`` adds a column of what the medians were."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"{PAGE} has lost its marks; restore the lines {BEGIN} and {END}")
    PAGE.write_text(f"{before}{BEGIN}\n\n{_run(rows, where, old)}\n{END}{after}", "utf-8")


def _run(rows: Sequence[Row], where: dict[str, Any], old: dict[str, Row]) -> str:
    columns = [*table.COLUMNS, *([table.against(old)] if old else [])]
    told = ", ".join(f"{name} {value}" for name, value in where.items())
    parts = [f"Measured on: {told}.\n", table.markdown(rows, columns)]
    extras = [row for row in rows if row.extra]
    if extras:
        names = list(dict.fromkeys(name for row in extras for name in row.extra))
        further = [(name, _shown(name)) for name in names]
        parts.append(table.markdown(extras, [("what", lambda row: row.title), *further]))
    return "\n".join(parts)


def _shown(name: str) -> Any:
    return lambda row: table.short(row.extra[name]) if name in row.extra else ""
