"""CD-TEXT of a session: a file of packs, or the sheet's strings."""

from __future__ import annotations

from cdemu_core.api import (
    CdTextBlock,
    ImageError,
    ImageSource,
    PackType,
    decode_packs,
    text_block,
)

from .sheet import Sheet


def session_cdtext(source: ImageSource, sheet: Sheet, number: int) -> tuple[CdTextBlock, ...]:
    """The blocks of session ``number`` (from 0): its CDTEXTFILE's, else one of the sheet's strings."""
    name = sheet.sessions[number].cdtext_file
    if name is not None:
        blocks = _from_file(source, name)
        if blocks:
            return blocks
    texts: dict[tuple[PackType, int], str | bytes] = {}
    tracks = [track for track in sheet.tracks if track.session == number]
    if number == 0:
        texts.update({(kind, 0): text for kind, text in sheet.texts.items()})
    for track in tracks:
        texts.update({(kind, track.number): text for kind, text in track.texts.items()})
    return (text_block(texts=texts),) if texts else ()


def _from_file(source: ImageSource, name: str) -> tuple[CdTextBlock, ...]:
    """The packs of ``name``; what is wrong with the file is told and costs only the text."""
    try:
        stream = source.open(name)
        blocks = decode_packs(stream.read_at(0, min(stream.size, 1 << 16)))
    except ImageError as problem:
        source.note(f"The CD-TEXT file “{name}” is left out: {problem}")
        return ()
    if not blocks:
        source.note(f"The CD-TEXT file “{name}” holds no valid packs; the sheet's own texts are used.")
    return tuple(blocks)
