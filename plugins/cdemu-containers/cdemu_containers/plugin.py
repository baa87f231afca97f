"""Compressed and wrapped containers as stream filters."""

from __future__ import annotations

from collections.abc import Iterable

from cdemu_core.api import ImageSource, Magic, Stream, StreamFilter, hookimpl


def _open_cso(stream: Stream, source: ImageSource) -> Stream:
    from .cso import open_cso

    return open_cso(stream)


def _open_dax(stream: Stream, source: ImageSource) -> Stream:
    from .dax import open_dax

    return open_dax(stream)


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
)


@hookimpl
def cdemu_stream_filters() -> Iterable[StreamFilter]:
    """All filters of this distribution."""
    yield from FILTERS
