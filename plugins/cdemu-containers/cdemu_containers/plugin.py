"""Compressed and wrapped containers as stream filters."""

from __future__ import annotations

from collections.abc import Iterable

from cdemu_core.api import Evidence, ImageSource, Magic, ProbeView, Stream, StreamFilter, hookimpl


def _open_cso(stream: Stream, source: ImageSource) -> Stream:
    from .cso import open_cso

    return open_cso(stream)


def _open_dax(stream: Stream, source: ImageSource) -> Stream:
    from .dax import open_dax

    return open_dax(stream)


def _open_isz(stream: Stream, source: ImageSource) -> Stream:
    from .isz import open_isz

    return open_isz(stream, source)


def _open_dmg(stream: Stream, source: ImageSource) -> Stream:
    from .dmg import open_dmg

    return open_dmg(stream, source)


def _open_ecm(stream: Stream, source: ImageSource) -> Stream:
    from .ecm import open_ecm

    return open_ecm(stream)


def _open_macbinary(stream: Stream, source: ImageSource) -> Stream:
    from .macbinary import open_macbinary

    return open_macbinary(stream)


def _probe_isz(view: ProbeView) -> Evidence:
    """An encrypted one is another filter's until it is decrypted; later segments are raw data."""
    clear = view.head[:4] == b"IsZ!" and view.head[16:17] == b"\0"
    return Evidence.MAGIC if clear and view.head[34:35] == b"\0" else Evidence.NONE


def _probe_macbinary(view: ProbeView) -> Evidence:
    from .macbinary import probe

    return probe(view)


FILTERS = (
    StreamFilter(
        name="cso",
        title="CSO File Filter",
        suffixes=(".cso", ".ciso", ".zso"),
        mime_types=("application/x-cso",),
        magics=(Magic(0, b"CISO"), Magic(0, b"ZISO")),
        open=_open_cso,
        legacy_id="FILTER-CSO",
        legacy_types=(("Compressed ISO images (*.ciso, *.cso)", "application/x-cso"),),
    ),
    StreamFilter(
        name="dax",
        title="DAX File Filter",
        suffixes=(".dax",),
        mime_types=("application/x-dax",),
        magics=(Magic(0, b"DAX\0"),),
        open=_open_dax,
    ),
    StreamFilter(
        name="isz",
        title="ISZ File Filter",
        suffixes=(".isz",),
        mime_types=("application/x-isz",),
        magics=(Magic(0, b"IsZ!"),),
        probe=_probe_isz,
        open=_open_isz,
        legacy_id="FILTER-ISZ",
        legacy_types=(("Compressed ISO images (*.isz)", "application/x-isz"),),
    ),
    StreamFilter(
        name="dmg",
        title="DMG File Filter",
        suffixes=(".dmg",),
        mime_types=("application/x-apple-diskimage",),
        magics=(Magic(-512, b"koly"), Magic(0, b"koly")),
        open=_open_dmg,
        legacy_id="FILTER-DMG",
        legacy_types=(("Apple Disk Images (*.dmg)", "application/x-apple-diskimage"),),
    ),
    StreamFilter(
        name="ecm",
        title="ECM File Filter",
        suffixes=(".ecm",),
        mime_types=("application/x-ecm",),
        magics=(Magic(0, b"ECM\0"),),
        open=_open_ecm,
        legacy_id="FILTER-ECM",
        legacy_types=(("ECM images (*.ecm)", "application/x-ecm"),),
    ),
    StreamFilter(
        name="macbinary",
        title="MACBINARY File Filter",
        suffixes=(),  # any name may carry it, most often “.bin”, which is not a container's to strip
        mime_types=("application/x-macbinary",),
        probe=_probe_macbinary,
        open=_open_macbinary,
        legacy_id="FILTER-MACBINARY",
        legacy_types=(("MacBinary images (*.bin, *.macbin)", "application/x-macbinary"),),
    ),
)


@hookimpl
def cdemu_stream_filters() -> Iterable[StreamFilter]:
    """All filters of this distribution."""
    yield from FILTERS
