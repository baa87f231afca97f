"""Opens files and undoes their layers: each file once, closed together."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import Final

import attrs

from ..errors import CorruptImage, MissingFile, StreamError
from ..plugin.descriptors import Evidence, FilterRole, StreamFilter
from ..plugin.host import PluginHost
from ..plugin.source import ImageSource
from ..stream.base import Stream
from ..stream.file import FileStream
from .contain import contained, shown
from .probe import judge_all
from .view import StreamView

MAX_LAYERS: Final = 8
LEAST_EVIDENCE: Final = {FilterRole.CONTAINER: Evidence.MAGIC, FilterRole.AUDIO: Evidence.SUFFIX}
"""What a filter must show; audio is decoded only where it was asked for, so there a name will do."""


@attrs.frozen(eq=False)
class OpenedFile:
    """A file with its layers undone; ``name`` has lost the suffixes of the ``filters`` undone."""

    path: str
    name: str
    stream: Stream
    filters: tuple[str, ...] = ()
    audio: bool = False
    """The last of ``filters`` decodes audio."""


class Chain:
    """The files of one load. ``source_for(path, stream)`` is what a filter gets as its source."""

    def __init__(self, host: PluginHost, source_for: Callable[[str, Stream], ImageSource]) -> None:
        self._host = host
        self._source_for = source_for
        self._opened: dict[tuple[str, FilterRole], OpenedFile] = {}
        self._opening: set[tuple[str, FilterRole]] = set()

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of all files opened so far, in that order."""
        return tuple(dict.fromkeys(opened.path for opened in self._opened.values()))

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Suffixes of the filters that can be undone."""
        container = [f for f in self._host.filters.values() if f.role is FilterRole.CONTAINER]
        return tuple(suffix for filter_ in container for suffix in filter_.suffixes)

    def open(self, path: str, role: FilterRole = FilterRole.CONTAINER) -> OpenedFile:
        """The file at ``path``, containers undone; with AUDIO one audio coding too, if it has one.

        Raises:
            MissingFile, StreamError: it is missing, may not be read or is no regular file.
            CorruptImage: its layers never end, or it asks for itself.
        """
        if "\0" in path:
            raise MissingFile(f"There is no file “{shown(path)}”.", path=path)
        key = (os.path.realpath(path), role)
        if key in self._opened:
            return self._opened[key]
        if key in self._opening:
            raise CorruptImage(f"“{shown(path)}” is made of itself.", path=path)
        self._opening.add(key)
        try:
            opened = self._undo_all(OpenedFile(path, os.path.basename(path), open_plain(path)), role)
        finally:
            self._opening.discard(key)
        self._opened[key] = opened
        return opened

    def close(self) -> None:
        """Close every stream; harmless when repeated."""
        while self._opened:
            _, opened = self._opened.popitem()
            opened.stream.close()

    def _undo_all(self, opened: OpenedFile, role: FilterRole) -> OpenedFile:
        try:
            while filter_ := self._claimant(opened, FilterRole.CONTAINER):
                opened = self._undo(opened, filter_)
            if role is FilterRole.AUDIO and (filter_ := self._claimant(opened, role)):
                opened = self._undo(opened, filter_)
        except BaseException:
            opened.stream.close()
            raise
        return opened

    def _claimant(self, opened: OpenedFile, role: FilterRole) -> StreamFilter | None:
        """The filter that shows most; among equals the first by name, so that the choice is stable."""
        with contained(opened.path, "file", None):
            view = StreamView(opened.stream, opened.name)
            filters = sorted(self._host.filters.values(), key=lambda f: f.name)
            rivals = tuple(self._host.formats.values())
            verdicts = judge_all([f for f in filters if f.role is role], view, rivals)
        best = max(verdicts, key=lambda pair: pair[0].rank, default=None)
        if best is None or best[0].evidence < LEAST_EVIDENCE[role]:
            return None
        return best[1]

    def _undo(self, opened: OpenedFile, filter_: StreamFilter) -> OpenedFile:
        if len(opened.filters) >= MAX_LAYERS:
            raise CorruptImage(
                f"“{shown(opened.path)}” has more than {MAX_LAYERS} layers: {', '.join(opened.filters)}.",
                path=opened.path,
            )
        record = self._host.owner(filter_)
        with contained(opened.path, filter_.title, record):
            inner = filter_.open(opened.stream, self._source_for(opened.path, opened.stream))
            if not isinstance(inner, Stream):
                raise TypeError(f"open returned {type(inner).__name__}, not a Stream")
        suffix = next((s for s in filter_.suffixes if opened.name.lower().endswith(s)), "")
        name = opened.name[: len(opened.name) - len(suffix)]
        audio = filter_.role is FilterRole.AUDIO
        return OpenedFile(opened.path, name, inner, (*opened.filters, filter_.name), audio)


def open_plain(path: str) -> Stream:
    """The file itself.

    Raises:
        MissingFile: it is not there.
        StreamError: it is a folder, a device or a pipe, or may not be read.
    """
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise StreamError(f"“{shown(path)}” is a folder; give the image file in it.")
        if not stat.S_ISREG(mode):
            raise StreamError(f"“{shown(path)}” is a device or a pipe; copy it into a file and load that.")
        return FileStream(path)
    except (FileNotFoundError, NotADirectoryError):
        raise MissingFile(f"There is no file “{path}”.", path=path) from None
    except PermissionError:
        raise StreamError(f"“{shown(path)}” may not be read by this user; change its permissions.") from None
    except StreamError:
        raise
    except (OSError, ValueError) as problem:
        raise StreamError(f"“{shown(path)}” cannot be opened: {problem}.") from problem
