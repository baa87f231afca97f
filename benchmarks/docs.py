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
BEGIN_COMPARED: Final = "<!-- before and after: written by ./dev bench --write-docs --against OLD.json -->"
END_COMPARED: Final = "<!-- end of before and after -->"


def write(rows: Sequence[Row], where: dict[str, Any], old: dict[str, Row]) -> None:
    """Replace the run in the page, and with an ``old`` one the comparison too."""
    text = _replaced(PAGE.read_text("utf-8"), BEGIN, END, _run(rows, where))
    if old:
        text = _replaced(text, BEGIN_COMPARED, END_COMPARED, _compared(rows, old))
    PAGE.write_text(text, "utf-8")


def _replaced(text: str, begin: str, end: str, new: str) -> str:
    before, _, rest = text.partition(begin)
    _, mark, after = rest.partition(end)
    if not mark:
        raise SystemExit(f"{PAGE} has lost its marks; restore the lines {begin} and {end}")
    return f"{before}{begin}\n\n{new}\n{end}{after}"


def _compared(rows: Sequence[Row], old: dict[str, Row]) -> str:
    """Medians and ratios of the rows that both runs have."""
    both = [row for row in rows if row.key in old]

    def shown(row: Row) -> str:
        ratio = "" if row.ratio is None else f" = {table.short(row.ratio)} × limit"
        return f"{table.short(row.figure.median)} {row.unit}{ratio}"

    columns = [("what", lambda row: row.title), ("before", lambda row: shown(old[row.key])), ("after", shown)]
    return table.markdown(both, columns)


def _run(rows: Sequence[Row], where: dict[str, Any]) -> str:
    told = ", ".join(f"{name} {value}" for name, value in where.items())
    parts = [f"Measured on: {told}.\n", table.markdown(rows)]
    extras = [row for row in rows if row.extra]
    if extras:
        names = list(dict.fromkeys(name for row in extras for name in row.extra))
        further = [(name, _shown(name)) for name in names]
        parts.append(table.markdown(extras, [("what", lambda row: row.title), *further]))
    return "\n".join(parts)


def _shown(name: str) -> Any:
    return lambda row: table.short(row.extra[name]) if name in row.extra else ""
