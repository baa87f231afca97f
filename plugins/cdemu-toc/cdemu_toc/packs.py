"""A session's CD-TEXT as statements: every item for the album and each track, as cdrdao asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cdemu_core.api import CdTextBlock, PackType, Session, encode_packs

from .texts import ITEMS, MAX_BLOCKS
from .tokens import escape

WORDS: Final = {kind: word for word, kind in ITEMS.items()} | {PackType.UPC_ISRC: "UPC_EAN"}
BINARY: Final = frozenset(
    {PackType.GENRE, PackType.TOC_INFO, PackType.TOC_INFO2, PackType.CLOSED_INFO, PackType.SIZE_INFO}
)
OF_TRACKS: Final = frozenset(range(PackType.TITLE, PackType.MESSAGE + 1)) | {PackType.UPC_ISRC}
"""Items that every track has as well as the album."""
PACK: Final = 18
PER_LINE: Final = 12


def album_lines(session: Session) -> Iterator[str]:
    """The CD_TEXT statement of the album."""
    if not session.cdtext:
        return
    yield "CD_TEXT {"
    yield "  LANGUAGE_MAP {"
    for number, block in enumerate(session.cdtext[:MAX_BLOCKS]):
        yield f"    {number} : {block.language}"
    yield "  }"
    for number, block in enumerate(session.cdtext[:MAX_BLOCKS]):
        yield from _language(number, block, 0, _size_info(session, number))
    yield "}"


def text_lines(session: Session, track: int) -> Iterator[str]:
    """The CD_TEXT statement of a track."""
    if not any(_kinds(block, track) for block in session.cdtext):
        return
    yield "CD_TEXT {"
    for number, block in enumerate(session.cdtext[:MAX_BLOCKS]):
        yield from _language(number, block, track)
    yield "}"


def _language(number: int, block: CdTextBlock, track: int, size_info: bytes = b"") -> Iterator[str]:
    yield f"  LANGUAGE {number} {{"
    for kind in _kinds(block, track):
        word = "ISRC" if kind is PackType.UPC_ISRC and track else WORDS[kind]
        yield from _item(word, kind, block.texts.get((kind, track), b""))
    if size_info:
        yield from _item("SIZE_INFO", PackType.SIZE_INFO, size_info)
    yield "  }"


def _kinds(block: CdTextBlock, track: int) -> list[PackType]:
    """Items to write for a track (0: the album): its own, and those that another has."""
    kinds = {kind for kind, at in block.texts if at == track or kind in OF_TRACKS}
    return sorted(kinds - {PackType.SIZE_INFO})


def _item(word: str, kind: PackType, data: bytes) -> Iterator[str]:
    if kind not in BINARY:
        yield f"    {word} {escape(data)}"
        return
    numbers = [f"{byte:3d}" for byte in data]
    rows = [", ".join(numbers[at : at + PER_LINE]) for at in range(0, len(numbers), PER_LINE)]
    yield f"    {word} {{{(',' + chr(10) + ' ' * (len(word) + 6)).join(rows)}}}"


def _size_info(session: Session, number: int) -> bytes:
    packs = encode_packs(session.cdtext, session.tracks[0].number, session.tracks[-1].number)
    found = (packs[at : at + PACK] for at in range(0, len(packs), PACK))
    return b"".join(
        pack[4:16] for pack in found if pack[0] == PackType.SIZE_INFO and pack[3] >> 4 & 7 == number
    )
