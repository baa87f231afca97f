"""Where each track's sectors lie in the data files.

Every INDEX begins a part that lasts to the next INDEX in the same file, or to the file's end. The
consecutive parts of one track in one file are a run. Positions are counted in bytes, as tracks of
different sector sizes may share a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import NamedTuple

from cdemu_core.api import CorruptImage, ImageSource, frames_to_msf

from .files import DataFile, open_file
from .sheet import Point, Sheet, SheetTrack

FIRST_SESSION_GAP = 11_400
"""Lead-out, lead-in and pregap between the first and the second session (MMC-6, 4.2.3.6)."""
LATER_SESSION_GAP = 6_900
"""The same between later sessions."""


class Run(NamedTuple):
    """Consecutive index points of one track in one file; ``start`` in frames of the file."""

    track: SheetTrack
    points: tuple[Point, ...]
    start: int


class PlacedRun(NamedTuple):
    """A run with its sectors: ``offset`` in bytes; ``gap``: sectors behind it that belong to no track."""

    run: Run
    file: DataFile
    offset: int
    length: int
    gap: int = 0


def place(source: ImageSource, sheet: Sheet) -> dict[int, list[PlacedRun]]:
    """The runs of each track, by the track's number, in order.

    Raises:
        MissingFile, UnsupportedImage: as the source raises them.
        CorruptImage: an INDEX lies before the one above it or behind the end of its file.
    """
    placed: dict[int, list[PlacedRun]] = {track.number: [] for track in sheet.tracks}
    opened: dict[int, DataFile] = {}
    for number, runs in _by_file(sheet):
        file = open_file(source, sheet.files[number], runs[0].track.mode)
        opened[number] = file
        for piece in _place_in(source, sheet, file, runs):
            placed[piece.run.track.number].append(piece)
    return placed


def _by_file(sheet: Sheet) -> Iterator[tuple[int, list[Run]]]:
    """The runs of each file in the order of the sheet; FILE statements that repeat a name are one file."""
    points = [(track, point) for track in sheet.tracks for point in track.points]
    names = [file.name.casefold() for file in sheet.files]
    for _, of_file in groupby(points, key=lambda pair: names[pair[1].file]):
        pairs = list(of_file)
        runs = []
        for number, of_track in groupby(pairs, key=lambda pair: pair[0].number):
            track_points = tuple(point for _, point in of_track)
            track = next(track for track, _ in pairs if track.number == number)
            runs.append(Run(track, track_points, track_points[0].address))
        if runs[0].points[0] is sheet.tracks[0].points[0]:
            runs[0] = runs[0]._replace(start=0)  # what is before the disc's first index is its pregap
        yield pairs[0][1].file, runs


def _place_in(source: ImageSource, sheet: Sheet, file: DataFile, runs: list[Run]) -> Iterator[PlacedRun]:
    _check_ascending(runs)
    offset = runs[0].start * runs[0].track.mode.stride
    for run, following in pairwise(runs):
        stride = run.track.mode.stride
        length = following.start - run.start
        gap = _session_gap(sheet, run, following)
        _check_inside(sheet, file, run, offset, max(0, length - gap - 1) * stride)
        yield PlacedRun(run, file, offset, length - gap, gap)
        offset += length * stride
    last = runs[-1]
    _check_inside(sheet, file, last, offset, 0)
    length = file.sectors_from(offset, last.track.mode.stride, source)
    end = _stated_end(sheet, last)
    if end is not None and last.start < end <= last.start + length:
        length = end - last.start
    if last.points[-1].address - last.start >= length:
        _refuse_behind_end(sheet, file, last)
    yield PlacedRun(last, file, offset, length)


def _stated_end(sheet: Sheet, run: Run) -> int | None:
    """REM LEAD-OUT of the disc's last session where it is a time in the only file."""
    alone = len({file.name.casefold() for file in sheet.files}) == 1
    if not alone or run.track is not sheet.tracks[-1] or not _is_position(sheet):
        return None
    return sheet.sessions[run.track.session].lead_out


def _check_ascending(runs: list[Run]) -> None:
    points = [point for run in runs for point in run.points]
    for before, after in pairwise(points):
        if after.address < before.address:
            late, early = frames_to_msf(before.address), frames_to_msf(after.address)
            raise CorruptImage(
                f"Line {after.line} of the CUE sheet: INDEX {after.number:02d} at {early} lies before {late} "
                f"on line {before.line}; times must ascend.",
                structure=f"line {after.line}",
            )


def _check_inside(sheet: Sheet, file: DataFile, run: Run, offset: int, reach: int) -> None:
    if offset + reach >= file.stream.size:
        _refuse_behind_end(sheet, file, run)


def _refuse_behind_end(sheet: Sheet, file: DataFile, run: Run) -> None:
    point = run.points[-1]
    raise CorruptImage(
        f"Track {run.track.number} of the CUE sheet (line {point.line}) lies behind the end of "
        f"“{file.name}”, which has {file.stream.size} bytes; it is incomplete or belongs to another sheet.",
        structure=f"line {point.line}",
        offset=file.stream.size,
    )


def _is_position(sheet: Sheet) -> bool:
    """REM LEAD-OUT is a time in the file, unless the areas' durations are given (REM LEAD-IN)."""
    return all(session.lead_in is None for session in sheet.sessions)


def _session_gap(sheet: Sheet, run: Run, following: Run) -> int:
    """Sectors at the end of ``run`` that the lead-out and lead-in between two sessions take in the file."""
    session = run.track.session
    if following.track.session == session or sheet.sessions[following.track.session].index1 is not None:
        return 0
    length = following.start - run.start
    lead_out = sheet.sessions[session].lead_out
    if lead_out is not None and _is_position(sheet):
        return following.start - lead_out if run.start < lead_out <= following.start else 0
    if lead_out is not None:
        return 0
    gap = LATER_SESSION_GAP if session else FIRST_SESSION_GAP
    return gap if length > gap else 0
