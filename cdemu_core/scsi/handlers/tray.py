"""The tray, its lock and its button (MMC-6 section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...errors import MediumLocked
from ..audio import AudioStatus
from ..cdb import U16_AT_8, reply
from ..command import Command
from ..sense import invalid_field

if TYPE_CHECKING:
    from ..drive import Drive

START: Final = 0x01
LOAD_EJECT: Final = 0x02
PREVENT: Final = 0x01
PERSISTENT: Final = 0x02
POWER_CONDITIONS: Final = 0xF0
MECHANISM_PLAYING: Final = 1 << 5


def start_stop_unit(drive: Drive, command: Command, now: float) -> int:
    """START STOP UNIT: only ejecting moves anything; power conditions are accepted.

    Loading does not bring back a disc that went out: closing the tray of a drive that was just
    emptied must leave it empty.
    """
    action = command.cdb[4]
    if not action & POWER_CONDITIONS and action & (LOAD_EJECT | START) == LOAD_EJECT:
        eject(drive)
    return 0


def load_unload_medium(drive: Drive, command: Command, now: float) -> int:
    """LOAD/UNLOAD MEDIUM of a drive with one slot."""
    if command.cdb[8]:
        raise invalid_field(8)
    if command.cdb[4] & (LOAD_EJECT | START) == LOAD_EJECT:
        eject(drive)
    return 0


def eject(drive: Drive) -> None:
    """Take the disc out. Raises MediumLocked while an initiator prevents it."""
    if drive.locked:
        raise MediumLocked("The tray is locked by the system that uses the disc.")
    drive.remove()


def prevent_allow_medium_removal(drive: Drive, command: Command, now: float) -> int:
    """PREVENT ALLOW MEDIUM REMOVAL; the persistent lock is one of its own."""
    action = command.cdb[4]
    drive.prevent(command.nexus, prevent=bool(action & PREVENT), persistent=bool(action & PERSISTENT))
    return 0


def mechanism_status(drive: Drive, command: Command, now: float) -> int:
    """MECHANISM STATUS: tray closed, no slots, the address under the head."""
    playing = drive.audio_status(now) is AudioStatus.PLAYING
    address = drive.current_address(now) & 0xFFFFFF
    data = bytes([0, MECHANISM_PLAYING if playing else 0]) + address.to_bytes(3, "big") + bytes(3)
    return reply(command, data, U16_AT_8.unpack_from(command.cdb)[0])
