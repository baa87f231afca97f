"""CloneCD's descriptors of DVDs."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdemu_core.api import Disc, Evidence, MediumType, SectorType
from cdemu_core.errors import CorruptImage, MissingFile
from cdemu_core.loading.loader import ImageLoader, LoadedImage, LoadRequest
from cdemu_core.loading.probe import judge
from cdemu_core.loading.view import StreamView
from cdemu_core.plugin.host import PluginHost
from cdemu_core.stream.window import MemoryStream
from cdemu_core.testing.discs import payload
from cdemu_core.testing.facts import DiscFacts, Sample
from cdemu_core.testing.formats import ImageFormatTests

SECTORS = 100
FACTS = DiscFacts(((1, SectorType.MODE1, 0, SECTORS),), MediumType.DVD)


def film(folder: Path, text: str = "LayerBreak=64\r\nD:\\My Films\\film.iso\r\n") -> Path:
    """A descriptor that names its file with a path of another system."""
    (folder / "film.iso").write_bytes(payload(SECTORS * 2048))
    (folder / "film.dvd").write_text(text, newline="")
    return folder / "film.dvd"


def nameless(folder: Path) -> Path:
    """One layer, and no file name."""
    return film(folder, "LayerBreak=0\n")


def stub(folder: Path) -> Path:
    """A data file of five bytes."""
    path = nameless(folder)
    path.with_suffix(".iso").write_bytes(b"short")
    return path


class TestDvd(ImageFormatTests):
    image_format = "ccd-dvd"
    least_evidence = Evidence.TEXT
    samples = (Sample(make=film, facts=FACTS), Sample(make=nameless, facts=FACTS))


def load(path: Path) -> LoadedImage:
    return ImageLoader(PluginHost()).load(LoadRequest((str(path),)))


def addresses(disc: Disc) -> list[int]:
    """First, last and layer 0's last address of the physical format."""
    (structure,) = disc.structures
    assert (structure.layer, structure.type, len(structure.data)) == (0, 0, 2048)
    return [int.from_bytes(structure.data[at : at + 4], "big") for at in (4, 8, 12)]


@pytest.mark.parametrize("text", ["LayerBreak=64\nfilm.iso\n", "layerbreak = 0x40\n", "\ufeffLayerBreak=64"])
def test_the_layer_break_is_the_number_of_sectors_on_layer_0(text: str, tmp_path: Path) -> None:
    loaded = load(film(tmp_path, text))
    last = 0x30000 + 64 - 1
    assert addresses(loaded.disc) == [0x30000, (~last & 0xFFFFFF) + 100 - 64 - 1, last]
    loaded.close()


@pytest.mark.parametrize("layer_break", [0, 100, 5000])
def test_a_break_behind_the_end_makes_no_second_layer(layer_break: int, tmp_path: Path) -> None:
    loaded = load(film(tmp_path, f"LayerBreak={layer_break}\n"))
    assert loaded.disc.structures == ()
    assert len(loaded.notes) == (layer_break > 0)
    loaded.close()


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    path = film(tmp_path)
    path.with_suffix(".iso").unlink()
    with pytest.raises(MissingFile, match=r"film\.iso"):
        load(path)
    with pytest.raises(CorruptImage, match="less than a sector"):
        load(stub(tmp_path))


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        (b"LayerBreak=0\r\n", Evidence.TEXT),
        ("LayerBreak=0x1d3a70\r\n".encode("utf-16"), Evidence.TEXT),
        (b"LayerBreak=x\r\n", Evidence.NONE),
        (b"[CloneCD]\r\n", Evidence.NONE),
    ],
)
def test_recognised_by_its_first_line(text: bytes, evidence: Evidence) -> None:
    fmt = PluginHost().formats["ccd-dvd"]
    assert judge(fmt, StreamView(MemoryStream(text), "a.dvd")).evidence is evidence
