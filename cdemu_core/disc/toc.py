"""The table of contents: tracks, sessions and lead-in Q entries of a disc (Red Book; MMC-6, 6.26)."""

from __future__ import annotations

from typing import Final

import attrs

from ..units import lba_to_msf, msf_to_frames, to_bcd
from .model import Control, Disc, Session, SessionType, TocPoint

LEADOUT_TRACK: Final = 0xAA
POINT_FIRST: Final = 0xA0
POINT_LAST: Final = 0xA1
POINT_LEADOUT: Final = 0xA2
POINT_NEXT: Final = 0xB0
POINT_LEAD_IN: Final = 0xC0
ADR_POSITION: Final = 1
ADR_SESSIONS: Final = 5

DISC_TYPE: Final[dict[SessionType, int]] = {
    SessionType.CD_DA: 0x00,
    SessionType.CD_ROM: 0x00,
    SessionType.CD_I: 0x10,
    SessionType.CD_ROM_XA: 0x20,
}
"""PSEC of point A0 (MMC-6, table 489)."""

LAST_LEADOUTS: Final = ((79, 59, 71), (89, 59, 71), (99, 59, 71))
"""Latest lead-out starts of 80, 90 and 99 minute media: PMIN to PFRAME of point B0."""
NO_NEXT: Final = (0xFF, 0xFF, 0xFF)
"""Time of point B0 in a session after which none can follow."""
FIRST_LEAD_IN: Final = (0x95, 0, 0)
"""Start of the first lead-in in point C0, as it is widely given: BCD digits among binary values."""


@attrs.frozen
class TocEntry:
    """One track start (``number`` 0xAA: the lead-out) at ``lba``."""

    adr: int
    control: int
    number: int
    lba: int


def toc(disc: Disc) -> tuple[TocEntry, ...]:
    """All tracks at their index 1, then the lead-out of the last session."""
    tracks = (TocEntry(ADR_POSITION, track.control, track.number, track.index1) for track in disc.tracks)
    return (*tracks, TocEntry(ADR_POSITION, Control.NONE, LEADOUT_TRACK, disc.sessions[-1].leadout))


def encode_address(lba: int, *, msf: bool) -> bytes:
    """The four address bytes of a reply: 0, M, S, F (binary), or the LBA big-endian.

    Of the minutes of a DVD or BD, more than a byte holds, the low eight bits are given.
    """
    return bytes((0, *_low(lba_to_msf(lba)))) if msf else lba.to_bytes(4, "big", signed=True)


def _low(msf: tuple[int, int, int]) -> tuple[int, int, int]:
    minute, second, frame = msf
    return minute & 0xFF, second, frame


def encode_toc(disc: Disc, *, msf: bool, first: int = 0) -> bytes:
    """READ TOC format 0: header and the entries of tracks ``first`` and above."""
    tracks = disc.tracks
    entries = [entry for entry in toc(disc) if entry.number >= first]
    return _with_header(tracks[0].number, tracks[-1].number, b"".join(_entry(e, msf) for e in entries))


def encode_sessions(disc: Disc, *, msf: bool) -> bytes:
    """READ TOC format 1: first and last session, and the first track of the last one."""
    track = disc.sessions[-1].tracks[0]
    entry = TocEntry(ADR_POSITION, track.control, track.number, track.index1)
    return _with_header(disc.sessions[0].number, disc.sessions[-1].number, _entry(entry, msf))


def _entry(entry: TocEntry, msf: bool) -> bytes:
    head = bytes((0, entry.adr << 4 | entry.control, entry.number, 0))
    return head + encode_address(entry.lba, msf=msf)


def _with_header(first: int, last: int, body: bytes) -> bytes:
    return (len(body) + 2).to_bytes(2, "big") + bytes((first, last)) + body


def encode_full_toc(disc: Disc, *, first_session: int = 1) -> bytes:
    """READ TOC format 2: the lead-in entries of sessions ``first_session`` and above, binary."""
    body = bytearray()
    for session in disc.sessions:
        if session.number >= first_session:
            for point in session_points(disc, session):
                body += bytes((session.number, point.adr << 4 | point.control, point.tno, point.point))
                body += bytes((*_low(point.msf), point.zero, *_low(point.pmsf)))
    return _with_header(disc.sessions[0].number, disc.sessions[-1].number, bytes(body))


def session_points(disc: Disc, session: Session) -> tuple[TocPoint, ...]:
    """Lead-in entries of ``session``; those the image stores stand in for the computed ones."""
    points = {(point.adr, point.point): point for point in _computed_points(disc, session)}
    points.update({(point.adr, point.point): point for point in session.toc_points})
    return tuple(points.values())


def _computed_points(disc: Disc, session: Session) -> list[TocPoint]:
    first, last = session.tracks[0], session.tracks[-1]
    points = [
        _point(first.control, POINT_FIRST, (first.number, DISC_TYPE[session.type], 0)),
        _point(last.control, POINT_LAST, (last.number, 0, 0)),
        _point(Control.NONE, POINT_LEADOUT, lba_to_msf(session.leadout)),
        *(_point(track.control, track.number, lba_to_msf(track.index1)) for track in session.tracks),
    ]
    return points + _session_pointers(disc, session) if len(disc.sessions) > 1 else points


def _point(control: int, point: int, pmsf: tuple[int, int, int]) -> TocPoint:
    return TocPoint(ADR_POSITION, control, 0, point, (0, 0, 0), 0, pmsf)


def _session_pointers(disc: Disc, session: Session) -> list[TocPoint]:
    """Mode 5 entries of a multi-session disc: where the next session may start, and the first lead-in."""
    is_first, is_last = session is disc.sessions[0], session is disc.sessions[-1]
    follows = NO_NEXT if is_last else lba_to_msf(session.leadout + session.leadout_length)
    leadout = msf_to_frames(lba_to_msf(disc.sessions[-1].leadout))
    latest = next((end for end in LAST_LEADOUTS if leadout <= msf_to_frames(end)), LAST_LEADOUTS[-1])
    pointers = 2 if is_first else 1
    points = [TocPoint(ADR_SESSIONS, 0, 0, POINT_NEXT, follows, pointers, latest)]
    if is_first:
        points.append(TocPoint(ADR_SESSIONS, 0, 0, POINT_LEAD_IN, (0, 0, 0), 0, FIRST_LEAD_IN))
    return points


def lead_in_q(points: tuple[TocPoint, ...], lba: int) -> bytes:
    """Q of the lead-in sector ``lba`` without its CRC, 10 bytes, times in BCD (Red Book).

    Each point of the session stands in three sectors running; mode 1 entries carry the running time.
    """
    point = points[lba // 3 % len(points)]
    running = tuple(lba_to_msf(lba)) if point.adr == ADR_POSITION else point.msf
    number = _bcd(point.point) if point.point <= 99 else point.point
    times = (*map(_bcd, running), _bcd(point.zero), *map(_bcd, point.pmsf))
    return bytes((point.control << 4 | point.adr, point.tno, number, *times))


def _bcd(value: int) -> int:
    return to_bcd(value) if value <= 99 else value
