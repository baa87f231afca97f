"""Capacity, table of contents, disc and track information, disc structures."""

from __future__ import annotations

import pytest

from cdemu_core.disc.cdtext import decode_packs, text_block
from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.model import Disc, DiscStructure, Fragment, MediumType, PackType
from cdemu_core.disc.sector import SectorType
from cdemu_core.scsi.drive import Drive
from cdemu_core.testing.initiator import Initiator, direct

ROWS = (
    ("data", "25 00 00 00 00 00 00 00 00 00", "00 00 01 2B 00 00 08 00"),
    ("dvd", "25 00 00 00 00 00 00 00 00 00", "00 00 01 8F 00 00 08 00"),
    ("empty", "25 00 00 00 00 00 00 00 00 00", "2/3A/00"),
    (
        "data",
        "9E 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00",
        "00 00 00 00 00 00 01 2B 00 00 08 00" + "00" * 20,
    ),
    ("data", "9E 11 00 00 00 00 00 00 00 00 00 00 00 20 00 00", "5/20/00"),
    ("empty", "9E 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00", "2/3A/00"),
    ("data", "23 00 00 00 00 00 00 00 FF 00", "00 00 00 08 00 00 01 2C 02 00 08 00"),
    ("empty", "23 00 00 00 00 00 00 00 FF 00", "00 00 00 08 00 00 00 00 03 00 08 00"),
    ("mixed", "43 00 00 00 00 00 00 10 00 00", "00 1A 01 02 00 14 01 00 00 00 00 00 00 10 02 00…"),
    ("mixed", "43 02 00 00 00 00 02 10 00 00", "00 12 01 02 00 10 02 00 00 00 08 00 00 10 AA 00 00 00 0C 00"),
    ("mixed", "43 00 00 00 00 00 AA 10 00 00", "00 0A 01 02 00 10 AA 00 00 00 02 EE"),
    ("mixed", "43 00 00 00 00 00 03 10 00 00", "5/24/00"),
    ("mixed", "43 00 01 00 00 00 00 10 00 00", "00 0A 01 01 00 14 01 00 00 00 00 00"),
    ("mixed", "43 02 00 00 00 00 00 10 00 40", "00 0A 01 01 00 14 01 00 00 00 02 00"),
    ("mixed", "43 00 02 00 00 00 00 00 0F 00", "00 39 01 01 01 14 00 A0 00 00 00 00 01 00 00"),
    ("mixed", "43 00 00 00 00 00 00 00 0F 80", "00 39 01 01 01 14 00 A0 00 00 00 00 01 00 00"),
    ("mixed", "43 00 02 00 00 00 02 10 00 00", "00 02 01 01"),
    ("mixed", "43 00 03 00 00 00 00 10 00 00", "5/24/00"),
    ("mixed", "43 00 04 00 00 00 00 10 00 00", "00 02 00 00"),
    ("mixed", "43 00 05 00 00 00 00 10 00 00", "00 02 00 00"),
    ("mixed", "43 00 06 00 00 00 00 10 00 00", "5/24/00"),
    ("dvd", "43 00 00 00 00 00 00 10 00 00", "00 12 01 01 00 14 01 00 00 00 00 00 00 10 AA 00 00 00 01 90"),
    ("dvd", "43 00 02 00 00 00 00 10 00 00", "5/24/00"),
    ("bd", "43 00 05 00 00 00 00 10 00 00", "5/24/00"),
    ("mixed", "51 00 00 00 00 00 00 00 22 00", "00 20 0E 01 01 01 02 00" + "00" * 8 + "FF" * 8 + "00" * 10),
    ("mixed", "51 01 00 00 00 00 00 00 22 00", "5/24/00"),
    (
        "mixed",
        "52 01 00 00 00 02 00 00 1C 00",
        "00 2E 02 01 00 00 01 00 00 00 01 2C" + "00" * 12 + "00 00 01 C2",
    ),
    ("mixed", "52 00 00 00 01 2B 00 00 0C 00", "00 2E 01 01 00 04 01 00 FF FF FF 6A"),
    ("mixed", "52 00 FF FF FF 6A 00 00 03 00", "00 2E 01"),
    ("mixed", "52 02 00 00 00 01 00 00 03 00", "00 2E 01"),
    ("mixed", "52 00 00 00 02 EE 00 00 30 00", "5/24/00"),
    ("mixed", "52 01 00 00 00 03 00 00 30 00", "5/24/00"),
    ("mixed", "52 02 00 00 00 02 00 00 30 00", "5/24/00"),
    ("mixed", "52 03 00 00 00 01 00 00 30 00", "5/24/00"),
    (
        "dvd",
        "AD 00 00 00 00 00 00 00 00 14 00 00",
        "08 02 00 00 01 02 01 00 00 03 00 00 00 03 01 8F 00 00 00 00",
    ),
    ("dvd", "AD 00 00 00 00 00 00 01 00 20 00 00", "00 06 00 00 00 00 00 00"),
    ("dvd", "AD 00 00 00 00 00 00 02 10 00 00 00", "5/24/00"),
    ("dvd", "AD 01 00 00 00 00 00 00 10 00 00 00", "5/24/00"),
    ("dvd", "AD 02 00 00 00 00 00 00 10 00 00 00", "5/24/00"),
    ("data", "AD 00 00 00 00 00 00 00 10 00 00 00", "5/24/00"),
    ("bd", "AD 01 00 00 00 00 00 00 00 0E 00 00", "10 02 00 00 44 49 01 08 00 00 20 00 42 44"),
    ("bd", "AD 00 00 00 00 00 00 00 10 00 00 00", "5/24/00"),
)


@pytest.mark.parametrize(("state", "cdb", "answer"), ROWS)
def test_rows(bench, state: str, cdb: str, answer: str) -> None:
    bench(state).expect(cdb, answer)


def host_of(disc: Disc) -> Initiator:
    drive = Drive()
    drive.insert(disc)
    host = Initiator(direct(drive))
    host.test_unit_ready()
    return host


def two_sessions(first_track: int = 1) -> DiscBuilder:
    builder = DiscBuilder(MediumType.CD, first_track=first_track)
    for kind in (SectorType.AUDIO, SectorType.MODE1):
        builder.add_session().add_track(kind).add_fragment(Fragment(300))
    return builder


def test_the_last_session_counts() -> None:
    host = host_of(two_sessions().build())
    last_start = int.from_bytes(host.read_toc(1).data[8:12], "big")
    assert last_start == 300 + 11250 + 150
    assert host.read_capacity().data[:4] == (last_start + 299).to_bytes(4, "big")
    assert host.read_toc(2, 2).data[4:8] == bytes([2, 0x14, 0, 0xA0])
    information = host.read_disc_information().data
    assert information[3:7] == bytes([1, 2, 2, 2])
    assert host.read_track_information(2, kind=2).data[2:4] == bytes([2, 2])


def test_tracks_need_not_begin_at_one() -> None:
    host = host_of(two_sessions(first_track=7).build())
    assert host.read_toc().data[2:4] == bytes([7, 8])
    assert host.read_disc_information().data[3:7] == bytes([7, 2, 8, 8])
    assert host.read_track_information(1).codes == (5, 0x24, 0)
    assert host.read_track_information(7).status == 0


def test_cd_text_of_any_session_is_found() -> None:
    builder = two_sessions()
    texts = {(PackType.TITLE, 0): "Album", (PackType.TITLE, 2): "Data? No, a title"}
    builder.sessions[1].cdtext = (text_block(texts=texts),)
    data = host_of(builder.build()).read_toc(5).data
    assert int.from_bytes(data[:2], "big") == len(data) - 2
    (block,) = decode_packs(data[4:])
    assert block.texts[PackType.TITLE, 0] == b"Album"


def test_large_media_give_the_low_byte_of_the_minutes() -> None:
    builder = DiscBuilder(MediumType.DVD)
    builder.add_session().add_track(SectorType.MODE1).add_fragment(Fragment(2_400_000))
    host = host_of(builder.build())
    assert host.read_toc(msf=True).data[16:20] == bytes([0, 533 & 0xFF, 22, 0])
    structure = host.read_disc_structure(0).data
    layer_0 = int.from_bytes(structure[17:20], "big")
    end = int.from_bytes(structure[13:16], "big")
    assert structure[6] == 0x31
    assert (layer_0 - 0x30000 + 1) + (end - (layer_0 ^ 0xFFFFFF) + 1) == 2_400_000


def test_the_images_structures_win_and_css_is_reported_on_request() -> None:
    builder = DiscBuilder(MediumType.DVD)
    builder.add_session().add_track(SectorType.MODE1).add_fragment(Fragment(100))
    drive = Drive()
    drive.dvd_report_css = True
    drive.insert(builder.build())
    host = Initiator(direct(drive))
    host.test_unit_ready()
    assert host.read_disc_structure(1).data == bytes.fromhex("00 06 00 00 01 00 00 00")
    drive.remove()
    builder.structures = [DiscStructure(0, 1, b"\x01\xfe\0\0"), DiscStructure(1, 0x0E, b"x" * 64)]
    drive.dvd_report_css = False
    drive.insert(builder.build())
    host.test_unit_ready()
    assert host.read_disc_structure(1).data == bytes.fromhex("00 06 00 00 01 FE 00 00")
    assert host.read_disc_structure(0x0E, layer=1).data[4:] == b"x" * 64
    assert host.read_disc_structure(0x0E, layer=0).codes == (5, 0x24, 0)
