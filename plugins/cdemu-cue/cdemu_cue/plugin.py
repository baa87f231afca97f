"""CUE sheets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cdemu_core.api import Disc, Evidence, Feature, ImageFormat, ImageSource, ImageWriter, ProbeView, hookimpl

KEPT = frozenset(Feature) - {
    Feature.FIRST_PREGAP,
    Feature.SHORT_PREGAP,
    Feature.XA_SESSION,
    Feature.ROM_SESSION,
    Feature.FORMLESS,
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


@hookimpl
def cdemu_image_formats() -> Iterable[ImageFormat]:
    """The one format of this distribution."""
    yield ImageFormat(
        name="cue",
        title="CUE sheet",
        suffixes=(".cue",),
        mime_types=("application/x-cue",),
        parse=_parse,
        probe=_probe,
        legacy_id="PARSER-CUE",
        legacy_types=(("CUE images (*.cue)", "application/x-cue"),),
    )


def _write(disc: Disc, path: str, parameters: dict[str, bool | int | str]) -> Sequence[str]:
    from .writer import write

    return write(disc, path, parameters)


def _keeps(parameters: Mapping[str, bool | int | str]) -> frozenset[Feature]:
    return KEPT


@hookimpl
def cdemu_image_writers() -> Iterable[ImageWriter]:
    """The same format, written."""
    yield ImageWriter(
        name="cue",
        title="CUE sheet and one data file",
        suffixes=(".cue",),
        media=("cd", "dvd", "bd", "hd-dvd"),
        write=_write,
        keeps=_keeps,
    )
