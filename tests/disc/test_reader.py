"""DiscReader: every stored form gives the same bytes, in any pieces, and errors name their sector."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.lec import SectorCheck, scramble
from cdemu_core.disc.model import Disc, Fragment, MainChannel
from cdemu_core.disc.reader import DiscReader
from cdemu_core.disc.sector import LAYOUT, STORED, SectorParts, SectorType, Span
from cdemu_core.errors import AddressOutOfRange, UnreadableSector, WrongSectorType
from cdemu_core.stream.base import Stream
from cdemu_core.stream.window import MemoryStream

T = SectorType
P = SectorParts
COUNT = 70
"""More than one batch of the slow road."""


def read(reader: DiscReader, lba: int, count: int, parts: P, **how: object) -> bytes:
    data = bytearray(count * 2752)
    return bytes(data[: reader.read_cd(lba, count, parts, memoryview(data), **how)])


def form_of(sector_type: T, lba: int) -> T:
    return (T.MODE2_FORM1, T.MODE2_FORM2)[lba // 2 % 2] if sector_type is T.MODE2_MIXED else sector_type


def cut(frames: Sequence[bytes], sector_type: T, parts: P, first: int = 0) -> bytes:
    """The parts of valid frames, sliced one by one."""
    out = b""
    for lba, frame in enumerate(frames, first):
        for part, (start, length) in LAYOUT[form_of(sector_type, lba)].items():
            if part in parts:
                out += frame[start : start + length]
    return out


@pytest.mark.parametrize(("sector_type", "size"), STORED, ids=lambda value: getattr(value, "name", value))
def test_every_stored_form_gives_the_same_frames(frames_of, disc_of, sector_type: T, size: int) -> None:
    frames = frames_of(sector_type, COUNT)
    for how in ({}, {"gap": 5, "offset": 11}):
        reader = DiscReader(disc_of(sector_type, frames, size, **how))
        assert bytes(reader.read_frames(0, COUNT)) == b"".join(frames)
        assert bytes(reader.read_frames(3, 1)) == frames[3]
        assert set(reader.check(0, COUNT)) == {SectorCheck.OK}
        for parts in (P.USER_DATA, P.HEADER, P.SUBHEADER | P.USER_DATA, P.SYNC | P.EDC_ECC):
            assert read(reader, 1, COUNT - 1, parts) == cut(frames[1:], sector_type, parts, 1)


@pytest.mark.parametrize("sector_type", [T.MODE1, T.MODE2_FORM1])
def test_user_data_of_every_form(frames_of, disc_of, sector_type: T) -> None:
    frames = frames_of(sector_type, COUNT)
    right = cut(frames, sector_type, P.USER_DATA)
    for size in (size for kind, size in STORED if kind is sector_type):
        reader = DiscReader(disc_of(sector_type, frames, size, offset=16))
        into = bytearray(COUNT * 2048)
        assert reader.read_user_data(0, COUNT, memoryview(into)) == len(into)
        assert bytes(into) == right
        assert reader.read_part(2, 3, P.USER_DATA) == right[2 * 2048 : 5 * 2048]


@pytest.mark.parametrize("sector_type", [T.MODE1, T.MODE2_MIXED, T.AUDIO])
@pytest.mark.parametrize("scrambled", [False, True])
def test_byte_order_and_scrambling_are_undone(frames_of, disc_of, sector_type: T, scrambled: bool) -> None:
    frames = frames_of(sector_type, COUNT)
    stored = np.frombuffer(bytearray(b"".join(frames)), np.uint8).reshape(-1, 2352)
    if scrambled:
        scramble(stored)
    swapped = [bytes(row.reshape(-1, 2)[:, ::-1].reshape(-1)) for row in stored]
    reader = DiscReader(disc_of(sector_type, swapped, swapped=True, scrambled=scrambled))
    assert bytes(reader.read_frames(0, COUNT)) == b"".join(frames)
    assert [reader.sector_type(lba) for lba in range(COUNT)] == [
        form_of(sector_type, n) for n in range(COUNT)
    ]
    if sector_type is T.MODE1:
        into = bytearray(2048 * 5)
        reader.read_user_data(4, 5, memoryview(into))
        assert into == cut(frames[4:9], sector_type, P.USER_DATA)


def three_tracks(frames_of) -> Disc:
    """Mode 1 in two fragments of different forms, silence, audio; a second session of Mode 2."""
    builder = DiscBuilder()
    first = builder.add_session()
    track = first.add_track(T.MODE1)
    frames = frames_of(T.MODE1, 20)
    for part, size in ((frames[:8], 2352), (frames[8:], 2048)):
        start, length = STORED[T.MODE1, size]
        data = b"".join(frame[start : start + length] for frame in part)
        main = MainChannel(MemoryStream(data), 0, size, STORED[T.MODE1, size])
        track.add_fragment(Fragment(len(part), main))
    audio = first.add_track(T.AUDIO)
    audio.add_fragment(Fragment(6))
    audio.pregap = 6
    data = random.Random(1).randbytes(2352 * 9)
    audio.add_fragment(Fragment(9, MainChannel(MemoryStream(data), 0, 2352, STORED[T.AUDIO, 2352])))
    mixed = builder.add_session().add_track(T.MODE2_MIXED)
    stored = b"".join(frame[16:] for frame in frames_of(T.MODE2_MIXED, 12))
    mixed.add_fragment(Fragment(12, MainChannel(MemoryStream(stored), 0, 2336, STORED[T.MODE2_MIXED, 2336])))
    return builder.build()


@pytest.fixture(scope="module")
def sequential(frames_of) -> tuple[DiscReader, bytes]:
    """A reader and all its first session's frames, read one by one."""
    reader = DiscReader(three_tracks(frames_of))
    end = reader.disc.sessions[0].leadout
    return reader, b"".join(bytes(reader.read_frames(lba, 1)) for lba in range(-150, end))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 184), st.integers(0, 185))
def test_any_range_equals_the_sequential_read(sequential, start: int, count: int) -> None:
    reader, everything = sequential
    count = min(count, 185 - start)
    assert bytes(reader.read_frames(start - 150, count)) == everything[start * 2352 : (start + count) * 2352]


def test_the_table_ends_at_lead_outs(sequential) -> None:
    reader, everything = sequential
    assert len(everything) == 185 * 2352
    second = reader.disc.sessions[1]
    assert (reader.first, reader.end) == (-150, second.leadout)
    assert reader.find_track(34)[1].number == 2
    assert reader.find_track(second.start)[0] is second
    for lba in (-151, 35, second.start - 1, second.leadout, 1 << 40):
        with pytest.raises(AddressOutOfRange) as caught:
            reader.find_track(lba)
        assert caught.value.lba == lba
    with pytest.raises(AddressOutOfRange) as caught:
        reader.read_frames(30, 10)
    assert caught.value.lba == 35


def test_user_data_refuses_other_types(sequential) -> None:
    reader, _ = sequential
    into = memoryview(bytearray(2048 * 300))
    with pytest.raises(WrongSectorType) as caught:
        reader.read_user_data(15, 10, into)
    assert (caught.value.lba, caught.value.found) == (20, "audio")
    start = reader.disc.sessions[1].tracks[0].index1
    assert reader.read_user_data(start, 2, into) == 4096
    with pytest.raises(WrongSectorType) as caught:
        reader.read_user_data(start, 3, into)
    assert caught.value.lba == start + 2
    assert reader.read_user_data(0, 0, into) == 0


def test_expected_types(sequential) -> None:
    reader, _ = sequential
    start = reader.disc.sessions[1].tracks[0].index1
    assert len(read(reader, start, 2, P.USER_DATA, expected=T.MODE2_FORM1)) == 4096
    for lba, count, expected, wrong in (
        (start, 3, T.MODE2_FORM1, start + 2),
        (start, 1, T.MODE1, start),
        (18, 4, T.MODE1, 20),
        (18, 4, T.AUDIO, 18),
    ):
        with pytest.raises(WrongSectorType) as caught:
            read(reader, lba, count, P.USER_DATA, expected=expected)
        assert caught.value.lba == wrong


def test_generated_sectors_are_zeros_with_valid_codes(sequential) -> None:
    reader, _ = sequential
    into = bytearray(b"\xff" * 4096)
    reader.read_user_data(-150, 2, memoryview(into))
    assert not any(into)
    assert reader.check(-150, 4) == [SectorCheck.OK] * 4
    assert not any(reader.read_frames(20, 6))  # silence
    start = reader.disc.sessions[1].start
    assert reader.read_part(start, 1, P.SUBHEADER) == bytes(8)  # an empty sector
    assert reader.check(start, 4) == [SectorCheck.OK] * 4


class Torn(Stream):
    """A stream that became shorter after it was opened."""

    name = "torn"

    def __init__(self, data: bytes, left: int) -> None:
        self.size = len(data)
        self._data = data[:left]

    def read_at(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]


@pytest.mark.parametrize("size", [2048, 2352])
@pytest.mark.parametrize("left", [0, 1, 2047, 5 * 2352 - 1, 5 * 2352])
def test_a_truncated_file_names_the_first_missing_sector(size: int, left: int) -> None:
    builder = DiscBuilder()
    track = builder.add_session().add_track(T.MODE1)
    start, length = span = STORED[T.MODE1, size]
    track.add_fragment(Fragment(40, MainChannel(Torn(bytes(size * 40), left), 0, size, span)))
    reader = DiscReader(builder.build())
    whole = sum(left >= n * size + 16 - start + 2048 for n in range(40))
    assert reader.read_user_data(0, whole, memoryview(bytearray(40 * 2048))) == whole * 2048
    with pytest.raises(UnreadableSector) as caught:
        reader.read_user_data(0, 40, memoryview(bytearray(40 * 2048)))
    assert caught.value.lba == whole
    with pytest.raises(UnreadableSector) as caught:
        reader.read_frames(0, 40)
    assert caught.value.lba == sum(left >= n * size + length for n in range(40))


def test_c2_information(frames_of, disc_of) -> None:
    frames = [bytearray(frame) for frame in frames_of(T.MODE1, 3)]
    frames[1][100] ^= 0x55
    reader = DiscReader(disc_of(T.MODE1, frames))
    data = read(reader, 0, 3, P.ALL, c2=294)
    records = [data[at : at + 2646] for at in range(0, len(data), 2646)]
    assert [record[:2352] for record in records] == [bytes(frame) for frame in frames]
    bits = int.from_bytes(records[1][2352:], "big")
    assert bits == 1 << 2351 - 100
    assert not any(records[0][2352:] + records[2][2352:])
    block = read(reader, 1, 1, P.NONE, c2=296)
    assert len(block) == 296
    assert block[0] == 1 << 7 - 100 % 8
    assert block[1] == 0
    assert block[2:] == records[1][2352:]
    assert [verdict.name for verdict in reader.check(0, 3)] == ["OK", "EDC_MISMATCH", "OK"]


def test_order_of_parts_c2_and_subchannel(frames_of, disc_of) -> None:
    frames = frames_of(T.MODE2_MIXED, 8)
    reader = DiscReader(disc_of(T.MODE2_MIXED, frames))
    data = read(reader, 0, 8, P.HEADER | P.USER_DATA, c2=294, sub="q")
    at = 0
    for lba, frame in enumerate(frames):
        main = cut([frame], T.MODE2_MIXED, P.HEADER | P.USER_DATA, lba)
        q = reader.read_q(lba)
        assert data[at : at + len(main) + 310] == main + bytes(294) + q + bytes(4)
        at += len(main) + 310
    assert at == len(data)
    assert read(reader, 0, 2, P.NONE, sub="pw") == reader.read_subchannel(0, 2)
    assert read(reader, 0, 2, P.NONE) == b""


def test_fast_and_slow_roads_place_the_subchannel_alike(frames_of, disc_of) -> None:
    frames = frames_of(T.MODE1, COUNT)
    fast = DiscReader(disc_of(T.MODE1, frames, 2352))
    slow = DiscReader(disc_of(T.MODE1, frames, 2048))
    for kind, size in (("pw", 96), ("q", 16), ("rw", 96)):
        data = read(fast, 0, COUNT, P.ALL, sub=kind)
        assert len(data) == COUNT * (2352 + size)
        assert data == read(slow, 0, COUNT, P.ALL, sub=kind)


@pytest.mark.parametrize("gap", [0, 3, 100_000])
def test_any_gap_between_sectors(frames_of, disc_of, gap: int) -> None:
    frames = frames_of(T.MODE1, 9)
    reader = DiscReader(disc_of(T.MODE1, frames, 2352, gap=gap, offset=1))
    into = bytearray(9 * 2048)
    reader.read_user_data(0, 9, memoryview(into))
    assert into == cut(frames, T.MODE1, P.USER_DATA)


def test_unusual_spans_are_completed(frames_of) -> None:
    """A form outside the table: anything stored counts, anything else is made."""
    frames = frames_of(T.MODE2_FORM1, 5)
    span = Span(14, 2100)
    data = b"".join(frame[14:2114] for frame in frames)
    builder = DiscBuilder()
    builder.add_session().add_track(T.MODE2_FORM1).add_fragment(
        Fragment(5, MainChannel(MemoryStream(data), 0, 2100, span))
    )
    assert bytes(DiscReader(builder.build()).read_frames(0, 5)) == b"".join(frames)
