"""ImageLoader: from paths to a Disc."""

from __future__ import annotations

import os
from collections.abc import Mapping

import attrs

from ..disc.model import Disc
from ..errors import CdemuError, CorruptImage, ImageError, UnknownImage
from ..plugin.descriptors import Evidence, ImageFormat
from ..plugin.host import PluginHost
from .contain import contained, shown
from .probe import Verdict, check_unequal, rank_formats, unknown
from .source import HostSource, LoadContext
from .view import StreamView


@attrs.frozen
class LoadRequest:
    """What to load. ``format``: a format's name instead of detection; ``options``: further load options."""

    paths: tuple[str, ...]
    format: str | None = None
    encoding: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    options: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(eq=False)
class LoadedImage:
    """A disc and the files behind it, open until :meth:`close`.

    ``files``: paths of every file in use, the given ones first; ``notes``: sentences for the user.
    """

    disc: Disc
    format: str
    files: tuple[str, ...]
    notes: tuple[str, ...]
    _context: LoadContext = attrs.field(repr=False)

    def close(self) -> None:
        """Close the files; the disc cannot be read after this. Closing twice is harmless."""
        self._context.chain.close()


class ImageLoader:
    """Loads images with the formats and filters of ``host``; one loader serves any number of threads."""

    def __init__(self, host: PluginHost) -> None:
        self._host = host

    def load(self, request: LoadRequest) -> LoadedImage:
        """Open, recognise and parse.

        Raises:
            ImageError: about the files given; its subclasses say what is wrong.
            StreamError: a file cannot be read.
            PluginBroken: a plugin raised what it must not raise.

        Nothing stays open when it raises.
        """
        if not request.paths:
            raise ImageError("No image file was given.")
        options = dict(request.options)
        if request.encoding is not None:
            options["encoding"] = request.encoding
        context = LoadContext(self._host, options, request.password)
        try:
            return self._load(request, context)
        except BaseException:
            context.chain.close()
            raise

    def _load(self, request: LoadRequest, context: LoadContext) -> LoadedImage:
        paths = tuple(os.path.abspath(path) for path in request.paths)
        opened = [context.chain.open(path) for path in paths]
        for file in opened:
            if file.stream.size == 0:
                raise CorruptImage(f"“{shown(file.path)}” is empty.", path=file.path)
        source = HostSource(context, paths)
        if request.format is not None:
            fmt = self._named(request.format)
            disc = self._parse(fmt, source)
        else:
            fmt, disc = self._detect(StreamView(opened[0].stream, opened[0].name), source, context)
        return LoadedImage(disc, fmt.name, context.chain.files, tuple(context.notes), context)

    def _named(self, name: str) -> ImageFormat:
        try:
            return self._host.formats[name]
        except KeyError:
            known = ", ".join(sorted(self._host.formats)) or "none is installed"
            raise UnknownImage(f"There is no image format “{name}”; there are: {known}.") from None

    def _detect(self, view: StreamView, source: HostSource, context: LoadContext) -> tuple[ImageFormat, Disc]:
        """Try the claims, best first; one that showed a signature has the last word."""
        with contained(source.path, "file", None):
            claims, refused = rank_formats(tuple(self._host.formats.values()), view, len(source.paths))
        failed: list[tuple[Verdict, str]] = []
        errors: list[CdemuError] = []
        while claims:
            check_unequal(claims, source.path)
            verdict = claims.pop(0)
            fmt = self._host.formats[verdict.descriptor.name]
            notes = dict(context.notes)
            try:
                return fmt, self._parse(fmt, source)
            except CdemuError as problem:
                context.notes = notes
                if verdict.evidence >= Evidence.MAGIC:
                    raise
                failed.append((verdict, str(problem)))
                errors.append(problem)
        if errors and failed[0][0].evidence >= Evidence.TEXT:
            raise errors[0]
        installed = frozenset(record.dist for record in self._host.list() if record.state == "ok")
        raise unknown(source.path, view, refused, failed, installed)

    def _parse(self, fmt: ImageFormat, source: HostSource) -> Disc:
        with contained(source.path, fmt.title, self._host.owner(fmt)):
            disc = fmt.parse(source)
            if not isinstance(disc, Disc):
                raise TypeError(f"parse returned {type(disc).__name__}, not a Disc")
        return disc
