"""Renders a complete third-party plugin from ``template/``."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from typing import Final

from .discs import data_disc
from .facts import disc_digest

TEMPLATE: Final = Path(__file__).parent / "template"
DIST_NAME: Final = re.compile(r"cdemu-([a-z][a-z0-9]*(?:-[a-z0-9]+)*)")
CORE_VERSION: Final = "0.1"
"""Least version of cdemu-core that has what the template uses."""
SIGNATURE_SIZE: Final = 8


def render(dist: str, folder: Path) -> list[Path]:
    """Write the plugin ``dist`` to ``folder`` and return the files.

    Raises:
        ValueError: ``dist`` is no name for a plugin, or ``folder`` holds something already.
    """
    match = DIST_NAME.fullmatch(dist)
    if match is None:
        raise ValueError(
            f"“{dist}” is no plugin name; it is “cdemu-” and lower-case letters, as in cdemu-xyz."
        )
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"“{folder}” is not empty; choose another folder.")
    words = names(dist, match[1])
    written = []
    for source in sorted(TEMPLATE.rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts:
            written.append(_write(source, folder, words))
    return written


def names(dist: str, name: str) -> dict[str, str]:
    """What the template's placeholders stand for."""
    letters = name.replace("-", "")
    magic = (letters.upper() + "DISC0000")[:SIGNATURE_SIZE]
    return {
        "dist": dist,
        "package": dist.replace("-", "_"),
        "name": name,
        "suffix": letters,
        "title": name.upper(),
        "class": letters.capitalize(),
        "magic": magic,
        "magic_escaped": "".join(f"\\x{byte:02X}" for byte in magic.encode("ascii")),
        "core": CORE_VERSION,
        "sha256": disc_digest(data_disc(300)),
    }


def _write(source: Path, folder: Path, words: dict[str, str]) -> Path:
    relative = source.relative_to(TEMPLATE).with_name(source.name.removesuffix(".tmpl"))
    parts = [words["package"] if part == "package" else part for part in relative.parts]
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(Template(source.read_text("utf-8")).substitute(words), "utf-8")
    return target
