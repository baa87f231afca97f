"""The words of a TOC file: strings, times, numbers, keywords and signs, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple, NoReturn

from cdemu_core.api import CorruptImage, Msf

TOKEN: Final = re.compile(
    r"""(?P<blank>[\s\x00\x1a\ufeff]+|//[^\n]*)
    |"(?P<string>(?:[^"\\]|\\.)*)"
    |(?P<time>\d{1,4}:\d{1,2}:\d{1,2})
    |(?P<offset>\#\s*\d{1,20})
    |(?P<number>\d{1,20})
    |(?P<word>[A-Za-z_]\w*)
    |(?P<sign>[{},:])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
ESCAPE: Final = re.compile(r"\\([0-7]{3}|.)", re.DOTALL)


class Token(NamedTuple):
    """``kind``: string, time, offset, number, word, sign or end."""

    kind: str
    text: str
    line: int


class Tokens:
    """The tokens of ``text``, taken one by one; errors name file and line."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._tokens = list(self._split(text))
        self._at = 0

    def _split(self, text: str) -> Iterator[Token]:
        at, line = 0, 1
        while at < len(text):
            match = TOKEN.match(text, at)
            if match is None:
                self._refuse(line, f"“{text[at : at + 20].splitlines()[0]}” cannot be read.")
            kind = str(match.lastgroup)
            if kind != "blank":
                yield Token(kind, match[kind], line)
            line += match[0].count("\n")
            at = match.end()
        yield Token("end", "the end of the file", line)

    @property
    def next(self) -> Token:
        """The token that :meth:`take` would return."""
        return self._tokens[self._at]

    def take(self) -> Token:
        """The next token."""
        token = self.next
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def maybe(self, *texts: str) -> str | None:
        """Take the next token if it is one of the words or signs ``texts``."""
        if self.next.kind in ("word", "sign") and self.next.text in texts:
            return self.take().text
        return None

    def expect(self, kind: str, what: str) -> str:
        """Take a token of ``kind``."""
        if self.next.kind != kind:
            self.fail(f"{what} is expected before “{self.next.text}”.")
        return self.take().text

    def sign(self, text: str) -> None:
        """Take the sign ``text``."""
        if not self.maybe(text):
            self.fail(f"“{text}” is expected before “{self.next.text}”.")

    def string(self, what: str) -> bytes | str:
        """Take a string and undo its escapes: text as written, bytes where octal escapes say so."""
        raw = self.expect("string", what)
        return unescape(raw)

    def text(self, what: str) -> str:
        """Take a string that is a name or a code."""
        value = self.string(what)
        return value if isinstance(value, str) else value.decode("utf-8", "replace")

    def msf(self, text: str) -> Msf:
        """A time taken before; seconds and frames are checked."""
        minute, second, frame = map(int, text.split(":"))
        if second > 59 or frame > 74:
            self.fail(f"{text} is no time: seconds go to 59, frames to 74.")
        return Msf(minute, second, frame)

    def fail(self, message: str) -> NoReturn:
        """Refuse the file for what stands at the next token."""
        self._refuse(self.next.line, message)

    def _refuse(self, line: int, message: str) -> NoReturn:
        raise CorruptImage(f"Line {line} of {self.name}: {message}", structure=f"line {line}")


def unescape(raw: str) -> bytes | str:
    """``\\"`` and ``\\\\`` stand for themselves, ``\\ooo`` for the byte of that octal number."""
    if not re.search(r"\\[0-7]{3}", raw):
        return ESCAPE.sub(lambda match: match[1], raw)
    data = bytearray()
    at = 0
    for match in ESCAPE.finditer(raw):
        data += raw[at : match.start()].encode("utf-8")
        code = match[1]
        data += bytes([int(code, 8) & 0xFF]) if len(code) == 3 else code.encode("utf-8")
        at = match.end()
    return bytes(data + raw[at:].encode("utf-8"))


def escape(data: bytes) -> str:
    """``data`` as a quoted string of ASCII, the inverse of :func:`unescape`."""
    plain = (chr(b) if 0x20 <= b < 0x7F and b not in b'"\\' else f"\\{b:03o}" for b in data)
    return '"' + "".join(plain) + '"'
