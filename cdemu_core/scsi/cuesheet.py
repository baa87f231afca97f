"""SEND CUE SHEET: the session that the host is going to write at once (MMC-6, SEND CUE SHEET)."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import Final, NamedTuple

from ..disc.model import Control
from ..units import msf_to_lba
from .blocks import BlockForm, data_form
from .sense import invalid_parameter

ENTRY: Final = 8
LEAD_IN, LEAD_OUT = 0x00, 0xAA
ADR_POSITION, ADR_MCN, ADR_ISRC = 1, 2, 3
MCN_DIGITS: Final = 13
SUB_BITS: Final = 0xC0
MAX_TRACKS: Final = 99


class CueRun(NamedTuple):
    """Sectors [start, end) of one index (``point``) of one track, all sent in one form."""

    start: int
    end: int
    track: int
    point: int
    form: BlockForm
    control: Control


class CueSheet(NamedTuple):
    """``runs`` in order without holes; ``lead_in``: the form of lead-in sectors the host will send."""

    runs: tuple[CueRun, ...]
    lead_in: BlockForm | None
    mcn: str | None
    isrc: dict[int, str]

    @property
    def start(self) -> int:
        """LBA of the first run."""
        return self.runs[0].start

    @property
    def end(self) -> int:
        """LBA of the lead-out."""
        return self.runs[-1].end

    def run_at(self, lba: int) -> CueRun | None:
        """The run holding ``lba``."""
        position = bisect_right(self.runs, lba, key=lambda run: run.start) - 1
        if position < 0 or lba >= self.runs[position].end:
            return None
        return self.runs[position]

    def track_form(self, track: int) -> BlockForm:
        """The form of a track's first index from 1 on, which is its type."""
        runs = [run for run in self.runs if run.track == track]
        return next((run.form for run in runs if run.point), runs[0].form)


class _Position(NamedTuple):
    lba: int
    track: int
    point: int
    form: BlockForm
    control: Control


def parse(data: bytes, start: int) -> CueSheet:
    """The sheet of a session that begins at LBA ``start``, where its first entry is moved to.

    Raises Refused: INVALID FIELD IN PARAMETER LIST at the entry that is wrong.
    """
    positions: list[_Position] = []
    lead_in: BlockForm | None = None
    texts: dict[tuple[int, int], bytes] = {}
    for at in range(0, len(data) - ENTRY + 1, ENTRY):
        entry = data[at : at + ENTRY]
        adr, track = entry[0] & 0x0F, entry[1]
        if adr in (ADR_MCN, ADR_ISRC):
            key = (adr, track if adr == ADR_ISRC else 0)
            texts[key] = texts.get(key, b"") + entry[1 if adr == ADR_MCN else 2 :]
            continue
        form = data_form(entry[3])
        if adr != ADR_POSITION or form is None:
            raise invalid_parameter(at if adr != ADR_POSITION else at + 3)
        if track == LEAD_IN:
            lead_in = form if entry[3] & SUB_BITS else None
            continue
        if track != LEAD_OUT and not 1 <= track <= MAX_TRACKS:
            raise invalid_parameter(at + 1)
        lba = msf_to_lba((entry[5], entry[6], entry[7]))
        positions.append(_Position(lba, track, entry[2], form, Control(entry[0] >> 4)))
    return CueSheet(_runs(positions, start), lead_in, _mcn(texts), _isrc(texts))


def _runs(positions: list[_Position], start: int) -> tuple[CueRun, ...]:
    """Positions as runs: each ends where the next begins, the lead-out comes last."""
    if len(positions) < 2 or positions[-1].track != LEAD_OUT:
        raise invalid_parameter(max(0, len(positions) - 1) * ENTRY)
    move = start - positions[0].lba
    runs: list[CueRun] = []
    for number, (this, following) in enumerate(pairwise(positions)):
        if following.lba < this.lba or this.track == LEAD_OUT or following.track < this.track:
            raise invalid_parameter(number * ENTRY)
        if following.lba > this.lba:
            runs.append(CueRun(this.lba + move, following.lba + move, *this[1:]))
    if not runs:
        raise invalid_parameter(0)
    return tuple(runs)


def _mcn(texts: dict[tuple[int, int], bytes]) -> str | None:
    return _text(texts.get((ADR_MCN, 0), b"")[:MCN_DIGITS])


def _isrc(texts: dict[tuple[int, int], bytes]) -> dict[int, str]:
    found = {track: _text(text) for (adr, track), text in texts.items() if adr == ADR_ISRC}
    return {track: text for track, text in found.items() if text}


def _text(data: bytes) -> str | None:
    text = data.decode("ascii", "replace")
    return text if text.isalnum() and text.isascii() else None
