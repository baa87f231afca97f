"""CUE sheets."""

from __future__ import annotations

from collections.abc import Iterable

from cdemu_core.api import Disc, Evidence, ImageFormat, ImageSource, ProbeView, hookimpl


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
