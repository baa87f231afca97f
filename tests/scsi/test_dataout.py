"""How many bytes an initiator sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdemu_core.scsi.dataout import DATA_OUT
from cdemu_core.scsi.drive import Drive

ROWS = (
    ("00 00 00 00 00 00", 0),
    ("04 10 00 00 00 00", 12),
    ("04 00 00 00 00 00", 0),
    ("15 10 00 00 18 00", 24),
    ("1D 10 00 00 10 00", 16),
    ("28 00 00 00 00 00 00 00 10 00", 0),
    ("2A 00 00 00 00 00 00 00 10 00", 16 * 2048),
    ("2E 00 00 00 00 00 00 01 00 00", 256 * 2048),
    ("2F 00 00 00 00 00 00 00 02 00", 0),
    ("2F 02 00 00 00 00 00 00 02 00", 2 * 2048),
    ("3B 02 00 00 00 00 01 00 00 00", 65536),
    ("4C 00 00 00 00 00 00 00 08 00", 8),
    ("54 00 00 00 00 00 00 00 08 00", 8),
    ("55 10 00 00 00 00 00 00 3C 00", 60),
    ("5D 00 00 00 00 00 00 00 40 00", 64),
    ("5F 00 00 00 00 00 00 00 18 00", 24),
    ("8A" + "00" * 10 + "00 00 02 00 00", 2 * 2048),
    ("A2 01 00 00 00 00 00 00 00 08 00 00", 8),
    ("A3 00 00 00 00 00 00 00 00 10 01 00", 16),
    ("A3 0C 00 00 00 00 00 00 10 00 00 00", 0),
    ("AA 00 00 00 00 00 00 00 00 20 00 00", 32 * 2048),
    ("AF 02 00 00 00 00 00 00 00 01 00 00", 2048),
    ("B5 00 00 00 00 00 00 00 02 00 00 00", 512),
    ("B6 00 00 00 00 00 00 00 00 00 1C 00", 28),
    ("BF 00 00 00 00 00 00 30 08 04 00 00", 2052),
    ("85 06 20 00 00 00 00 00 00 00 00 00 00 00 E5 00", 0),
    ("", 0),
)


@pytest.mark.parametrize(("cdb", "length"), ROWS)
def test_rows(cdb: str, length: int) -> None:
    assert Drive().data_out_length(bytes.fromhex(cdb)) == length


def test_every_row_of_the_table_is_tested() -> None:
    assert {bytes.fromhex(cdb)[0] for cdb, _ in ROWS if cdb} >= set(DATA_OUT)


@given(st.binary(max_size=16))
def test_any_cdb_has_a_length(cdb: bytes) -> None:
    assert Drive().data_out_length(memoryview(cdb)) >= 0
