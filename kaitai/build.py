#!/usr/bin/env python3
"""Writes the parser modules that come from the descriptions (.ksy) in this folder, and checks them.

build.py write [NAME…]    compile all, or the named descriptions (needs node and `npm install` here)
build.py --check          compile all and compare byte for byte with what is committed (needs the same)
build.py --stamp-check    compare the banners' hashes and versions only (needs nothing)
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BANNER = """\
# Written by kaitai/build.py from kaitai/{source}; change that file, not this one.
# compiler: kaitai-struct-compiler {compiler}
# source sha256: {source_hash}
# body sha256: {body_hash}
"""
BANNER_LINES = BANNER.count("\n")


class Output(NamedTuple):
    """One row of outputs.toml: a description and the modules written from it."""

    source: Path
    targets: tuple[Path, ...]
    compiler: str


def outputs(root: Path = ROOT) -> list[Output]:
    """The rows of outputs.toml."""
    table = tomllib.loads((root / "kaitai" / "outputs.toml").read_text("utf-8"))
    return [
        Output(root / "kaitai" / row["source"], tuple(root / name for name in row["to"]), table["compiler"])
        for row in table["output"]
    ]


def sha256(text: str) -> str:
    """Hex digest of UTF-8 text."""
    return hashlib.sha256(text.encode()).hexdigest()


def banner(output: Output, body: str) -> str:
    """The first lines of a module with this body."""
    return BANNER.format(
        source=output.source.name,
        compiler=output.compiler,
        source_hash=sha256(output.source.read_text("utf-8")),
        body_hash=sha256(body),
    )


def can_compile() -> bool:
    """Whether node and the compiler are installed."""
    return bool(shutil.which("node")) and (HERE / "node_modules" / "kaitai-struct-compiler").is_dir()


def compiled(output: Output) -> str:
    """The module as the compiler makes it now, with its banner."""
    run = subprocess.run(
        ["node", str(HERE / "ksc.js"), str(output.source)], capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise SystemExit(f"{output.source.name}: {run.stderr.strip()}")
    return banner(output, run.stdout) + run.stdout


def stale_stamps(root: Path = ROOT) -> list[str]:
    """One sentence for each committed module that does not belong to its description."""
    problems = []
    for output in outputs(root):
        for target in output.targets:
            name = target.relative_to(root)
            if not target.is_file():
                problems.append(f"{name} is missing: run kaitai/build.py write.")
                continue
            text = target.read_text("utf-8")
            body = "".join(text.splitlines(keepends=True)[BANNER_LINES:])
            if text != banner(output, body) + body:
                problems.append(f"{name} is not what {output.source.name} makes: run kaitai/build.py write.")
    return problems


def stale_bodies() -> list[str]:
    """As :func:`stale_stamps`, by compiling again."""
    return [
        f"{target.relative_to(ROOT)} differs from what the compiler makes: run kaitai/build.py write."
        for output in outputs()
        for text in [compiled(output)]
        for target in output.targets
        if not target.is_file() or target.read_text("utf-8") != text
    ]


def write(names: list[str]) -> None:
    """Compile and write the named descriptions, all if none is named."""
    chosen = [output for output in outputs() if not names or output.source.stem in names]
    if len(chosen) < len(names):
        raise SystemExit(f"outputs.toml has no row for one of: {', '.join(names)}")
    for output in chosen:
        text = compiled(output)
        for target in output.targets:
            target.parent.mkdir(parents=True, exist_ok=True)
            (target.parent / "__init__.py").write_text('"""Modules written by kaitai/build.py."""\n', "utf-8")
            target.write_text(text, "utf-8")
            print(target.relative_to(ROOT))


def main(arguments: list[str]) -> int:
    """The command line; exit status 1 when something is stale."""
    verb, *names = arguments or ["--help"]
    if verb not in {"write", "--check", "--stamp-check"}:
        print(__doc__)
        return 2
    if verb != "--stamp-check" and not can_compile():
        raise SystemExit("Install node, then run `npm install` in kaitai/.")
    if verb == "write":
        write(names)
        return 0
    problems = stale_stamps() if verb == "--stamp-check" else stale_bodies()
    print("\n".join(problems) or "All modules belong to their descriptions.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
