"""SHA-256 digests of a track as a drive would return it: user data, frames, sub-channel."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ..disc.lec import SectorCheck
from ..disc.model import Disc, MediumType, Track
from ..disc.reader import DiscReader
from ..disc.sector import LAYOUT, SUBMODE_FORM2, SUBMODE_OFFSET, SectorParts, SectorType
from ..errors import StreamError, UnreadableSector
from ..units import RAW_SECTOR, SUBCHANNEL_SIZE, USER_SECTOR

Bytes = npt.NDArray[np.uint8]

BATCH: Final = 256
"""Sectors read at a time."""
CHECKED: Final = (SectorType.MODE1, SectorType.MODE2_FORM1)
"""Types whose EDC is required (ECMA-130 14.3); that of Form 2 may be absent."""
Q_BIT: Final = 6
"""Bit of an interleaved sub-channel byte that is Q (MMC-6, 4.2.3.5.3)."""


def digest_track(disc: Disc, track: Track, limit: int | None = None) -> dict[str, Any]:
    """Digests of the first ``limit`` (None: all) sectors of ``track``, pregap and rest apart.

    ``read`` and ``unreadable`` count sectors, ``types`` the readable ones by type, ``bad_lec``
    those of Mode 1 and Form 1 whose stored EDC is wrong. Unreadable sectors enter no digest. Media
    other than CD have no frames and no sub-channel, so only ``user`` is given.
    """
    length = track.length if limit is None else min(limit, track.length)
    digest = _TrackDigest(DiscReader(disc), track, disc.medium is MediumType.CD)
    pregap = min(track.pregap, length)
    members = digest.add("_pregap", track.start, pregap)
    members |= digest.add("", track.start + pregap, length - pregap)
    return {
        "read": digest.read,
        "unreadable": digest.unreadable,
        "bad_lec": digest.bad_lec,
        "types": dict(sorted(digest.types.items())),
    } | members


class _TrackDigest:
    def __init__(self, reader: DiscReader, track: Track, is_cd: bool) -> None:
        self.reader = reader
        self.type = track.sector_type
        self.is_cd = is_cd
        self.read = self.unreadable = self.bad_lec = 0
        self.types: Counter[str] = Counter()

    def add(self, part: str, start: int, count: int) -> dict[str, str]:
        """Digest ``count`` sectors from ``start``; ``part`` goes into the members' names."""
        kinds = ("user", "raw", "q12", "pw96") if self.is_cd else ("user",)
        hashes = {kind: hashlib.sha256() for kind in kinds}
        for lba, run in batches(start, count):
            for kind, data in self._batch(lba, run):
                hashes[kind].update(data.data)
        return {f"{kind}{part}_sha256": sha.hexdigest() for kind, sha in hashes.items()}

    def _batch(self, lba: int, count: int) -> list[tuple[str, Bytes]]:
        """Arrays to hash of one batch, by sector where the batch has unreadable ones."""
        try:
            pieces = self._cd(lba, count) if self.is_cd else self._user_only(lba, count)
        except (UnreadableSector, StreamError):
            if count > 1:
                return [piece for one in range(lba, lba + count) for piece in self._batch(one, 1)]
            self.unreadable += 1
            return []
        self.read += count
        return pieces

    def _user_only(self, lba: int, count: int) -> list[tuple[str, Bytes]]:
        data = np.empty(count * USER_SECTOR, np.uint8)
        self.reader.read_user_data(lba, count, data.data)
        self.types[type_name(self.type)] += count
        return [("user", data)]

    def _cd(self, lba: int, count: int) -> list[tuple[str, Bytes]]:
        frames = np.frombuffer(self.reader.read_frames(lba, count), np.uint8).reshape(count, RAW_SECTOR)
        packed = np.frombuffer(self.reader.read_subchannel(lba, count), np.uint8)
        subs = packed.reshape(count, SUBCHANNEL_SIZE)
        pieces = [("raw", frames), ("pw96", subs), ("q12", np.packbits(subs >> Q_BIT & 1, axis=1))]
        for sector_type, begin, end in runs_of_type(self.type, frames):
            self.types[type_name(sector_type)] += end - begin
            span = LAYOUT[sector_type][SectorParts.USER_DATA]
            user = frames[begin:end, span.start : span.start + span.length]
            pieces.append(("user", np.ascontiguousarray(user)))
            if sector_type in CHECKED:
                verdicts = self.reader.check(lba + begin, end - begin)
                self.bad_lec += verdicts.count(SectorCheck.EDC_MISMATCH)
        return pieces


def batches(start: int, count: int) -> Iterator[tuple[int, int]]:
    """(first sector, sectors) of each batch of the range."""
    for offset in range(0, count, BATCH):
        yield start + offset, min(BATCH, count - offset)


def runs_of_type(sector_type: SectorType, frames: Bytes) -> Iterator[tuple[SectorType, int, int]]:
    """(type, begin, end) of runs of equal type; mixed forms are told apart by the sub-header's submode."""
    if sector_type is not SectorType.MODE2_MIXED:
        yield sector_type, 0, len(frames)
        return
    form2 = frames[:, SUBMODE_OFFSET] & SUBMODE_FORM2 != 0
    edges = [0, *(np.flatnonzero(np.diff(form2)) + 1).tolist(), len(frames)]
    for begin, end in pairwise(edges):
        yield (SectorType.MODE2_FORM2 if form2[begin] else SectorType.MODE2_FORM1), begin, end


def type_name(sector_type: SectorType) -> str:
    """``mode2-form1`` and its like."""
    return sector_type.name.lower().replace("_", "-")
