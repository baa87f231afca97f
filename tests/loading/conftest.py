"""Formats and filters that tests of the loader make up, in a host that knows no others."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import EntryPoint

import pytest

from cdemu_core.api import (
    STORED,
    Disc,
    DiscBuilder,
    Evidence,
    FilterRole,
    Fragment,
    ImageFormat,
    ImageSource,
    Magic,
    MainChannel,
    ProbeView,
    SectorType,
    Stream,
    StreamFilter,
    hookimpl,
)
from cdemu_core.loading.loader import ImageLoader
from cdemu_core.plugin.host import PluginHost
from cdemu_core.stream.window import WindowStream


def parse_plain(source: ImageSource) -> Disc:
    """The file as Mode 1 sectors of 2048 bytes."""
    return disc_of(source.stream)


def disc_of(stream: Stream) -> Disc:
    builder = DiscBuilder()
    track = builder.add_session().add_track(SectorType.MODE1)
    main = MainChannel(stream, 0, 2048, STORED[SectorType.MODE1, 2048])
    track.add_fragment(Fragment(max(1, stream.size // 2048), main if stream.size >= 2048 else None))
    return builder.build()


def make_format(
    name: str = "plain",
    suffixes: tuple[str, ...] = (".plain",),
    parse: Callable[[ImageSource], Disc] = parse_plain,
    *,
    shows: Evidence | None = None,
    magics: tuple[Magic, ...] = (),
    probe: Callable[[ProbeView], Evidence] | None = None,
    max_files: int = 1,
    detect: bool = True,
) -> ImageFormat:
    """A format; ``shows`` is what its probe always answers."""
    return ImageFormat(
        name=name,
        title=f"{name} image",
        suffixes=suffixes,
        mime_types=(),
        parse=parse,
        magics=magics,
        probe=probe if shows is None else lambda view: shows,
        max_files=max_files,
        detect=detect,
    )


class Peeled(WindowStream):
    """A stream without the four bytes of its signature."""

    def __init__(self, stream: Stream, source: ImageSource) -> None:
        super().__init__(stream, 4)


def make_filter(
    name: str = "peel",
    signature: bytes = b"PEEL",
    opens: Callable[[Stream, ImageSource], Stream] = Peeled,
    suffixes: tuple[str, ...] | None = None,
    role: FilterRole = FilterRole.CONTAINER,
) -> StreamFilter:
    """A filter for files that begin with ``signature``."""
    return StreamFilter(
        name=name,
        title=f"{name} filter",
        suffixes=(f".{name}",) if suffixes is None else suffixes,
        mime_types=(),
        open=opens,
        magics=(Magic(0, signature),),
        role=role,
    )


class Makers:
    """What the modules of this room's tests need, as attributes of one fixture."""

    format = staticmethod(make_format)
    filter = staticmethod(make_filter)
    disc_of = staticmethod(disc_of)
    parse_plain = staticmethod(parse_plain)
    Peeled = Peeled

    def __init__(self) -> None:
        self.modules: list[str] = []

    def host(self, *items: ImageFormat | StreamFilter) -> PluginHost:
        """A host that knows ``items`` and nothing else."""
        formats = [item for item in items if isinstance(item, ImageFormat)]
        filters = [item for item in items if isinstance(item, StreamFilter)]

        def cdemu_image_formats() -> Iterable[ImageFormat]:
            return formats

        def cdemu_stream_filters() -> Iterable[StreamFilter]:
            return filters

        module = types.ModuleType(f"made_up_{len(self.modules)}")
        module.cdemu_image_formats = hookimpl(cdemu_image_formats)  # type: ignore[attr-defined]
        module.cdemu_stream_filters = hookimpl(cdemu_stream_filters)  # type: ignore[attr-defined]
        sys.modules[module.__name__] = module
        self.modules.append(module.__name__)
        return PluginHost([EntryPoint("made-up", module.__name__, "cdemu")])

    def loader(self, *items: ImageFormat | StreamFilter) -> ImageLoader:
        """A loader with such a host."""
        return ImageLoader(self.host(*items))


@pytest.fixture
def make() -> Iterator[Makers]:
    """``make.format``, ``make.filter``, ``make.host``, ``make.loader``."""
    makers = Makers()
    yield makers
    for name in makers.modules:
        del sys.modules[name]
