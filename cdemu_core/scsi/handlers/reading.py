"""Commands that move the head over the data: READ, READ CD, VERIFY, SEEK (MMC-6 section 6).

LBAs of READ (10), READ (12), SEEK and READ CD are signed: the pregap of a CD has addresses below 0.
READ (16) and VERIFY are block commands, whose LBAs have no sign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from ...disc.reader import DiscReader
from ...disc.sector import SectorParts, SectorType
from ...errors import AddressOutOfRange, UnreadableSector
from ...units import RAW_SECTOR, USER_SECTOR, command_msf_to_lba
from ..cdb import LBA_COUNT_10, LBA_COUNT_12, LBA_COUNT_16, UNSIGNED_10, UNSIGNED_12, msf, u24
from ..command import Command
from ..profiles import CD
from ..sense import INVALID_FIELD_IN_CDB, MISCOMPARE_DURING_VERIFY, Refused, invalid_field

if TYPE_CHECKING:
    from ..drive import Drive

BATCH: Final = 64
"""Sectors read at once where the reply does not fit the initiator's buffer, or is checked first."""

EXPECTED: Final = (
    None,
    SectorType.AUDIO,
    SectorType.MODE1,
    SectorType.MODE2,
    SectorType.MODE2_FORM1,
    SectorType.MODE2_FORM2,
)
"""READ CD's expected sector type (MMC-6 6.19, table 354); 6 and 7 are reserved."""
C2_SIZES: Final = (0, 294, 296, 0)
"""READ CD's C2 error information; 3 is reserved and asks for nothing."""
SUB_CHANNELS: Final[dict[int, str | None]] = {0: None, 1: "pw", 2: "q"}
"""READ CD's sub-channel selection (MMC-6 6.19, table 358).

4, corrected and de-interleaved R-W packs, is refused, as mode page 2A says; raw P-W has the same packs,
as recorded.
"""
SUB_SIZES: Final = {None: 0, "pw": 96, "q": 16}


def read_10(drive: Drive, command: Command, now: float) -> int:
    """READ (10)."""
    lba, count = LBA_COUNT_10.unpack_from(command.cdb)
    return _read(drive, command, lba, count, now)


def read_12(drive: Drive, command: Command, now: float) -> int:
    """READ (12); the streaming bit changes nothing here."""
    lba, count = LBA_COUNT_12.unpack_from(command.cdb)
    return _read(drive, command, lba, count, now)


def read_16(drive: Drive, command: Command, now: float) -> int:
    """READ (16) (SBC-3 5.14): not of MMC, but some hosts send it to anything large."""
    lba, count = LBA_COUNT_16.unpack_from(command.cdb)
    require_range(drive, lba, count)
    return _read(drive, command, lba, count, now)


def _read(drive: Drive, command: Command, lba: int, count: int, now: float) -> int:
    """The hot path: whole sectors of user data straight into the initiator's buffer."""
    into = command.data_in
    if count * USER_SECTOR > len(into) or drive.bad_sector_emulation:
        length = _in_batches(drive, lba, count, into, largest=USER_SECTOR, deliver=_user_data)
    else:
        try:
            length = drive.medium.read_user_data(lba, count, into)
        except AddressOutOfRange:
            length = _in_batches(drive, lba, count, into, largest=USER_SECTOR, deliver=_user_data)
    moved(drive, lba, count, now)
    return length


def require_range(drive: Drive, lba: int, count: int) -> None:
    """A block command is judged as a whole first: LBA plus length lie within the capacity (SBC-3 5.14).

    A length of 0 may stand right behind the last block. READ (10) and READ (12) are MMC's: they go as far
    as they get, and their zero length is no error at any address (MMC-6 6.14, 6.15).
    """
    end = drive.medium.end
    if lba + count > end:
        raise AddressOutOfRange(max(lba, end))


Deliver = Callable[[DiscReader, int, int, memoryview], int]
"""(reader, first LBA, sectors, into) → bytes put into ``into``."""


def _user_data(reader: DiscReader, lba: int, count: int, into: memoryview) -> int:
    return reader.read_user_data(lba, count, into)


def _in_batches(
    drive: Drive, lba: int, count: int, into: memoryview, *, largest: int, deliver: Deliver
) -> int:
    """Read as a drive does, sector after sector up to the first that fails; what does not fit is dropped.

    ``largest``: bytes a sector gives at most. Whatever is wrong, the first sector in the way is named.
    """
    scratch = memoryview(bytearray(min(count, BATCH) * largest))
    length = 0
    for first, sectors in batches(drive, lba, count):
        data = scratch[: deliver(drive.medium, first, sectors, scratch)]
        room = into[length : length + len(data)]
        room[:] = data[: len(room)]
        length += len(room)
    return length


def batches(drive: Drive, lba: int, count: int) -> Iterator[tuple[int, int]]:
    """Split a range into (first LBA, sectors); raises at the first sector that cannot be read at all.

    Such are addresses that are not on the disc and, with bad sector emulation on and correction not
    disabled (mode page 01, DCR), stored sectors whose EDC or ECC is wrong.
    """
    checking = drive.bad_sector_emulation and not drive.modes.correction_disabled
    position, end = lba, lba + count
    while position < end:
        track = drive.medium.find_track(position)[1]
        sectors = min(BATCH, end - position, track.end - position)
        bad = first_bad(drive, position, sectors) if checking else None
        if bad is not None:
            yield position, bad - position
            raise UnreadableSector(bad)
        yield position, sectors
        position += sectors


def first_bad(drive: Drive, lba: int, count: int) -> int | None:
    """The first of ``count`` sectors whose error code contradicts its data."""
    from ...disc.lec import SectorCheck

    wrong = (SectorCheck.EDC_MISMATCH, SectorCheck.ECC_MISMATCH)
    for position, verdict in enumerate(drive.medium.check(lba, count)):
        if verdict in wrong:
            return lba + position
    return None


def moved(drive: Drive, lba: int, count: int, now: float) -> None:
    """The head has read [lba, lba + count)."""
    if count:
        drive.address = lba + count - 1
    delay(drive, lba, count, now)


def delay(drive: Drive, lba: int, count: int, now: float) -> None:
    """Set the time at which a real drive would have answered, if it is emulated."""
    if drive.dpm_emulation or drive.tr_emulation:
        drive.ready_at = now + drive.timing.delay(
            drive.medium.disc.dpm, lba, count, seek=drive.dpm_emulation, transfer=drive.tr_emulation
        )


def seek_10(drive: Drive, command: Command, now: float) -> int:
    """SEEK (10): an address that is not on the disc is refused."""
    lba, _ = LBA_COUNT_10.unpack_from(command.cdb)
    drive.medium.find_track(lba)
    drive.address = lba
    delay(drive, lba, 0, now)
    return 0


def read_cd(drive: Drive, command: Command, now: float) -> int:
    """READ CD (MMC-6 6.19)."""
    lba, _ = LBA_COUNT_10.unpack_from(command.cdb)
    return _read_cd(drive, command, lba, u24(command.cdb, 6), now)


def read_cd_msf(drive: Drive, command: Command, now: float) -> int:
    """READ CD MSF (MMC-6 6.20); the end address is the first not read, one before the start reads nothing."""
    start = command_msf_to_lba(msf(command.cdb, 3))
    end = command_msf_to_lba(msf(command.cdb, 6))
    return _read_cd(drive, command, start, max(end - start, 0), now)


def _read_cd(drive: Drive, command: Command, lba: int, count: int, now: float) -> int:
    cdb = command.cdb
    if drive.profile not in CD:
        raise Refused(INVALID_FIELD_IN_CDB)
    drive.medium.find_track(lba)
    kind, c2, sub = cdb[1] >> 2 & 7, cdb[9] >> 1 & 3, cdb[10] & 7
    if kind >= len(EXPECTED):
        raise invalid_field(1, 4)
    if sub not in SUB_CHANNELS:
        raise invalid_field(10, 2)
    selection = Selection(
        SectorParts(cdb[9] & SectorParts.ALL.value), C2_SIZES[c2], SUB_CHANNELS[sub], EXPECTED[kind]
    )
    length = selection.read(drive, lba, count, command.data_in)
    moved(drive, lba, count, now)
    return length


class Selection:
    """What one READ CD wants of each sector."""

    def __init__(self, parts: SectorParts, c2: int, sub: str | None, expected: SectorType | None) -> None:
        self.parts = parts
        self.c2 = c2
        self.sub = sub
        self.expected = expected
        self.largest = (RAW_SECTOR if parts else 0) + c2 + SUB_SIZES[sub]
        """Bytes a sector has at most."""

    def read(self, drive: Drive, lba: int, count: int, into: memoryview) -> int:
        """Put the selection of [lba, lba + count) into ``into``; return the bytes that fitted."""
        if count * self.largest > len(into) or drive.bad_sector_emulation:
            return _in_batches(drive, lba, count, into, largest=self.largest, deliver=self.deliver)
        try:
            return self.deliver(drive.medium, lba, count, into)
        except AddressOutOfRange:
            return _in_batches(drive, lba, count, into, largest=self.largest, deliver=self.deliver)

    def deliver(self, reader: DiscReader, lba: int, count: int, into: memoryview) -> int:
        """One read of the disc, which ``into`` has room for."""
        return reader.read_cd(lba, count, self.parts, into, c2=self.c2, sub=self.sub, expected=self.expected)


def verify_10(drive: Drive, command: Command, now: float) -> int:
    """VERIFY (10) (MMC-6, VERIFY (10)): without BYTCHK the sectors need only be readable."""
    lba, count = UNSIGNED_10.unpack_from(command.cdb)
    return _verify(drive, command, lba, count, now)


def verify_12(drive: Drive, command: Command, now: float) -> int:
    """VERIFY (12) (SBC-3 5.33)."""
    lba, count = UNSIGNED_12.unpack_from(command.cdb)
    return _verify(drive, command, lba, count, now)


def _verify(drive: Drive, command: Command, lba: int, count: int, now: float) -> int:
    require_range(drive, lba, count)
    byte_check = command.cdb[1] >> 1 & 1
    scratch = memoryview(bytearray(min(count, BATCH) * USER_SECTOR))
    for first, sectors in batches(drive, lba, count):
        data = scratch[: drive.medium.read_user_data(first, sectors, scratch)]
        start = (first - lba) * USER_SECTOR
        if byte_check and data != command.data_out[start : start + len(data)]:
            raise Refused(MISCOMPARE_DURING_VERIFY)
    moved(drive, lba, count, now)
    return 0
