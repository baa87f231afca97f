"""The filters that come with the core: gzip, xz, and PCM audio files."""

from __future__ import annotations

from collections.abc import Iterable

from cdemu_core.api import Evidence, FilterRole, ImageSource, Magic, ProbeView, Stream, StreamFilter, hookimpl


def _open_gzip(stream: Stream, source: ImageSource) -> Stream:
    from .gzip import open_gzip

    return open_gzip(stream, source)


def _open_xz(stream: Stream, source: ImageSource) -> Stream:
    from .xz import open_xz

    return open_xz(stream, source)


def _open_pcm(stream: Stream, source: ImageSource) -> Stream:
    from .pcm import open_pcm

    return open_pcm(stream)


def _probe_pcm(view: ProbeView) -> Evidence:
    from .pcm import probe

    return probe(view)


FILTERS = (
    StreamFilter(
        name="gzip",
        title="GZIP File Filter",
        suffixes=(".gz",),
        mime_types=("application/x-gzip", "application/gzip"),
        magics=(Magic(0, b"\x1f\x8b\x08"),),
        open=_open_gzip,
        legacy_id="FILTER-GZIP",
        legacy_types=(("gzip-compressed images (*.gz)", "application/x-gzip"),),
    ),
    StreamFilter(
        name="xz",
        title="XZ File Filter",
        suffixes=(".xz",),
        mime_types=("application/x-xz",),
        magics=(Magic(0, b"\xfd7zXZ\0"),),
        open=_open_xz,
        legacy_id="FILTER-XZ",
        legacy_types=(("xz-compressed images (*.xz)", "application/x-xz"),),
    ),
    StreamFilter(
        name="pcm",
        title="SNDFILE File Filter",
        suffixes=(".wav", ".wave", ".aif", ".aiff", ".aifc"),
        mime_types=("audio/wav", "audio/x-wav", "audio/x-aiff"),
        probe=_probe_pcm,
        open=_open_pcm,
        role=FilterRole.AUDIO,
        writable=True,
        legacy_id="FILTER-SNDFILE",
        legacy_types=(
            ("WAV audio files (*.wav)", "audio/wav"),
            ("AIFF audio files (*.aiff)", "audio/x-aiff"),
            ("FLAC audio files (*.flac)", "audio/x-flac"),
            ("OGG audio files (*.ogg)", "audio/x-ogg"),
        ),
    ),
)


@hookimpl
def cdemu_stream_filters() -> Iterable[StreamFilter]:
    """All filters of the core."""
    yield from FILTERS
