"""Burning programs of a stock Linux, with blank discs of ours: what they write is what the images hold.

One guest burns seven discs; the images are then loaded as any others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boot
import iso9660
import pytest

from cdemu_core.disc.model import Disc
from cdemu_core.disc.reader import DiscReader
from cdemu_core.disc.sector import SectorType
from cdemu_core.loading.loader import ImageLoader, LoadRequest
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.discs import payload

pytestmark = [pytest.mark.guest, pytest.mark.xdist_group("guest"), pytest.mark.timeout(600)]

HERE = Path(__file__).parent
RAW, USER = 2352, 2048
SOUND_SECTORS = 600
DISCS = (
    ("cdr80", "WRITER-ISO", "tao.iso"),
    ("cdr80", "WRITER-TOC", "sao.toc"),
    ("cdr74", "WRITER-TOC", "cdrdao.toc"),
    ("dvd+r", "WRITER-ISO", "dvd.iso"),
    ("bdr", "WRITER-ISO", "bd.iso"),
    ("dvd-r", "WRITER-ISO", "dash.iso"),
    ("cdrw", "WRITER-ISO", "again.iso"),
)
SONGS = """CD_DA
CATALOG "1234567890123"
TRACK AUDIO
ISRC "DEABC2600001"
FILE "one.wav" 0
TRACK AUDIO
COPY
FILE "two.wav" 0
START 00:02:00
INDEX 00:01:00
"""


def wave(sound: bytes) -> bytes:
    """A WAVE file of CD audio."""
    head = b"WAVEfmt \x10\0\0\0\1\0\2\0\x44\xac\0\0\x10\xb1\2\0\4\0\x10\0data" + len(sound).to_bytes(
        4, "little"
    )
    return b"RIFF" + (len(head) + len(sound)).to_bytes(4, "little") + head + sound


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the guest burns."""
    folder = tmp_path_factory.mktemp("sources")
    (folder / "data.iso").write_bytes(iso9660.image("BURNT", {"A.TXT": payload(900_000)}))
    for number, name in enumerate(("one", "two")):
        sound = payload(SOUND_SECTORS * RAW, number)
        (folder / f"{name}.wav").write_bytes(wave(sound))
    (folder / "songs.toc").write_text(SONGS, "ascii")
    return folder


@pytest.fixture(scope="module")
def burnt(
    sources: Path, served: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, str], Path]:
    """What the programs said, and the folder of the images."""
    folder = tmp_path_factory.mktemp("burnt")
    for number, (medium, writer, name) in enumerate(DISCS):
        if number:
            served.cdemu("add-device")
        arguments = ("--writer-id", writer, "--medium-type", medium, str(number), str(folder / name))
        served.cdemu("create-blank", *arguments)
    urls = [row["sr"] for row in json.loads(served.cdemu("device-mapping", "--json"))]
    sectors = (sources / "data.iso").stat().st_size // USER
    script = f"SECTORS={sectors}\n" + (HERE / "burn.sh").read_text("utf-8")
    done = boot.boot(script, [sources], urls, timeout=400)
    print(done.output)
    for number in range(len(DISCS)):
        served.cdemu("unload", str(number))
    words = (line.partition(" ") for line in done.output.splitlines() if not line.startswith("log:"))
    return {name: value for name, _, value in words}, folder


@pytest.fixture
def load() -> Iterator[Any]:
    """Loads images, closes them at the end."""
    opened = []

    def one(path: Path) -> Disc:
        opened.append(ImageLoader(PluginHost()).load(LoadRequest((str(path),))))
        return opened[-1].disc

    yield one
    for image in opened:
        image.close()


@pytest.mark.parametrize("program", ["tao", "sao", "cdrdao", "dvd", "bd", "dash", "once", "again"])
def test_programs_are_content(burnt: tuple[dict[str, str], Path], program: str) -> None:
    assert burnt[0][program] == "0"


@pytest.mark.parametrize(
    ("name", "node"), [("tao.iso", 0), ("dvd.iso", 3), ("bd.iso", 4), ("dash.iso", 5), ("again.iso", 6)]
)
def test_data_is_what_was_burnt(
    burnt: tuple[dict[str, str], Path], sources: Path, name: str, node: int
) -> None:
    data = (sources / "data.iso").read_bytes()
    assert (burnt[1] / name).read_bytes()[: len(data)] == data
    assert burnt[0][f"sum{node}"] == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("name", ["sao.toc", "cdrdao.toc"])
def test_audio_is_what_was_burnt(burnt: tuple[dict[str, str], Path], load: Any, name: str) -> None:
    disc = load(burnt[1] / name)
    one, two = disc.tracks
    assert one.sector_type is two.sector_type is SectorType.AUDIO
    reader = DiscReader(disc)
    assert reader.read_frames(one.index1, SOUND_SECTORS) == payload(SOUND_SECTORS * RAW, 0)
    start = two.start if name == "cdrdao.toc" else two.index1
    assert reader.read_frames(start, SOUND_SECTORS) == payload(SOUND_SECTORS * RAW, 1)


def test_codes_and_indices_are_what_was_burnt(burnt: tuple[dict[str, str], Path], load: Any) -> None:
    disc = load(burnt[1] / "cdrdao.toc")
    assert disc.sessions[0].mcn == "1234567890123"
    assert disc.tracks[0].isrc == "DEABC2600001"
    assert (disc.tracks[1].pregap, len(disc.tracks[1].indices)) == (150, 1)
    assert disc.tracks[1].indices[0].address == 225
