"""READ SUB-CHANNEL: position, catalogue number and ISRC (MMC-3, READ SUB-CHANNEL).

Values are binary where Q holds BCD. In the MSF form the times of a position are passed on digit by
digit as the disc gives them, even where they are no possible time: copy protections look at that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...disc.model import Track
from ...errors import AddressOutOfRange, UnreadableSector
from ...units import frames_to_msf, from_bcd, lba_to_msf, msf_to_frames, msf_to_lba
from ..cdb import U16_AT_7, reply
from ..command import Command
from ..sense import invalid_field

if TYPE_CHECKING:
    from ...disc.reader import DiscReader
    from ..drive import Drive

CURRENT_POSITION, CATALOGUE_NUMBER, ISRC = 1, 2, 3
SUB_Q: Final = 0x40
MSF: Final = 0x02
ADR_POSITION: Final = 1
ADR_MCN: Final = 2
ADR_ISRC: Final = 3
VALID: Final = 0x80
SEARCH: Final = 100
"""Sectors looked through for a kind of Q: one in a hundred is the standard's least (Red Book)."""


def read_sub_channel(drive: Drive, command: Command, now: float) -> int:
    """READ SUB-CHANNEL; without the SubQ bit the header alone."""
    cdb = command.cdb
    data = b""
    if cdb[2] & SUB_Q:
        if cdb[3] == CURRENT_POSITION:
            data = _position(drive.medium, drive.current_address(now), bool(cdb[1] & MSF))
        elif cdb[3] == CATALOGUE_NUMBER:
            data = _catalogue_number(drive.medium)
        elif cdb[3] == ISRC:
            data = _isrc(drive.medium, cdb[6])
        else:
            raise invalid_field(3)
    header = bytes([0, drive.audio_status(now)]) + len(data).to_bytes(2, "big")
    return reply(command, header + data, U16_AT_7.unpack_from(cdb)[0])


def _position(reader: DiscReader, lba: int, msf: bool) -> bytes:
    """Format 1, 12 bytes: control, track, index, absolute and relative address."""
    at, q = _next_position_q(reader, lba)
    track, index = from_bcd(q[1]) & 0xFF, from_bcd(q[2]) & 0xFF
    head = bytes([CURRENT_POSITION, (q[0] & 0x0F) << 4 | q[0] >> 4, track, index])
    absolute, relative = _time(q, 7), _time(q, 3)
    behind = at - lba
    if msf:
        if behind:
            absolute = lba_to_msf(msf_to_lba(absolute) - behind)
            relative = frames_to_msf(max(msf_to_frames(relative) - behind, 0))
        return head + _msf_field(absolute) + _msf_field(relative)
    return head + _lba_field(msf_to_lba(absolute) - behind) + _lba_field(msf_to_frames(relative) - behind)


def _next_position_q(reader: DiscReader, lba: int) -> tuple[int, bytes]:
    """The first ADR 1 frame from ``lba`` on, and its address; other modes hold no position."""
    for at in range(lba, lba + SEARCH):
        try:
            q = reader.read_q(at)
        except AddressOutOfRange:
            break
        if q[0] & 0x0F == ADR_POSITION:
            return at, q
    raise UnreadableSector(lba)


def _time(q: bytes, offset: int) -> tuple[int, int, int]:
    return from_bcd(q[offset]), from_bcd(q[offset + 1]), from_bcd(q[offset + 2])


def _msf_field(time: tuple[int, int, int]) -> bytes:
    return bytes([0, *(value & 0xFF for value in time)])


def _lba_field(address: int) -> bytes:
    return (address & 0xFFFFFFFF).to_bytes(4, "big")


def _catalogue_number(reader: DiscReader) -> bytes:
    """Format 2, 20 bytes: the first session that has a media catalogue number, else what Q says."""
    from ...disc.qchannel import decode_mcn

    mcn = next((session.mcn for session in reader.disc.sessions if session.mcn), None)
    if mcn is None and reader.disc.sessions:
        track = reader.disc.tracks[0]
        frames = _frames(reader, track.index1, track.end, ADR_MCN)
        mcn = next((code for frame in frames if (code := decode_mcn(frame))), None)
    return bytes([CATALOGUE_NUMBER, 0, 0, 0]) + _code(mcn, 13) + bytes(2)


def _isrc(reader: DiscReader, number: int) -> bytes:
    """Format 3, 20 bytes: a track's ISRC, of the layout, else of Q."""
    from ...disc.qchannel import decode_isrc

    track = _track(reader, number)
    isrc = track.isrc
    if isrc is None:
        frames = _frames(reader, track.index1, track.end, ADR_ISRC)
        isrc = next((code for frame in frames if (code := decode_isrc(frame))), None)
    adr = ADR_ISRC if isrc else ADR_POSITION
    return bytes([ISRC, adr << 4 | track.control, number, 0]) + _code(isrc, 12) + bytes(3)


def _track(reader: DiscReader, number: int) -> Track:
    for track in reader.disc.tracks:
        if track.number == number:
            return track
    raise invalid_field(6)


def _frames(reader: DiscReader, start: int, end: int, adr: int) -> list[bytes]:
    """Q frames of one mode among the first hundred sectors of [start, end)."""
    frames = (reader.read_q(lba) for lba in range(start, min(start + SEARCH, end)))
    return [frame for frame in frames if frame[0] & 0x0F == adr]


def _code(text: str | None, width: int) -> bytes:
    """The valid bit and ``width`` characters, zeros if there are none."""
    if text is None:
        return bytes(width + 1)
    return bytes([VALID]) + text.encode("ascii", "replace")[:width].ljust(width, b"\0")
