"""verify: what an image's own codes and positions say about its sectors, as a report."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import numpy as np

from ..disc.lec import SectorCheck, bcd_times
from ..disc.model import Disc, MediumType, Subchannel, Track
from ..disc.qchannel import ADR_POSITION, write_crc
from ..disc.reader import DiscReader
from ..disc.sector import HEADER, SYNC, SYNC_PATTERN, SectorType, SubchannelForm
from ..errors import StreamError, UnreadableSector
from ..units import MSF_OFFSET, to_bcd
from .digest import digest_track
from .regenerate import Bytes, batches, frames, subchannel
from .watch import Progress

MAX_LISTED: Final = 100
"""Addresses of each kind of fault that are listed; the count is always whole."""
Q_BIT: Final = 6
FAULTS: Final = {SectorCheck.EDC_MISMATCH: "edc", SectorCheck.ECC_MISMATCH: "ecc"}
MODE_BYTES: Final = {SectorType.MODE0: 0, SectorType.MODE1: 1}
"""Mode byte of a header; all others have 2 (ECMA-130, 14.2)."""


def verify(disc: Disc, progress: Progress | None = None) -> dict[str, Any]:
    """Read everything and report.

    ``ok``: no fault anywhere. Per track: ``sectors``; ``faults``: by kind, ``count`` and the first LBAs
    (``edc``, ``ecc``, ``sync``, ``header`` address or mode, ``q-crc``, ``q-position`` that contradicts the
    layout, ``unreadable``); ``no_edc``: Form 2 sectors without EDC, which is no fault; ``digests``.
    """
    total = sum(track.length for track in disc.tracks)
    done = 0
    tracks = []
    for track in disc.tracks:
        tracks.append(_TrackCheck(disc, track).report())
        done += track.length
        if progress is not None:
            progress(done / total)
    return {"ok": not any(track["faults"] for track in tracks), "tracks": tracks}


class _TrackCheck:
    def __init__(self, disc: Disc, track: Track) -> None:
        self.disc = disc
        self.track = track
        self.reader = DiscReader(disc)
        self.is_cd = disc.medium is MediumType.CD
        self.faults: dict[str, list[int]] = defaultdict(list)
        self.no_edc = 0

    def report(self) -> dict[str, Any]:
        """The track's part of the report."""
        if self.is_cd:
            self._check_fragments()
        digests = digest_track(self.disc, self.track)
        faults = {kind: {"count": len(lbas), "lbas": lbas[:MAX_LISTED]} for kind, lbas in self.faults.items()}
        if digests["unreadable"] and "unreadable" not in faults:
            faults["unreadable"] = {"count": digests["unreadable"], "lbas": []}
        return {
            "number": self.track.number,
            "sector_type": self.track.sector_type.name.lower().replace("_", "-"),
            "sectors": self.track.length,
            "faults": faults,
            "no_edc": self.no_edc,
            "digests": {key: value for key, value in digests.items() if key.endswith("sha256")},
        }

    def _check_fragments(self) -> None:
        lba = self.track.start
        for fragment in self.track.fragments:
            for first, count in batches(lba, lba + fragment.length):
                self._batch(first, count, fragment.sub, stored=fragment.main is not None)
            lba += fragment.length

    def _batch(self, lba: int, count: int, sub: Subchannel | None, *, stored: bool) -> None:
        """Check one batch, sector by sector where it has unreadable ones."""
        try:
            if stored and self.track.sector_type is not SectorType.AUDIO:
                self._codes(lba, count)
            if sub is not None and sub.form is not SubchannelForm.RW96:
                self._q(lba, count)
        except (UnreadableSector, StreamError):
            if count == 1:
                self._add("unreadable", [lba])
                return
            for one in range(lba, lba + count):
                self._batch(one, 1, sub, stored=stored)

    def _codes(self, lba: int, count: int) -> None:
        verdicts = self.reader.check(lba, count)
        found = frames(self.reader, lba, count)
        for position, verdict in enumerate(verdicts):
            if verdict in FAULTS:
                self._add(FAULTS[verdict], [lba + position])
            self.no_edc += verdict is SectorCheck.NO_EDC
        sync = np.frombuffer(SYNC_PATTERN, np.uint8)
        self._add_where("sync", lba, found[:, : SYNC.length] != sync)
        header = found[:, HEADER.start : HEADER.start + HEADER.length]
        right = np.empty_like(header)
        right[:, :3] = bcd_times(lba + MSF_OFFSET, count)
        right[:, 3] = MODE_BYTES.get(self.track.sector_type, 2)
        self._add_where("header", lba, header != right)

    def _q(self, lba: int, count: int) -> None:
        rows = np.packbits(subchannel(self.reader, lba, count) >> Q_BIT & 1, axis=1)
        coded = rows.copy()
        write_crc(coded)
        wrong = (coded[:, 10:] != rows[:, 10:]).any(axis=1)
        self._add_where("q-crc", lba, wrong[:, None])
        position = ~wrong & (rows[:, 0] & 0x0F == ADR_POSITION)
        differs = (rows[:, 7:10] != bcd_times(lba + MSF_OFFSET, count)).any(axis=1)
        differs |= rows[:, 1] != to_bcd(self.track.number)
        self._add_where("q-position", lba, (position & differs)[:, None])

    def _add_where(self, kind: str, lba: int, differs: Bytes) -> None:
        self._add(kind, [lba + int(row) for row in np.flatnonzero(differs.any(axis=1))])

    def _add(self, kind: str, lbas: list[int]) -> None:
        if lbas:
            self.faults[kind] += lbas
