"""cdrdao TOC files, read and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cdemu_core.api import (
    Disc,
    Evidence,
    Feature,
    ImageFormat,
    ImageSource,
    ImageWriter,
    ProbeView,
    WriterParameter,
    hookimpl,
)

Parameters = Mapping[str, bool | int | str]

PARAMETERS = (
    WriterParameter(
        "writer.write_raw",
        "Write raw",
        "Store whole data sectors of 2352 bytes.",
        False,
        automatic=True,
    ),
    WriterParameter(
        "writer.write_subchannel",
        "Write subchannel",
        "Store the sub-channel behind each sector.",
        False,
        automatic=True,
    ),
    WriterParameter(
        "writer.swap_raw_audio", "Swap raw audio data", "Store audio big-endian, as cdrdao reads it.", True
    ),
)
KEPT = frozenset(Feature) - {
    Feature.FIRST_PREGAP,
    Feature.SHORT_PREGAP,
    Feature.SESSION_GAPS,
    Feature.RAW_SECTORS,
    Feature.SUBCHANNEL,
    Feature.TOC_POINTS,
    Feature.STRUCTURES,
    Feature.DPM,
}


def _probe(view: ProbeView) -> Evidence:
    from .recognise import recognise

    return recognise(view)


def _parse(source: ImageSource) -> Disc:
    from .parser import parse

    return parse(source)


def _keeps(parameters: Parameters) -> frozenset[Feature]:
    kept = KEPT
    if parameters.get("writer.write_raw"):
        kept |= {Feature.RAW_SECTORS}
        kept -= {Feature.FORMLESS, Feature.MODE0}
    if parameters.get("writer.write_subchannel"):
        kept |= {Feature.SUBCHANNEL}
    return kept


def _write(disc: Disc, path: str, parameters: dict[str, bool | int | str]) -> Sequence[str]:
    from .writer import write

    return write(disc, path, parameters)


@hookimpl
def cdemu_image_formats() -> Iterable[ImageFormat]:
    """The one format of this distribution."""
    yield ImageFormat(
        name="toc",
        title="cdrdao TOC file",
        suffixes=(".toc",),
        mime_types=("application/x-cdrdao-toc",),
        parse=_parse,
        probe=_probe,
        max_files=0,
        legacy_id="PARSER-TOC",
        legacy_types=(("cdrdao images (*.toc)", "application/x-cdrdao-toc"),),
    )


@hookimpl
def cdemu_image_writers() -> Iterable[ImageWriter]:
    """The same format."""
    yield ImageWriter(
        name="toc",
        title="TOC Image Writer",
        suffixes=(".toc",),
        media=("cd",),
        write=_write,
        parameters=PARAMETERS,
        legacy_id="WRITER-TOC",
        keeps=_keeps,
    )
