"""Media descriptors: Alcohol 120% (MDS/MDF), GameJack (XMD/XMF), DAEMON Tools (MDSv2, MDX)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cdemu_core.api import Disc, Feature, ImageFormat, ImageSource, ImageWriter, Magic, hookimpl

KEPT = frozenset(Feature) - {
    Feature.MCN,
    Feature.ISRC,
    Feature.CD_TEXT,
    Feature.LATER_CD_TEXT,
    Feature.INDICES,
    Feature.PREGAP_DATA,
    Feature.FIRST_PREGAP,
    Feature.SHORT_PREGAP,
    Feature.ROM_SESSION,
    Feature.MODE0,
}

SIGNATURE = b"MEDIA DESCRIPTOR"


def _parse(source: ImageSource) -> Disc:
    from .parser import parse

    return parse(source)


def _parse2(source: ImageSource) -> Disc:
    from .parser2 import parse2

    return parse2(source)


@hookimpl
def cdemu_image_formats() -> Iterable[ImageFormat]:
    """The formats of this distribution."""
    yield ImageFormat(
        name="mds",
        title="MDS Image Parser",
        suffixes=(".mds", ".xmd"),
        mime_types=("application/x-mds", "application/x-xmd"),
        magics=(Magic(0, SIGNATURE + b"\x01"),),
        parse=_parse,
        legacy_id="PARSER-MDS",
        legacy_types=(
            ("Alcohol 120% images (*.mds)", "application/x-mds"),
            ("GameJack images (*.xmd)", "application/x-xmd"),
        ),
    )
    yield ImageFormat(
        name="mdx",
        title="MDX Image Parser",
        suffixes=(".mdx", ".mds"),
        mime_types=("application/x-mdx",),
        magics=(Magic(0, SIGNATURE + b"\x02"),),
        parse=_parse2,
        legacy_id="PARSER-MDX",
        legacy_types=(("DAEMON Tools images (*.mdx, *.mds)", "application/x-mdx"),),
    )


def _write(disc: Disc, path: str, parameters: dict[str, bool | int | str]) -> Sequence[str]:
    from .writer import write

    return write(disc, path, parameters)


def _keeps(parameters: Mapping[str, bool | int | str]) -> frozenset[Feature]:
    return KEPT


@hookimpl
def cdemu_image_writers() -> Iterable[ImageWriter]:
    """Version 1 of the descriptors."""
    yield ImageWriter(
        name="mds",
        title="Media descriptor and data file",
        suffixes=(".mds",),
        media=("cd", "dvd"),
        write=_write,
        keeps=_keeps,
    )
