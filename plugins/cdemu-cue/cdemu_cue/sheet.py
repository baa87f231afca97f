"""A CUE sheet as values: what the text says, before any file is opened."""

from __future__ import annotations

from typing import NamedTuple

import attrs

from cdemu_core.api import Control, MediumType, PackType

from .modes import Mode


class Point(NamedTuple):
    """An INDEX: ``address`` in frames from the start of file number ``file``, found on ``line``."""

    number: int
    address: int
    file: int
    line: int


@attrs.define
class SheetFile:
    """A FILE statement; ``type`` in capitals, empty if the sheet gives none."""

    name: str
    type: str
    line: int


@attrs.define
class SheetTrack:
    """A TRACK with what follows it; gaps in frames."""

    number: int
    mode: Mode
    line: int
    session: int
    control: Control = Control.NONE
    isrc: str | None = None
    pregap: int = 0
    postgap: int = 0
    points: list[Point] = attrs.field(factory=list)
    texts: dict[PackType, str] = attrs.field(factory=dict)


@attrs.define
class SheetSession:
    """What remarks tell about a session, in frames.

    ``lead_out``, ``lead_in`` and ``pregap`` are the REM statements of these names. ``index1`` is the
    address of its first track where it is fixed (the high-density area of a GD-ROM).
    """

    lead_out: int | None = None
    lead_in: int | None = None
    pregap: int | None = None
    index1: int | None = None
    cdtext_file: str | None = None


@attrs.define
class Sheet:
    """The whole text. ``sessions`` are counted from 0 in ``SheetTrack.session``."""

    mcn: str | None = None
    medium: MediumType | None = None
    texts: dict[PackType, str] = attrs.field(factory=dict)
    files: list[SheetFile] = attrs.field(factory=list)
    tracks: list[SheetTrack] = attrs.field(factory=list)
    sessions: list[SheetSession] = attrs.field(factory=lambda: [SheetSession()])
