"""Every recorded image through every writer: what is lost is what was planned."""

from __future__ import annotations

import json
import os
from fnmatch import fnmatch
from pathlib import Path

import pytest

from cdemu_core.errors import CdemuError, ImageError
from cdemu_core.loading.convert import Permission, convert
from cdemu_core.loading.loader import ImageLoader, LoadedImage, LoadRequest
from cdemu_core.plugin.descriptors import Feature
from cdemu_core.plugin.host import PluginHost

pytestmark = pytest.mark.slow

GOLDEN = Path(os.environ.get("CDEMU_GOLDEN", "/nonexistent"))
FAMILIES = ("iso-*", "cue-*", "ccd-*", "mds-*", "mds2-*", "mdx-*", "nrg-*", "toc-*")
FORMATS = ("toc", "cue", "ccd", "mds", "nrg", "iso")
MAX_SECTORS = 60_000


def set_names() -> list[str]:
    names = sorted(path.stem for path in (GOLDEN / "golden").glob("*.json"))
    return [name for name in names if any(fnmatch(name, family) for family in FAMILIES)]


def load(host: PluginHost, name: str) -> LoadedImage:
    """The image of a set; the test is skipped where it is refused, which other tests judge."""
    expected = json.loads((GOLDEN / "golden" / f"{name}.json").read_text("utf-8"))
    options = expected["options"]
    paths = tuple(str(GOLDEN / "images" / name / file) for file in expected["load"])
    request = LoadRequest(paths, encoding=options.get("encoding"), password=options.get("password"))
    try:
        return ImageLoader(host).load(request)
    except CdemuError:
        pytest.skip("an image that is refused cannot be converted")


@pytest.fixture(scope="module")
def host() -> PluginHost:
    return PluginHost()


@pytest.mark.parametrize("name", set_names())
def test_what_is_lost_was_planned(name: str, host: PluginHost, tmp_path: Path) -> None:
    image = load(host, name)
    try:
        assert image.disc.length < MAX_SECTORS
        for target in FORMATS:
            writer = host.writers[target]
            if image.disc.medium.name.lower() not in writer.media:
                continue
            path = str(tmp_path / target / f"a{writer.suffixes[0]}")
            (tmp_path / target).mkdir()
            try:
                report = convert(image, writer, path, host, permission=Permission(allow_loss=True))
            except ImageError as problem:  # bare Mode 2 sectors without forms look like nothing
                assert target == "iso", problem  # noqa: PT017 - the other formats must not fail
                assert not any((tmp_path / target).iterdir())
                continue
            found: set[Feature] = {loss.feature for loss in report.found}
            planned = {loss.feature for loss in report.plan.losses}
            assert found <= planned if target == "iso" else found == planned, target
    finally:
        image.close()
