"""Sub-channel: forms, generation, and how the reader serves each stored form."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdemu_core.disc import interleave as il
from cdemu_core.disc import qchannel
from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.model import Control, Disc, Fragment, Subchannel
from cdemu_core.disc.reader import DiscReader
from cdemu_core.disc.sector import SectorParts, SectorType, SubchannelForm
from cdemu_core.errors import UnreadableSector
from cdemu_core.stream.window import MemoryStream

T = SectorType
F = SubchannelForm

rows_of_96 = st.integers(1, 5).flatmap(lambda n: st.binary(min_size=96 * n, max_size=96 * n))
mcns = st.from_regex(r"[0-9]{13}", fullmatch=True)
isrcs = st.from_regex(r"[A-Z0-9]{5}[0-9]{7}", fullmatch=True)


def bitwise(linear: bytes) -> bytes:
    """Interleaved symbols of one sector, bit by bit."""
    symbols = bytearray(96)
    for channel in range(8):
        for position in range(96):
            bit = linear[12 * channel + position // 8] >> (7 - position % 8) & 1
            symbols[position] |= bit << (7 - channel)
    return bytes(symbols)


@settings(max_examples=40, deadline=None)
@given(rows_of_96)
def test_interleaving(data: bytes) -> None:
    linear = np.frombuffer(data, np.uint8).reshape(-1, 96)
    mixed = il.interleave(linear)
    assert [bytes(row) for row in mixed] == [bitwise(bytes(row)) for row in linear]
    assert np.array_equal(il.deinterleave(mixed), linear)
    assert np.array_equal(il.q_of_pw(mixed), linear[:, 12:24])


def test_p_and_q_make_pw() -> None:
    q = np.arange(24, dtype=np.uint8).reshape(2, 12)
    p = np.array([True, False])
    linear = np.zeros((2, 96), np.uint8)
    linear[:, 12:24] = q
    linear[0, :12] = 0xFF
    assert np.array_equal(il.pw_of_q(q, p), il.interleave(linear))
    assert [bytes(row) for row in il.q16(q, p)] == [
        bytes(range(12)) + b"\0\0\0\x80",
        bytes(range(12, 24)) + bytes(4),
    ]


def test_crc_check_value() -> None:
    assert qchannel.crc(b"123456789") == 0xCE3C


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(min_size=10, max_size=10), min_size=1, max_size=60))
def test_crc_of_a_batch(frames: list[bytes]) -> None:
    rows = np.zeros((len(frames), 12), np.uint8)
    rows[:, :10] = np.frombuffer(b"".join(frames), np.uint8).reshape(-1, 10)
    qchannel.write_crc(rows)
    assert [bytes(row) for row in rows] == [qchannel.with_crc(frame) for frame in frames]
    assert all(qchannel.is_valid(bytes(row)) for row in rows)


@given(mcns)
def test_mcn_both_ways(mcn: str) -> None:
    code = qchannel.encode_mcn(mcn)
    assert code is not None
    q = qchannel.with_crc(b"\x02" + code + b"\0")
    assert qchannel.decode_mcn(q) == mcn
    assert qchannel.decode_isrc(q) is None
    assert qchannel.decode_mcn(q[:-1] + bytes([q[-1] ^ 1])) is None


@given(isrcs)
def test_isrc_both_ways(isrc: str) -> None:
    code = qchannel.encode_isrc(isrc)
    assert code is not None
    assert qchannel.decode_isrc(qchannel.with_crc(b"\x03" + code + b"\0")) == isrc


@pytest.mark.parametrize(
    "code", [None, "", "123", "12345678901234", "abcde1234567", "ABCDE123456X", "ÄBCDE1234567"]
)
def test_malformed_codes_are_not_encoded(code: str | None) -> None:
    assert qchannel.encode_mcn(code) is None
    assert qchannel.encode_isrc(code) is None


def audio(
    mcn: str | None = "0123456789012", isrc: str | None = "DEABC2600017", sub: Subchannel | None = None
) -> Disc:
    builder = DiscBuilder()
    session = builder.add_session()
    session.mcn = mcn
    track = session.add_track(T.AUDIO, control=Control.PRE_EMPHASIS, isrc=isrc)
    track.add_fragment(Fragment(300, None, sub))
    track.add_index(2, 10)
    return builder.build()


def test_generated_q() -> None:
    reader = DiscReader(audio())
    q = {lba: reader.read_q(lba) for lba in (-150, -1, 0, 9, 10, 75, 76, 100, 299)}
    assert all(map(qchannel.is_valid, q.values()))
    assert {lba: frame[:10].hex(" ") for lba, frame in q.items() if frame[0] & 0x0F != 3} == {
        -150: "11 01 00 00 02 00 00 00 00 00",
        -1: "11 01 00 00 00 01 00 00 01 74",
        9: "11 01 01 00 00 09 00 00 02 09",
        10: "11 01 02 00 00 10 00 00 02 10",
        75: "12 01 23 45 67 89 01 20 00 00",
        76: "11 01 02 00 01 01 00 00 03 01",
        299: "11 01 02 00 03 74 00 00 05 74",
    }
    assert qchannel.decode_isrc(q[0]) == qchannel.decode_isrc(q[100]) == "DEABC2600017"
    assert q[100][9] == 0x25
    assert qchannel.decode_mcn(q[75]) == "0123456789012"


@settings(max_examples=30, deadline=None)
@given(st.integers(-150, 299), st.integers(1, 450))
def test_batches_of_q_equal_single_frames(start: int, count: int) -> None:
    reader = DiscReader(audio())
    count = min(count, 300 - start)
    rows = np.frombuffer(reader.read_subchannel(start, count), np.uint8).reshape(-1, 96)
    assert [bytes(row) for row in il.q_of_pw(rows)] == [
        reader.read_q(lba) for lba in range(start, start + count)
    ]
    assert [bool(row[0] & 0x80) for row in rows] == [lba < 0 for lba in range(start, start + count)]


def test_data_tracks_and_bad_codes_give_positions_only() -> None:
    reader = DiscReader(audio(mcn="nonsense", isrc="nonsense"))
    assert {reader.read_q(lba)[0] & 0x0F for lba in range(-150, 300)} == {1}


def subchannel(form: F, linear: np.ndarray) -> Subchannel:
    """``linear`` (n × 96) stored in ``form``, 5 bytes of something between sectors."""
    if form is F.PW96_LINEAR:
        rows = linear
    elif form is F.Q16:
        rows = il.q16(linear[:, 12:24], linear[:, 0] & 0x80 != 0)
    else:
        rows = il.interleave(linear)
    data = b"xyz" + b"".join(bytes(row) + b"-gap-" for row in rows)
    return Subchannel(MemoryStream(data), 3, form.size + 5, form)


@pytest.mark.parametrize("form", F)
def test_stored_forms(form: F) -> None:
    linear = np.random.default_rng(7).integers(0, 256, (300, 96), np.uint8)
    linear[:, :12] = np.where(linear[:, :1] & 0x80, 0xFF, 0)
    generated = DiscReader(audio())
    reader = DiscReader(audio(sub=subchannel(form, linear)))
    expected = linear.copy()
    if form is F.RW96:
        made = np.frombuffer(generated.read_subchannel(0, 300), np.uint8).reshape(-1, 96)
        expected[:, :24] = il.deinterleave(made)[:, :24]
    if form is F.Q16:
        expected[:, 24:] = 0
    pw = np.frombuffer(reader.read_subchannel(0, 300), np.uint8).reshape(-1, 96)
    assert np.array_equal(pw, il.interleave(expected))
    assert b"".join(reader.read_q(lba) for lba in range(300)) == expected[:, 12:24].tobytes()
    into = bytearray(300 * 96)
    reader.read_cd(0, 300, SectorParts.NONE, memoryview(into), sub="rw")
    assert np.array_equal(np.frombuffer(into, np.uint8).reshape(-1, 96), pw & 0x3F)
    into = bytearray(300 * 16)
    reader.read_cd(0, 300, SectorParts.NONE, memoryview(into), sub="q")
    assert bytes(into) == il.q16(expected[:, 12:24], np.zeros(300, np.bool_)).tobytes()
    assert reader.read_q(-1) == generated.read_q(-1)


class Torn(MemoryStream):
    """Claims its whole size, but holds ``left`` bytes."""

    left = 1000

    def readv_at(self, offset: int, buffers: Sequence[memoryview]) -> int:
        return max(0, min(sum(map(len, buffers)), self.left - offset))


def test_a_truncated_subchannel_file() -> None:
    sub = Subchannel(Torn(bytes(300 * 96)), 0, 96, F.PW96_INTERLEAVED)
    with pytest.raises(UnreadableSector) as caught:
        DiscReader(audio(sub=sub)).read_subchannel(0, 20)
    assert caught.value.lba == 10
