"""``python -m cdemu_core.testing``: ``new cdemu-xyz [DIR]`` starts a plugin, ``report [DIST…]`` measures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .scaffold import render


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command: 0, or 1 where a report has faults, or 2 where it cannot be done as asked."""
    parser = argparse.ArgumentParser(
        prog="python -m cdemu_core.testing", description="Start and measure cdemu plugins."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    new = verbs.add_parser("new", help="write a plugin that installs and passes the conformance kit")
    new.add_argument("dist", help="name of the distribution: cdemu-xyz")
    new.add_argument("folder", nargs="?", help="where to write it (default: a folder of that name)")
    measured = verbs.add_parser("report", help="run the conformance kit of plugins and tabulate what it did")
    measured.add_argument("dists", nargs="*", metavar="DIST", help="distributions or folders (default: all)")
    args = parser.parse_args(arguments)
    if args.verb == "report":
        from .report import report

        return report(args.dists)
    return _new(args)


def _new(args: argparse.Namespace) -> int:
    folder = Path(args.folder or args.dist)
    try:
        files = render(args.dist, folder)
    except (ValueError, OSError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for file in files:
        print(file)
    print(f'Next: cd {folder} && pip install -e ".[test]" && pytest')
    return 0


if __name__ == "__main__":
    sys.exit(main())
