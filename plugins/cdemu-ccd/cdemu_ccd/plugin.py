"""CloneCD images: CDs as .ccd, .img (2352-byte sectors) and .sub (sub-channel), DVDs as .dvd and .iso."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cdemu_core.api import Disc, Evidence, Feature, ImageFormat, ImageSource, ImageWriter, ProbeView, hookimpl

KEPT = frozenset(Feature) - {
    Feature.LATER_CD_TEXT,
    Feature.FIRST_PREGAP,
    Feature.SHORT_PREGAP,
    Feature.ROM_SESSION,
    Feature.FORMLESS,
    Feature.STRUCTURES,
    Feature.DPM,
}


def _probe(view: ProbeView) -> Evidence:
    from .ini import looks_like_ccd

    return Evidence.TEXT if looks_like_ccd(view.head) else Evidence.NONE


def _parse(source: ImageSource) -> Disc:
    from .parser import parse

    return parse(source)


def _probe_dvd(view: ProbeView) -> Evidence:
    from .dvd import looks_like_dvd

    return Evidence.TEXT if looks_like_dvd(view.head) else Evidence.NONE


def _parse_dvd(source: ImageSource) -> Disc:
    from .dvd import parse

    return parse(source)


@hookimpl
def cdemu_image_formats() -> Iterable[ImageFormat]:
    """CD and DVD descriptors."""
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
    yield ImageFormat(
        name="ccd-dvd",
        title="CloneCD DVD image",
        suffixes=(".dvd",),
        mime_types=("application/x-ccd",),
        probe=_probe_dvd,
        parse=_parse_dvd,
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
        name="ccd",
        title="CloneCD image",
        suffixes=(".ccd",),
        media=("cd",),
        write=_write,
        keeps=_keeps,
    )
