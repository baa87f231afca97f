"""DVD and BD structures made for images that store none."""

from __future__ import annotations

import pytest

from cdemu_core.disc import structures as s
from cdemu_core.disc.model import DiscStructure, MediumType


def test_single_layer_physical_format() -> None:
    data = s.physical_format(1000)
    assert len(data) == 2048
    assert data[:17].hex(" ") == "01 02 01 00 00 03 00 00 00 03 03 e7 00 00 00 00 00"
    assert not any(data[17:])


def test_opposite_track_path() -> None:
    """Layer 1 runs back over the radii of layer 0: a full one ends where layer 0 began."""
    data = s.physical_format(2_000_000, 1_000_000)
    assert data[2] == 0x31
    end, layer0_end = (int.from_bytes(data[at : at + 4], "big") for at in (8, 12))
    assert layer0_end == 0x30000 + 999_999
    assert end == 0xFFFFFF ^ 0x30000
    shorter = s.physical_format(1_999_000, 1_000_000)
    assert int.from_bytes(shorter[8:12], "big") == end - 1000


@pytest.mark.parametrize(
    ("sectors", "layer_break"), [(1, None), (2_298_496, None), (2_298_497, 1_149_264), (4_000_000, 2_000_000)]
)
def test_layer_break_is_half_in_whole_ecc_blocks(sectors: int, layer_break: int | None) -> None:
    assert s.default_layer_break(sectors) == layer_break


@pytest.mark.parametrize("layer_break", [None, 0, -1, 500, 501])
def test_breaks_outside_the_disc_mean_one_layer(layer_break: int | None) -> None:
    assert s.physical_format(500, layer_break) == s.physical_format(500)


def test_recordable_physical_format() -> None:
    data = s.recordable_physical_format(2_295_104)
    assert data[:12].hex(" ") == "a2 0f 02 00 00 03 00 00 00 26 05 3f"


def test_capability_list_of_dvd() -> None:
    data = s.fabricate(MediumType.DVD, 0xFF, 1000)
    assert data is not None
    assert data.hex() == (
        "004008040140000802400804034000c004c0080405c0000806400018074060040840080409400008"
        "0a4000100b4000080c4078040d4080080e4000440fc00016104008041140010420c0000c2140000c"
        "2240000c2340000c2440000c304080048240002486406004c0c00008ff400074"
    )


def test_fabricated_structures() -> None:
    assert s.fabricate(MediumType.DVD, 0, 1000) == s.physical_format(1000)
    assert s.fabricate(MediumType.DVD, 1, 1000, css=True) == b"\1\0\0\0"
    assert s.fabricate(MediumType.DVD, 1, 1000) == bytes(4)
    assert s.fabricate(MediumType.DVD, 4, 1000) == bytes(2048)
    assert s.fabricate(MediumType.DVD, 3, 1000) is None
    assert s.fabricate(MediumType.BD, 1, 1000) is None
    listed = s.fabricate(MediumType.BD, 0xFF, 1000)
    assert listed is not None
    assert len(listed) == 14 * 4
    assert listed[:4] == b"\0\x40\0\0"


def test_bd_disc_information() -> None:
    one = s.bd_disc_information(1000)
    assert len(one) == 4096
    assert one[:32].hex(" ") == (
        "44 49 01 08 00 00 20 00 42 44 4f 01 11 01 01 00 00 00 00 00 00 00 00 00 00 10 00 00 00 10 03 e6"
    )
    assert not any(one[32:])
    two = s.bd_disc_information(24_000_000)
    assert two[12] == two[64 + 12] == 0x21
    spans = [[int.from_bytes(two[at + n : at + n + 4], "big") for n in (24, 28)] for at in (0, 64)]
    assert sum(last - first + 2 for first, last in spans) == 24_000_000
    assert spans[1][1] == 0xEFFFFE


def test_stored_structures_are_found_by_layer_and_format() -> None:
    stored = (DiscStructure(0, 4, b"a"), DiscStructure(1, 4, b"b"))
    assert s.find_structure(stored, 1, 4) == b"b"
    assert s.find_structure(stored, 0, 0) is None
