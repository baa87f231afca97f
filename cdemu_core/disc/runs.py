"""The flat table of a disc: one run per fragment, found by address."""

from __future__ import annotations

from bisect import bisect_right

import attrs

from ..errors import AddressOutOfRange
from .model import Disc, Fragment, MainChannel, Session, Subchannel, Track
from .sector import SUBMODE_OFFSET, SectorType


@attrs.frozen(eq=False)
class Run:
    """Sectors [start, end) of the disc, all of one fragment."""

    start: int
    end: int
    session: Session
    track: Track
    fragment: Fragment

    @property
    def main(self) -> MainChannel | None:
        """Where the main channel is stored."""
        return self.fragment.main

    @property
    def stored_main(self) -> MainChannel:
        """:attr:`main` of a run known to have one."""
        main = self.fragment.main
        if main is None:
            raise ValueError("a generated run has no stored main channel")
        return main

    @property
    def sub(self) -> Subchannel | None:
        """Where the sub-channel is stored."""
        return self.fragment.sub

    @property
    def mixed(self) -> bool:
        """Whether each sector's stored sub-header says its form."""
        main = self.fragment.main
        return self.track.sector_type is SectorType.MODE2_MIXED and main is not None and _stores_submode(main)

    @property
    def uniform_type(self) -> SectorType:
        """Type of every sector of a run that is not :attr:`mixed`."""
        declared = self.track.sector_type
        if declared is not SectorType.MODE2_MIXED:
            return declared
        main = self.fragment.main
        form2 = main is not None and main.stored.length in FORM2_LENGTHS
        return SectorType.MODE2_FORM2 if form2 else SectorType.MODE2_FORM1


FORM2_LENGTHS = (2324,)
"""Lengths that, stored without a sub-header, only Form 2 has."""


def _stores_submode(main: MainChannel) -> bool:
    start, length = main.stored
    return start <= SUBMODE_OFFSET < start + length


class RunTable:
    """All runs of a disc, in order; lead-outs between sessions are holes."""

    def __init__(self, disc: Disc) -> None:
        self.runs = tuple(_runs(disc))
        self._starts = [run.start for run in self.runs]

    def find(self, lba: int) -> Run:
        """The run holding ``lba``.

        Raises:
            AddressOutOfRange: none does.
        """
        position = bisect_right(self._starts, lba) - 1
        if position >= 0:
            run = self.runs[position]
            if lba < run.end:
                return run
        raise AddressOutOfRange(lba)

    def split(self, lba: int, count: int) -> list[tuple[Run, int, int]]:
        """The (run, first LBA, sectors) that [lba, lba + count) falls into.

        Raises:
            AddressOutOfRange: part of the range is on no track.
        """
        parts: list[tuple[Run, int, int]] = []
        while count > 0:
            run = self.find(lba)
            length = min(count, run.end - lba)
            parts.append((run, lba, length))
            lba += length
            count -= length
        return parts


def _runs(disc: Disc) -> list[Run]:
    runs: list[Run] = []
    for session in disc.sessions:
        for track in session.tracks:
            start = track.start
            for fragment in track.fragments:
                end = start + fragment.length
                runs.append(Run(start, end, session, track, fragment))
                start = end
    return runs
