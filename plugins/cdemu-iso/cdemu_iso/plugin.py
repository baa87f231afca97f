"""ISO 9660, UDF, High Sierra and other bare sector images, and single audio files."""

from __future__ import annotations

from collections.abc import Iterable

from cdemu_core.api import Disc, Evidence, ImageFormat, ImageSource, Magic, ProbeView, hookimpl

AUDIO_SUFFIXES = (".wav", ".aiff", ".aif", ".flac", ".ogg")
# Bytes a sector and where its user data begins: under any other name a file is looked at only if a
# descriptor stands in sector 16 of one of these layouts.
STRIDES = (
    (2048, 0), (2352, 16), (2352, 24), (2336, 8), (2336, 0), (2332, 8), (2340, 4), (2340, 12), (2056, 8),
    (2064, 0), (2064, 12), (2064, 16), (2144, 0), (2368, 16), (2368, 24), (2432, 8), (2448, 16), (2448, 24),
)  # fmt: skip
MAGICS = tuple(
    Magic(16 * stride + user_at + 1, name) for stride, user_at in STRIDES for name in (b"CD001", b"BEA01")
)


def _probe(view: ProbeView) -> Evidence:
    from .detect import MIN_SIZE, detect

    found = detect(view.read, view.size, view.suffix)
    if found and (found.layout is None or view.size >= MIN_SIZE):
        return found.evidence
    # Parsing will fail, but with a sentence about this file.
    return Evidence.SUFFIX if view.suffix == ".iso" else Evidence.NONE


def _parse(source: ImageSource) -> Disc:
    from .parser import parse

    return parse(source)


@hookimpl
def cdemu_image_formats() -> Iterable[ImageFormat]:
    """The one format of this distribution."""
    yield ImageFormat(
        name="iso",
        title="ISO image",
        suffixes=(".iso", ".bin", ".img", ".raw", ".udf", ".gcm", *AUDIO_SUFFIXES),
        mime_types=("application/x-cd-image",),
        parse=_parse,
        magics=MAGICS,
        probe=_probe,
        max_files=0,
        legacy_id="PARSER-ISO",
        legacy_types=(
            ("ISO images (*.iso, *.bin, *.img)", "application/x-cd-image"),
            ("GameCube ISO images (*.iso", "application/x-gamecube-iso-image"),
            ("Wii ISO images (*.iso)", "application/x-wii-iso-image"),
            ("WAV audio files (*.wav)", "audio/x-wav"),
        ),
    )
