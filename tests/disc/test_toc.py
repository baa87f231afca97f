"""Tables of contents as a drive sends them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cdemu_core.disc import toc
from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.model import Control, Disc, Fragment, SessionType, TocPoint
from cdemu_core.disc.sector import SectorType
from cdemu_core.units import msf_to_lba

T = SectorType


def two_sessions(*, points: tuple[TocPoint, ...] = (), long: int = 25) -> Disc:
    builder = DiscBuilder()
    first = builder.add_session()
    first.add_track(T.AUDIO).add_fragment(Fragment(30))
    first.add_track(T.AUDIO, control=Control.FOUR_CHANNEL).add_fragment(Fragment(25))
    second = builder.add_session()
    second.type = SessionType.CD_ROM
    second.toc_points = points
    second.add_track(T.MODE1).add_fragment(Fragment(long))
    return builder.build()


def test_plain_toc() -> None:
    disc = two_sessions()
    assert toc.encode_toc(disc, msf=False).hex(" ") == (
        "00 22 01 03 00 10 01 00 00 00 00 00 00 18 02 00 00 00 00 1e"
        " 00 14 03 00 00 00 2c bf 00 10 aa 00 00 00 2c d8"
    )
    assert toc.encode_toc(disc, msf=True, first=3).hex(" ") == (
        "00 12 01 03 00 14 03 00 00 02 22 37 00 10 aa 00 00 02 23 05"
    )
    assert toc.encode_toc(disc, msf=False, first=0xAA)[:4].hex() == "000a0103"
    assert toc.encode_toc(disc, msf=False, first=0xAB).hex() == "00020103"


def test_first_track_is_the_disc_s() -> None:
    builder = DiscBuilder(first_track=5)
    builder.add_session().add_track(T.AUDIO).add_fragment(Fragment(30))
    assert toc.encode_toc(builder.build(), msf=False)[2:4] == b"\x05\x05"


def test_session_information() -> None:
    disc = two_sessions()
    assert toc.encode_sessions(disc, msf=False).hex(" ") == "00 0a 01 02 00 14 03 00 00 00 2c bf"


def test_full_toc() -> None:
    lines = [
        "01 10 00 a0 00 00 00 00 01 00 00",
        "01 18 00 a1 00 00 00 00 02 00 00",
        "01 10 00 a2 00 00 00 00 00 02 37",
        "01 10 00 01 00 00 00 00 00 02 00",
        "01 18 00 02 00 00 00 00 00 02 1e",
        "01 50 00 b0 02 20 37 02 4f 3b 47",
        "01 50 00 c0 00 00 00 00 95 00 00",
        "02 14 00 a0 00 00 00 00 03 00 00",
        "02 14 00 a1 00 00 00 00 03 00 00",
        "02 10 00 a2 00 00 00 00 02 23 05",
        "02 14 00 03 00 00 00 00 02 22 37",
        "02 50 00 b0 ff ff ff 01 4f 3b 47",
    ]
    disc = two_sessions()
    data = toc.encode_full_toc(disc)
    assert data[:4].hex(" ") == "00 86 01 02"
    assert [data[at : at + 11].hex(" ") for at in range(4, len(data), 11)] == lines
    second = toc.encode_full_toc(disc, first_session=2)
    assert [second[at : at + 11].hex(" ") for at in range(4, len(second), 11)] == lines[7:]


def test_stored_points_stand_in_for_computed_ones() -> None:
    b0 = TocPoint(5, 4, 0, 0xB0, (1, 2, 3), 7, (70, 0, 0))
    extra = TocPoint(5, 0, 0, 0x01, (9, 9, 9), 0, (8, 8, 8))
    disc = two_sessions(points=(b0, extra))
    points = toc.session_points(disc, disc.sessions[1])
    assert [p.point for p in points] == [0xA0, 0xA1, 0xA2, 3, 0xB0, 1]
    assert points[4:] == (b0, extra)


def test_long_discs_have_a_later_last_lead_out() -> None:
    disc = two_sessions(long=400_000)
    b0 = toc.session_points(disc, disc.sessions[1])[-1]
    assert b0.pmsf == (99, 59, 71)


def test_single_sessions_have_no_pointers() -> None:
    builder = DiscBuilder()
    builder.add_session().add_track(T.MODE2_FORM1).add_fragment(Fragment(30))
    disc = builder.build()
    points = toc.session_points(disc, disc.sessions[0])
    assert [p.point for p in points] == [0xA0, 0xA1, 0xA2, 1]
    assert points[0].pmsf == (1, 0x20, 0)


def test_lead_in_q() -> None:
    disc = two_sessions()
    points = toc.session_points(disc, disc.sessions[0])
    start = -150 - 4500
    frames = [toc.lead_in_q(points, lba) for lba in range(start, start + 21)]
    first = frames[0]
    assert first[3:6].hex(" ") == "99 00 00"
    kinds = [frame[2] for frame in frames]
    assert sorted(set(kinds)) == [0x01, 0x02, 0xA0, 0xA1, 0xA2, 0xB0, 0xC0]
    assert all(kinds.count(kind) == 3 for kind in kinds)
    pointer = next(frame for frame in frames if frame[2] == 0xB0)
    assert pointer.hex(" ") == "05 00 b0 02 32 55 02 79 59 71"
    leadout = next(frame for frame in frames if frame[2] == 0xA2)
    assert leadout[7:].hex(" ") == "00 02 55"


@given(st.integers(-150, 449_849))
def test_addresses(lba: int) -> None:
    assert int.from_bytes(toc.encode_address(lba, msf=False), "big", signed=True) == lba
    _, minute, second, frame = toc.encode_address(lba, msf=True)
    assert msf_to_lba((minute, second, frame)) == lba
