"""``python -m benchmarks``: measure, print, keep, compare."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from . import initiator, table
from .row import Row

Section = Callable[[Path, list[str], argparse.Namespace], Iterator[Row]]


def _commands(folder: Path, program: list[str], args: argparse.Namespace) -> Iterator[Row]:
    from . import commands

    return commands.rows(folder, program, args.rounds)


def _drives(folder: Path, program: list[str], args: argparse.Namespace) -> Iterator[Row]:
    from . import commands

    return commands.drives(folder, program, args.rounds)


def _layers(folder: Path, program: list[str], args: argparse.Namespace) -> Iterator[Row]:
    from . import layers

    return layers.rows(folder)


def _compressed(folder: Path, program: list[str], args: argparse.Namespace) -> Iterator[Row]:
    from . import compressed

    return compressed.rows(folder)


def _processes(folder: Path, program: list[str], args: argparse.Namespace) -> Iterator[Row]:
    from . import processes

    return processes.rows(folder)


def _iscsi(folder: Path, program: list[str], args: argparse.Namespace) -> Iterator[Row]:
    from . import iscsi

    return iscsi.rows(folder, args.rounds)


SECTIONS: Final[dict[str, Section]] = {
    "commands": _commands,
    "drives": _drives,
    "layers": _layers,
    "compressed": _compressed,
    "processes": _processes,
    "iscsi": _iscsi,
}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"default all: {', '.join(SECTIONS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the run in FILE")
    parser.add_argument("--against", type=Path, metavar="FILE", help="compare with a run kept in FILE")
    parser.add_argument("--write-docs", action="store_true", help="write the run into docs/performance.md")
    parser.add_argument("--rounds", type=int, default=7, help="rounds per row of commands (default 7)")
    parser.add_argument("--images", type=Path, metavar="FOLDER", help="make the images here and leave them")
    args = parser.parse_args()
    unknown = set(args.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"there is no section {', '.join(unknown)}; there are: {', '.join(SECTIONS)}")
    return args


def measured(folder: Path, args: argparse.Namespace, printer: table.Printer) -> tuple[list[Row], list[str]]:
    """All rows asked for, printed as they come, and the initiator that was used."""
    program = initiator.compiled(folder)
    rows: list[Row] = []
    for name in args.sections or SECTIONS:
        for row in SECTIONS[name](folder, program, args):
            rows.append(row)
            printer.row(row)
    return rows, program


def main() -> int:
    """One run; fails where a budget is missed."""
    args = arguments()
    columns = list(table.COLUMNS)
    old = table.restore(args.against) if args.against else {}
    if old:
        columns.append(table.against(old))
    printer = table.Printer(columns)
    printer.head()
    with contextlib.ExitStack() as stack:
        folder = args.images or Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp")))
        folder.mkdir(exist_ok=True)
        rows, program = measured(folder, args, printer)
    where = table.machine(program)
    print(json.dumps(where))
    if args.json:
        table.save(args.json, rows, where)
    if args.write_docs:
        from .docs import write

        write(rows, where, old)
    missed = [row.title for row in rows if row.kept is False]
    print(f"Budgets missed: {'; '.join(missed) or 'none'}.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
