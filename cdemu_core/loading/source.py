"""HostSource: the host's ImageSource."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from ..errors import MissingFile, PasswordRequired, UnsupportedImage
from ..plugin.descriptors import FilterRole
from ..plugin.host import PluginHost
from ..stream.base import Stream
from .chain import Chain
from .contain import shown
from .naming import Finder
from .text import read_text


class LoadContext:
    """What all sources of one load share: opened files, options, notes."""

    def __init__(self, host: PluginHost, options: Mapping[str, str], password: str | None) -> None:
        self.options = options
        self.password = password
        self.notes: dict[str, None] = {}
        self.chain = Chain(host, lambda path, stream: HostSource(self, (path,), (stream,)))

    def note(self, message: str) -> None:
        """Keep ``message``, once."""
        self.notes[message] = None


class HostSource:
    """The ImageSource of the files ``paths``; ``streams`` where they are open already."""

    def __init__(
        self, context: LoadContext, paths: tuple[str, ...], streams: tuple[Stream, ...] | None = None
    ) -> None:
        self._context = context
        self._streams = streams
        self.paths = paths
        self.path = paths[0]

    @property
    def stream(self) -> Stream:
        """The first file, filters undone."""
        return self.streams[0]

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        """All files given, filters undone."""
        if self._streams is not None:
            return self._streams
        return tuple(self._context.chain.open(path).stream for path in self.paths)

    def text(self, stream: Stream | None = None) -> str:
        """The first file, or ``stream``, as text."""
        return read_text(stream or self.stream, self.option("encoding"), self._context.note)

    def open(self, name: str) -> Stream:
        """The file a descriptor names, filters undone."""
        return self._context.chain.open(self._found(name)).stream

    def find(self, name: str) -> str | None:
        """Path that :meth:`open` would take, or None."""
        return self._finder.find(name)

    def open_audio(self, name: str) -> Stream:
        """The file a descriptor names, as CD audio."""
        opened = self._context.chain.open(self._found(name), FilterRole.AUDIO)
        if not opened.audio:
            raise UnsupportedImage(
                f"No installed plugin decodes the audio file “{shown(opened.path)}”; install cdemu-sndfile.",
                path=opened.path,
                feature="audio file",
            )
        return opened.stream

    def option(self, name: str) -> str | None:
        """A load option's value."""
        return self._context.options.get(name)

    def password(self) -> str:
        """The password given."""
        if self._context.password is None:
            raise PasswordRequired(f"“{shown(self.path)}” is encrypted; give its password.", path=self.path)
        return self._context.password

    def note(self, message: str) -> None:
        """Tell the user something that does not stop the load."""
        self._context.note(message)

    @cached_property
    def _finder(self) -> Finder:
        return Finder(self.path, self._context.chain.suffixes, self._context.note)

    def _found(self, name: str) -> str:
        path = self._finder.find(name)
        if path is None:
            raise MissingFile(
                f"“{shown(self.path)}” needs the file “{name}”, which is not there; put it beside it.",
                path=name,
                wanted_by=self.path,
            )
        return path
