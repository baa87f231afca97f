"""CUE images: their layout as libcdio, cdrdao and chdman see it, their bytes as bchunk and chdman cut them.

Every judge is asked about every disc, except where the table of quirks says what it is known to get wrong.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import wave
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import sample_disc

from cdemu_core.disc import lec
from cdemu_core.disc.model import Disc
from cdemu_core.disc.reader import DiscReader
from cdemu_core.disc.sector import SectorParts, SectorType

pytestmark = pytest.mark.foreign

RAW = 2352
Row = tuple[int, str, int]
"""Track number, "data" or "audio", LBA of index 1."""


class Layout(NamedTuple):
    """A disc as every judge can tell it."""

    tracks: tuple[Row, ...]
    leadout: int


class JudgeError(AssertionError):
    """A judge ended with an error; its words."""


def run(*command: str | Path, cwd: Path) -> str:
    """Output of a judge, both streams."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        errors="replace", timeout=60,
    )  # fmt: skip
    if done.returncode:
        raise JudgeError(done.stdout + done.stderr)
    return done.stdout + done.stderr


def frames(text: str) -> int:
    """``MM:SS:FF`` as sectors."""
    minutes, seconds, rest = map(int, text.split(":"))
    return (minutes * 60 + seconds) * 75 + rest


# --- discs ---------------------------------------------------------------------------------------


def noise(count: int, seed: int = 1) -> bytes:
    """Audio that no two sectors have in common."""
    return np.random.default_rng(seed).integers(0, 256, count * RAW, np.uint8).tobytes()


def raw_data(count: int, sector_type: SectorType) -> bytes:
    """Whole data sectors from address 0."""
    rows = np.frombuffer(noise(count, 2), np.uint8).reshape(count, RAW).copy()
    lec.write_sync(rows)
    lec.write_headers(rows, 0, sector_type)
    if sector_type is SectorType.MODE2_FORM1:
        lec.write_subheaders(rows, sector_type)
    lec.write_edc_ecc(rows, sector_type)
    return rows.tobytes()


def write(folder: Path, sheet: str, **files: bytes) -> Path:
    """A sheet and its files (``name`` becomes ``name.bin``); libcdio only looks for the sheet's own name."""
    for name, data in files.items():
        (folder / f"{name}.bin").write_bytes(data)
    (folder / "disc.cue").write_text(sheet, "ascii")
    return folder / "disc.cue"


def audio_gaps_in_file(folder: Path) -> Path:
    return write(
        folder,
        'FILE "disc.bin" BINARY\n'
        "TRACK 01 AUDIO\nINDEX 01 00:00:00\n"
        "TRACK 02 AUDIO\nINDEX 00 00:05:00\nINDEX 01 00:07:00\nINDEX 02 00:08:10\n"
        "TRACK 03 AUDIO\nINDEX 01 00:12:00\n",
        disc=noise(1300),
    )


def audio_silent_pregap(folder: Path) -> Path:
    return write(
        folder,
        'FILE "disc.bin" BINARY\n'
        "TRACK 01 AUDIO\nINDEX 01 00:00:00\n"
        "TRACK 02 AUDIO\nPREGAP 00:02:00\nINDEX 01 00:05:00\n",
        disc=noise(800),
    )


def mode2(folder: Path) -> Path:
    return write(
        folder,
        'FILE "disc.bin" BINARY\nTRACK 01 MODE2/2352\nINDEX 01 00:00:00\n'
        "TRACK 02 AUDIO\nPREGAP 00:02:00\nINDEX 01 00:05:00\n",
        disc=raw_data(375, SectorType.MODE2_FORM1) + noise(400),
    )


def file_per_track(folder: Path) -> Path:
    return write(
        folder,
        'FILE "disc.bin" BINARY\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00\n'
        'FILE "b.bin" BINARY\nTRACK 02 AUDIO\nINDEX 00 00:00:00\nINDEX 01 00:02:00\n'
        'FILE "c.bin" BINARY\nTRACK 03 AUDIO\nINDEX 00 00:00:00\nINDEX 01 00:00:33\n',
        disc=raw_data(310, SectorType.MODE1),
        b=noise(500, 3),
        c=noise(400, 4),
    )


def cooked(folder: Path) -> Path:
    return write(
        folder,
        'FILE "disc.bin" BINARY\nTRACK 01 MODE1/2048\nINDEX 01 00:00:00\n',
        disc=np.random.default_rng(5).integers(0, 256, 333 * 2048, np.uint8).tobytes(),
    )


DISCS: dict[str, Callable[[Path], Path]] = {
    "sample": sample_disc.write,
    "audio-gaps-in-file": audio_gaps_in_file,
    "audio-silent-pregap": audio_silent_pregap,
    "mode2": mode2,
    "file-per-track": file_per_track,
    "cooked": cooked,
}


# --- judges --------------------------------------------------------------------------------------


def cd_info(cue: Path) -> Layout:
    text = run("cd-info", "-q", "--no-header", "--no-device-info", f"--cue-file={cue}", cwd=cue.parent)
    rows = re.findall(r"^ *(\d+): \S+ +(-?\d+) (data|audio|XA)", text, re.M)
    leadout = re.search(r"^170: \S+ +(\d+) leadout", text, re.M)
    assert leadout, text
    tracks = tuple((int(n), "audio" if kind == "audio" else "data", int(lsn)) for n, lsn, kind in rows)
    return Layout(tracks, int(leadout[1]))


def cdrdao(cue: Path) -> Layout:
    text = run("cdrdao", "show-toc", cue.name, cwd=cue.parent)
    rows = re.findall(r"TRACK +(\d+)  Mode (\w+):.*?START .*?\( *(\d+)\).*?END .*?\( *(\d+)\)", text, re.S)
    tracks = tuple((int(n), "audio" if mode == "AUDIO" else "data", int(start)) for n, mode, start, _ in rows)
    return Layout(tracks, int(rows[-1][3]))


def chdman(cue: Path) -> Layout:
    target = cue.with_suffix(".chd")
    run("chdman", "createcd", "-f", "-i", cue, "-o", target, cwd=cue.parent)
    text = run("chdman", "info", "-v", "-i", target, cwd=cue.parent)
    rows = re.findall(r"TRACK:(\d+) TYPE:(\w+) .*?FRAMES:(\d+) PREGAP:(\d+) PGTYPE:(\w+)", text)
    tracks: list[Row] = []
    position = 0
    for number, kind, length, pregap, pregap_type in rows:
        stored = pregap_type.startswith("V")
        start = position + int(pregap)
        tracks.append((int(number), "audio" if kind == "AUDIO" else "data", start))
        position += int(length) + (0 if stored else int(pregap))
    return Layout(tuple(tracks), position)


JUDGES: dict[str, Callable[[Path], Layout]] = {"cd-info": cd_info, "cdrdao": cdrdao, "chdman": chdman}
LIBCDIO_SILENCE = "does not count the silence that PREGAP adds"
QUIRKS: dict[tuple[str, str], str] = {
    ("cd-info", "audio-silent-pregap"): LIBCDIO_SILENCE,
    ("cd-info", "mode2"): LIBCDIO_SILENCE,
    ("cd-info", "file-per-track"): "starts again at 0 with every FILE",
    ("cd-info", "cooked"): "takes every sector for 2352 bytes",
    ("cdrdao", "audio-gaps-in-file"): "refuses an INDEX 02 as beyond the track's end",
}
"""What a judge is known to get wrong; a judge that gets it right one day fails here, to be struck off."""

CORPUS = {
    "psx-engine/test.cue": "test.bin",
    "pycdio/isofs-m1.cue": "ISOFS-M1.BIN",
    "pycdio-test/cdda.cue": "BOING.BIN",
}
"""Foreign sheets and the names they give their file; the files beside them are named as the sheets."""


def ours(disc: Disc) -> Layout:
    """The same from the disc."""
    kinds = {True: "audio", False: "data"}
    tracks = tuple((t.number, kinds[t.sector_type is SectorType.AUDIO], t.index1) for t in disc.tracks)
    return Layout(tracks, disc.end)


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("name", DISCS)
def test_layout_is_what_others_see(
    name: str, judge: str, tmp_path: Path, load: Callable[[Path], Disc]
) -> None:
    cue = DISCS[name](tmp_path)
    mine = ours(load(cue))
    if (judge, name) not in QUIRKS:
        assert mine == JUDGES[judge](cue)
        return
    with contextlib.suppress(JudgeError):
        assert mine != JUDGES[judge](cue), f"no longer true of {judge}: {QUIRKS[judge, name]}"


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("name", CORPUS)
def test_foreign_sheets_lie_where_others_see_them(
    name: str, judge: str, tmp_path: Path, shared: Callable[[str], Path], load: Callable[[Path], Disc]
) -> None:
    sheet = shared("corpus") / "sets" / name
    for target in (CORPUS[name], f"{sheet.stem}.bin"):
        shutil.copyfile(sheet.with_suffix(".bin"), tmp_path / target)
    cue = Path(shutil.copyfile(sheet, tmp_path / sheet.name))
    assert ours(load(cue)) == JUDGES[judge](cue)


@pytest.mark.parametrize("name", DISCS)
def test_bytes_are_what_chdman_keeps(name: str, tmp_path: Path, load: Callable[[Path], Disc]) -> None:
    cue = DISCS[name](tmp_path)
    disc = load(cue)
    run("chdman", "createcd", "-i", cue, "-o", "x.chd", cwd=tmp_path)
    run("chdman", "extractcd", "-i", "x.chd", "-o", "x.cue", "-ob", "x.bin", cwd=tmp_path)
    assert stored_bytes(disc) == (tmp_path / "x.bin").read_bytes()


def stored_bytes(disc: Disc) -> bytes:
    """What the image stores, as it stores it: whole sectors, or user data alone; no generated silence."""
    reader, parts = DiscReader(disc), []
    for track in disc.tracks:
        at = track.start
        for fragment in track.fragments:
            if fragment.main is not None:
                wanted = SectorParts.ALL if fragment.main.stride == RAW else SectorParts.USER_DATA
                parts.append(bytes(reader.read_part(at, fragment.length, wanted)))
            at += fragment.length
    return b"".join(parts)


def test_audio_and_files_are_what_bchunk_cuts(tmp_path: Path, load: Callable[[Path], Disc]) -> None:
    cue = sample_disc.write(tmp_path)
    run("bchunk", "-w", "sample.bin", "sample.cue", "cut", cwd=tmp_path)
    reader = DiscReader(load(cue))
    data, *audio = reader.disc.tracks
    user = bytearray((data.end - data.index1) * 2048)
    reader.read_user_data(data.index1, data.end - data.index1, memoryview(user))
    assert (tmp_path / "cut01.iso").read_bytes() == user
    for track in audio:
        with wave.open(str(tmp_path / f"cut{track.number:02}.wav")) as cut:
            samples = cut.readframes(cut.getnframes())
        assert samples == reader.read_frames(track.index1, track.end - track.index1)
