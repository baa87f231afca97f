"""REPORT KEY and SEND KEY: the region; recording commands on media that take none."""

from __future__ import annotations

import pytest

ROWS = (
    ("empty", "A4 00 00 00 00 00 00 00 00 10 08 00", "00 06 00 00 25 FF 01 00"),
    ("data", "A4 00 00 00 00 00 00 00 00 04 08 00", "00 06 00 00"),
    ("data", "A4 00 00 00 00 00 00 00 00 10 00 00", "5/30/02"),
    ("dvd", "A4 00 00 00 00 00 00 00 00 10 00 00", "5/24/00"),
    ("dvd", "A4 00 00 00 00 00 00 00 00 10 3F 00", "5/24/00"),
    ("data", "A3 00 00 00 00 00 00 00 00 10 01 00", "5/30/02"),
    ("dvd", "A3 00 00 00 00 00 00 00 00 10 01 00", "5/24/00"),
    ("dvd", "A3 00 00 00 00 00 00 00 00 07 06 00", "5/24/00"),
    ("dvd", "A3 00 00 00 00 00 00 00 00 08 06 00", "5/1A/00"),
    ("empty", "2A 00 00 00 00 00 00 00 01 00", "2/3A/00"),
    ("data", "2A 00 00 00 00 00 00 00 01 00", "7/27/00"),
    ("data", "AA 00 00 00 00 00 00 00 00 01 00 00", "7/27/00"),
    ("data", "53 00 00 00 00 00 00 00 10 00", "7/27/00"),
    ("data", "5B 00 01 00 00 01 00 00 00 00", "7/27/00"),
    ("data", "5D 00 00 00 00 00 00 00 08 00", "7/27/00"),
    ("empty", "5D 00 00 00 00 00 00 00 08 00", "2/3A/00"),
    ("data", "35 00 00 00 00 00 00 00 00 00", ""),
    ("empty", "35 00 00 00 00 00 00 00 00 00", ""),
)


@pytest.mark.parametrize(("state", "cdb", "answer"), ROWS)
def test_rows(bench, state: str, cdb: str, answer: str) -> None:
    bench(state).expect(cdb, answer)


def test_the_region_can_be_chosen_five_times(bench) -> None:
    drive = bench("dvd")
    send = "A3 00 00 00 00 00 00 00 00 08 06 00"
    for left, region in zip((4, 3, 2, 1, 0), (0xFE, 0xFD, 0xFB, 0xF7, 0xEF), strict=True):
        for _ in range(2):
            drive.expect(send, "", f"00 06 00 00 {region:02X} 00 00 00")
            state = drive.host.report_key().data
            kind = {1: 2, 0: 3}.get(left, 1)
            assert state[4:7] == bytes([kind << 6 | 4 << 3 | left, region, 1])
            if left == 0:
                break
    drive.expect(send, "5/6F/05", "00 06 00 00 FE 00 00 00")


@pytest.mark.parametrize("mask", [0xFF, 0x00, 0xFC])
def test_a_choice_is_one_region(bench, mask: int) -> None:
    drive = bench("dvd")
    drive.expect("A3 00 00 00 00 00 00 00 00 08 06 00", "5/6F/05", f"00 06 00 00 {mask:02X} 00 00 00")
    assert drive.host.report_key().data[4:6] == bytes([0x25, 0xFF])
