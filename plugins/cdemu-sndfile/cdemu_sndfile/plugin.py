"""Audio files that libsndfile decodes, wherever the core's own filter cannot take them as they are."""

from __future__ import annotations

from collections.abc import Iterable

from cdemu_core.api import Evidence, FilterRole, ImageSource, ProbeView, Stream, StreamFilter, hookimpl


def _probe(view: ProbeView) -> Evidence:
    from .recognise import probe

    return probe(view)


def _open(stream: Stream, source: ImageSource) -> Stream:
    from .decoder import open_sound

    return open_sound(stream, source)


@hookimpl
def cdemu_stream_filters() -> Iterable[StreamFilter]:
    """The one filter of this distribution."""
    yield StreamFilter(
        name="sndfile",
        title="Audio files (FLAC, Ogg, MP3, WAVE, AIFF)",
        suffixes=(".flac", ".ogg", ".oga", ".opus", ".mp3", ".wav", ".aiff", ".aif", ".caf", ".au", ".w64"),
        mime_types=("audio/flac", "audio/ogg", "audio/mpeg", "audio/wav", "audio/x-aiff"),
        probe=_probe,
        open=_open,
        role=FilterRole.AUDIO,
    )
