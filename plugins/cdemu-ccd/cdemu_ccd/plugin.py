"""CloneCD images: a text descriptor, 2352-byte sectors in .img, sub-channel in .sub."""

from __future__ import annotations

from collections.abc import Iterable

from cdemu_core.api import Disc, Evidence, ImageFormat, ImageSource, ProbeView, hookimpl


def _probe(view: ProbeView) -> Evidence:
    from .ini import looks_like_ccd

    return Evidence.TEXT if looks_like_ccd(view.head) else Evidence.NONE


def _parse(source: ImageSource) -> Disc:
    from .parser import parse

    return parse(source)


@hookimpl
def cdemu_image_formats() -> Iterable[ImageFormat]:
    """The one format of this distribution."""
    yield ImageFormat(
        name="ccd",
        title="CCD Image Parser",
        suffixes=(".ccd",),
        mime_types=("application/x-ccd",),
        probe=_probe,
        parse=_parse,
        legacy_id="PARSER-CCD",
        legacy_types=(("CloneCD images (*.ccd)", "application/x-ccd"),),
    )
