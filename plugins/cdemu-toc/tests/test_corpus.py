"""TOC files from everywhere: each gives a disc or one sentence, and soon."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cdemu_core.errors import ImageError
from cdemu_core.loading.loader import ImageLoader, LoadRequest
from cdemu_core.plugin.host import PluginHost

pytestmark = pytest.mark.foreign

SECONDS = 1.0
FILE = re.compile(r'^\s*(?:AUDIO|DATA)?FILE\s+"([^"/]+)"', re.MULTILINE)


def test_every_file_gives_a_disc_or_a_sentence(shared: Callable[[str], Path], tmp_path: Path) -> None:
    files = sorted((shared("corpus") / "toc").glob("*.toc"))
    assert len(files) > 25
    loader, refused = ImageLoader(PluginHost()), {}
    for number, path in enumerate(files):
        text = path.read_text("latin-1")
        folder = tmp_path / str(number)
        folder.mkdir()
        for name in FILE.findall(text):
            with (folder / name).open("wb") as file:  # a sparse file of an hour's size
                file.truncate(60 * 60 * 75 * 2352)
        copy = folder / path.name
        copy.write_bytes(path.read_bytes())
        start = time.monotonic()
        try:
            image = loader.load(LoadRequest((str(copy),), format="toc"))
        except ImageError as problem:
            refused[path.name] = str(problem)
        else:
            assert image.disc.tracks
            image.close()
        assert time.monotonic() - start < SECONDS, path.name
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in refused.values())
    reasons = (
        "is no time",
        "in quotes is expected",
        "is no statement",
        "begins behind",
        "install cdemu-sndfile",
    )
    assert all(any(reason in sentence for reason in reasons) for sentence in refused.values()), refused
    assert len(refused) < len(files) / 2


def test_tracks_of_a_known_file(shared: Callable[[str], Path]) -> None:
    path = shared("corpus") / "toc" / "cdrdao+cdrdao__testtocs_t9.toc"
    image = ImageLoader(PluginHost()).load(LoadRequest((str(path),)))
    tracks = image.disc.tracks
    assert image.disc.sessions[0].mcn == "0724385356926"
    assert [track.length for track in tracks] == [900, 750, 750, 750, 451]
    assert [track.pregap for track in tracks] == [525, 150, 105, 0, 151]
    assert [track.isrc for track in tracks] == ["USEM39600078", "USEM39600079", None, None, "EDUMA9892346"]
    image.close()
