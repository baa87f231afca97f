"""The chunk list of a Nero image as typed values, one plan per session.

Chunks are walked in file order: (CUES|CUEX, DAOI|DAOX) or (ETNF|ETN2|TINF)… up to the SINF that
closes a session, so disc-at-once and track-at-once sessions may stand in any order.
"""

from __future__ import annotations

from typing import Any

import attrs

from cdemu_core.api import CorruptImage, Stream, from_bcd, msf_to_lba

from ._generated.nrg import Nrg

TRAILER = 12
MAX_INDEX = 16 << 20
"""Bytes of chunks we are willing to read; real lists stay below 100 KiB."""
LEAD_IN = 0x00
LEAD_OUT = 0xAA


@attrs.frozen
class Cue:
    """One point of a cue sheet: LBA of ``index`` of ``track`` (0 = lead-in, 0xAA = lead-out)."""

    control: int
    track: int
    index: int
    lba: int


@attrs.frozen
class DaoTrack:
    """A disc-at-once track: byte offsets of index 0, index 1 and the end."""

    isrc: bytes
    sector_size: int
    mode: int
    index0: int
    index1: int
    end: int


@attrs.frozen
class TaoTrack:
    """A track-at-once track: ``lba`` of index 1, None where the chunk does not say it."""

    offset: int
    length: int
    mode: int
    lba: int | None


@attrs.define
class SessionPlan:
    """What the chunks of one session say."""

    cues: list[Cue] = attrs.field(factory=list)
    dao: list[DaoTrack] = attrs.field(factory=list)
    tao: list[TaoTrack] = attrs.field(factory=list)
    first_track: int = 0
    disc_type: int | None = None
    mcn: bytes = b""

    @property
    def empty(self) -> bool:
        """No track yet."""
        return not (self.dao or self.tao)


@attrs.define
class NeroIndex:
    """The whole list: sessions, the media type mask and CD-TEXT packs."""

    sessions: list[SessionPlan] = attrs.field(factory=list)
    media: int | None = None
    cdtext: bytes = b""


def read_index(stream: Stream) -> NeroIndex:
    """The chunks of ``stream``.

    Raises:
        CorruptImage: no trailer, or it points outside the file.
    """
    if stream.size < TRAILER:
        raise CorruptImage("The file is too short for a Nero image.", structure="trailer")
    trailer = Nrg.Trailer.from_bytes(stream.read_at(stream.size - TRAILER, TRAILER))
    if trailer.is_v2:
        offset, end = trailer.offset_v2, stream.size - 12
    elif trailer.is_v1:
        offset, end = trailer.last, stream.size - 8
    else:
        raise CorruptImage("The file does not end with a Nero trailer.", structure="trailer")
    if not 0 <= offset < end or end - offset > MAX_INDEX:
        raise CorruptImage(
            f"The Nero trailer points at byte {offset}, where no chunk list of this file can be; "
            "the file is cut off or damaged.",
            offset=offset,
            structure="trailer",
        )
    return _walk(Nrg.from_bytes(stream.read_at(offset, end - offset)))


def _walk(nrg: Any) -> NeroIndex:
    index = NeroIndex()
    current = SessionPlan()
    for chunk in nrg.chunks:
        name = getattr(chunk.id, "name", "unknown")
        if name in SESSION_CHUNKS:
            SESSION_CHUNKS[name](current, chunk.body)
        elif name == "sinf" and not current.empty:
            index.sessions.append(current)
            current = SessionPlan()
        elif name == "mtyp":
            index.media = chunk.body.value
        elif name == "cdtx":
            index.cdtext = bytes(chunk.body.data)
        elif name == "toct" and index.sessions and index.sessions[-1].disc_type is None:
            index.sessions[-1].disc_type = chunk.body.disc_type
    if not current.empty:
        index.sessions.append(current)
    return index


def _cue_msf(plan: SessionPlan, body: Any) -> None:
    for e in body.entries:
        minute, second, frame = e.minute, e.second, e.frame
        # Nero writes binary, other programs BCD: only BCD has no nibble above 9, and only
        # a value that is no MSF in binary has to be BCD.
        if second >= 60 or frame >= 75:
            minute, second, frame = from_bcd(minute), from_bcd(second), from_bcd(frame)
        plan.cues.append(_cue(e, msf_to_lba((minute, second, frame))))


def _cue_lba(plan: SessionPlan, body: Any) -> None:
    plan.cues.extend(_cue(e, e.lba) for e in body.entries)


def _cue(entry: Any, lba: int) -> Cue:
    track = entry.track if entry.track == LEAD_OUT else from_bcd(entry.track)
    return Cue(entry.adr_ctl >> 4, track, from_bcd(entry.index), lba)


def _dao(plan: SessionPlan, body: Any) -> None:
    plan.first_track = body.header.first_track
    plan.disc_type = body.header.disc_type
    plan.mcn = bytes(body.header.mcn)
    for e in body.entries:
        plan.dao.append(
            DaoTrack(bytes(e.head.isrc), e.head.sector_size, e.head.mode, e.index0, e.index1, e.end)
        )


def _etn_32(plan: SessionPlan, body: Any) -> None:
    plan.tao.extend(TaoTrack(e.offset, e.len, e.mode, None) for e in body.entries)


def _etn_64(plan: SessionPlan, body: Any) -> None:
    plan.tao.extend(TaoTrack(e.offset, e.len, e.mode, e.lba) for e in body.entries)


def _tinf(plan: SessionPlan, body: Any) -> None:
    plan.tao.extend(TaoTrack(e.offset, e.len, e.mode & 0xFF, None) for e in body.entries)


SESSION_CHUNKS = {
    "cues": _cue_msf,
    "cuex": _cue_lba,
    "daoi": _dao,
    "daox": _dao,
    "etnf": _etn_32,
    "etn2": _etn_64,
    "tinf": _tinf,
}
