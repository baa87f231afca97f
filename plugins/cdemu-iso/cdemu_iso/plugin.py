"""ISO 9660, UDF, High Sierra and other bare sector images, and single audio files."""

from __future__ import annotations

from collections.abc import Iterable

from cdemu_core.api import Disc, Evidence, ImageFormat, ImageSource, Magic, ProbeView, hookimpl

from .layouts import LAYOUTS

AUDIO_SUFFIXES = (".wav", ".aiff", ".aif", ".flac", ".ogg")
# Under any other name a file is looked at only if a descriptor stands in sector 16 of some layout.
MAGICS = tuple(
    Magic(16 * layout.stride + layout.user_at + 1, identifier)
    for layout in LAYOUTS
    for identifier in (b"CD001", b"BEA01")
)


def _probe(view: ProbeView) -> Evidence:
    from .detect import detect

    found = detect(view.read, view.size, view.suffix)
    return found.evidence if found else Evidence.NONE


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
