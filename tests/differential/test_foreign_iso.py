"""ISO images that genisoimage and xorriso write are read back as they were written."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import iso9660
import numpy as np
import pytest

from cdemu_core.disc.model import Disc
from cdemu_core.disc.reader import DiscReader
from cdemu_core.disc.sector import SectorType

pytestmark = pytest.mark.foreign

SECTOR = 2048
WRITERS: dict[str, tuple[str, ...]] = {
    "genisoimage": ("genisoimage", "-quiet", "-R", "-J", "-o", "x.iso", "tree"),
    "genisoimage without padding": ("genisoimage", "-quiet", "-no-pad", "-o", "x.iso", "tree"),
    "genisoimage with UDF": ("genisoimage", "-quiet", "-udf", "-o", "x.iso", "tree"),
    "genisoimage with HFS": ("genisoimage", "-quiet", "-hfs", "-o", "x.iso", "tree"),
    "xorriso": ("xorriso", "-outdev", "x.iso", "-map", "tree", "/", "-commit"),
    "xorriso with checksums": ("xorriso", "-outdev", "x.iso", "-md5", "on", "-map", "tree", "/", "-commit"),
}


def make_tree(folder: Path) -> dict[str, bytes]:
    """Files of awkward sizes."""
    random = np.random.default_rng(7)
    files = {f"F{size}.BIN": random.bytes(size) for size in (0, 1, 2047, 2048, 2049, 300_000)}
    (folder / "tree").mkdir()
    for name, data in files.items():
        (folder / "tree" / name).write_bytes(data)
    return files


def user_data(disc: Disc) -> bytes:
    """All a data disc has."""
    (track,) = disc.tracks
    count = track.end - track.index1
    data = bytearray(count * SECTOR)
    DiscReader(disc).read_user_data(track.index1, count, memoryview(data))
    return bytes(data)


@pytest.mark.parametrize("writer", WRITERS)
def test_foreign_iso_reads_back_equal(writer: str, tmp_path: Path, load: Callable[[Path], Disc]) -> None:
    make_tree(tmp_path)
    subprocess.run(WRITERS[writer], cwd=tmp_path, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    disc = load(tmp_path / "x.iso")
    assert disc.tracks[0].sector_type is SectorType.MODE1
    assert user_data(disc) == (tmp_path / "x.iso").read_bytes()


@pytest.mark.parametrize("reader", ["xorriso", "isoinfo"])
def test_foreign_readers_find_the_files_our_writer_wrote(reader: str, tmp_path: Path) -> None:
    """The sample disc's file system, which other tests take for granted, is one."""
    files = make_tree(tmp_path)
    image = tmp_path / "own.iso"
    image.write_bytes(iso9660.image("OWN", files))
    for name, data in files.items():
        if reader == "isoinfo":
            command = ["isoinfo", "-i", str(image), "-x", f"/{name};1"]
            found = subprocess.run(command, check=True, capture_output=True).stdout
        else:
            command = [
                "xorriso",
                "-osirrox",
                "on",
                "-indev",
                str(image),
                "-extract",
                f"/{name}",
                f"out-{name}",
            ]
            subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
            found = (tmp_path / f"out-{name}").read_bytes()
        assert found == data, name


def corpus_isos(folder: Path) -> list[Path]:
    """Foreign images of whole sectors."""
    return [file for file in sorted((folder / "iso").glob("*.iso")) if file.stat().st_size % SECTOR == 0]


def test_isos_of_the_corpus_read_as_their_files(
    shared: Callable[[str], Path], load: Callable[[Path], Disc]
) -> None:
    files = corpus_isos(shared("corpus"))
    assert len(files) >= 10
    for file in files:
        assert user_data(load(file)) == file.read_bytes(), file.name
