"""In one file without unstored gaps, sector n of the disc is sector n of the file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cdemu_core.api import frames_to_msf
from cdemu_core.disc.reader import DiscReader
from cdemu_core.loading.loader import ImageLoader, LoadRequest
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.discs import payload

TOTAL = 120
DATA = payload(TOTAL * 2352)
LOADER = ImageLoader(PluginHost())


@st.composite
def sheets(draw: st.DrawFn) -> tuple[str, list[list[int]]]:
    """A sheet, and the file's frames at which each track's indices 1, 2, … stand."""
    times = sorted(draw(st.sets(st.integers(0, TOTAL - 1), min_size=1, max_size=12)))
    lines, tracks = ['FILE "a.bin" BINARY'], []
    while times:
        count = draw(st.integers(1, min(4, len(times))))
        mine, times = times[:count], times[count:]
        first = 0 if count > 1 and draw(st.booleans()) else 1
        lines.append(f"TRACK {len(tracks) + 1:02d} AUDIO")
        lines += [f"INDEX {first + n:02d} {frames_to_msf(time)}" for n, time in enumerate(mine)]
        tracks.append(mine[1 - first :])
    return "\n".join(lines), tracks


@settings(max_examples=40, deadline=None)
@given(sheets())
def test_sector_n_is_the_file_s(case: tuple[str, list[list[int]]]) -> None:
    text, indices = case
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a.bin").write_bytes(DATA)
        path = Path(folder, "a.cue")
        path.write_text(text)
        image = LOADER.load(LoadRequest((str(path),)))
        disc = image.disc
        found = [[t.index1, *(t.start + index.address for index in t.indices)] for t in disc.tracks]
        assert found == indices
        assert bytes(DiscReader(disc).read_frames(0, TOTAL)) == DATA
        image.close()
