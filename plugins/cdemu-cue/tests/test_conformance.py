"""CUE sheets against the conformance kit."""

from __future__ import annotations

from pathlib import Path

from cdemu_core.api import Evidence, SectorType
from cdemu_core.testing.discs import payload
from cdemu_core.testing.facts import DiscFacts, Sample
from cdemu_core.testing.formats import ImageFormatTests

MIXED = """CATALOG 0000000000017
TITLE "Sample"
FILE "mixed.bin" BINARY
  TRACK 01 MODE1/2048
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    ISRC USRC17607839
    PREGAP 00:02:00
    INDEX 01 00:00:40
"""
FILES = """FILE "one.bin" BINARY
  TRACK 01 AUDIO
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    INDEX 00 00:00:30
FILE "two.bin" BINARY
    INDEX 01 00:00:00
    INDEX 02 00:00:10
"""


def mixed(folder: Path) -> Path:
    (folder / "mixed.bin").write_bytes(payload(40 * 2048 + 20 * 2352))
    (folder / "mixed.cue").write_text(MIXED)
    return folder / "mixed.cue"


def two_files(folder: Path) -> Path:
    (folder / "one.bin").write_bytes(payload(50 * 2352, 2))
    (folder / "two.bin").write_bytes(payload(25 * 2352, 3))
    (folder / "files.cue").write_text(FILES)
    return folder / "files.cue"


class TestCue(ImageFormatTests):
    image_format = "cue"
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
            facts=DiscFacts(((1, SectorType.AUDIO, 0, 30), (1, SectorType.AUDIO, 50, 25))),
        ),
    )
