"""Recorded answers of three other emulated drives, and ours to the same commands with an equal disc.

Every difference stands in docs/drive-ref.md, and nothing stands there that is no difference any more.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.model import Disc, Fragment, MainChannel, MediumType
from cdemu_core.disc.sector import STORED, SectorType
from cdemu_core.scsi.drive import Drive
from cdemu_core.stream.window import MemoryStream
from cdemu_core.testing.initiator import Initiator, direct

ROOT = Path(__file__).parents[2]
CORPUS = Path(os.environ.get("CDEMU_CORPUS", ROOT.parent / "shared" / "corpus")) / "drive-ref"
DRIVES = {
    "scsi-cd": "qemu-7.2-scsi-cd.txt",
    "ide-cd": "qemu-7.2-ide-cd.txt",
    "tgt": "tgt-1.0.85-cd.txt",
}
SECTORS = 181
VOLUME = 16
ROOM = 4096
SENSE = {
    "Invalid command operation code": (5, 0x20, 0),
    "Invalid field in cdb": (5, 0x24, 0),
    "Logical block address out of range": (5, 0x21, 0),
    "Incompatible medium installed": (5, 0x30, 0),
    "Medium not present": (2, 0x3A, 0),
    "Medium removal prevented": (5, 0x53, 2),
    "Media load or eject failed": (2, 0x53, 0),
    "Unrecovered read error": (3, 0x11, 0),
}
KEYS = {"Not Ready": 2, "Medium Error": 3, "Illegal Request": 5}

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="needs the recorded answers (CDEMU_CORPUS or ../shared/corpus)"
)


@attrs.frozen
class Answer:
    """A recorded answer: what was received, as far as it was written down, and sense codes."""

    name: str
    cdb: bytes
    received: int
    data: bytes
    codes: tuple[int, int, int]


def recording(file: str) -> Iterator[Answer]:
    """The answers of one drive, in order."""
    text = (CORPUS / file).read_text("latin-1")
    for block in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        title, *lines = block.splitlines()
        name, cdb = title.split("  cdb ")
        received = re.search(r"Received (\d+) bytes", block)
        rows = (re.match(r" [0-9a-f]{2,3} ", line) and line[7:56] for line in lines) if received else ()
        data = b"".join(bytes.fromhex(row) for row in rows if row)
        yield Answer(name, bytes.fromhex(cdb), int(received[1]) if received else 0, data, _codes(block))


def _codes(block: str) -> tuple[int, int, int]:
    key = re.search(r"Sense key: (.+)", block)
    text = re.search(r"Additional sense: (.+)", block)
    if key is None or text is None:
        return 0, 0, 0
    return KEYS[key[1]], *SENSE[text[1]][1:]


def disc(volume: bytes) -> Disc:
    """The recording's disc: its length and the one sector that was read."""
    data = bytearray(SECTORS * 2048)
    data[VOLUME * 2048 : VOLUME * 2048 + len(volume)] = volume
    builder = DiscBuilder(MediumType.CD)
    track = builder.add_session().add_track(SectorType.MODE1)
    main = MainChannel(MemoryStream(bytes(data)), 0, 2048, STORED[SectorType.MODE1, 2048])
    track.add_fragment(Fragment(SECTORS, main))
    return builder.build()


def differs(drive: Drive, host: Initiator, theirs: Answer) -> bool:
    """Whether our answer to the command is another one; data are compared as far as both have them.

    Those drives fill their answers with zeros up to the length that was allowed.
    """
    ours = host.command(theirs.cdb, ROOM)
    if ours.codes != theirs.codes:
        return True
    common = min(len(ours.data), len(theirs.data))
    beyond = theirs.data[common:]
    return (
        ours.data[:common] != theirs.data[:common] or any(beyond) or bool(ours.data) != bool(theirs.received)
    )


def documented(drive: str) -> set[str]:
    """Commands that the page says this drive answers otherwise."""
    page = (ROOT / "docs" / "drive-ref.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, re.MULTILINE)
    return {name for name, drives in rows if drive in re.split(r",\s*", drives.strip())}


@pytest.mark.parametrize("name", DRIVES)
def test_every_difference_is_explained(name: str) -> None:
    answers = list(recording(DRIVES[name]))
    assert len(answers) == 44
    volume = next(answer.data for answer in answers if answer.name == "READ10_16")
    drive = Drive()
    host = Initiator(direct(drive))
    drive.insert(disc(volume))
    host.test_unit_ready()
    found = set()
    for answer in answers:
        if answer.name == "CLOSE":
            drive.insert(disc(volume))
            host.test_unit_ready()
        if differs(drive, host, answer):
            found.add(answer.name)
    assert found == documented(name)


def test_the_page_explains_every_row() -> None:
    page = (ROOT / "docs" / "drive-ref.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \|(.+)\|$", page, re.MULTILINE)
    assert len(rows) >= 20
    for command, rest in rows:
        cells = [cell.strip() for cell in rest.split("|")]
        assert len(cells) == 2, command
        assert all(cells), command
        assert set(re.split(r",\s*", cells[0])) <= set(DRIVES), command
        assert re.search(r"(MMC|SPC|SBC|SAM|SFF|ECMA)-?\d", cells[1]), f"{command}: no standard is named"
