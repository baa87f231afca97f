"""CCD sections in, Disc out.

The .img holds the sectors of all sessions one after another, from each session's first stored
sector to its lead-out: no lead-in, no lead-out and no first pregap. The TOC entries say where
that is on the disc; the [TRACK] blocks only add pregaps (INDEX 0) and further indices, whose
values count from the start of their session.
"""

from __future__ import annotations

import binascii
import os
import re

import attrs

from cdemu_core.api import (
    STORED,
    SYNC_PATTERN,
    CdTextBlock,
    Control,
    CorruptImage,
    Disc,
    DiscBuilder,
    Fragment,
    ImageSource,
    MainChannel,
    SectorType,
    SessionBuilder,
    SessionType,
    Stream,
    Subchannel,
    SubchannelForm,
    TocPoint,
    decode_packs,
    msf_to_lba,
)

from .ini import Section, number, sections

RAW = 2352
SUB = 96
POINT_A0 = 0xA0
POINT_A2 = 0xA2
LAST_TRACK = 99
LEAD_PREGAP = 150
MAX_ENTRIES = 1024
WRAPPED_MINUTE = 90
"""From here on MMC's translation counts times as negative addresses, as of a lead-in."""

SESSION_TYPES = {0x10: SessionType.CD_I, 0x20: SessionType.CD_ROM_XA}
MODES = {0: SectorType.MODE0, 1: SectorType.MODE1, 2: SectorType.MODE2_MIXED}
SCRAMBLED_MODE = 0x60
"""What the scrambler (ECMA-130 annex B) adds to the mode byte."""


@attrs.frozen
class Entry:
    """One TOC entry ([Entry n])."""

    session: int
    point: int
    adr: int
    control: Control
    plba: int
    fields: Section


@attrs.frozen
class TrackPlan:
    """A track's place: ``index1`` on the disc (LBA), stored ``pregap``, further ``indices`` after index 1."""

    entry: Entry
    index1: int
    pregap: int
    indices: dict[int, int]
    isrc: str | None

    @property
    def start(self) -> int:
        """LBA of the first stored sector."""
        return self.index1 - self.pregap


def parse(source: ImageSource) -> Disc:
    """The disc a CCD descriptor and its files make.

    Raises:
        CorruptImage: entries are missing or contradict each other or the .img.
        MissingFile: there is no .img.
    """
    text = sections(source.text())
    entries = _entries(text)
    stem = _stem(source.path)
    image = source.open(f"{stem}.img")
    sub = source.open(f"{stem}.sub") if source.find(f"{stem}.sub") else None
    return _Layout(source, text, entries, image, sub).build()


def _stem(path: str) -> str:
    name = os.path.basename(path)
    match = re.match(r"(.*)\.ccd(\..*)?$", name, re.IGNORECASE)
    return match[1] if match else os.path.splitext(name)[0]


def _entries(text: dict[str, Section]) -> list[Entry]:
    found = []
    for name, section in text.items():
        if not re.fullmatch(r"entry \d+", name):
            continue
        entry = Entry(
            session=number(section, "SESSION", 1),
            point=number(section, "POINT"),
            adr=number(section, "ADR", 1),
            control=Control(number(section, "CONTROL", 0) & 0x0F),
            plba=_address(section),
            fields=section,
        )
        found.append(entry)
    if not found or len(found) > MAX_ENTRIES:
        raise CorruptImage(f"The CCD file has {len(found)} TOC entries; it is not usable.", structure="Entry")
    return found


def _address(section: Section) -> int:
    """PLBA; where a long disc's has been wrapped to a negative one, what the time says."""
    plba = number(section, "PLBA")
    minute, second, frame = (number(section, key, 0) for key in ("PMIN", "PSEC", "PFRAME"))
    return msf_to_lba((minute, second, frame)) if plba < 0 and minute >= WRAPPED_MINUTE else plba


class _Layout:
    """Walks the sessions and hands out the .img in order."""

    def __init__(
        self,
        source: ImageSource,
        text: dict[str, Section],
        entries: list[Entry],
        image: Stream,
        sub: Stream | None,
    ) -> None:
        self.source = source
        self.text = text
        self.image = image
        self.sectors = image.size // RAW
        self.sub = sub
        self.position = 0
        self.sessions = {
            n: [e for e in entries if e.session == n] for n in sorted({e.session for e in entries})
        }
        if sub is not None and sub.size < self.sectors * SUB:
            source.note("The .sub file is shorter than the .img file; sub-channel is generated instead.")
            self.sub = None

    def build(self) -> Disc:
        """All sessions."""
        plans = {n: self._plan(entries) for n, entries in self.sessions.items()}
        numbers = [plan.entry.point for tracks in plans.values() for plan in tracks]
        if not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            raise CorruptImage("The CCD file's track numbers are not consecutive.", structure="Point")
        builder = DiscBuilder(first_session=min(plans), first_track=numbers[0])
        order = list(plans)
        for place, session in enumerate(order):
            following = plans[order[place + 1]] if place + 1 < len(order) else []
            self._session(builder.add_session(), session, plans[session], following)
        if self.position < self.sectors:
            self.source.note(f"{self.sectors - self.position} sectors at the end of the .img are not used.")
        return builder.build()

    def _plan(self, entries: list[Entry]) -> list[TrackPlan]:
        tracks = sorted((e for e in entries if 1 <= e.point <= LAST_TRACK), key=lambda e: e.point)
        return [self._track_plan(entry, first=place == 0) for place, entry in enumerate(tracks)]

    def _track_plan(self, entry: Entry, *, first: bool) -> TrackPlan:
        block = self.text.get(f"track {entry.point}", {})
        index = {
            int(match[1]): number(block, key)
            for key in block
            if (match := re.fullmatch(r"INDEX (\d{1,2})", key))
        }
        one = index.get(1, 0)
        pregap = one - index[0] if 0 in index and 1 in index else (one if first else 0)
        return TrackPlan(
            entry=entry,
            index1=entry.plba,
            pregap=max(0, pregap),
            indices={n: value - one for n, value in index.items() if n > 1},
            isrc=block.get("ISRC") or None,
        )

    def _session(
        self, session: SessionBuilder, name: int, tracks: list[TrackPlan], following: list[TrackPlan]
    ) -> None:
        entries = self.sessions[name]
        leadout = next((e.plba for e in entries if e.point == POINT_A2), None)
        if not tracks:
            raise CorruptImage(f"Session {name} of the CCD file has no track.", structure=f"Session {name}")
        if leadout is None:
            leadout = tracks[0].start + self.sectors - self.position
            self.source.note(f"Session {name} has no lead-out entry; its end is taken from the .img file.")
        session.type = self._session_type(entries)
        session.mcn = self.text.get("disc", {}).get("CATALOG") or None
        session.toc_points = tuple(_toc_point(e) for e in entries if e.adr != 1)
        session.cdtext = self._cdtext() if self.position == 0 else ()
        if following:
            session.leadout_length = following[0].start - LEAD_PREGAP - leadout
        ends = [*(plan.start for plan in tracks[1:]), leadout]
        for plan, end in zip(tracks, ends, strict=True):
            self._track(session, plan, end - plan.start)

    def _session_type(self, entries: list[Entry]) -> SessionType | None:
        first = next((e for e in entries if e.point == POINT_A0), None)
        code = 0 if first is None else number(first.fields, "PSEC", 0)
        if code in SESSION_TYPES:
            return SESSION_TYPES[code]
        data = any(e.control & Control.DATA for e in entries if 1 <= e.point <= LAST_TRACK)
        return SessionType.CD_ROM if data else None

    def _track(self, session: SessionBuilder, plan: TrackPlan, length: int) -> None:
        point = plan.entry.point
        if length <= 0 or plan.pregap > length or self.position + length > self.sectors:
            raise CorruptImage(
                f"Track {point} of the CCD file has {length} sectors, but the .img file holds "
                f"{self.sectors - self.position} more; the image is incomplete or damaged.",
                structure=f"Track {point}",
            )
        sector_type, scrambled = self._sector_type(plan, self.position + plan.pregap)
        track = session.add_track(sector_type, control=plan.entry.control, isrc=plan.isrc)
        stored = STORED[sector_type, RAW]
        main = MainChannel(self.image, self.position * RAW, RAW, stored, scrambled=scrambled)
        sub = None
        if self.sub is not None:
            sub = Subchannel(self.sub, self.position * SUB, SUB, SubchannelForm.PW96_LINEAR)
        track.add_fragment(Fragment(length, main, sub))
        track.pregap = plan.pregap
        for index, after in sorted(plan.indices.items()):
            track.add_index(index, plan.pregap + after)
        self.position += length

    def _sector_type(self, plan: TrackPlan, sector: int) -> tuple[SectorType, bool]:
        """Type and whether stored scrambled, from the track's first sector; else from what the text says."""
        frame = self.image.read_at(sector * RAW, 16)
        if frame.startswith(SYNC_PATTERN):
            for scrambled, mode in ((False, frame[15]), (True, frame[15] ^ SCRAMBLED_MODE)):
                if mode in MODES:
                    return MODES[mode], scrambled
        if not plan.entry.control & Control.DATA or any(frame):
            return SectorType.AUDIO, False
        mode = number(self.text.get(f"track {plan.entry.point}", {}), "MODE", 1)
        return MODES.get(mode, SectorType.MODE1), False

    def _cdtext(self) -> tuple[CdTextBlock, ...]:
        block = self.text.get("cdtext", {})
        packs = bytearray()
        for key in sorted((k for k in block if re.fullmatch(r"ENTRY \d+", k)), key=lambda k: int(k[6:])):
            try:
                pack = bytes.fromhex(block[key])[:16]
            except ValueError:
                self.source.note(f"CD-TEXT {key} is not hexadecimal and is left out.")
                continue
            if len(pack) == 16:
                crc = binascii.crc_hqx(pack, 0) ^ 0xFFFF
                packs += pack + crc.to_bytes(2, "big")
        return decode_packs(bytes(packs)) if packs else ()


def _toc_point(entry: Entry) -> TocPoint:
    def msf(prefix: str) -> tuple[int, int, int]:
        minute, second, frame = (
            number(entry.fields, prefix + part, 0) & 0xFF for part in ("MIN", "SEC", "FRAME")
        )
        return minute, second, frame

    return TocPoint(
        adr=entry.adr,
        control=int(entry.control),
        tno=number(entry.fields, "TRACKNO", 0) & 0xFF,
        point=entry.point,
        msf=msf("A"),
        zero=number(entry.fields, "ZERO", 0) & 0xFF,
        pmsf=msf("P"),
    )
