"""Layouts and digests of recorded images: what a drive must make of each is known beforehand.

The comparator beside the data judges, so that its rules (what is soft, what is open) stay in one place.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from cdemu_core.disc.model import MediumType, SessionType
from cdemu_core.disc.sector import SectorType
from cdemu_core.errors import CdemuError
from cdemu_core.loading.describe import describe, describe_error, word
from cdemu_core.loading.loader import ImageLoader, LoadRequest
from cdemu_core.plugin.host import PluginHost

REQUIRED = (
    "iso-*",
    "cue-*",
    "ccd-*",
    "mds-*",
    "mds2-*",
    "mdx-*",
    "nrg-*",
    "toc-*",
    "flt-gz*",
    "flt-xz*",
    "flt-cso",
    "flt-dmg*",
    "flt-ecm*",
    "flt-isz*",
    "flt-ndif",
    "flt-zso",
    "big-cd-90min-xz",
    "big-dvd-dl-dmg",
)
"""Families of sets that the installed plugins read."""

MEDIUM = {word(member.name): member.value for member in MediumType}
SESSION = {word(member.name): member.value for member in SessionType}
SECTOR = {word(member.name): member.value for member in SectorType}
TYPE_COUNTS = 9
"""Length of the recorded list of sectors per type."""

GOLDEN = Path(os.environ.get("CDEMU_GOLDEN", "/nonexistent"))


def set_names() -> list[str]:
    """Names of the recorded sets of required families."""
    names = sorted(path.stem for path in (GOLDEN / "golden").glob("*.json"))
    return [name for name in names if any(fnmatch(name, family) for family in REQUIRED)]


def as_numbers(layout: dict[str, Any]) -> dict[str, Any]:
    """``layout`` with enumerations as the recorded data numbers them."""
    if "error" in layout:
        return layout
    layout["medium_type"] = MEDIUM[layout["medium_type"]]
    for session in layout["sessions"]:
        session["type"] = SESSION[session["type"]]
        for track in session["tracks"]:
            track["sector_type"] = SECTOR[track["sector_type"]]
            counts = [0] * TYPE_COUNTS
            for name, count in track["types"].items():
                counts[SECTOR[name]] = count
            track["types"] = counts
    return layout


def inspect(host: PluginHost, folder: Path, expected: dict[str, Any]) -> dict[str, Any]:
    """The layout of a set's image, with digests, or the error it is refused with."""
    options = expected["options"]
    request = LoadRequest(
        tuple(str(folder / name) for name in expected["load"]),
        encoding=options.get("encoding"),
        password=options.get("password"),
    )
    try:
        loaded = ImageLoader(host).load(request)
    except CdemuError as problem:
        return describe_error(problem)
    try:
        return as_numbers(describe(loaded, digest=True, digest_sectors=expected["max_sectors_per_track"]))
    finally:
        loaded.close()


@pytest.fixture(scope="module")
def host() -> PluginHost:
    return PluginHost()


@pytest.mark.parametrize("name", set_names())
def test_set(name: str, host: PluginHost, tmp_path: Path) -> None:
    expected_file = GOLDEN / "golden" / f"{name}.json"
    expected = json.loads(expected_file.read_text("utf-8"))
    actual_file = tmp_path / "actual.json"
    actual_file.write_text(json.dumps(inspect(host, GOLDEN / "images" / name, expected)), "utf-8")
    run = subprocess.run(
        [sys.executable, str(GOLDEN / "compare.py"), str(expected_file), str(actual_file)],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_family_is_there(shared: Any) -> None:
    folder = shared("golden")
    names = [path.stem for path in (folder / "golden").glob("*.json")]
    missing = [family for family in REQUIRED if not any(fnmatch(name, family) for name in names)]
    assert not missing
