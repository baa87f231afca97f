"""Nero sessions in, Disc out."""

from __future__ import annotations

from cdemu_core.api import (
    STORED,
    Control,
    CorruptImage,
    Disc,
    DiscBuilder,
    Fragment,
    ImageSource,
    MainChannel,
    MediumType,
    SectorType,
    SessionBuilder,
    SessionType,
    Stream,
    Subchannel,
    SubchannelForm,
    TrackBuilder,
    decode_packs,
)

from .chunks import LEAD_IN, LEAD_OUT, DaoTrack, NeroIndex, SessionPlan, TaoTrack, read_index

PREGAP = 150
SUB = 96
MAX_TAO_GAP = 4500
"""A longer gap before a track-at-once track belongs to another session, not to a pregap."""

MODES: dict[int, tuple[SectorType, int]] = {
    0x00: (SectorType.MODE1, 2048),
    0x02: (SectorType.MODE2_FORM1, 2048),
    0x03: (SectorType.MODE2_MIXED, 2336),
    0x05: (SectorType.MODE1, 2352),
    0x06: (SectorType.MODE2_MIXED, 2352),
    0x07: (SectorType.AUDIO, 2352),
    0x08: (SectorType.AUDIO, 2352),
    0x0F: (SectorType.MODE1, 2448),
    0x10: (SectorType.AUDIO, 2448),
    0x11: (SectorType.MODE2_MIXED, 2448),
}
"""Sector type and bytes per sector of Nero's mode codes; a DAO entry's own size wins."""

SESSION_TYPES = {0x10: SessionType.CD_I, 0x20: SessionType.CD_ROM_XA}
MEDIA_CD = 0x0000_0001 | 0x0000_0400
MEDIA_DVD = 0x4 | 0x8 | 0x10 | 0x200 | 0x40000 | 0x80000
MEDIA_BD = 0x100000 | 0x200000 | 0x400000
MEDIA_HD_DVD = 0x800000 | 0x1000000 | 0x2000000
MEDIA = (
    (MEDIA_CD, MediumType.CD),
    (MEDIA_DVD, MediumType.DVD),
    (MEDIA_BD, MediumType.BD),
    (MEDIA_HD_DVD, MediumType.HD_DVD),
)
"""MTYP masks; the first that shares a bit decides."""


def parse(source: ImageSource) -> Disc:
    """The disc a Nero image describes.

    Raises:
        CorruptImage: the chunks contradict each other or the file.
    """
    index = read_index(source.stream)
    if not index.sessions:
        raise CorruptImage("The Nero image describes no session.", structure="SINF")
    return _Layout(source, index).build()


def _sector(mode: int, size: int) -> tuple[SectorType, int, int]:
    """Sector type, main bytes and sub-channel bytes of one stored sector."""
    if mode not in MODES:
        raise CorruptImage(f"Track mode {mode:#x} of the Nero image is not known.", structure="mode")
    kind, default = MODES[mode]
    size = size or default
    if kind is SectorType.MODE2_FORM1 and size not in (2048, 2048 + SUB):
        kind = SectorType.MODE2_MIXED
    for sub in (0, SUB):
        if (kind, size - sub) in STORED:
            return kind, size - sub, sub
    raise CorruptImage(
        f"The Nero image gives {size} bytes per sector for track mode {mode:#x}; that cannot be right.",
        structure="sector size",
    )


def _text(raw: bytes, length: int) -> str | None:
    """An MCN or ISRC field; None where it is empty or no text."""
    text = raw.rstrip(b"\0 ").decode("latin-1")
    return text if len(text) == length and text.isascii() and text.isalnum() else None


class _Layout:
    """Turns session plans into the builder's calls."""

    def __init__(self, source: ImageSource, index: NeroIndex) -> None:
        self.stream: Stream = source.stream
        self.source = source
        self.index = index
        self.medium = next((m for mask, m in MEDIA if index.media and index.media & mask), None)
        self.is_cd = self.medium in (None, MediumType.CD)

    def build(self) -> Disc:
        """All sessions in order."""
        first = next((s.first_track for s in self.index.sessions if s.first_track), 1)
        builder = DiscBuilder(self.medium, first_track=first)
        previous: tuple[SessionBuilder, int] | None = None
        for number, plan in enumerate(self.index.sessions):
            session = builder.add_session()
            start, end = self._session(session, plan)
            if previous and previous[1] <= start:
                previous[0].leadout_length = start - previous[1]
            previous = (session, end) if end else None
            if number == 0 and self.index.cdtext:
                session.cdtext = decode_packs(self.index.cdtext)
        return builder.build()

    def _session(self, session: SessionBuilder, plan: SessionPlan) -> tuple[int, int]:
        """Fill ``session``; returns its first and end LBA (0, 0 where the chunks do not say)."""
        session.type = SESSION_TYPES.get(plan.disc_type or 0)
        session.mcn = _text(plan.mcn, 13)
        return self._dao(session, plan) if plan.dao else self._tao(session, plan.tao)

    def _dao(self, session: SessionBuilder, plan: SessionPlan) -> tuple[int, int]:
        points = {(cue.track, cue.index): cue for cue in plan.cues}
        first = plan.first_track or 1
        session.lead_pregap = 0 if self.is_cd else None
        for number, entry in enumerate(plan.dao, first):
            zero, one = points.get((number, 0)), points.get((number, 1))
            gap = one.lba - zero.lba if zero and one else (PREGAP if number == first and self.is_cd else 0)
            control = Control(one.control if one else 0)
            track = self._dao_track(session, entry, gap, control)
            for cue in plan.cues:
                if cue.track == number and cue.index > 1 and one:
                    track.add_index(cue.index, track.pregap + cue.lba - one.lba)
        begin = points.get((first, 0)) or points.get((LEAD_IN, 0))
        end = points.get((LEAD_OUT, 1))
        return (begin.lba, end.lba) if begin and end else (0, 0)

    def _dao_track(
        self, session: SessionBuilder, entry: DaoTrack, gap: int, control: Control
    ) -> TrackBuilder:
        kind, main, sub = _sector(entry.mode, entry.sector_size)
        if not entry.index0 <= entry.index1 <= entry.end:
            raise CorruptImage(
                f"A track's offsets {entry.index0}, {entry.index1}, {entry.end} run backwards.",
                offset=entry.index0,
                structure="DAO",
            )
        stored = (entry.index1 - entry.index0) // (main + sub)
        track = session.add_track(kind, control=control, isrc=_text(entry.isrc, 12))
        if gap > stored:
            track.add_fragment(Fragment(gap - stored))
        track.add_fragment(self._fragment(kind, main, sub, entry.index0, entry.end - entry.index0))
        track.pregap = max(gap, stored)
        return track

    def _tao(self, session: SessionBuilder, tracks: list[TaoTrack]) -> tuple[int, int]:
        start = end = 0
        for place, entry in enumerate(tracks):
            kind, main, sub = _sector(entry.mode, 0)
            track = session.add_track(kind)
            fragment = self._fragment(kind, main, sub, entry.offset, entry.length)
            if place and self.is_cd:
                gap = entry.lba - end if entry.lba is not None else PREGAP
                track.pregap = gap if 0 <= gap <= MAX_TAO_GAP else PREGAP
                if track.pregap:
                    track.add_fragment(Fragment(track.pregap))
            track.add_fragment(fragment)
            if entry.lba is None:
                end = 0
            else:
                end = entry.lba + fragment.length
                start = entry.lba - (PREGAP if self.is_cd else 0) if place == 0 else start
        return start, end

    def _fragment(self, kind: SectorType, main: int, sub: int, offset: int, size: int) -> Fragment:
        stride = main + sub
        length, rest = divmod(size, stride)
        if rest:
            self.source.note(f"A track at byte {offset} ends in the middle of a sector; that is left out.")
        if length == 0:
            raise CorruptImage(f"A track at byte {offset} is empty.", offset=offset, structure="track")
        return Fragment(
            length,
            MainChannel(self.stream, offset, stride, STORED[kind, main]),
            Subchannel(self.stream, offset + main, stride, SubchannelForm.PW96_INTERLEAVED) if sub else None,
        )
