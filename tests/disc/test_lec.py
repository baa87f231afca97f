"""Error codes, headers and the scrambler against check values and an independent encoder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdemu_core.disc import c2, ecc, lec
from cdemu_core.disc.lec import SectorCheck
from cdemu_core.disc.sector import SectorType, Span

T = SectorType
CODED = (T.MODE1, T.MODE2_FORM1, T.MODE2_FORM2)


def rows(frames: list[bytes]) -> np.ndarray:
    return np.frombuffer(bytearray(b"".join(frames)), np.uint8).reshape(-1, 2352)


def test_check_value_of_the_edc(slow) -> None:
    assert lec.edc(b"123456789") == 0x6EC2EDC4
    assert slow.edc(b"123456789") == (0x6EC2EDC4).to_bytes(4, "little")


def test_scrambler_begins_as_the_standard_says() -> None:
    assert bytes(lec.scrambler()[:10]).hex(" ") == "01 80 00 60 00 28 00 1e 80 08"
    assert len(lec.scrambler()) == 2340


def test_scrambler_against_bit_serial_register() -> None:
    bits = [1] + [0] * 14
    while len(bits) < 2340 * 8:
        bits.append(bits[-15] ^ bits[-14])  # x^15 + x + 1
    packed = np.packbits(np.array(bits, np.uint8), bitorder="little")
    assert bytes(packed) == bytes(lec.scrambler())


@pytest.mark.parametrize("sector_type", CODED)
@pytest.mark.parametrize("count", [1, 4, 5, 27])
def test_generated_codes_equal_the_slow_encoder(frames_of, sector_type: T, count: int) -> None:
    right = rows(frames_of(sector_type, count))
    made = right.copy()
    start, length = lec.EDC_COVERS[sector_type]
    made[:, start + length :] = 0xA5
    lec.write_edc_ecc(made, sector_type)
    assert np.array_equal(made, right)
    assert lec.check(made, sector_type) == [SectorCheck.OK] * count


def test_batch_sizes_agree() -> None:
    frames = np.random.default_rng(3).integers(0, 256, (ecc.BLOCK * 2 + 7, 2352), np.uint8)
    for zero_header, stored_p in ((False, False), (True, False), (False, True)):
        how = {"zero_header": zero_header, "stored_p": stored_p}
        together = ecc.parity(frames, **how)
        apart = [ecc.parity(frame[None], **how)[0] for frame in frames]
        assert np.array_equal(together, np.stack(apart))


@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize("sector_type", [T.MODE1, T.MODE2_FORM1])
@settings(max_examples=25, deadline=None)
@given(position=st.integers(16, 2351), flip=st.integers(1, 255))
def test_every_damaged_byte_is_found(frames_of, sector_type: T, count: int, position: int, flip: int) -> None:
    frames = rows(frames_of(sector_type, count))
    frames[-1, position] ^= flip
    verdicts = lec.check(frames, sector_type)
    start, length = lec.EDC_COVERS[sector_type]
    in_edc = position < start + length + 4
    expected = SectorCheck.EDC_MISMATCH if in_edc else SectorCheck.ECC_MISMATCH
    assert verdicts == [SectorCheck.OK] * (count - 1) + [expected]
    suspects = np.flatnonzero(c2.suspects(frames[-1], sector_type)).tolist()
    if position < ecc.Q_START:
        assert suspects == [position]
    else:  # a Q byte lies on no P column: its whole diagonal is suspect
        assert position in suspects
        assert len(suspects) == 45


def test_form2_without_edc_is_legal(frames_of) -> None:
    frames = rows(frames_of(T.MODE2_FORM2, 2))
    frames[0, 2348:] = 0
    frames[1, 2348] ^= 1
    assert lec.check(frames, T.MODE2_FORM2) == [SectorCheck.NO_EDC, SectorCheck.EDC_MISMATCH]


def test_types_without_a_code_are_ok() -> None:
    frames = np.full((2, 2352), 7, np.uint8)
    for sector_type in (T.AUDIO, T.MODE0, T.MODE2):
        assert lec.check(frames, sector_type) == [SectorCheck.OK] * 2


@settings(max_examples=20, deadline=None)
@given(start=st.integers(0, 2350), length=st.integers(1, 2352))
def test_scrambling_touches_what_is_stored_and_undoes_itself(start: int, length: int) -> None:
    stored = Span(start, min(length, 2352 - start))
    plain = np.random.default_rng(start).integers(0, 256, (3, 2352), np.uint8)
    frames = plain.copy()
    lec.scramble(frames, stored)
    changed = np.flatnonzero((frames != plain).any(axis=0))
    assert all(max(12, start) <= at < stored.start + stored.length for at in changed)
    lec.scramble(frames, stored)
    assert np.array_equal(frames, plain)


def test_headers_count_over_minutes_and_below_zero() -> None:
    frames = np.zeros((3, 2352), np.uint8)
    lec.write_headers(frames, 4499 - 150, T.MODE1)
    assert [bytes(row[12:16]).hex() for row in frames] == ["00597401", "01000001", "01000101"]
    lec.write_headers(frames, -151, T.MODE2_FORM2)
    assert [bytes(row[12:16]).hex() for row in frames] == ["99597402", "00000002", "00000102"]


LABELS: tuple[tuple[str, SectorType, SectorCheck], ...] = (
    ("cdi_0_sector17_valid_sync_valid_mode2_form1", T.MODE2_FORM1, SectorCheck.OK),
    ("cdi_1_sector17_invalid_sync_valid_mode2_form1", T.MODE2_FORM1, SectorCheck.OK),
    ("cdi_2_sector17_invalid_sync_valid_mode2_form1_edc_error", T.MODE2_FORM1, SectorCheck.EDC_MISMATCH),
    ("cdi_3_sector17_invalid_sync_valid_mode2_form1_ecc_p_error", T.MODE2_FORM1, SectorCheck.ECC_MISMATCH),
    ("cdi_4_sector17_invalid_sync_valid_mode2_form1_ecc_q_error", T.MODE2_FORM1, SectorCheck.ECC_MISMATCH),
    ("cdi_5_sector17_invalid_sync_valid_mode2_form1_ecc_pq_error", T.MODE2_FORM1, SectorCheck.ECC_MISMATCH),
    ("fmt_0_sector202347_valid_sync_valid_mode1_truncated", T.MODE1, SectorCheck.EDC_MISMATCH),
    ("ibmpc_0_sector0_valid_sync_valid_mode1", T.MODE1, SectorCheck.OK),
    # Mode 1 counts the sync pattern in
    ("ibmpc_1_sector0_invalid_sync_valid_mode1", T.MODE1, SectorCheck.EDC_MISMATCH),
    ("ibmpc_2_sector0_invalid_sync_valid_mode1_modified_edc_ecc", T.MODE1, SectorCheck.OK),
    ("ibmpc_3_sector0_invalid_sync_valid_mode1_edc_error", T.MODE1, SectorCheck.EDC_MISMATCH),
    ("ibmpc_4_sector0_invalid_sync_valid_mode1_ecc_p_error", T.MODE1, SectorCheck.ECC_MISMATCH),
    ("ibmpc_5_sector0_invalid_sync_valid_mode1_ecc_q_error", T.MODE1, SectorCheck.ECC_MISMATCH),
    ("ibmpc_6_sector0_invalid_sync_valid_mode1_ecc_pq_error", T.MODE1, SectorCheck.ECC_MISMATCH),
    ("psx_0_sector12_valid_sync_valid_mode2_form2_with_edc", T.MODE2_FORM2, SectorCheck.OK),
    ("psx_1_sector12_invalid_sync_valid_mode2_form2_with_edc", T.MODE2_FORM2, SectorCheck.OK),
    ("psx_2_sector12_invalid_sync_valid_mode2_form2_edc_error", T.MODE2_FORM2, SectorCheck.EDC_MISMATCH),
    ("psx_3_sector12_valid_sync_valid_mode2_form2_no_edc", T.MODE2_FORM2, SectorCheck.NO_EDC),
    ("psx_4_sector12_invalid_sync_valid_mode2_form2_no_edc", T.MODE2_FORM2, SectorCheck.NO_EDC),
    # nothing but zeros has an EDC of zero
    ("psx_5_sector151739_valid_sync_valid_mode2_form1_no_edc", T.MODE2_FORM1, SectorCheck.OK),
    (
        "psx_6_sector151740_valid_sync_valid_mode2_form1_no_edc_ecc_pq_error",
        T.MODE2_FORM1,
        SectorCheck.ECC_MISMATCH,
    ),
)


@pytest.mark.parametrize(("label", "sector_type", "verdict"), LABELS, ids=[row[0] for row in LABELS])
def test_real_sectors(
    shared: Callable[[str], Path], label: str, sector_type: T, verdict: SectorCheck
) -> None:
    found = [name for name in os.listdir(shared("corpus") / "sectors") if name.endswith(f"test_{label}.bin")]
    assert len(found) == 1
    frames = rows([(shared("corpus") / "sectors" / found[0]).read_bytes()])
    assert lec.check(frames, sector_type) == [verdict]
    assert lec.check(np.repeat(frames, 9, axis=0), sector_type) == [verdict] * 9
