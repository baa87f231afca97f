"""Version 2 descriptors (MDSv2, MDX) in, Disc out."""

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
    Stream,
    Subchannel,
    SubchannelForm,
    decode_packs,
)

from .crypt import Keys
from .descriptor2 import Descriptor2, Part, Track2
from .groups import ENCRYPTED_GROUP, GroupStream, read_table
from .parser import MAX_LENGTH, PREGAP, SESSION_TYPES

BASE = {
    1: (SectorType.AUDIO, 2352, 0),
    2: (SectorType.MODE1, 2048, 288),
    3: (SectorType.MODE2, 2336, 0),
    4: (SectorType.MODE2_FORM1, 2048, 280),
    5: (SectorType.MODE2_FORM2, 2324, 4),
}
"""Sector type, user data and EDC/ECC bytes by the low three bits of the mode byte."""
PARTS = ((0x80, 12), (0x20, 4), (0x40, 8))
"""Mode bits for sync, header and sub-header, and their bytes."""
EDC_ECC = 0x08

SUBCHANNELS = {
    1: SubchannelForm.PW96_INTERLEAVED,
    2: SubchannelForm.Q16,
    4: SubchannelForm.RW96,
}
INFERRED = {96: SubchannelForm.PW96_INTERLEAVED, 16: SubchannelForm.Q16}
"""Minor version 0 does not say the form; the surplus of the sector size does."""


def parse2(source: ImageSource) -> Disc:
    """The disc a version 2 descriptor and its data make.

    Raises:
        CorruptImage: the parts contradict each other.
        PasswordRequired: the data is encrypted.
        MissingFile: a data file is not there.
    """
    descriptor = Descriptor2(source)
    keys = descriptor.keys(source)
    sessions = descriptor.sessions()
    builder = DiscBuilder(
        MediumType.DVD if descriptor.is_dvd else MediumType.CD,
        first_track=next((t.point for _, tracks, _ in sessions for t in tracks), 1),
    )
    for number, (part, tracks, type_byte) in enumerate(sessions):
        session = builder.add_session()
        session.type = SESSION_TYPES.get(type_byte)
        session.lead_pregap = 0
        if number + 1 < len(sessions):
            session.leadout_length = max(0, sessions[number + 1][0].start - part.end)
        if number == 0 and (packs := descriptor.cdtext()):
            session.cdtext = decode_packs(packs)
        position = part.start
        for track in tracks:
            position += _Track(source, descriptor, track, keys).add(session, position)
    builder.structures += descriptor.structures()
    builder.dpm = descriptor.dpm()
    return builder.build()


class _Track:
    """One track on its way into the builder."""

    def __init__(
        self, source: ImageSource, descriptor: Descriptor2, track: Track2, keys: Keys | None
    ) -> None:
        if track.mode & 7 not in BASE or not 0 < track.length < MAX_LENGTH or track.pregap >= MAX_LENGTH:
            raise CorruptImage(
                f"Track {track.point} has an impossible mode or length.", structure=f"track {track.point}"
            )
        self.source = source
        self.track = track
        self.keys = keys
        self.is_dvd = descriptor.is_dvd
        self.kind, self.main = self._form()
        surplus = track.sector_size - self.main
        self.sub = INFERRED.get(surplus) if descriptor.minor == 0 else SUBCHANNELS.get(track.subchannel)
        if surplus != (self.sub.size if self.sub else 0):
            raise CorruptImage(
                f"Track {track.point} has sectors of {track.sector_size} bytes, its mode makes {self.main}.",
                structure=f"track {track.point}",
            )

    def _form(self) -> tuple[SectorType, int]:
        mode = self.track.mode
        kind, main, code = BASE[mode & 7]
        main += sum(size for bit, size in PARTS if mode & bit) if kind is not SectorType.AUDIO else 0
        main += code if mode & EDC_ECC else 0
        if kind is SectorType.MODE2 and (kind, main) not in STORED:
            kind, main = SectorType.MODE2_MIXED, min(main, 2352)
        if (kind, main) not in STORED:
            raise CorruptImage(
                f"Track {self.track.point} has the unknown mode {mode:#x}.",
                structure=f"track {self.track.point}",
            )
        return kind, main

    def add(self, session: SessionBuilder, position: int) -> int:
        """Add the track, whose first sector is at LBA ``position``; returns its length."""
        track = self.track
        pregap = 0 if self.is_dvd else track.pregap or (0 if session.tracks else PREGAP)
        stored = pregap and track.point > 1 and bool(session.tracks) and track.start == position
        total = track.length + (pregap if stored else 0)
        out = session.add_track(self.kind, control=Control(track.control))
        if pregap and not stored:
            out.add_fragment(Fragment(pregap))
        out.pregap = pregap
        offset = track.offset
        for part in track.parts:
            if length := min(part.sectors or total, total):
                out.add_fragment(self._fragment(part, offset, length))
            total -= length
            offset = 0
        if total:
            raise CorruptImage(
                f"Track {track.point}'s files lack {total} of its sectors.", structure=f"track {track.point}"
            )
        return pregap + track.length

    def _fragment(self, part: Part, offset: int, length: int) -> Fragment:
        stream = self.source.stream if part.name is None else self.source.open(part.name)
        stride = self.track.sector_size
        if part.compressed or self.keys:
            stream, offset = self._groups(part, stream, offset, length), 0
        main = MainChannel(stream, offset, stride, STORED[self.kind, self.main])
        sub = Subchannel(stream, offset + self.main, stride, self.sub) if self.sub else None
        return Fragment(length, main, sub)

    def _groups(self, part: Part, stream: Stream, offset: int, length: int) -> Stream:
        stride = self.track.sector_size
        if part.compressed:
            group = part.group
            if not group:
                raise CorruptImage("A compressed track has groups of no sector.", structure="footer")
            table = read_table(stream, offset + part.table, -(-length // group))
        else:
            group, table = (1 if stride % 16 else ENCRYPTED_GROUP), None
        return GroupStream(
            stream, offset, sectors=length, sector_size=stride, group=group, table=table, keys=self.keys
        )
