"""What we write is what other programs read: cdrdao, chdman, bchunk and libcdio's cd-info."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cdemu_core.disc.model import Control, Disc
from cdemu_core.disc.reader import DiscReader
from cdemu_core.disc.sector import SectorType
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.discs import audio_disc, mixed_disc
from cdemu_core.testing.rich import (
    album_disc,
    cooked_disc,
    graphics_disc,
    pregap_disc,
    sessions_disc,
    xa_disc,
)
from cdemu_core.testing.writers import defaults

pytestmark = pytest.mark.foreign

HOST = PluginHost()
POINT = re.compile(r"^\s+(PREGAP|START|INDEX +\d+|END)\s+[\d:]+\(\s*(\d+)\)", re.MULTILINE)
MODES = {SectorType.AUDIO: "AUDIO", SectorType.MODE1: "MODE1", SectorType.MODE2_MIXED: "MODE2_FORM_MIX"}
RAW_MODES = MODES | {SectorType.MODE1: "MODE1_RAW", SectorType.MODE2_MIXED: "MODE2_RAW"}
Make = Callable[[], Disc]
Shown = list[tuple[str, list[tuple[str, int]]]]


def write(make: Make, name: str, folder: Path, **parameters: bool) -> list[str]:
    writer = HOST.writers[name]
    given = {f"writer.{key}": value for key, value in parameters.items()}
    return list(writer.write(make(), str(folder / f"x{writer.suffixes[0]}"), defaults(writer) | given))


def run(*command: str, folder: Path | None = None) -> str:
    """What a program says; the test is skipped where it is not installed."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, errors="replace", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def shown_tracks(text: str) -> Shown:
    """(mode, points) of each track that ``cdrdao show-toc`` shows."""
    parts = re.split(r"^TRACK +\d+ +Mode +(.+):$", text, flags=re.MULTILINE)[1:]
    return [
        (mode, [(" ".join(word.split()), int(lba)) for word, lba in POINT.findall(body)])
        for mode, body in zip(parts[0::2], parts[1::2], strict=True)
    ]


def expected_tracks(
    disc: Disc, session: int, modes: dict[SectorType, str]
) -> list[tuple[str, list[tuple[str, int]]]]:
    """The same by our model: cdrdao counts every session from 0."""
    found = []
    tracks = disc.sessions[session].tracks
    base = tracks[0].index1
    for track in tracks:
        gap = [("PREGAP", track.pregap)] if track is not tracks[0] and track.pregap else []
        indices = [(f"INDEX {i.number}", track.start + i.address - base) for i in track.indices]
        points = [*gap, ("START", track.index1 - base), *indices, ("END", track.end - base)]
        found.append((modes[track.sector_type], points))
    return found


@pytest.mark.parametrize(
    "make", [cooked_disc, album_disc, pregap_disc, mixed_disc, xa_disc], ids=lambda make: make.__name__
)
@pytest.mark.parametrize("raw", [False, True], ids=["cooked", "raw"])
def test_cdrdao_shows_our_toc(make: Make, raw: bool, tmp_path: Path) -> None:
    path = write(make, "toc", tmp_path, write_raw=raw)[0]
    text = run("cdrdao", "show-toc", path)
    assert shown_tracks(text) == expected_tracks(make(), 0, RAW_MODES if raw else MODES)
    for track in make().tracks:
        if track.isrc:
            assert f"ISRC {track.isrc[:2]} {track.isrc[2:5]} {track.isrc[5:7]} {track.isrc[7:]}" in text
    assert text.count("COPY PERMITTED") - text.count("NO COPY PERMITTED") == sum(
        bool(track.control & Control.COPY_PERMITTED) for track in make().tracks
    )


def test_cdrdao_shows_both_sessions(tmp_path: Path) -> None:
    paths = write(sessions_disc, "toc", tmp_path)
    for number in (0, 1):
        shown = shown_tracks(run("cdrdao", "show-toc", paths[number]))
        assert shown == expected_tracks(sessions_disc(), number, MODES)


def test_cdrdao_shows_subchannel(tmp_path: Path) -> None:
    text = run("cdrdao", "show-toc", write(graphics_disc, "toc", tmp_path, write_subchannel=True)[0])
    assert [mode for mode, _ in shown_tracks(text)] == ["AUDIO RW_RAW"]


@pytest.mark.parametrize("make", [audio_disc, mixed_disc, xa_disc], ids=lambda make: make.__name__)
def test_cdrdao_shows_our_cue(make: Make, tmp_path: Path) -> None:
    """Of sheets without INDEX 02: those cdrdao counts from the track's start."""
    write(make, "cue", tmp_path)
    text = run("cdrdao", "show-toc", "x.cue", folder=tmp_path)
    assert shown_tracks(text) == expected_tracks(make(), 0, RAW_MODES)


@pytest.mark.parametrize(
    "make", [cooked_disc, album_disc, pregap_disc, mixed_disc, xa_disc], ids=lambda make: make.__name__
)
def test_chdman_stores_and_returns_our_cue(make: Make, tmp_path: Path) -> None:
    path = write(make, "cue", tmp_path)[0]
    archive, out = tmp_path / "x.chd", tmp_path / "out.bin"
    run("chdman", "createcd", "-i", path, "-o", str(archive), "-c", "none")
    info = run("chdman", "info", "-v", "-i", str(archive))
    tracks = re.findall(r"TRACK:\d+ TYPE:(\w+) SUBTYPE:\w+ FRAMES:(\d+) PREGAP:(\d+)", info)
    disc = make()
    gaps = [0 if n == 0 else track.pregap for n, track in enumerate(disc.tracks)]
    assert [int(gap) for *_, gap in tracks] == gaps
    run("chdman", "extractcd", "-i", str(archive), "-o", str(tmp_path / "out.cue"), "-ob", str(out))
    assert out.read_bytes() == (tmp_path / "x.bin").read_bytes()


def test_bchunk_splits_our_cue(tmp_path: Path) -> None:
    write(mixed_disc, "cue", tmp_path)
    run("bchunk", "-w", str(tmp_path / "x.bin"), str(tmp_path / "x.cue"), str(tmp_path / "part"))
    disc = mixed_disc()
    reader, (data, audio) = DiscReader(disc), disc.tracks
    user = bytearray(300 * 2048)
    reader.read_user_data(data.index1, 300, memoryview(user))
    assert (tmp_path / "part01.iso").read_bytes() == user
    assert (tmp_path / "part02.wav").read_bytes()[44:] == reader.read_frames(audio.index1, 300)


def test_libcdio_reads_our_cue_and_its_texts(tmp_path: Path) -> None:
    path = write(pregap_disc, "cue", tmp_path)[0]
    text = run("cd-info", "-q", "--no-header", "--no-device-info", f"--cue-file={path}")
    lsns = [int(lsn) for lsn in re.findall(r"^ *(?:\d|170): [\d:]+ +(\d{6}) ", text, re.MULTILINE)]
    disc = pregap_disc()
    assert lsns == [*(track.index1 for track in disc.tracks), disc.end]
    assert "Media Catalog Number (MCN): 1234567890128" in text
    assert 'TITLE: Album "of" noise' in text
    assert "Language 1 'German':" in text
    assert "TITLE: Rauschen 4" in text
