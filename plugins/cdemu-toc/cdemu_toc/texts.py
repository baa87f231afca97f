"""CD_TEXT: its grammar, and its languages as blocks."""

from __future__ import annotations

from typing import Final

import attrs

from cdemu_core.api import CdTextBlock, PackType, text_block

from .sheet import Language, Toc
from .tokens import Tokens

ITEMS: Final = {
    "TITLE": PackType.TITLE,
    "PERFORMER": PackType.PERFORMER,
    "SONGWRITER": PackType.SONGWRITER,
    "COMPOSER": PackType.COMPOSER,
    "ARRANGER": PackType.ARRANGER,
    "MESSAGE": PackType.MESSAGE,
    "DISC_ID": PackType.DISC_ID,
    "GENRE": PackType.GENRE,
    "TOC_INFO1": PackType.TOC_INFO,
    "TOC_INFO2": PackType.TOC_INFO2,
    "CLOSED": PackType.CLOSED_INFO,
    "UPC_EAN": PackType.UPC_ISRC,
    "ISRC": PackType.UPC_ISRC,
    "SIZE_INFO": PackType.SIZE_INFO,
}
RESERVED: Final = frozenset({"RESERVED1", "RESERVED2", "RESERVED3", "RESERVED4"})
ENCODINGS: Final = {
    "ENCODING_ISO_8859_1": 0x00,
    "ENCODING_ASCII": 0x01,
    "ENCODING_MS_JIS": 0x80,
    "ENCODING_KOREAN": 0x81,
    "ENCODING_MANDARIN": 0x82,
}
"""SIZE_INFO character codes (MMC-3 annex J)."""
ENGLISH: Final = 9
MAX_BLOCKS: Final = 8
SIZE_INFO: Final = 36


def read_texts(tokens: Tokens, toc: Toc, track: int) -> None:
    """What follows CD_TEXT, into ``toc``; ``track`` 0 is the album."""
    tokens.sign("{")
    while not tokens.maybe("}"):
        if tokens.maybe("LANGUAGE_MAP"):
            _map(tokens, toc)
        elif tokens.maybe("LANGUAGE"):
            read_language(tokens, toc, track)
        else:
            tokens.fail(f"“{tokens.next.text}” does not belong into CD_TEXT; LANGUAGE or “}}” is expected.")


def read_language(tokens: Tokens, toc: Toc, track: int) -> None:
    """What follows LANGUAGE: a number and its items."""
    _language(tokens, toc.languages.setdefault(_byte(tokens), Language()), track)


def _map(tokens: Tokens, toc: Toc) -> None:
    tokens.sign("{")
    while not tokens.maybe("}"):
        number = _byte(tokens)
        tokens.sign(":")
        toc.codes[number] = ENGLISH if tokens.maybe("EN") else _byte(tokens)
        tokens.maybe(",")


def _language(tokens: Tokens, language: Language, track: int) -> None:
    tokens.sign("{")
    while not tokens.maybe("}"):
        word = tokens.expect("word", "A CD-TEXT item or “}”")
        if word in ENCODINGS:
            language.charset = ENCODINGS[word]
        elif word in ITEMS:
            _item(tokens, language, ITEMS[word], track)
        elif word in RESERVED:
            _value(tokens)
        else:
            tokens.fail(f"“{word}” is no CD-TEXT item.")


def _item(tokens: Tokens, language: Language, kind: PackType, track: int) -> None:
    value = _value(tokens)
    if kind is PackType.SIZE_INFO:
        language.size_info = value if isinstance(value, bytes) else b""
    else:
        language.texts[kind, track] = value


def _value(tokens: Tokens) -> str | bytes:
    """A string, or bytes in braces."""
    if tokens.next.kind == "string":
        return tokens.string("A text")
    tokens.sign("{")
    data = bytearray()
    while not tokens.maybe("}"):
        data.append(_byte(tokens))
        tokens.maybe(",")
    return bytes(data)


def _byte(tokens: Tokens) -> int:
    number = int(tokens.expect("number", "A number"))
    if number > 0xFF:
        tokens.fail(f"{number} is no byte; it goes from 0 to 255.")
    return number


def session_cdtext(toc: Toc) -> tuple[CdTextBlock, ...]:
    """The blocks of ``toc``, in the order of their numbers."""
    numbers = sorted(number for number in toc.languages if number < MAX_BLOCKS)
    blocks = (_block(toc.languages[number], toc.codes.get(number, ENGLISH)) for number in numbers)
    return tuple(block for block in blocks if block.texts)


def _block(language: Language, code: int) -> CdTextBlock:
    info = language.size_info if len(language.size_info) == SIZE_INFO else b""
    charset = language.charset
    if charset is None:
        charset = info[0] if info and info[0] in ENCODINGS.values() else 0
    block = text_block(code, charset, language.texts)
    if not info:
        return block
    return attrs.evolve(block, first_track=info[1], last_track=info[2], copyright_flags=info[3])
