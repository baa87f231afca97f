"""What the drive says about a medium that can still be written (MMC-6: 6.21, 6.23, 6.25, 6.26)."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, Final

from ...disc.model import MediumType
from ...units import USER_SECTOR, frames_to_msf, lba_to_msf
from ..recorder import LEAD_OUT_MARGIN, Recorder
from ..writeparams import WriteParameters
from .recording import write_parameters

if TYPE_CHECKING:
    from ..drive import Drive

ERASABLE: Final = 0x10
EMPTY_DISC, APPENDABLE_DISC = 0, 1
EMPTY_SESSION, INCOMPLETE_SESSION = 0, 1
NO_TYPE: Final = 0xFF
"""Disc type byte while no session says it."""
LEAD_IN: Final = 4500
"""Sectors of the lead-in of a session after the first."""
FIRST_LEAD_IN_START: Final = -11077
"""LBA of a CD's lead-in, 97:34:23."""
UNFORMATTED_MEDIA: Final = 0x01
NWA_VALID: Final = 1
BD_R_FORMAT: Final = 0x32
"""Format type of a BD-R with spare areas, written sequentially."""
BLANK: Final = 0x40
INVISIBLE: Final = 0xFF
BY_LBA, BY_TRACK, BY_SESSION = range(3)
OPEN_TRACK_MODE: Final = 7
OPEN_DATA_MODE: Final = 1


def disc_information(drive: Drive, medium: Recorder) -> bytes:
    """READ DISC INFORMATION, standard data of a medium that is not complete."""
    sessions = len(medium.closed) + 1
    first = sum(len(session.tracks) for session in medium.closed) + 1
    last = medium.track_count + 1
    started = medium.open is not None
    status = EMPTY_DISC if medium.blank else APPENDABLE_DISC
    state = INCOMPLETE_SESSION if started else EMPTY_SESSION
    lead_in, lead_out = _addresses(medium)
    condition = ERASABLE * medium.erasable | state << 2 | status
    head = pack(">HBBBBBBBB", 32, condition, 1, sessions & 0xFF, first & 0xFF, last & 0xFF, 0, NO_TYPE, 0)
    # bytes 12 to 15: the disc identification, which nothing has given
    return (head.ljust(16, b"\0") + lead_in + lead_out).ljust(34, b"\0")


def _addresses(medium: Recorder) -> tuple[bytes, bytes]:
    """Start of the last session's lead-in and latest start of its lead-out: MSF on a CD, else LBA."""
    if not medium.is_cd:
        return pack(">i", medium.session_start), pack(">i", medium.limit)
    start = medium.session_start - LEAD_IN if medium.closed else FIRST_LEAD_IN_START
    end = frames_to_msf(medium.capacity - LEAD_OUT_MARGIN)
    return bytes((0, *lba_to_msf(start))), bytes((0, *end))


def track_information(drive: Drive, medium: Recorder, kind: int, number: int) -> bytes | None:
    """READ TRACK INFORMATION of the track that is open or would be next; None: it is another one's.

    On a blank medium, or behind the last track, that is the invisible track (FFh).
    """
    parameters = write_parameters(drive)
    track = medium.track_count + 1
    address = number - (1 << 32) if number >> 31 else number
    start = _open_start(medium, parameters)
    asked = {
        BY_LBA: medium.limit > address >= start,
        BY_TRACK: number in (track, INVISIBLE) or (number == 0 and medium.is_cd),
        BY_SESSION: number == len(medium.closed) + 1 and not (medium.open and medium.open.tracks),
    }.get(kind, False)
    return _open_track(medium, parameters, track, start) if asked else None


def _open_start(medium: Recorder, parameters: WriteParameters) -> int:
    written = 0 if medium.track is None else medium.track.length - medium.track.pregap
    return medium.next_address(parameters) - written


def _open_track(medium: Recorder, parameters: WriteParameters, number: int, start: int) -> bytes:
    following = medium.next_address(parameters)
    begun = medium.track is not None
    mode = OPEN_TRACK_MODE
    if medium.track is not None:
        mode = int(medium.track.control) | (0 if medium.track.sector_type.name == "AUDIO" else 4)
    free = max(0, medium.limit - following)
    session = len(medium.closed) + 1
    head = pack(
        ">HBBBBBBiiIIII",
        46,
        number & 0xFF,
        session & 0xFF,
        0,
        mode,
        OPEN_DATA_MODE | (0 if begun else BLANK),
        NWA_VALID,
        start,
        following,
        free,
        0,
        max(0, medium.limit - start),
        0,
    )
    return (head + bytes([number >> 8, session >> 8])).ljust(48, b"\0")


def atip(medium: Recorder) -> bytes:
    """READ TOC format 4 of a CD-R or CD-RW: speed, lead-in, last possible lead-out (MMC-6, 6.25.3.6)."""
    end = frames_to_msf(medium.capacity - LEAD_OUT_MARGIN)
    kind = 0xD8 if medium.erasable else 0x98
    body = bytes((0xC0, 0, kind, 0, *lba_to_msf(FIRST_LEAD_IN_START), 0, *end, 0)).ljust(24, b"\0")
    return pack(">HH", len(body) + 2, 0) + body


def format_capacities(medium: Recorder) -> bytes:
    """READ FORMAT CAPACITIES of a medium that is not complete; a BD-R can be formatted to what it is."""
    current = pack(">II", medium.limit, UNFORMATTED_MEDIA << 24 | USER_SECTOR)
    formats = pack(">II", medium.limit, BD_R_FORMAT << 26) if medium.medium is MediumType.BD else b""
    return pack(">I", len(current + formats)) + current + formats
