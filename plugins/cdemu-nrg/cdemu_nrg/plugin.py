"""Nero images: the NER5 and NERO trailers."""

from __future__ import annotations

from collections.abc import Iterable

from cdemu_core.api import Disc, Evidence, ImageFormat, ImageSource, Magic, ProbeView, hookimpl


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
