"""``probe``: which formats claim a file, and how well, without loading it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from .. import render
from ..verb import JSON, ExitCode, Verb, arg

if TYPE_CHECKING:
    from ...loading.matrix import FileProbe

WINNER = "*"
NOTHING = "-"


def as_dict(row: FileProbe) -> dict[str, Any]:
    """The row as a JSON object; evidence and reason of every format."""
    return {
        "file": row.path,
        "filters": list(row.filters),
        "winner": row.winner,
        "rivals": list(row.rivals),
        "formats": {
            name: {"evidence": verdict.evidence.name.lower(), "reason": verdict.reason}
            for name, verdict in sorted(row.verdicts.items())
        },
        "error": row.error,
    }


def cells(row: FileProbe, formats: list[str]) -> tuple[str, ...]:
    """The row as text: file, filters, one cell a format with the winner marked, the result."""
    evidence = []
    for name in formats:
        shown = row.verdicts[name].evidence.name if name in row.verdicts else NOTHING
        marked = f"{shown}{WINNER}" if name == row.winner else shown
        evidence.append(NOTHING if marked == "NONE" else marked)
    return row.path, " ".join(row.filters) or NOTHING, *evidence, result(row)


def result(row: FileProbe) -> str:
    """Who gets the file, or why nobody does."""
    if row.error is not None:
        return row.error
    if row.rivals:
        return f"claimed equally by {' and '.join(row.rivals)}"
    return row.winner or "claimed by no format"


def probe(args: argparse.Namespace) -> int:
    """A table of files and formats; exit 1 where a file has no winner."""
    from ...loading.matrix import probe_file
    from ...plugin.host import PluginHost
    from .devices import read_password

    password = read_password(args.password_file) if args.password_file else None
    host = PluginHost()
    formats = sorted(host.formats)
    rows = [probe_file(host, path, password) for path in args.files]
    if args.json:
        render.print_json([as_dict(row) for row in rows])
    else:
        headers = ("FILE", "FILTERS", *(name.upper() for name in formats), "RESULT")
        render.print_table(f"Evidence ({WINNER} wins):", headers, [cells(row, formats) for row in rows])
    return ExitCode.OK if all(row.winner for row in rows) else ExitCode.FAILED


VERBS = (
    Verb(
        "probe",
        "show which formats claim files, and how well (needs no daemon)",
        (
            arg("files", nargs="+", metavar="FILE", help="image file(s), each looked at by itself"),
            arg("--password-file", metavar="FILE", help="file whose first line is the password"),
            JSON,
        ),
        probe,
        description=(
            "Show, for every file, which filters are undone and the evidence each format finds: none (-), "
            "SUFFIX, SHAPE, TEXT, MAGIC or PROVEN. Nothing is loaded. Exit status 1 where a file is claimed "
            "by no format, or by two equally."
        ),
    ),
)
