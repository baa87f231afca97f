"""Every known image is claimed by its own format, with the layers it has, and by nobody else."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from cdemu_core.loading.matrix import FileProbe, probe_file
from cdemu_core.plugin.descriptors import Evidence
from cdemu_core.plugin.host import PluginHost

CORPUS = Path(os.environ.get("CDEMU_CORPUS", "/nonexistent"))
GOLDEN = Path(os.environ.get("CDEMU_GOLDEN", "/nonexistent"))


class Row(NamedTuple):
    """Files (a pattern), the filters to undo, outermost first, the format, the least evidence."""

    files: str
    filters: tuple[str, ...]
    format: str | None
    least: Evidence = Evidence.MAGIC


RECORDED: tuple[Row, ...] = (
    Row("iso-raw-audio", (), "iso", Evidence.SHAPE),
    Row("iso-too-small", (), "iso", Evidence.SUFFIX),
    Row("iso-*", (), "iso"),
    Row("cue-*", (), "cue", Evidence.TEXT),
    Row("ccd-*", (), "ccd", Evidence.TEXT),
    Row("mds-*", (), "mds"),
    Row("mds2-*", (), "mdx"),
    Row("mdx-*", (), "mdx"),
    Row("nrg-*", (), "nrg", Evidence.PROVEN),
    Row("toc-*", (), "toc", Evidence.TEXT),
    Row("big-cd-90min-xz", ("xz",), "iso"),
    Row("big-dvd-dl-dmg", ("dmg",), "iso"),
    Row("flt-cso", ("cso",), "iso"),
    Row("flt-zso", ("cso",), "iso"),
    Row("flt-dmg-zlib", ("dmg",), "iso"),
    Row("flt-dmg-encrypted*", ("encrcdsa", "dmg"), "iso"),
    Row("flt-ecm-*", ("ecm",), "iso"),
    Row("flt-gz", ("gzip",), "iso"),
    Row("flt-gz-xz-stack", ("xz", "gzip"), "iso"),
    Row("flt-xz-dmg-stack", ("xz", "dmg"), "iso"),
    Row("flt-xz-*", ("xz",), "iso"),
    Row("flt-isz-aes*", ("isz-crypto", "isz"), "iso"),
    Row("flt-isz-*", ("isz",), "iso"),
    Row("flt-ndif", ("macbinary",), "iso"),
)
"""Recorded sets by family; the first row that fits counts. Families without a row have no plugin here."""
REFUSED = {"flt-dmg-encrypted-wrongpw": "password"}
"""Sets that cannot be looked into, and a word of the reason."""

FOREIGN: tuple[Row, ...] = (
    Row("iso/libcdio*malformed.iso", (), "iso", Evidence.SUFFIX),
    Row("iso/*", (), "iso"),
    Row("nrg/*", (), "nrg"),
    Row("cso/*UMD.cso", ("cso",), None),
    Row("cso/*", ("cso",), "iso"),
    Row("zso/*UMD.zso", ("cso",), None),
    Row("zso/*", ("cso",), "iso"),
    Row("ccd/SabreTools*", (), None),
    Row("ccd/*", (), "ccd", Evidence.TEXT),
    Row("dmg/*", ("dmg",), None),
    Row("gen/cso/*.dax", ("dax",), "iso"),
    Row("gen/cso/*", ("cso",), "iso"),
    Row("gen/aaru/*/*.mds", (), "mds"),
    Row("gen/aaru/*/*.ccd", (), "ccd", Evidence.TEXT),
    Row("gen/aaru/*/*.mdf", (), "iso"),
    Row("gen/aaru/*/*.img", (), "iso"),
    Row("gen/aaru/*/*.bin", (), "iso"),
    Row("gen/aaru/*/*.sub", (), None),
    Row("gen/layout/mds/*.mds", (), "mds"),
    Row("gen/layout/ccd/*.ccd", (), "ccd", Evidence.TEXT),
    Row("other/*.toc", (), "toc", Evidence.SUFFIX),
    Row("toc/*", (), "toc", Evidence.TEXT),
    Row("gen/aaru/*/*.toc", (), "toc", Evidence.TEXT),
    Row("gen/layout/toc/*.toc", (), "toc", Evidence.TEXT),
    Row("sets/*/*.toc", (), "toc", Evidence.TEXT),
    Row("gen/layout/cue/*.cue", (), "cue", Evidence.TEXT),
    Row("gen/master/ms_s1.bin", (), "iso", Evidence.SHAPE),
    Row("gen/master/*.bin", (), "iso"),
    Row("gen/master/*.cue", (), "cue", Evidence.TEXT),
    Row("sets/flycast/*/*/cs (0,1).bin", (), "iso", Evidence.SHAPE),
    Row("sets/pycdio-test/cdda.bin", (), "iso", Evidence.SHAPE),
    Row("sets/node-udif/data/*.dmg", ("dmg",), None),
    Row("sets/*.iso", (), "iso"),
    Row("sets/*/*.cue", (), "cue", Evidence.TEXT),
    Row("sets/psx-engine/test.bin", (), "iso"),
    Row("sets/pycdio*/isofs-m1.bin", (), "iso"),
)
"""Foreign files by pattern, likewise. No format: the UMD samples hold 4 KiB of noise, one .ccd the words
“TEST DATA”, the .dmg files partition tables and Apple volumes, and a .sub is nothing without its descriptor.
"""
WHOLE = ("iso", "nrg", "cso", "zso", "dmg", "ccd", "toc", "gen/aaru", "gen/cso", "gen/master", "sets")
"""Folders in which every file has a row, but for those of formats without a plugin and what is no image."""
NO_ROW = ("*.chd", "*.gdi", "*.js", "*/.gitignore")
INNER: dict[str, str] = {"nrg": "iso"}
"""Formats whose images may begin with a whole image of another: both signatures are there."""


def row_of(rows: tuple[Row, ...], name: str) -> Row | None:
    """The first row that fits ``name``."""
    return next((row for row in rows if fnmatch(name, row.files)), None)


def recorded_sets() -> list[str]:
    """Names of the recorded sets that have a row."""
    names = sorted(path.stem for path in (GOLDEN / "golden").glob("*.json"))
    return [name for name in names if name not in REFUSED and row_of(RECORDED, name)]


def foreign_files() -> list[str]:
    """Non-empty files of the corpus that have a row; CUE sheets are a test of their own."""
    files = sorted(path for path in CORPUS.rglob("*") if path.is_file() and path.stat().st_size)
    names = [path.relative_to(CORPUS).as_posix() for path in files]
    return [name for name in names if row_of(FOREIGN, name)]


@pytest.fixture(scope="module")
def host() -> PluginHost:
    return PluginHost()


def check(row: Row, found: FileProbe) -> None:
    """Claimed by the row's format, with its evidence at least; nobody else shows a signature."""
    assert found.error is None, found.error
    assert (found.filters, found.winner) == (row.filters, row.format)
    claims = found.claims(Evidence.MAGIC)
    if row.format is None:
        assert not found.claims()
        return
    assert found.verdicts[row.format].evidence >= row.least
    strangers = {name: evidence for name, evidence in claims.items() if name != row.format}
    assert set(strangers) <= {INNER.get(row.format)}
    assert all(evidence < found.verdicts[row.format].evidence for evidence in strangers.values())


def probe_set(host: PluginHost, name: str) -> FileProbe:
    """The probe of a recorded set's first file."""
    recorded = json.loads((GOLDEN / "golden" / f"{name}.json").read_text("utf-8"))
    path = GOLDEN / "images" / name / recorded["load"][0]
    return probe_file(host, str(path), recorded["options"].get("password"))


@pytest.mark.parametrize("name", recorded_sets())
def test_recorded_image(name: str, host: PluginHost) -> None:
    row = row_of(RECORDED, name)
    assert row is not None
    check(row, probe_set(host, name))


@pytest.mark.parametrize("name", REFUSED if GOLDEN.is_dir() else [])
def test_recorded_image_that_is_refused(name: str, host: PluginHost) -> None:
    found = probe_set(host, name)
    assert found.winner is None
    assert REFUSED[name] in (found.error or "")


@pytest.mark.parametrize("name", foreign_files())
def test_foreign_image(name: str, host: PluginHost) -> None:
    row = row_of(FOREIGN, name)
    assert row is not None
    found = probe_file(host, str(CORPUS / name))
    if "lzfse" in name and find_spec("liblzfse") is None:  # its decoder is an extra: the cure is named
        assert "cdemu-containers[lzfse]" in (found.error or "")
        return
    check(row, found)


def test_every_foreign_sheet_is_a_cue_sheet(shared: Callable[[str], Path], host: PluginHost) -> None:
    """However broken: what is wrong with it is for the parser to say."""
    probes = [probe_file(host, str(path)) for path in sorted((shared("corpus") / "cue").iterdir())]
    assert len(probes) >= 100
    assert {probe.path: probe.winner for probe in probes if probe.winner != "cue"} == {}
    assert {probe.path: probe.claims(Evidence.SHAPE) for probe in probes if len(probe.claims()) != 1} == {}


def test_no_foreign_file_is_left_out(shared: Callable[[str], Path]) -> None:
    root = shared("corpus")
    files = (path for folder in WHOLE for path in (root / folder).rglob("*") if path.is_file())
    names = [path.relative_to(root).as_posix() for path in files if path.stat().st_size]
    left = [n for n in names if not row_of(FOREIGN, n) and not any(fnmatch(n, other) for other in NO_ROW)]
    assert left == []


def test_there_is_something_to_compare(shared: Callable[[str], Path]) -> None:
    assert shared("corpus").is_dir()
    assert len(foreign_files()) > 100
    assert shared("golden").is_dir()
    assert len(recorded_sets()) > 60
