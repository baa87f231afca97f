"""Encrypted containers as stream filters."""

from __future__ import annotations

from collections.abc import Iterable

from cdemu_core.api import Evidence, ImageSource, Magic, ProbeView, Stream, StreamFilter, hookimpl


def _open_encrcdsa(stream: Stream, source: ImageSource) -> Stream:
    from .encrcdsa import open_encrcdsa

    return open_encrcdsa(stream, source)


def _open_isz(stream: Stream, source: ImageSource) -> Stream:
    from .isz import open_isz

    return open_isz(stream, source)


def _probe_isz(view: ProbeView) -> Evidence:
    """Only an encrypted one; a clear one needs no key."""
    encrypted = view.head[:4] == b"IsZ!" and view.head[16:17] not in (b"", b"\0")
    return Evidence.MAGIC if encrypted else Evidence.NONE


FILTERS = (
    StreamFilter(
        name="encrcdsa",
        title="EncrCDSA File Filter",
        suffixes=(),  # the decrypted file is a “.dmg” still
        mime_types=("application/x-apple-diskimage",),
        magics=(Magic(0, b"encrcdsa"), Magic(-8, b"cdsaencr")),
        open=_open_encrcdsa,
        legacy_id="FILTER-ENCRCDSA",
        legacy_types=(("Encrypted Apple Disk Images (*.dmg)", "application/x-apple-diskimage"),),
    ),
    StreamFilter(
        name="isz-crypto",
        title="Encrypted ISZ File Filter",
        suffixes=(),  # the decrypted file is an “.isz” still
        mime_types=("application/x-isz",),
        magics=(Magic(0, b"IsZ!"),),
        probe=_probe_isz,
        open=_open_isz,
    ),
)


@hookimpl
def cdemu_stream_filters() -> Iterable[StreamFilter]:
    """All filters of this distribution."""
    yield from FILTERS
