"""A TOC file as values: what the text says, before any file is opened."""

from __future__ import annotations

from typing import NamedTuple

import attrs

from cdemu_core.api import Control, PackType, SessionType

from .modes import Mode


class Time(NamedTuple):
    """A position or length: ``sectors``, or ``units`` (samples of audio, bytes of data)."""

    sectors: int | None = None
    units: int = 0


@attrs.define
class Part:
    """A stretch of a track: of the file ``name``, or of zeros where that is None.

    ``offset``: bytes in the file, None where the text does not say; ``length`` None: the rest.
    """

    name: str | None
    line: int
    data: bool = False
    swap: bool = False
    offset: int | None = None
    start: Time | None = None
    length: Time | None = None


@attrs.define
class TocTrack:
    """A TRACK. ``start``: sectors before index 1; else all of the first ``start_parts`` parts."""

    mode: Mode
    sub: bool
    line: int
    control: Control = Control.NONE
    isrc: str | None = None
    pregap: int = 0
    start: int | None = None
    start_parts: int | None = None
    parts: list[Part] = attrs.field(factory=list)
    indices: list[int] = attrs.field(factory=list)
    """Sectors from index 1, of index 2 and on."""


@attrs.define
class Language:
    """A CD_TEXT block as it is read: items by pack type and track."""

    charset: int | None = None
    size_info: bytes = b""
    texts: dict[tuple[PackType, int], str | bytes] = attrs.field(factory=dict)


@attrs.define
class Toc:
    """The whole file; ``codes``: language code of each CD_TEXT block."""

    type: SessionType | None = None
    mcn: str | None = None
    first_track: int = 1
    codes: dict[int, int] = attrs.field(factory=dict)
    languages: dict[int, Language] = attrs.field(factory=dict)
    tracks: list[TocTrack] = attrs.field(factory=list)
