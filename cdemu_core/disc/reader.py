"""DiscReader: the only thing that maps addresses to bytes.

All addresses are LBAs. Reading takes two roads: where the wanted bytes are stored as they are wanted,
one gathered read per run puts them straight into the caller's buffer; else whole frames are made in
batches and the wanted parts copied out (this road alone needs numpy, which it imports at first use).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ..errors import UnreadableSector, WrongSectorType
from ..units import RAW_SECTOR, USER_SECTOR
from .model import Disc, Session, Track
from .runs import Run, RunTable
from .scatter import Piece, ScatterPlan, merged, plan
from .sector import SUBMODE_FORM2, SUBMODE_OFFSET, SectorParts, SectorType
from .wanted import Wanted, part_size, spans

if TYPE_CHECKING:
    from .lec import SectorCheck

BATCH: Final = 64
"""Frames made at once on the slow road."""
USER_TYPES: Final = frozenset({SectorType.MODE1, SectorType.MODE2_FORM1})
"""Types whose user data READ delivers: 2048 bytes."""
FORMS: Final = (SectorType.MODE2_FORM1, SectorType.MODE2_FORM2)


class DiscReader:
    """Reads one disc; several readers may share it.

    ``first`` is the first address, ``end`` the last session's lead-out. Addresses in lead-outs between
    sessions are not readable. Every method raises AddressOutOfRange for an address on no track,
    UnreadableSector where a file has become shorter since it was loaded, and StreamError where it
    cannot be read.
    """

    def __init__(self, disc: Disc) -> None:
        self.disc = disc
        self.first = disc.start
        self.end = disc.sessions[-1].leadout if disc.sessions else disc.start  # a blank disc has none
        self._table = RunTable(disc)
        self._direct: dict[Run, ScatterPlan | None] = {}

    def read_user_data(self, lba: int, count: int, into: memoryview) -> int:
        """Put ``count`` × 2048 bytes of Mode 1 or Form 1 user data into ``into``; return the bytes.

        Raises:
            WrongSectorType: a sector is of another type.
        """
        if count <= 0:
            return 0
        run = self._table.find(lba)
        if lba + count <= run.end:
            direct = self._direct[run] if run in self._direct else self._learn(run)
            if direct is not None:
                _scatter(direct, run, lba, count, into)
                return count * USER_SECTOR
        at = 0
        for part, first, length in self._table.split(lba, count):
            size = length * USER_SECTOR
            _read_user_run(part, first, length, into[at : at + size])
            at += size
        return at

    def _learn(self, run: Run) -> ScatterPlan | None:
        """The plan for the user data of ``run``, kept; None where more than a plan is needed."""
        main = run.main
        plain = main is not None and not (run.mixed or main.swapped or main.scrambled)
        direct = None
        if plain and main is not None and run.uniform_type in USER_TYPES:
            direct = _direct(main.stored, main.stride, run.uniform_type, SectorParts.USER_DATA, USER_SECTOR)
        self._direct[run] = direct
        return direct

    def read_cd(
        self,
        lba: int,
        count: int,
        parts: SectorParts,
        into: memoryview,
        *,
        c2: int = 0,
        sub: str | None = None,
        expected: SectorType | None = None,
    ) -> int:
        """Put what READ CD asks for (MMC-6, 6.19) into ``into``; return the bytes.

        Per sector, in this order: the ``parts`` its type has, C2 error bits (``c2`` bytes: 0, 294, or 296
        with the block error byte and a zero first), sub-channel (``sub``: "pw" 96 bytes raw, "q" 16 bytes,
        "rw" 96 bytes without P and Q).

        Raises:
            WrongSectorType: ``expected`` is given and a sector is of another type.
        """
        at = 0
        wanted = Wanted(parts, c2, sub, expected)
        for run, first, length in self._table.split(lba, count):
            at += _read_cd_run(run, first, length, wanted, into[at:])
        return at

    def read_part(self, lba: int, count: int, parts: SectorParts) -> bytearray:
        """The ``parts`` of ``count`` sectors, one sector after another."""
        data = bytearray(count * RAW_SECTOR)
        with memoryview(data) as view:
            size = self.read_cd(lba, count, parts, view)
        del data[size:]
        return data

    def read_frames(self, lba: int, count: int) -> bytearray:
        """``count`` × 2352 bytes; parts the image does not store are generated."""
        data = bytearray(count * RAW_SECTOR)
        with memoryview(data) as view:
            self.read_cd(lba, count, SectorParts.ALL, view)
        return data

    def read_subchannel(self, lba: int, count: int) -> bytearray:
        """``count`` × 96 bytes of P–W, interleaved, stored or generated."""
        from .subchannel import read_pw

        data = bytearray()
        for run, first, length in self._table.split(lba, count):
            data += read_pw(run, first, length).tobytes()
        return data

    def read_q(self, lba: int) -> bytes:
        """12 bytes of Q, CRC included."""
        from .subchannel import read_q

        return read_q(self._table.find(lba), lba, 1).tobytes()

    def sector_type(self, lba: int) -> SectorType:
        """Type of one sector; MODE2_MIXED is resolved by the sub-header."""
        run = self._table.find(lba)
        if not run.mixed:
            return run.uniform_type
        return FORMS[bool(_submodes(run, lba, 1)[0] & SUBMODE_FORM2)]

    def find_track(self, lba: int) -> tuple[Session, Track]:
        """The session and track holding ``lba``."""
        run = self._table.find(lba)
        return run.session, run.track

    def check(self, lba: int, count: int) -> list[SectorCheck]:
        """Verdict on the error code of each sector; generated ones are OK."""
        from .frames import check

        verdicts: list[SectorCheck] = []
        for run, first, length in self._table.split(lba, count):
            for start in range(first, first + length, BATCH):
                verdicts += check(run, start, min(BATCH, first + length - start))
        return verdicts


def _read_user_run(run: Run, lba: int, count: int, into: memoryview) -> None:
    main = run.main
    if run.mixed:
        _require_form1(run, lba, count)
        sector_type = SectorType.MODE2_FORM1
    else:
        sector_type = run.uniform_type
        if sector_type not in USER_TYPES:
            raise WrongSectorType(lba, sector_type.title)
    if main is None:
        into[:] = bytes(len(into))
        return
    direct = _direct(main.stored, main.stride, sector_type, SectorParts.USER_DATA, USER_SECTOR)
    if direct is None or main.swapped or main.scrambled:
        _read_slowly(run, lba, count, Wanted(SectorParts.USER_DATA), into)
        return
    _scatter(direct, run, lba, count, into)


def _scatter(direct: ScatterPlan, run: Run, lba: int, count: int, into: memoryview) -> None:
    main = run.stored_main
    offset = main.offset + (lba - run.start) * main.stride
    whole = direct.read(main.stream, offset, count, into)
    if whole < count:
        raise UnreadableSector(lba + whole)


@lru_cache(maxsize=256)
def _direct(
    stored: tuple[int, int], stride: int, sector_type: SectorType, parts: SectorParts, step: int
) -> ScatterPlan | None:
    """The plan that reads ``parts`` as they are stored, or None where some are not stored."""
    pieces, _ = merged(spans(sector_type, parts), stored[0])
    if not pieces or pieces[0].source < 0 or pieces[-1].source + pieces[-1].length > stored[1]:
        return None
    return plan(stride, pieces, step)


def _submodes(run: Run, lba: int, count: int) -> bytes:
    """The submode bytes of sectors that store them."""
    main = run.stored_main
    into = bytearray(count * 2)
    # two bytes each, so that byte order can be undone
    source = (SUBMODE_OFFSET - main.stored.start) & ~1
    submodes = plan(main.stride, (Piece(source, 2, 0),), 2)
    with memoryview(into) as view:
        _scatter(submodes, run, lba, count, view)
    low = (SUBMODE_OFFSET - main.stored.start) & 1
    found = into[low ^ main.swapped :: 2]
    if main.scrambled:
        from .lec import scrambler

        mask = int(scrambler()[SUBMODE_OFFSET - 12])
        found = bytearray(value ^ mask for value in found)
    return bytes(found)


def _require_form1(run: Run, lba: int, count: int) -> None:
    for position, submode in enumerate(_submodes(run, lba, count)):
        if submode & SUBMODE_FORM2:
            raise WrongSectorType(lba + position, SectorType.MODE2_FORM2.title)


def _read_cd_run(run: Run, lba: int, count: int, wanted: Wanted, into: memoryview) -> int:
    if run.mixed:
        return _read_slowly(run, lba, count, wanted, into)
    sector_type = run.uniform_type
    if wanted.expected is not None and wanted.expected is not sector_type:
        raise WrongSectorType(lba, sector_type.title)
    size = part_size(sector_type, wanted.parts)
    step = size + wanted.extra
    if not step:
        return 0
    main = run.main
    if main is None or wanted.c2 or not size or main.swapped or main.scrambled:
        return _read_slowly(run, lba, count, wanted, into)
    direct = _direct(main.stored, main.stride, sector_type, wanted.parts, step)
    if direct is None:
        return _read_slowly(run, lba, count, wanted, into)
    _scatter(direct, run, lba, count, into)
    if wanted.sub is not None:
        from .delivery import deliver_sub

        deliver_sub(run, lba, wanted.sub, into[: count * step], step)
    return count * step


def _read_slowly(run: Run, lba: int, count: int, wanted: Wanted, into: memoryview) -> int:
    from .delivery import deliver

    at = 0
    for first in range(lba, lba + count, BATCH):
        at += deliver(run, first, min(BATCH, lba + count - first), wanted, into[at:])
    return at
