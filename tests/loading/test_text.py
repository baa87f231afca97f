"""Decoding text descriptors."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdemu_core.errors import CorruptImage, ImageError
from cdemu_core.loading.text import MAX_TEXT, decode, read_text
from cdemu_core.stream.base import Stream
from cdemu_core.stream.window import MemoryStream

SHEET = 'TITLE "Grüße – 音楽"\nFILE "a.bin" BINARY\n'


def decoded(data: bytes, encoding: str | None = None) -> tuple[str, list[str]]:
    notes: list[str] = []
    return decode(data, encoding, notes.append, "x.cue"), notes


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_marks(mark: bytes, encoding: str) -> None:
    assert decoded(mark + SHEET.encode(encoding)) == (SHEET, [])


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ('TITLE "音楽"\nPERFORMER "日本"', "cp932"),
        ('TITLE "ひらがな カタカナ 漢字"', "cp932"),
        ('TITLE "Album"\nFILE "音楽 01.bin" BINARY', "cp932"),
        ('TITLE "Céline Dion – René"', "cp1252"),
        ('TITLE "Grüße aus Köln"', "cp1252"),
        ('TITLE "Beyoncé"\nTITLE "Sigur Rós"\nTITLE "Motörhead"', "cp1252"),
        ("PERFORMER \x81 é", "latin-1"),
    ],
)
def test_guesses_are_told(text: str, encoding: str) -> None:
    found, notes = decoded(text.encode(encoding))
    assert found == text
    assert encoding in notes[0]
    assert "--encoding" in notes[0]


def test_the_option_wins() -> None:
    text = "TITLE Привет"
    assert decoded(text.encode("cp1251"), "cp1251") == (text, [])
    assert decoded("音楽".encode("shift-jis"), "SHIFT-JIS") == ("音楽", [])


def test_the_option_does_not_keep_the_mark() -> None:
    assert decoded(codecs.BOM_UTF8 + b"x", "utf-8") == ("x", [])


def test_wrong_encodings_are_refused() -> None:
    with pytest.raises(ImageError, match="“klingon” is not known"):
        decoded(b"x", "klingon")
    with pytest.raises(CorruptImage, match="is not text in ascii"):
        decoded("é".encode(), "ascii")
    with pytest.raises(CorruptImage, match="utf-16-le"):
        decoded(codecs.BOM_UTF16_LE + b"abc")


def test_line_ends() -> None:
    stream = MemoryStream(b"a\r\nb\rc\nd\r\r\ne")
    assert read_text(stream, None, lambda note: None) == "a\nb\nc\nd\n\ne"


def test_a_film_is_no_text() -> None:
    class Endless(Stream):
        name, size = "film.cue", MAX_TEXT + 1

        def read_at(self, offset: int, length: int) -> bytes:
            raise AssertionError("must not be read")

    with pytest.raises(CorruptImage, match="too large"):
        read_text(Endless(), None, lambda note: None)


@given(st.binary(max_size=60))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        assert isinstance(decoded(data)[0], str)
    except CorruptImage:
        assert data.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff", codecs.BOM_UTF8))


@given(st.text(max_size=60))
def test_unicode_survives(text: str) -> None:
    data = text.encode("utf-8", "ignore")
    assert decoded(codecs.BOM_UTF8 + data)[0] == data.decode()
