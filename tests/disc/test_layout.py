"""DiscBuilder: numbering, pregaps, lead-outs, the medium, and what it refuses."""

from __future__ import annotations

import pytest

from cdemu_core.disc.layout import DiscBuilder, SessionBuilder
from cdemu_core.disc.model import (
    Control,
    Fragment,
    Index,
    MainChannel,
    MediumType,
    SessionType,
    Subchannel,
)
from cdemu_core.disc.sector import STORED, SectorType, Span, SubchannelForm
from cdemu_core.errors import CorruptImage
from cdemu_core.stream.base import Stream

T = SectorType


class Sized(Stream):
    """A stream of a size, never read."""

    name = "sized"

    def __init__(self, size: int) -> None:
        self.size = size

    def read_at(self, offset: int, length: int) -> bytes:
        raise AssertionError("building a disc reads no data")


def add(session: SessionBuilder, sector_type: T, count: int, size: int = 0, **how: Control) -> None:
    size = size or {T.MODE1: 2048, T.MODE2_FORM1: 2048}.get(sector_type, 2352)
    main = MainChannel(Sized(size * count), 0, size, STORED[sector_type, size])
    session.add_track(sector_type, **how).add_fragment(Fragment(count, main))


def test_two_sessions() -> None:
    builder = DiscBuilder(first_track=5)
    first = builder.add_session()
    add(first, T.AUDIO, 100, control=Control.COPY_PERMITTED)
    add(first, T.AUDIO, 50)
    first.tracks[1].pregap = 10
    first.tracks[1].add_index(2, 20)
    add(builder.add_session(), T.MODE2_FORM1, 30)
    add(builder.add_session(), T.MODE1, 30)
    disc = builder.build()
    assert (disc.medium, disc.start) == (MediumType.CD, -150)
    one, two, three = disc.sessions
    assert [s.leadout_length for s in disc.sessions] == [11_250, 6_750, 0]
    assert (one.start, one.leadout, one.length) == (-150, 150, 300 + 11_250)
    assert two.start == 11_400
    assert disc.end == disc.start + disc.length == three.start + three.length == three.leadout
    a, b, c, d = disc.tracks
    assert [t.number for t in disc.tracks] == [5, 6, 7, 8]
    assert (a.start, a.length, a.pregap, a.index1) == (-150, 250, 150, 0)
    assert (b.start, b.pregap, b.indices) == (100, 10, (Index(2, 20),))
    assert (c.start, c.index1, c.end) == (11_400, 11_550, 11_580)
    assert d.pregap == 150
    assert [t.control for t in disc.tracks] == [
        Control.COPY_PERMITTED,
        Control.NONE,
        Control.DATA,
        Control.DATA,
    ]
    assert [s.type for s in disc.sessions] == [
        SessionType.CD_DA,
        SessionType.CD_ROM_XA,
        SessionType.CD_ROM,
    ]


def test_lead_pregap_extends_the_pregap_and_shifts_indices() -> None:
    builder = DiscBuilder()
    session = builder.add_session()
    add(session, T.AUDIO, 100)
    track = session.tracks[0]
    track.pregap = 4
    track.add_index(3, 50)
    assert builder.build().tracks[0].indices == (Index(3, 200),)
    session.lead_pregap = 6
    built = builder.build().tracks[0]
    assert (built.pregap, built.length, built.indices) == (10, 106, (Index(3, 56),))
    session.lead_pregap = 0
    assert len(builder.build().tracks[0].fragments) == 1


def test_stored_lead_out_and_type_are_kept() -> None:
    builder = DiscBuilder()
    session = builder.add_session()
    add(session, T.MODE1, 10)
    session.leadout_length = 7
    session.type = SessionType.CD_DA
    builder.start = 0
    built = builder.build().sessions[0]
    assert (built.start, built.length, built.leadout, built.type) == (0, 167, 160, SessionType.CD_DA)


@pytest.mark.parametrize(
    ("sector_type", "size", "count", "medium"),
    [
        (T.MODE1, 2048, 405_000, MediumType.CD),
        (T.MODE1, 2048, 405_001, MediumType.DVD),
        (T.MODE1, 2048, 4_173_824, MediumType.DVD),
        (T.MODE1, 2048, 4_173_825, MediumType.BD),
        (T.MODE1, 2352, 445_000, MediumType.CD),
        (T.AUDIO, 2352, 445_000, MediumType.CD),
        (T.MODE2_FORM1, 2048, 445_000, MediumType.CD),
    ],
)
def test_medium_is_guessed(sector_type: T, size: int, count: int, medium: MediumType) -> None:
    builder = DiscBuilder()
    add(builder.add_session(), sector_type, count, size)
    disc = builder.build()
    assert disc.medium is medium
    assert disc.start == (-150 if medium is MediumType.CD else 0)
    assert disc.length == count + (150 if medium is MediumType.CD else 0)


def test_mixed_session_types() -> None:
    builder = DiscBuilder()
    session = builder.add_session()
    add(session, T.MODE1, 10)
    add(session, T.MODE2_MIXED, 10)
    assert builder.build().sessions[0].type is SessionType.CD_ROM


def test_a_guess_counts_subchannel_as_cd() -> None:
    builder = DiscBuilder()
    main = MainChannel(Sized(2144 * 500_000), 0, 2144, Span(16, 2048))
    sub = Subchannel(main.stream, 2048, 2144, SubchannelForm.PW96_INTERLEAVED)
    builder.add_session().add_track(T.MODE1).add_fragment(Fragment(500_000, main, sub))
    assert builder.build().medium is MediumType.CD


USER_DATA = Span(16, 2048)


def main_channel(size: int, offset: int = 0, stride: int = 2048, stored: Span = USER_DATA) -> MainChannel:
    return MainChannel(Sized(size), offset, stride, stored)


BROKEN = {
    "past the end": Fragment(3, main_channel(3 * 2048 - 1)),
    "offset past the end": Fragment(1, main_channel(2048, 1)),
    "negative offset": Fragment(1, main_channel(2048, -1)),
    "stride below the stored bytes": Fragment(1, main_channel(9999, 0, 100)),
    "not in the frame": Fragment(1, main_channel(9999, 0, 2400, Span(16, 2337))),
    "nothing stored": Fragment(1, main_channel(9999, 0, 2400, Span(16, 0))),
    "negative length": Fragment(-1),
    "sub-channel past the end": Fragment(2, None, Subchannel(Sized(191), 0, 96, SubchannelForm.RW96)),
    "empty": Fragment(0),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_fragments_are_refused(name: str) -> None:
    builder = DiscBuilder()
    builder.add_session().add_track(T.MODE1).add_fragment(BROKEN[name])
    with pytest.raises(CorruptImage) as caught:
        builder.build()
    assert caught.value.path is None
    assert str(caught.value).endswith(".")


def test_a_last_sector_may_end_with_its_stored_bytes() -> None:
    builder = DiscBuilder()
    fragment = Fragment(3, main_channel(2 * 2448 + 2048, 0, 2448))
    builder.add_session().add_track(T.MODE1).add_fragment(fragment)
    assert builder.build().tracks[0].fragments[1] is fragment


def test_broken_layouts_are_refused() -> None:
    with pytest.raises(CorruptImage, match="no track"):
        DiscBuilder().build()
    builder = DiscBuilder()
    add(builder.add_session(), T.AUDIO, 5)
    builder.add_session()
    with pytest.raises(CorruptImage, match="Session 2 has no track"):
        builder.build()


def test_track_numbers_end_at_99() -> None:
    builder = DiscBuilder(first_track=2)
    session = builder.add_session()
    for _ in range(98):
        add(session, T.AUDIO, 1)
    assert builder.build().tracks[-1].number == 99
    add(session, T.AUDIO, 1)
    with pytest.raises(CorruptImage, match="track 100"):
        builder.build()


@pytest.mark.parametrize(
    ("pregap", "index"), [(10, None), (-1, None), (0, (1, 3)), (4, (2, 3)), (0, (2, 10)), (0, (100, 3))]
)
def test_points_outside_their_track_are_refused(pregap: int, index: tuple[int, int] | None) -> None:
    builder = DiscBuilder()
    session = builder.add_session()
    add(session, T.AUDIO, 10)
    session.tracks[0].pregap = pregap
    if index:
        session.tracks[0].add_index(*index)
    with pytest.raises(CorruptImage):
        builder.build()


@pytest.mark.parametrize("field", ["lead_pregap", "leadout_length"])
def test_negative_gaps_are_refused(field: str) -> None:
    builder = DiscBuilder()
    session = builder.add_session()
    add(session, T.AUDIO, 10)
    setattr(session, field, -5)
    with pytest.raises(CorruptImage, match="-5 sectors"):
        builder.build()
