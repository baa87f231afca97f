"""Decodes text descriptors, whose encoding nobody wrote down."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Final

from ..errors import CorruptImage, ImageError
from ..stream.base import Stream

MAX_TEXT: Final = 16 << 20
"""Bytes; a longer file is no descriptor."""

MARKS: Final = (  # longest first: the UTF-16 mark begins the UTF-32 one
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
WIDE: Final = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uff01-\uff5e]")
WIDE_RUN: Final = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uff01-\uff5e]{2,}")
LINE_ENDS: Final = re.compile("\r\n?")


def read_text(stream: Stream, encoding: str | None, note: Callable[[str], None]) -> str:
    """All of ``stream`` as text with ``\\n`` line ends.

    Raises:
        CorruptImage: too long, or not in the encoding that was given or that its mark announces.
        ImageError: ``encoding`` is not known.
    """
    if stream.size > MAX_TEXT:
        raise CorruptImage(f"“{stream.name}” is too large for a text descriptor.", path=stream.name)
    data = stream.read_at(0, stream.size)
    return LINE_ENDS.sub("\n", decode(data, encoding, note, stream.name))


def decode(data: bytes, encoding: str | None, note: Callable[[str], None], name: str) -> str:
    """``data`` by ``encoding``, else its byte-order mark, strict UTF-8 or a guess told to ``note``."""
    mark, marked = next(((m, e) for m, e in MARKS if data.startswith(m)), (b"", None))
    chosen = encoding or marked
    if chosen is not None:
        return _strict(data.removeprefix(mark), chosen, name)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        guess = _guess(data)
    note(f"“{name}” names no encoding and is read as {guess}; choose another with --encoding.")
    return data.decode(guess)


def _strict(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError:
        raise ImageError(f"The text encoding “{encoding}” is not known.", path=name) from None
    except UnicodeError as problem:
        raise CorruptImage(
            f"“{name}” is not text in {encoding} ({problem}); choose another with --encoding.",
            path=name,
            offset=getattr(problem, "start", None),
        ) from problem


def _guess(data: bytes) -> str:
    """The encoding of text that is not UTF-8: Japanese, then Western; latin-1 takes anything."""
    if _reads_as_japanese(data):
        return "cp932"
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _reads_as_japanese(data: bytes) -> bool:
    """Whether MS-JIS gives kana and kanji mostly in runs; accents between Latin letters stand alone."""
    try:
        text = data.decode("cp932")
    except UnicodeDecodeError:
        return False
    wide = len(WIDE.findall(text))
    in_runs = sum(map(len, WIDE_RUN.findall(text)))
    return wide > 0 and 2 * in_runs > wide
