"""Initiator: the commands a host sends, over any road, as methods.

``Initiator(execute)`` builds CDBs and hands them to ``execute(cdb, data-in length, data-out)``, which
returns something with status, data and sense. :class:`~cdemu_core.transport.loopback.LoopbackPort`
has such a method, :func:`direct` makes one of a drive without any road. Methods judge nothing: a
refused command comes back as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from struct import pack
from typing import NamedTuple, Protocol

from ..scsi.command import Command, Target


class Answer(NamedTuple):
    """Status byte, the data-in bytes that are valid, sense data (empty after GOOD)."""

    status: int
    data: bytes
    sense: bytes

    @property
    def codes(self) -> tuple[int, int, int]:
        """Sense key, ASC and ASCQ of fixed or descriptor sense data; zeros without any."""
        if len(self.sense) < 4:
            return 0, 0, 0
        if self.sense[0] & 0x7F >= 0x72:
            return self.sense[1] & 0x0F, self.sense[2], self.sense[3]
        return self.sense[2] & 0x0F, self.sense[12], self.sense[13]


class Reply(Protocol):
    """What any road answers with."""

    @property
    def status(self) -> int:
        """SCSI status."""

    @property
    def data(self) -> bytes:
        """Valid data-in bytes."""

    @property
    def sense(self) -> bytes:
        """Sense data."""


class Execute(Protocol):
    """A road's end at the host."""

    def __call__(self, cdb: bytes, data_in_length: int, data_out: bytes, /) -> Reply:
        """Carry out one command."""


def direct(target: Target, clock: Callable[[], float] = lambda: 0.0, nexus: Hashable = None) -> Execute:
    """An ``execute`` that calls ``target`` itself, at the time ``clock`` says."""

    def execute(cdb: bytes, data_in_length: int, data_out: bytes, /) -> Answer:
        buffer = bytearray(data_in_length)
        completion = target.execute(Command(cdb, memoryview(buffer), data_out, nexus), clock())
        return Answer(completion.status, bytes(buffer[: completion.length]), completion.sense)

    return execute


class Initiator:
    """One host. Lengths are in bytes, addresses LBAs (negative: pregap), speeds kB/s."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    def command(self, cdb: bytes, length: int = 0, data_out: bytes = b"") -> Answer:
        """Any CDB; ``length``: bytes of data-in there is room for."""
        reply = self._execute(cdb, length, data_out)
        return Answer(reply.status, bytes(reply.data), bytes(reply.sense))

    def test_unit_ready(self) -> Answer:
        """TEST UNIT READY."""
        return self.command(bytes(6))

    def request_sense(self, *, descriptor: bool = False, length: int = 252) -> Answer:
        """REQUEST SENSE."""
        return self.command(bytes([0x03, descriptor, 0, 0, length, 0]), length)

    def inquiry(self, page: int | None = None, length: int = 255) -> Answer:
        """INQUIRY: standard data, or vital product data ``page``."""
        return self.command(pack(">BBBHB", 0x12, page is not None, page or 0, length, 0), length)

    def mode_sense_10(self, page: int = 0x3F, control: int = 0, length: int = 512) -> Answer:
        """MODE SENSE (10); ``control``: 0 current, 1 changeable, 2 default."""
        return self.command(pack(">BBBB3xHB", 0x5A, 8, control << 6 | page, 0, length, 0), length)

    def mode_select_10(self, *pages: bytes) -> Answer:
        """MODE SELECT (10) of whole pages, headers included."""
        parameters = bytes(8) + b"".join(pages)
        return self.command(pack(">BB5xHB", 0x55, 0x10, len(parameters), 0), 0, parameters)

    def start_stop_unit(self, *, load_eject: bool = False, start: bool = False) -> Answer:
        """START STOP UNIT."""
        return self.command(bytes([0x1B, 0, 0, 0, load_eject << 1 | start, 0]))

    def eject(self) -> Answer:
        """START STOP UNIT, LoEj without Start."""
        return self.start_stop_unit(load_eject=True)

    def prevent_allow(self, prevent: bool, *, persistent: bool = False) -> Answer:
        """PREVENT ALLOW MEDIUM REMOVAL."""
        return self.command(bytes([0x1E, 0, 0, 0, persistent << 1 | prevent, 0]))

    def read_capacity(self) -> Answer:
        """READ CAPACITY (10)."""
        return self.command(b"\x25" + bytes(9), 8)

    def read_10(self, lba: int, count: int) -> Answer:
        """READ (10)."""
        return self.command(pack(">BBixHB", 0x28, 0, lba, count, 0), count * 2048)

    def read_12(self, lba: int, count: int) -> Answer:
        """READ (12)."""
        return self.command(pack(">BBiIBB", 0xA8, 0, lba, count, 0, 0), count * 2048)

    def read_cd(
        self, lba: int, count: int, flags: int = 0xF8, sub: int = 0, expected: int = 0, *, largest: int = 2744
    ) -> Answer:
        """READ CD; ``flags``: byte 9 (parts and C2), ``largest``: bytes of room for each sector."""
        cdb = pack(">BBi3sBBB", 0xBE, expected << 2, lba, count.to_bytes(3, "big"), flags, sub, 0)
        return self.command(cdb, count * largest)

    def read_cd_msf(
        self, start: tuple[int, int, int], end: tuple[int, int, int], flags: int = 0xF8, sub: int = 0
    ) -> Answer:
        """READ CD MSF of one second at most."""
        return self.command(bytes([0xB9, 0, 0, *start, *end, flags, sub, 0]), 75 * 2744)

    def seek_10(self, lba: int) -> Answer:
        """SEEK (10)."""
        return self.command(pack(">BBi4x", 0x2B, 0, lba))

    def read_toc(self, form: int = 0, number: int = 0, *, msf: bool = False, length: int = 4096) -> Answer:
        """READ TOC/PMA/ATIP, ``form`` 0 TOC, 1 sessions, 2 full TOC, 4 ATIP, 5 CD-TEXT."""
        return self.command(pack(">BBB3xBHB", 0x43, msf << 1, form, number, length, 0), length)

    def read_disc_information(self, kind: int = 0) -> Answer:
        """READ DISC INFORMATION."""
        return self.command(pack(">BB5xHB", 0x51, kind, 34, 0), 34)

    def read_track_information(self, number: int, kind: int = 1) -> Answer:
        """READ TRACK INFORMATION; ``kind``: 0 LBA, 1 track, 2 session."""
        return self.command(pack(">BBixHB", 0x52, kind, number, 48, 0), 48)

    def read_disc_structure(self, code: int, layer: int = 0, *, media: int = 0, length: int = 4100) -> Answer:
        """READ DISC STRUCTURE; ``media``: 0 DVD, 1 BD."""
        return self.command(pack(">BB4xBBHBB", 0xAD, media, layer, code, length, 0, 0), length)

    def read_sub_channel(
        self, form: int = 1, track: int = 0, *, msf: bool = False, sub_q: bool = True
    ) -> Answer:
        """READ SUB-CHANNEL, ``form`` 1 position, 2 catalogue number, 3 ISRC."""
        return self.command(pack(">BBBBxxBHB", 0x42, msf << 1, sub_q << 6, form, track, 24, 0), 24)

    def get_configuration(self, start: int = 0, requested: int = 0, length: int = 1024) -> Answer:
        """GET CONFIGURATION; ``requested``: 0 all, 1 current, 2 only ``start``."""
        return self.command(pack(">BBH3xHB", 0x46, requested, start, length, 0), length)

    def get_event_status(self, classes: int = 0x10, *, polled: bool = True) -> Answer:
        """GET EVENT STATUS NOTIFICATION of the classes in the mask."""
        return self.command(pack(">BB2xB2xHB", 0x4A, polled, classes, 8, 0), 8)

    def get_performance(self, kind: int = 0, maximum: int = 16, *, write: bool = False) -> Answer:
        """GET PERFORMANCE, tolerance 10 %."""
        cdb = pack(">BB6xHBB", 0xAC, 0x10 | write << 2, maximum, kind, 0)
        return self.command(cdb, 8 + 16 * maximum)

    def set_cd_speed(self, read: int = 0xFFFF, write: int = 0xFFFF) -> Answer:
        """SET CD SPEED."""
        return self.command(pack(">BBHH6x", 0xBB, 0, read, write))

    def mechanism_status(self) -> Answer:
        """MECHANISM STATUS."""
        return self.command(pack(">B7xHBB", 0xBD, 8, 0, 0), 8)

    def report_key(self, form: int = 8) -> Answer:
        """REPORT KEY."""
        return self.command(pack(">B7xHBB", 0xA4, 16, form, 0), 16)

    def report_luns(self) -> Answer:
        """REPORT LUNS."""
        return self.command(pack(">B5xIBB", 0xA0, 16, 0, 0), 16)

    def play_audio_10(self, lba: int, count: int) -> Answer:
        """PLAY AUDIO (10)."""
        return self.command(pack(">BBixHB", 0x45, 0, lba, count, 0))

    def pause_resume(self, *, resume: bool) -> Answer:
        """PAUSE/RESUME."""
        return self.command(pack(">B7xBB", 0x4B, resume, 0))

    def stop_play_scan(self) -> Answer:
        """STOP PLAY/SCAN."""
        return self.command(b"\x4e" + bytes(9))
