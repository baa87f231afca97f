"""Playing audio tracks (MMC-3 section 6: PLAY AUDIO, PAUSE/RESUME, SCAN, STOP PLAY/SCAN).

A range is judged before anything is heard: it must be on the disc and begin with audio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...disc.model import Track
from ...disc.sector import SectorType
from ...errors import WrongSectorType
from ...units import msf_to_lba
from ..audio import AudioStatus
from ..cdb import LBA_COUNT_10, LBA_COUNT_12, msf, u32
from ..command import Command
from ..sense import COMMAND_SEQUENCE_ERROR, Refused, invalid_field

if TYPE_CHECKING:
    from ..drive import Drive

FROM_CURRENT: Final = -1
"""Start LBA FFFFFFFFh: where the head is."""
FROM_CURRENT_MSF: Final = (0xFF, 0xFF, 0xFF)
RESUME: Final = 0x01
BACKWARDS: Final = 0x10
BY_LBA, BY_MSF, BY_TRACK = range(3)


def play_audio_10(drive: Drive, command: Command, now: float) -> int:
    """PLAY AUDIO (10); a count of 0 plays nothing and changes nothing."""
    lba, count = LBA_COUNT_10.unpack_from(command.cdb)
    return _play_count(drive, lba, count, now)


def play_audio_12(drive: Drive, command: Command, now: float) -> int:
    """PLAY AUDIO (12)."""
    lba, count = LBA_COUNT_12.unpack_from(command.cdb)
    return _play_count(drive, lba, count, now)


def _play_count(drive: Drive, lba: int, count: int, now: float) -> int:
    start = drive.current_address(now) if lba == FROM_CURRENT else lba
    return play(drive, start, start + count, now)


def play_audio_msf(drive: Drive, command: Command, now: float) -> int:
    """PLAY AUDIO MSF: up to, not including, the end address."""
    first = msf(command.cdb, 3)
    start = drive.current_address(now) if first == FROM_CURRENT_MSF else msf_to_lba(first)
    end = msf_to_lba(msf(command.cdb, 6))
    if end < start:
        raise invalid_field(6)
    return play(drive, start, end, now)


def play_audio_track_index(drive: Drive, command: Command, now: float) -> int:
    """PLAY AUDIO TRACK INDEX: whole indices from the first to the last named."""
    first_track, first_index, last_track, last_index = (command.cdb[offset] for offset in (4, 5, 7, 8))
    first = _track(drive, first_track, 4)
    last = _track(drive, last_track, 7)
    if (last_track, last_index) < (first_track, first_index):
        raise invalid_field(7)
    start = first.start + _index_start(first, first_index)
    end = last.start + _index_end(last, last_index)
    return play(drive, start, end, now)


def _track(drive: Drive, number: int, byte: int) -> Track:
    for track in drive.medium.disc.tracks:
        if track.number == number:
            return track
    raise invalid_field(byte)


def _index_start(track: Track, number: int) -> int:
    """Where an index begins, from the start of its track; one past the last begins at the last."""
    if number <= 1:
        return track.pregap
    starts = [index.address for index in track.indices if index.number <= number]
    return max(starts, default=track.pregap)


def _index_end(track: Track, number: int) -> int:
    """Where an index ends, from the start of its track."""
    later = [index.address for index in track.indices if index.number > number]
    return min(later, default=track.length)


def play(drive: Drive, start: int, end: int, now: float) -> int:
    """Play [start, end), at most up to the first track that is not audio: there playback ends with an error.

    Raises AddressOutOfRange for the first sector that is on no track, WrongSectorType when ``start`` is
    not audio.
    """
    if start >= end:
        drive.medium.find_track(start)
        return 0
    position = require_audio(drive, start).end
    barred = None
    while position < end:
        track = drive.medium.find_track(position)[1]
        if barred is None and track.sector_type is not SectorType.AUDIO:
            barred = position
        position = track.end
    drive.audio.play(start, end if barred is None else barred, now, barred=barred is not None)
    return 0


def require_audio(drive: Drive, lba: int) -> Track:
    """The audio track holding ``lba``."""
    track = drive.medium.find_track(lba)[1]
    if track.sector_type is not SectorType.AUDIO:
        raise WrongSectorType(lba, track.sector_type.title)
    return track


def pause_resume(drive: Drive, command: Command, now: float) -> int:
    """PAUSE/RESUME: repeating either is harmless, but something must be playing."""
    if drive.audio_status(now) not in (AudioStatus.PLAYING, AudioStatus.PAUSED):
        raise Refused(COMMAND_SEQUENCE_ERROR)
    if command.cdb[8] & RESUME:
        drive.audio.resume(now)
    else:
        drive.audio.pause(now)
    return 0


def stop_play_scan(drive: Drive, command: Command, now: float) -> int:
    """STOP PLAY/SCAN: the table's flag has stopped it."""
    return 0


def scan(drive: Drive, command: Command, now: float) -> int:
    """SCAN from an address, fast, to the end of the audio tracks in that direction."""
    start = _scan_start(drive, command)
    require_audio(drive, start)
    low = high = start
    for track in drive.medium.disc.tracks:
        if track.sector_type is SectorType.AUDIO:
            low, high = _widened(low, high, track)
    drive.audio.scan(start, low, high, bool(command.cdb[1] & BACKWARDS), now)
    return 0


def _widened(low: int, high: int, track: Track) -> tuple[int, int]:
    """The stretch [low, high] joined with an audio track that touches it."""
    if track.start <= high and track.end >= low:
        return min(low, track.start), max(high, track.end)
    return low, high


def _scan_start(drive: Drive, command: Command) -> int:
    cdb = command.cdb
    kind = cdb[9] >> 6
    if kind == BY_LBA:
        address = u32(cdb, 2)
        return address - (1 << 32) if address >> 31 else address
    if kind == BY_MSF:
        return msf_to_lba(msf(cdb, 3))
    if kind == BY_TRACK:
        return _track(drive, cdb[5], 5).index1
    raise invalid_field(9, 7)
