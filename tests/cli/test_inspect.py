"""``cdemu inspect`` as text: sessions, CD-TEXT, structures, density."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from cdemu_core.cli.verbs.inspect import print_layout
from cdemu_core.disc.cdtext import text_block
from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.model import DiscStructure, Dpm, Fragment, MediumType, PackType
from cdemu_core.disc.sector import SectorType
from cdemu_core.loading.describe import describe_disc
from cdemu_core.testing.discs import data_disc


def shown(capsys: pytest.CaptureFixture[str], layout: dict[str, Any]) -> list[str]:
    """The lines printed for a layout."""
    print_layout({"format": "made-up", "files": [], "notes": ["One note."], **layout})
    return capsys.readouterr().out.splitlines()


def test_titles_of_every_language(capsys: pytest.CaptureFixture[str]) -> None:
    builder = DiscBuilder()
    session = builder.add_session()
    session.mcn = "1234567890123"
    for _ in range(2):
        session.add_track(SectorType.AUDIO).add_fragment(Fragment(600))
    session.cdtext = (
        text_block(
            texts={(PackType.TITLE, 0): "Album", (PackType.TITLE, 1): "One", (PackType.PERFORMER, 1): "Band"}
        ),
        text_block(language=0x69, texts={(PackType.TITLE, 2): "音楽"}),
    )
    lines = shown(capsys, describe_disc(builder.build()))
    assert lines == [
        "made-up image, cd medium, 1350 sectors",
        "Session 1 (cd-da), MCN 1234567890123",
        "TRACK  TYPE   START  PREGAP  SECTORS  LENGTH    ISRC",
        "1      audio  0      150     600      00:08:00",
        "2      audio  600    0       600      00:08:00",
        "CD-TEXT, language 0x09",
        "TRACK  TITLE  PERFORMER",
        "disc   Album",
        "1      One    Band",
        "CD-TEXT, language 0x69",
        "TRACK  TITLE",
        "2      音楽",
        "Note: One note.",
    ]


def test_structures_and_density(capsys: pytest.CaptureFixture[str]) -> None:
    disc = attrs.evolve(
        data_disc(),
        medium=MediumType.DVD,
        structures=(DiscStructure(0, 0, bytes(2048)), DiscStructure(1, 0x10, bytes(188))),
        dpm=Dpm(0, 50, (512, 1024, 1280)),
    )
    lines = shown(capsys, describe_disc(disc))
    at = lines.index("Disc structures")
    assert [line.split() for line in lines[at + 1 : at + 4]] == [
        ["LAYER", "FORMAT", "BYTES"],
        ["0", "00", "2048"],
        ["1", "10", "188"],
    ]
    density = lines[at + 4 : -1]
    assert density[0] == "Density, degrees a sector takes (3 measurements, one every 50 sectors)"
    assert density[1].split() == ["14.40", "██"]
    assert density[-2].split() == ["7.20", "██▁"]
    assert density[-1].split() == ["0", "149"]


def test_nothing_more_is_said_of_a_plain_disc(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, describe_disc(data_disc()))
    assert not [line for line in lines if line.startswith(("Density", "Disc structures", "CD-TEXT"))]
