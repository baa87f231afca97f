"""Nero images: the NER5 and NERO trailers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cdemu_core.api import (
    Disc,
    Evidence,
    Feature,
    ImageFormat,
    ImageSource,
    ImageWriter,
    Magic,
    ProbeView,
    hookimpl,
)

KEPT = frozenset(Feature) - {
    Feature.LATER_CD_TEXT,
    Feature.ROM_SESSION,
    Feature.FORMLESS,
    Feature.MODE0,
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
        name="nrg",
        title="NRG Image Parser",
        suffixes=(".nrg",),
        mime_types=("application/x-nrg",),
        magics=(Magic(-12, b"NER5"), Magic(-8, b"NERO")),
        probe=_probe,
        parse=_parse,
        legacy_id="PARSER-NRG",
        legacy_types=(("Nero images (*.nrg)", "application/x-nrg"),),
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
        name="nrg",
        title="Nero image",
        suffixes=(".nrg",),
        media=("cd", "dvd", "bd", "hd-dvd"),
        write=_write,
        keeps=_keeps,
    )
