"""Sheets from everywhere: each gives a disc or one sentence, and soon; layouts as Aaru sees them."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cdemu_core.api import Disc
from cdemu_core.errors import ImageError
from cdemu_core.loading.loader import ImageLoader, LoadRequest
from cdemu_core.plugin.host import PluginHost

pytestmark = pytest.mark.foreign

SECONDS = 1.0
TRACK = re.compile(r"track\t(\d+)\tses (\d+)\t\w+\tstart (-?\d+)\tend (-?\d+)\tpregap (\d+)\t.*\tidx ?(.*)")


def test_every_sheet_gives_a_disc_or_a_sentence(shared: Callable[[str], Path], host: PluginHost) -> None:
    sheets = sorted((shared("corpus") / "cue").glob("*.cue"))
    assert len(sheets) > 100
    loader = ImageLoader(host)
    for path in sheets:
        start, message = time.monotonic(), "A disc."
        try:
            loader.load(LoadRequest((str(path),))).close()
        except ImageError as problem:
            message = str(problem)
        assert "\n" not in message, path.name
        assert message.endswith("."), path.name
        assert time.monotonic() - start < SECONDS, path.name


def recorded(text: str) -> list[tuple[int, int, int, int]]:
    """(track, session, index 1, end) as Aaru says; it counts the first pregap from LBA −150."""
    found = []
    for match in TRACK.finditer(text):
        number, session, start, end = map(int, match.group(1, 2, 3, 4))
        indices = dict(pair.split(":") for pair in match[6].split(",") if pair)
        found.append((number, session, int(indices.get("1", start)), end + 1))
    return found


def ours(disc: Disc) -> list[tuple[int, int, int, int]]:
    return [
        (track.number, session.number, track.index1, track.end)
        for session in disc.sessions
        for track in session.tracks
    ]


def test_layouts_are_what_aaru_sees(shared: Callable[[str], Path], host: PluginHost, tmp_path: Path) -> None:
    dumps = sorted((shared("corpus") / "gen" / "layout" / "cue").glob("*.aaru.txt"))
    assert dumps
    for dump in dumps:
        text = dump.read_text("utf-8")
        folder = tmp_path / dump.name
        folder.mkdir()
        for name, size in re.findall(r"(\S+)=(\d+)", text[text.index("filesizes ") :]):
            with (folder / name).open("wb") as file:
                file.truncate(int(size))
        sheet = shutil.copy(dump.with_name(dump.name.replace(".aaru.txt", ".cue")), folder)
        image = ImageLoader(host).load(LoadRequest((str(sheet),)))
        expected = recorded(text)
        if any("incomplete" in note for note in image.notes):  # Aaru drops such a sector, we fill it up
            *others, (number, session, index1, end) = expected
            expected = [*others, (number, session, index1, end + 1)]
        assert ours(image.disc) == expected, dump.name
        image.close()
