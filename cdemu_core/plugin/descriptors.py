"""What a plugin registers: image formats, stream filters, image writers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, IntEnum

import attrs

from ..disc.model import Disc
from ..stream.base import Stream
from .source import ImageSource, ProbeView

HOOKS_VERSION = (1, 0)


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


@attrs.frozen
class WriterParameter:
    """One line of a writer's parameter sheet; the type is ``default``'s; ``choices`` make an enumeration."""

    id: str
    name: str
    description: str
    default: bool | int | str
    choices: tuple[str, ...] = ()


@attrs.frozen
class ImageWriter:
    """An image format that can be written.

    ``write(disc, path, parameters)`` writes a whole disc to ``path`` and the files beside it and
    returns their paths; it must leave no partial file when it raises.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    media: tuple[str, ...]
    write: Callable[[Disc, str, dict[str, bool | int | str]], Sequence[str]]
    parameters: tuple[WriterParameter, ...] = ()
    legacy_id: str | None = None
