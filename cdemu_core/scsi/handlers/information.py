"""What is on the medium: capacity, table of contents, disc and track information, disc structures."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, Final

from ...disc.cdtext import encode_packs
from ...disc.model import Disc, MediumType, Session, SessionType, Track
from ...disc.sector import SectorType
from ...disc.structures import fabricate, find_structure
from ...disc.toc import LEADOUT_TRACK, encode_full_toc, encode_sessions, encode_toc
from ...errors import AddressOutOfRange
from ...units import USER_SECTOR
from ..cdb import U16_AT_7, U16_AT_8, U32_AT_2, U32_AT_10, reply
from ..command import Command
from ..profiles import BD, CD, DVD
from ..sense import INVALID_COMMAND_OPERATION_CODE, Refused, invalid_field
from .appendable import ERASABLE, atip, disc_information, format_capacities, track_information

if TYPE_CHECKING:
    from ..drive import Drive
    from ..recorder import Recorder

READ_CAPACITY_16_ACTION: Final = 0x10
TOC, SESSIONS, FULL_TOC, PMA, ATIP, CD_TEXT = range(6)
INF_8020_SESSIONS: Final = 0x40
INF_8020_FULL_TOC: Final = 0x80
"""Before MMC the two top bits of the control byte chose the TOC format (SFF 8020i, READ TOC)."""
FORMATTED_MEDIA, NO_MEDIA = 0x02, 0x03
COMPLETE_SESSION, FINALIZED_DISC = 3, 2
BY_LBA, BY_TRACK, BY_SESSION = range(3)
DATA_MODE: Final = {
    SectorType.AUDIO: 1,
    SectorType.MODE1: 1,
    SectorType.MODE2: 2,
    SectorType.MODE2_FORM1: 2,
    SectorType.MODE2_FORM2: 2,
    SectorType.MODE2_MIXED: 2,
}
"""READ TRACK INFORMATION's data mode; Fh where the standard has none."""
UNKNOWN_DATA_MODE: Final = 0x0F
DISC_TYPE: Final = {SessionType.CD_I: 0x10, SessionType.CD_ROM_XA: 0x20}
DVD_MEDIA, BD_MEDIA = 0, 1
NO_ADDRESS: Final = 0xFFFFFFFF


def read_capacity_10(drive: Drive, command: Command, now: float) -> int:
    """READ CAPACITY (10): the last LBA before the last session's lead-out."""
    last = _last_block(drive)
    return reply(command, pack(">II", min(last & 0xFFFFFFFF, NO_ADDRESS), USER_SECTOR))


def read_capacity_16(drive: Drive, command: Command, now: float) -> int:
    """SERVICE ACTION IN (16) with READ CAPACITY (16) (SBC-3 5.16), the one service action known."""
    if command.cdb[1] & 0x1F != READ_CAPACITY_16_ACTION:
        raise Refused(INVALID_COMMAND_OPERATION_CODE)
    data = pack(">qI", _last_block(drive), USER_SECTOR).ljust(32, b"\0")
    return reply(command, data, U32_AT_10.unpack_from(command.cdb)[0])


def _last_block(drive: Drive) -> int:
    """The last LBA; 0 on a blank disc."""
    return drive.medium.end - 1 if drive.medium.disc.sessions else 0


def read_format_capacities(drive: Drive, command: Command, now: float) -> int:
    """READ FORMAT CAPACITIES (MMC-6 6.23): what is in the drive; nothing it could be formatted to."""
    reader, medium = drive.reader, _unfinished(drive)
    if medium is not None:
        return reply(command, format_capacities(medium), U16_AT_7.unpack_from(command.cdb)[0])
    blocks, kind = (0, NO_MEDIA) if reader is None else (reader.end, FORMATTED_MEDIA)
    data = pack(">II", 8, blocks & 0xFFFFFFFF) + pack(">I", kind << 24 | USER_SECTOR)
    return reply(command, data, U16_AT_7.unpack_from(command.cdb)[0])


def read_toc_pma_atip(drive: Drive, command: Command, now: float) -> int:
    """READ TOC/PMA/ATIP (MMC-6 6.25)."""
    cdb = command.cdb
    form, control = cdb[2] & 0x0F, cdb[9]
    if form > SESSIONS and drive.profile not in CD:
        raise invalid_field(2, 3)
    if form == TOC and control & INF_8020_SESSIONS:
        form = SESSIONS
    elif form == TOC and control & INF_8020_FULL_TOC:
        form = FULL_TOC
    disc, msf, number = drive.medium.disc, bool(cdb[1] & 2), cdb[6]
    if form == ATIP and drive.recordable is not None:
        data = atip(drive.recordable)
    elif not disc.sessions:
        raise invalid_field(2, 3)
    elif form == TOC:
        if number > disc.tracks[-1].number and number != LEADOUT_TRACK:
            raise invalid_field(6)
        data = encode_toc(disc, msf=msf, first=number)
    elif form == SESSIONS:
        data = encode_sessions(disc, msf=msf)
    elif form == FULL_TOC:
        data = encode_full_toc(disc, first_session=number)
    elif form == ATIP:
        data = _with_length(b"")
    elif form == CD_TEXT:
        data = _with_length(cd_text(disc))
    else:
        raise invalid_field(2, 3)
    return reply(command, data, U16_AT_7.unpack_from(cdb)[0])


def _with_length(body: bytes) -> bytes:
    return pack(">HH", len(body) + 2, 0) + body


def cd_text(disc: Disc) -> bytes:
    """CD-TEXT packs of the first session that has some."""
    for session in disc.sessions:
        if session.cdtext:
            return encode_packs(session.cdtext, session.tracks[0].number, session.tracks[-1].number)
    return b""


def read_disc_information(drive: Drive, command: Command, now: float) -> int:
    """READ DISC INFORMATION (MMC-6 6.21), standard data; the other types belong to BD-R."""
    if command.cdb[1] & 7:
        raise invalid_field(1, 2)
    medium = _unfinished(drive)
    if medium is not None:
        return reply(command, disc_information(drive, medium), U16_AT_7.unpack_from(command.cdb)[0])
    sessions = drive.medium.disc.sessions
    first, last = sessions[-1].tracks[0].number, sessions[-1].tracks[-1].number
    data = pack(
        ">HBBBBBBBBBBIII",
        32,
        (ERASABLE if _erasable(drive) else 0) | COMPLETE_SESSION << 2 | FINALIZED_DISC,
        sessions[0].tracks[0].number,
        len(sessions) & 0xFF,
        first,
        last,
        0,
        DISC_TYPE.get(sessions[0].type, 0),
        len(sessions) >> 8,
        0,
        0,
        0,
        NO_ADDRESS,
        NO_ADDRESS,
    )
    return reply(command, data.ljust(34, b"\0"), U16_AT_7.unpack_from(command.cdb)[0])


def _unfinished(drive: Drive) -> Recorder | None:
    """The medium, if something can still be written to it."""
    return None if drive.recordable is None or drive.recordable.complete else drive.recordable


def _erasable(drive: Drive) -> bool:
    """Whether the medium can be blanked."""
    return drive.recordable is not None and drive.recordable.erasable


def read_track_information(drive: Drive, command: Command, now: float) -> int:
    """READ TRACK INFORMATION (MMC-6 6.26) by LBA, track or session number."""
    (number,) = U32_AT_2.unpack_from(command.cdb)
    kind, medium = command.cdb[1] & 3, _unfinished(drive)
    being_written = None if medium is None else track_information(drive, medium, kind, number)
    if being_written is not None:
        return reply(command, being_written, U16_AT_7.unpack_from(command.cdb)[0])
    found = _find_track(drive, kind, number)
    if found is None:
        raise invalid_field(2)
    return reply(command, _track_information(*found), U16_AT_7.unpack_from(command.cdb)[0])


def _find_track(drive: Drive, kind: int, number: int) -> tuple[Session, Track] | None:
    if kind == BY_LBA:
        try:
            return drive.medium.find_track(number - (1 << 32) if number >> 31 else number)
        except AddressOutOfRange:
            return None
    sessions = drive.medium.disc.sessions
    if kind == BY_TRACK:
        pairs = ((session, track) for session in sessions for track in session.tracks)
        return next((pair for pair in pairs if pair[1].number == number), None)
    if kind == BY_SESSION:
        return next(((each, each.tracks[0]) for each in sessions if each.number == number), None)
    return None


def _track_information(session: Session, track: Track) -> bytes:
    head = pack(
        ">HBBBBBBiIIIII",
        46,
        track.number & 0xFF,
        session.number & 0xFF,
        0,
        track.control,
        DATA_MODE.get(track.sector_type, UNKNOWN_DATA_MODE),
        0,
        track.start,
        0,
        0,
        0,
        track.length,
        0,
    )
    return (head + bytes([track.number >> 8, session.number >> 8])).ljust(48, b"\0")


def read_disc_structure(drive: Drive, command: Command, now: float) -> int:
    """READ DISC STRUCTURE (MMC-6 6.22): the image's structure, else one made from the layout."""
    cdb = command.cdb
    media = cdb[1] & 0x0F
    if not (media == DVD_MEDIA and drive.profile in DVD) and not (media == BD_MEDIA and drive.profile in BD):
        raise invalid_field(1, 3)
    disc, layer, code = drive.medium.disc, cdb[6], cdb[7]
    data = find_structure(disc.structures, layer, code)
    if data is None:
        medium = MediumType.BD if media == BD_MEDIA else MediumType.DVD
        data = fabricate(medium, code, drive.medium.end, css=drive.dvd_report_css)
    if data is None:
        raise invalid_field(7)
    return reply(command, _with_length(data), U16_AT_8.unpack_from(cdb)[0])
