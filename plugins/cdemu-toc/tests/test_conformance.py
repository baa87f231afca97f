"""TOC files against the conformance kit."""

from __future__ import annotations

from pathlib import Path

from cdemu_core.api import Evidence, SectorType
from cdemu_core.testing.discs import audio_disc, data_disc, mixed_disc, payload
from cdemu_core.testing.facts import DiscFacts, Sample
from cdemu_core.testing.formats import ImageFormatTests
from cdemu_core.testing.rich import album_disc, pregap_disc, xa_disc
from cdemu_core.testing.writers import ImageWriterTests

MIXED = """CD_ROM
CATALOG "0000000000017"
// Track 1
TRACK MODE1
NO COPY
DATAFILE "mixed.bin" 00:00:40
TRACK AUDIO
COPY
ISRC "USRC17607839"
PREGAP 00:02:00
FILE "mixed.bin" #81920 0 00:00:20
INDEX 00:00:10
"""
TEXTS = """CD_DA
CD_TEXT {
  LANGUAGE_MAP { 0 : EN 1: 8 }
  LANGUAGE 0 { TITLE "Two \\"files\\"" GENRE { 0, 3, 65, 0 } }
  LANGUAGE 1 { TITLE "Zwei" }
}
TRACK AUDIO
CD_TEXT { LANGUAGE 0 { TITLE "One" } LANGUAGE 1 { TITLE "Eins" } }
SILENCE 00:00:05
START
FILE "one.bin" 0
TRACK AUDIO RW_RAW
DATAFILE "two.bin"
"""


def mixed(folder: Path) -> Path:
    (folder / "mixed.bin").write_bytes(payload(40 * 2048 + 20 * 2352))
    (folder / "mixed.toc").write_text(MIXED)
    return folder / "mixed.toc"


def two_files(folder: Path) -> Path:
    (folder / "one.bin").write_bytes(payload(50 * 2352, 2))
    (folder / "two.bin").write_bytes(payload(25 * 2448, 3))
    (folder / "files.toc").write_text(TEXTS)
    return folder / "files.toc"


class TestToc(ImageFormatTests):
    image_format = "toc"
    least_evidence = Evidence.TEXT
    samples = (
        Sample(
            make=mixed,
            facts=DiscFacts(
                ((1, SectorType.MODE1, 0, 40), (1, SectorType.AUDIO, 190, 20)),
                mcn="0000000000017",
                isrcs=(None, "USRC17607839"),
            ),
        ),
        Sample(
            make=two_files,
            facts=DiscFacts(((1, SectorType.AUDIO, 5, 50), (1, SectorType.AUDIO, 55, 25))),
        ),
    )


class TestTocWriter(ImageWriterTests):
    image_writer = "toc"
    discs = (data_disc, audio_disc, mixed_disc, album_disc, pregap_disc, xa_disc)
