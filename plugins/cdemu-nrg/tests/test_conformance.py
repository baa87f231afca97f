"""Nero images against the conformance kit."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from cdemu_core.api import Control, Evidence, MediumType, SectorType
from cdemu_core.errors import CorruptImage
from cdemu_core.loading.loader import ImageLoader, LoadRequest
from cdemu_core.loading.probe import judge
from cdemu_core.loading.view import StreamView
from cdemu_core.plugin.host import PluginHost
from cdemu_core.stream.window import MemoryStream
from cdemu_core.testing.discs import iso_payload, payload
from cdemu_core.testing.facts import DiscFacts, Sample
from cdemu_core.testing.formats import ImageFormatTests


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack(">I", len(body)) + body


def finish(data: bytes, chunks: list[bytes], version: int) -> bytes:
    """Data, chunks, END! and the trailer."""
    trailer = (
        b"NER5" + struct.pack(">Q", len(data)) if version == 2 else b"NERO" + struct.pack(">I", len(data))
    )
    return data + b"".join(chunks) + chunk(b"END!", b"") + trailer


def dao(rows: list[tuple[int, int, int, int, int]], first: int, toc: int = 0, version: int = 2) -> bytes:
    """DAOX/DAOI; ``rows``: sector size, mode, index 0, index 1 and end (bytes)."""
    body = struct.pack(">I13sxBBBB", 0, b"1234567890123", toc, 1, first, first + len(rows) - 1)
    for size, mode, zero, one, end in rows:
        head = struct.pack(">12sHB3x", b"USRC17607839", size, mode)
        body += head + struct.pack(">QQQ" if version == 2 else ">III", zero, one, end)
    return chunk(b"DAOX" if version == 2 else b"DAOI", body)


def cuex(rows: list[tuple[int, int, int, int]]) -> bytes:
    """CUEX; ``rows``: ADR/CTL, track, index, LBA."""
    return chunk(b"CUEX", b"".join(struct.pack(">BBBxi", *row) for row in rows))


def dao_disc(folder: Path) -> Path:
    """Two sessions from track 3 on: audio with index 2 and a pregap, Mode 2 with sub-channel."""
    audio = payload((150 + 30 + 20 + 25) * 2352, 1)
    data = payload((150 + 40) * 2448, 2)
    at = [0, 150 * 2352, 180 * 2352, 200 * 2352, 225 * 2352, 225 * 2352 + 150 * 2448, 225 * 2352 + 190 * 2448]
    chunks = [
        cuex(
            [
                (0x21, 0, 0, -150),
                (0x21, 3, 0, -150),
                (0x21, 3, 1, 0),
                (0x01, 4, 0, 30),
                (0x01, 4, 1, 50),
                (0x01, 4, 2, 60),
                (0x01, 0xAA, 1, 75),
            ]
        ),
        dao([(2352, 7, at[0], at[1], at[2]), (2352, 7, at[2], at[3], at[4])], 3),
        chunk(b"SINF", struct.pack(">I", 2)),
        cuex([(0x41, 0, 0, 11325), (0x41, 5, 0, 11325), (0x41, 5, 1, 11475), (0x41, 0xAA, 1, 11515)]),
        dao([(2448, 0x11, at[4], at[5], at[6])], 5, toc=0x20),
        chunk(b"SINF", struct.pack(">I", 1)),
        chunk(b"MTYP", struct.pack(">I", 1)),
    ]
    (folder / "dao.nrg").write_bytes(finish(audio + data, chunks, 2))
    return folder / "dao.nrg"


def tao_disc(folder: Path) -> Path:
    """Version 1, track at once: Mode 1 and audio."""
    data = payload(40 * 2048, 3) + payload(30 * 2352, 4)
    rows = [(0, 40 * 2048, 0, 0), (40 * 2048, 30 * 2352, 7, 190)]
    body = b"".join(struct.pack(">II3xBi4x", *row) for row in rows)
    chunks = [chunk(b"ETNF", body), chunk(b"SINF", struct.pack(">I", 2))]
    (folder / "tao.nrg").write_bytes(finish(data, chunks, 1))
    return folder / "tao.nrg"


def dvd(folder: Path) -> Path:
    body = struct.pack(">QQ3xBi8x", 0, 50 * 2048, 0, 0)
    chunks = [
        chunk(b"ETN2", body),
        chunk(b"SINF", struct.pack(">I", 1)),
        chunk(b"MTYP", struct.pack(">I", 0x200)),
    ]
    (folder / "dvd.nrg").write_bytes(finish(payload(50 * 2048, 5), chunks, 2))
    return folder / "dvd.nrg"


class TestNrg(ImageFormatTests):
    image_format = "nrg"
    samples = (
        Sample(
            make=dao_disc,
            facts=DiscFacts(
                (
                    (1, SectorType.AUDIO, 0, 30),
                    (1, SectorType.AUDIO, 50, 25),
                    (2, SectorType.MODE2_MIXED, 11475, 40),
                ),
                mcn="1234567890123",
                isrcs=("USRC17607839",) * 3,
            ),
        ),
        Sample(
            make=tao_disc,
            facts=DiscFacts(((1, SectorType.MODE1, 0, 40), (1, SectorType.AUDIO, 190, 30))),
        ),
        Sample(make=dvd, facts=DiscFacts(((1, SectorType.MODE1, 0, 50),), MediumType.DVD)),
    )


def load(path: Path):
    return ImageLoader(PluginHost()).load(LoadRequest((str(path),)))


def test_first_track_control_index_and_lead_out(tmp_path: Path) -> None:
    loaded = load(dao_disc(tmp_path))
    first, second = loaded.disc.sessions
    assert [track.number for track in loaded.disc.tracks] == [3, 4, 5]
    assert first.tracks[0].control == Control.COPY_PERMITTED
    assert second.tracks[0].control == Control.DATA
    assert [(i.number, i.address) for i in first.tracks[1].indices] == [(2, 30)]
    assert (first.leadout_length, second.start) == (11250, 11325)
    loaded.close()


def test_version_1_cue_points_are_absolute_times(tmp_path: Path) -> None:
    points = [(0x41, 0, 0, 0, 0, 0), (0x41, 1, 0, 0, 0, 0), (0x41, 1, 1, 0, 2, 0), (0x41, 0xAA, 1, 0, 3, 5)]
    cues = chunk(b"CUES", b"".join(struct.pack(">BBB2xBBB", *point) for point in points))
    data = payload(230 * 2048)
    chunks = [cues, dao([(2048, 0, 0, 150 * 2048, 230 * 2048)], 1, version=1)]
    (tmp_path / "v1.nrg").write_bytes(finish(data, chunks, 1))
    loaded = load(tmp_path / "v1.nrg")
    assert (loaded.disc.start, loaded.disc.length, loaded.disc.tracks[0].pregap) == (-150, 230, 150)
    loaded.close()


@pytest.mark.parametrize("offset", [0x7FFF_FFFF, 0])
def test_a_trailer_that_points_nowhere_is_refused(tmp_path: Path, offset: int) -> None:
    (tmp_path / "bad.nrg").write_bytes(payload(10000) + b"NERO" + struct.pack(">I", offset))
    with pytest.raises(CorruptImage):
        load(tmp_path / "bad.nrg")


def test_a_volume_inside_under_another_name_is_no_bare_image(tmp_path: Path) -> None:
    chunks = [
        chunk(b"ETN2", struct.pack(">QQ3xBi8x", 0, 50 * 2048, 0, 0)),
        chunk(b"SINF", struct.pack(">I", 1)),
    ]
    (tmp_path / "renamed.img").write_bytes(finish(iso_payload(50), chunks, 2))
    loaded = load(tmp_path / "renamed.img")
    assert (loaded.format, loaded.disc.tracks[0].end) == ("nrg", 50)
    loaded.close()


@pytest.mark.parametrize(
    ("content", "evidence"),
    [
        (finish(b"", [chunk(b"SINF", bytes(4))], 2), Evidence.PROVEN),
        (finish(b"data", [chunk(b"NEW!", bytes(9))], 1), Evidence.PROVEN),
        (finish(b"data", [b"LONG" + b"\x7f\xff\xff\xff"], 2), Evidence.MAGIC),
        (b"NER5" + b"\xff" * 8, Evidence.MAGIC),
        (b"NERO" + bytes(4), Evidence.MAGIC),
        (b"x" * 20, Evidence.NONE),
    ],
)
def test_the_chunk_list_proves_it(content: bytes, evidence: Evidence) -> None:
    fmt = PluginHost().formats["nrg"]
    assert judge(fmt, StreamView(MemoryStream(content), "a.nrg")).evidence is evidence
