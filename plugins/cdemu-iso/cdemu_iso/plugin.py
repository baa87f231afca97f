"""ISO 9660, UDF, High Sierra and other bare sector images, and single audio files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cdemu_core.api import (
    Disc,
    Evidence,
    Feature,
    ImageFormat,
    ImageSource,
    ImageWriter,
    Magic,
    ProbeView,
    WriterParameter,
    hookimpl,
)

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
PARAMETERS = (
    WriterParameter(
        "writer.audio_file_suffix",
        "Audio file suffix",
        "Kind of sound file that audio tracks become.",
        "wav",
        ("wav", "aiff", "ogg", "flac", "cdr"),
    ),
    WriterParameter("writer.write_raw", "Write raw", "Store whole sectors of 2352 bytes.", False),
    WriterParameter(
        "writer.write_subchannel",
        "Write subchannel",
        "Store the sub-channel behind each sector; sectors are then stored whole.",
        False,
    ),
    WriterParameter("writer.swap_raw_audio", "Swap raw audio data", "Store raw audio big-endian.", False),
)
WRITTEN = (".iso", ".bin", ".img", ".wav", ".aiff", ".flac", ".ogg", ".cdr")


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


def _write(disc: Disc, path: str, parameters: dict[str, bool | int | str]) -> Sequence[str]:
    from .writer import write

    return write(disc, path, parameters)


def _keeps(parameters: Mapping[str, bool | int | str]) -> frozenset[Feature]:
    sub = parameters.get("writer.write_subchannel", False)
    raw = sub or parameters.get("writer.write_raw", False)
    kept = {Feature.SUBCHANNEL} if sub else set()
    if raw:
        kept |= {Feature.RAW_SECTORS, Feature.MODE2}
    altered = (
        parameters.get("writer.swap_raw_audio")
        if raw
        else parameters.get("writer.audio_file_suffix") == "ogg"
    )
    if not altered:
        kept.add(Feature.AUDIO)
    return frozenset(kept)


@hookimpl
def cdemu_image_writers() -> Iterable[ImageWriter]:
    """Bare files, one for each track."""
    yield ImageWriter(
        name="iso",
        title="ISO Image Writer",
        suffixes=WRITTEN,
        media=("cd", "dvd", "bd", "hd-dvd", "hd"),
        write=_write,
        parameters=PARAMETERS,
        legacy_id="WRITER-ISO",
        keeps=_keeps,
    )
