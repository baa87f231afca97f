"""Tables and progress: Rich where a terminal is there and Rich is installed, plain text in pipes."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any


def print_json(value: Any) -> None:
    """One JSON value, keys in the order given."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    print()


def plain_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns padded to their widest cell, the last one ragged."""
    table = [list(headers), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(headers) - 1)]
    lines = []
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join([*cells, row[len(widths)]]).rstrip())
    return "\n".join(lines)


def print_table(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A titled table; every cell is text."""
    if sys.stdout.isatty():
        try:
            from rich.console import Console
            from rich.markup import escape
            from rich.table import Table
        except ImportError:
            pass
        else:
            table = Table(title=title, title_justify="left", header_style="bold")
            for header in headers:
                table.add_column(header, overflow="fold")
            for row in rows:
                table.add_row(*(escape(cell) for cell in row))
            Console().print(table)
            return
    print(title)
    print(plain_table(headers, rows))


def error(message: str) -> None:
    """A sentence on standard error."""
    print(f"cdemu: {message}", file=sys.stderr)
