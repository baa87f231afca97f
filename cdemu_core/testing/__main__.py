"""``python -m cdemu_core.testing new cdemu-xyz [DIR]``: start a plugin."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .scaffold import render


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0, or 2 where it cannot be done as asked."""
    parser = argparse.ArgumentParser(prog="python -m cdemu_core.testing", description="Start a cdemu plugin.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    new = verbs.add_parser("new", help="write a plugin that installs and passes the conformance kit")
    new.add_argument("dist", help="name of the distribution: cdemu-xyz")
    new.add_argument("folder", nargs="?", help="where to write it (default: a folder of that name)")
    args = parser.parse_args(arguments)
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
