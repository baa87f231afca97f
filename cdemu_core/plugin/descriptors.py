"""What a plugin registers: image formats, stream filters, image writers, transports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, IntEnum
from typing import Any

import attrs

from ..disc.model import Disc
from ..stream.base import Stream
from .source import ImageSource, ProbeView

HOOKS_VERSION = (1, 1)

BUILT_IN_TRANSPORTS = frozenset({"auto", "vhba", "usbip", "tcmu", "iscsi", "loopback"})
"""Names of roads that the core has, or that mean something else: no plugin can take them."""


class Evidence(IntEnum):
    """How well a format knows a file for its own, by kind of proof."""

    NONE = 0
    SUFFIX = 1
    """Only the name says so."""
    SHAPE = 2
    """Size and stride fit, or a sync pattern repeats."""
    TEXT = 3
    """The grammar is recognised."""
    MAGIC = 4
    """Signature bytes."""
    PROVEN = 5
    """Signature and a check on it: chunk chain closes, counts and offsets agree."""


@attrs.frozen
class Magic:
    """``signature`` stands at ``offset`` bytes; a negative offset counts from the end."""

    offset: int
    signature: bytes


class FilterRole(Enum):
    """CONTAINER filters are undone wherever they are met; AUDIO ones only where audio is asked for."""

    CONTAINER = "container"
    AUDIO = "audio"


@attrs.frozen
class ImageFormat:
    """A disc image format.

    ``parse(source)`` returns a Disc or raises an ImageError; Kaitai, EOF and decoding errors
    are translated by the host. Without ``probe`` the host judges by ``magics`` and ``suffixes``.
    ``detect=False``: only with an explicit ``--format``. ``max_files``: 0 = any number.
    ``legacy_id``/``legacy_types``: what EnumSupportedParsers reports (id, (description, MIME)…).
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    mime_types: tuple[str, ...]
    parse: Callable[[ImageSource], Disc]
    magics: tuple[Magic, ...] = ()
    probe: Callable[[ProbeView], Evidence] | None = None
    max_files: int = 1
    detect: bool = True
    legacy_id: str | None = None
    legacy_types: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class StreamFilter:
    """A layer that turns one stream into another.

    ``open(stream, source)`` returns the inner stream; it takes over closing ``stream``.
    ``probe`` as for formats; a filter is applied at MAGIC or better.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    mime_types: tuple[str, ...]
    open: Callable[[Stream, ImageSource], Stream]
    magics: tuple[Magic, ...] = ()
    probe: Callable[[ProbeView], Evidence] | None = None
    role: FilterRole = FilterRole.CONTAINER
    writable: bool = False
    legacy_id: str | None = None
    legacy_types: tuple[tuple[str, str], ...] = ()


class Feature(Enum):
    """What a disc may have beyond its sectors' user data, and an image format may lose."""

    MEDIUM = "medium"
    """A kind of medium that the disc's size does not tell."""
    MCN = "mcn"
    ISRC = "isrc"
    CD_TEXT = "cd-text"
    LATER_CD_TEXT = "later-cd-text"
    """CD-TEXT of a session after the first."""
    FLAGS = "flags"
    """Pre-emphasis, copy permission, four channels."""
    INDICES = "indices"
    """Index points from 2 on."""
    PREGAPS = "pregaps"
    """Where each track's index 1 lies in it."""
    SHORT_PREGAP = "short-pregap"
    """A session whose first track has fewer than 150 sectors of pregap."""
    FIRST_PREGAP = "first-pregap"
    """Contents of the 150 sectors before a session's first track."""
    PREGAP_DATA = "pregap-data"
    """Contents of all other pregaps."""
    TRACKS = "tracks"
    """Several tracks, each at its place."""
    FIRST_TRACK = "first-track"
    """A first track that is not number 1."""
    SESSIONS = "sessions"
    """Several sessions."""
    SESSION_GAPS = "session-gaps"
    """A lead-out and lead-in between sessions of other than the usual length."""
    CD_I = "cd-i"
    XA_SESSION = "xa-session"
    """A session marked CD-ROM XA though its tracks do not say so."""
    ROM_SESSION = "rom-session"
    """A session of Mode 2 tracks that is marked CD-DA or CD-ROM (point A0 does not tell these apart)."""
    AUDIO = "audio"
    """Audio tracks, sample for sample."""
    MODE0 = "mode0"
    MODE2 = "mode2"
    """That data sectors are of Mode 2."""
    FORMLESS = "mode2-formless"
    """Mode 2 sectors without sub-header."""
    RAW_SECTORS = "raw-sectors"
    """Headers, sub-headers, EDC or ECC that cannot be made from the user data."""
    SUBCHANNEL = "subchannel"
    """Stored sub-channel that differs from what the disc's layout makes."""
    TOC_POINTS = "toc-points"
    """Lead-in entries other than positions (B0, C0 …)."""
    STRUCTURES = "structures"
    """DVD and BD structures."""
    DPM = "dpm"
    """Data position measurements."""


@attrs.frozen
class WriterParameter:
    """One line of a writer's parameter sheet; the type is ``default``'s; ``choices`` make an enumeration.

    ``automatic``: a conversion sets a flag by itself where the disc loses less by it.
    """

    id: str
    name: str
    description: str
    default: bool | int | str
    choices: tuple[str, ...] = ()
    automatic: bool = False


@attrs.frozen
class ImageWriter:
    """An image format that can be written.

    ``write(disc, path, parameters)`` writes a whole disc to ``path`` and the files beside it and
    returns their paths, those to load first; it must leave no partial file when it raises.
    ``keeps(parameters)``: the features that survive; without it none does. What was written is loaded
    again by the format of the writer's name, from the returned paths that end in one of ``suffixes``.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    media: tuple[str, ...]
    write: Callable[[Disc, str, dict[str, bool | int | str]], Sequence[str]]
    parameters: tuple[WriterParameter, ...] = ()
    legacy_id: str | None = None
    keeps: Callable[[Mapping[str, bool | int | str]], frozenset[Feature]] | None = None


@attrs.frozen
class Transport:
    """A road: a way to attach drives to this or another system.

    ``factory(settings)`` returns a new ``cdemu_core.api.Road``; it must not touch the system yet, the
    road's ``probe`` judges whether it works. ``settings`` is what the core's own roads are told.
    """

    name: str
    title: str
    factory: Callable[[Any], Any]
