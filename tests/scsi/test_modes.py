"""MODE SENSE and MODE SELECT."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdemu_core.scsi.command import Command, Status
from cdemu_core.scsi.drive import Drive
from cdemu_core.scsi.modepages import PAGES
from cdemu_core.testing.discs import data_disc
from cdemu_core.testing.initiator import Initiator, direct

ROWS = (
    ("empty", "5A 00 01 00 00 00 00 02 00 00", "00 12" + "00" * 6 + "01 0A 00 01" + "00" * 8),
    ("empty", "1A 00 01 00 FC 00", "0F 00 00 00 01 0A 00 01" + "00" * 8),
    ("empty", "1A 08 01 00 05 00", "0F 00 00 00 01"),
    ("empty", "5A 00 41 00 00 00 00 02 00 00", "00 12" + "00" * 6 + "01 0A 01 FF" + "00" * 8),
    ("empty", "5A 00 85 00 00 00 00 02 00 00", "00 3A" + "00" * 6 + "05 32 21 05 08 07…"),
    ("empty", "5A 00 08 00 00 00 00 02 00 00", "00 12" + "00" * 6 + "08 0A" + "00" * 10),
    ("empty", "5A 00 4A 00 00 00 00 02 00 00", "00 12" + "00" * 6 + "0A 0A 04" + "00" * 9),
    ("empty", "5A 00 0D 00 00 00 00 02 00 00", "00 0E" + "00" * 6 + "0D 06 00 00 00 3C 00 4B"),
    ("empty", "5A 00 1D 00 00 00 00 02 00 00", "00 12" + "00" * 6 + "1D 0A 00 00 00 00 00 3C 00 3C 00 00"),
    ("empty", "5A 00 2A 00 00 00 00 02 00 00", "00 3E" + "00" * 6 + "2A 36 1F 37 71 F7 29 23…"),
    ("empty", "5A 00 AA 00 00 00 00 02 00 00", "00 26" + "00" * 6 + "2A 1E…"),
    ("empty", "5A 00 02 00 00 00 00 02 00 00", "5/24/00"),
    ("empty", "5A 00 01 01 00 00 00 02 00 00", "5/24/00"),
    ("empty", "5A 00 C1 00 00 00 00 02 00 00", "5/39/00"),
    ("empty", "1A 00 C2 00 FC 00", "5/39/00"),
)


@pytest.mark.parametrize(("state", "cdb", "answer"), ROWS)
def test_rows(bench, state: str, cdb: str, answer: str) -> None:
    bench(state).expect(cdb, answer)


def test_all_pages_ascend_and_fill_the_reply(bench) -> None:
    for control in (0, 1, 2):
        data = bench().host.mode_sense_10(control=control).data
        assert int.from_bytes(data[:2], "big") == len(data) - 2
        codes, at = [], 8
        while at < len(data):
            codes.append(data[at])
            at += 2 + data[at + 1]
        assert at == len(data)
        assert codes == sorted(PAGES)


ERROR_RECOVERY = bytes.fromhex("01 0A 01 20") + bytes(8)
AUDIO = bytes.fromhex("0E 0E 02 00 00 00 4B 4B 01 80 02 40 00 00 00 00")


def test_select_takes_several_pages_or_none(bench) -> None:
    drive = bench()
    assert drive.host.mode_select_10().status == Status.GOOD
    drive.expect("55 10 00 00 00 00 00 00 00 00", "")
    drive.expect("15 10 00 00 00 00", "")
    assert drive.host.mode_select_10(ERROR_RECOVERY, AUDIO).status == Status.GOOD
    assert drive.host.mode_sense_10(0x01).data[8:] == ERROR_RECOVERY
    assert drive.host.mode_sense_10(0x0E).data[8:] == AUDIO
    assert drive.drive.modes.correction_disabled
    drive.expect("15 10 00 00 10 00", "", "00 00 00 00 01 0A 00 07" + "00" * 8)
    assert not drive.drive.modes.correction_disabled


@pytest.mark.parametrize(
    ("page", "codes"),
    [
        (bytes.fromhex("01 0A 02 20") + bytes(8), (5, 0x26, 0)),
        (bytes.fromhex("01 09 00 01") + bytes(8), (5, 0x26, 0)),
        (bytes.fromhex("02 0A 00 01") + bytes(8), (5, 0x26, 0)),
        (bytes.fromhex("01 0A 00 01") + bytes(4), (5, 0x1A, 0)),
        (bytes.fromhex("01"), (5, 0x1A, 0)),
        (bytes.fromhex("05 32 20 05 08 07") + bytes(7) + b"\x10\0\x96" + bytes(36), (5, 0x26, 0)),
        (bytes.fromhex("05 32 21 05 02 07") + bytes(7) + b"\x10\0\x96" + bytes(36), (5, 0x26, 0)),
    ],
)
def test_select_refuses_and_changes_nothing(bench, page: bytes, codes: tuple[int, int, int]) -> None:
    drive = bench()
    before = drive.host.mode_sense_10().data
    assert drive.host.mode_select_10(AUDIO, page).codes == codes
    assert drive.host.mode_sense_10().data == before


def test_select_refuses_saving_block_descriptors_and_half_a_header(bench) -> None:
    drive = bench()
    drive.expect("15 11 00 00 04 00", "5/24/00", "00 00 00 00")
    drive.expect("15 10 00 00 0C 00", "5/26/00", "00 00 00 08" + "00" * 8)
    drive.expect("55 10 00 00 00 00 00 00 04 00", "5/1A/00", "00 00 00 00")


def test_the_speeds_follow_the_medium_and_set_cd_speed(bench) -> None:
    dvd = bench("dvd")
    data = dvd.host.mode_sense_10(0x2A).data
    assert data[8 + 32 : 8 + 36] == (22160).to_bytes(4, "big")
    assert dvd.host.set_cd_speed(352).status == Status.GOOD
    page = dvd.host.mode_sense_10(0x2A).data[8:]
    assert page[14:16] == (352).to_bytes(2, "big")
    assert page[20:22] == page[18:20]
    dvd.host.set_cd_speed()
    assert dvd.host.mode_sense_10(0x2A).data == data


def test_other_initiators_hear_of_a_change() -> None:
    drive = Drive()
    drive.insert(data_disc())
    hosts = {name: Initiator(direct(drive, nexus=name)) for name in ("one", "two")}
    for host in hosts.values():
        host.test_unit_ready()
    hosts["one"].mode_select_10(ERROR_RECOVERY)
    assert hosts["one"].test_unit_ready().status == Status.GOOD
    assert hosts["two"].test_unit_ready().codes == (6, 0x2A, 1)
    assert hosts["two"].test_unit_ready().status == Status.GOOD
    hosts["one"].mode_select_10(ERROR_RECOVERY)
    assert hosts["two"].test_unit_ready().status == Status.GOOD


def test_d_sense_turns_sense_data_into_descriptors(bench) -> None:
    drive = bench("data")
    drive.host.mode_select_10(bytes.fromhex("0A 0A 04") + bytes(9))
    sense = drive.send("28 00 7F FF FF FF 00 00 01 00").sense
    assert sense == bytes.fromhex("72 05 21 00 00 00 00 0C  00 0A 80 00 00 00 00 00 7F FF FF FF")
    assert drive.send("FF 00 00 00 00 00").sense == bytes.fromhex("72 05 20 00 00 00 00 00")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(PAGES)), max_size=5), st.randoms(use_true_random=False))
def test_a_changeable_bit_is_a_bit_that_changes(codes: list[int], random) -> None:
    drive = Drive()
    pages = []
    for code in codes:
        current, mask = bytes(drive.modes[code]), PAGES[code].changeable
        if code in (0x05, 0x2A):
            continue
        page = bytes(a ^ (m & random.randrange(256)) for a, m in zip(current[2:], mask[2:], strict=True))
        pages.append(current[:2] + page)
    host = Initiator(direct(drive))
    assert host.mode_select_10(*pages).status == Status.GOOD
    for page in {page[0]: page for page in pages}.values():
        assert bytes(drive.modes[page[0]]) == page
    assert drive.execute(Command(bytes(6), memoryview(b"")), 0.0).status == Status.CHECK_CONDITION
