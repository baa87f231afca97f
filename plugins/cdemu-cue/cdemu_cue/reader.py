"""The grammar of CUE sheets: one statement a line, a keyword and its arguments.

Keywords in any case, blanks and line ends of any kind. What the original grammar does not know but
programs write is read too: remarks that carry sessions, densities, media and further CD-TEXT.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NoReturn

from cdemu_core.api import Control, CorruptImage, MediumType, PackType, msf_to_frames

from .modes import MODES
from .sheet import Point, Sheet, SheetFile, SheetSession, SheetTrack

GD_HIGH_DENSITY: Final = 45_000
"""LBA at which the high-density area of a GD-ROM begins."""

FLAGS: Final = {
    "DCP": Control.COPY_PERMITTED,
    "4CH": Control.FOUR_CHANNEL,
    "PRE": Control.PRE_EMPHASIS,
    "SCMS": Control.NONE,  # an alternating copy bit: no fixed value
    "DATA": Control.NONE,  # follows from the mode
}
TEXTS: Final = {
    "TITLE": PackType.TITLE,
    "PERFORMER": PackType.PERFORMER,
    "SONGWRITER": PackType.SONGWRITER,
    "COMPOSER": PackType.COMPOSER,
    "ARRANGER": PackType.ARRANGER,
    "MESSAGE": PackType.MESSAGE,
    "DISC_ID": PackType.DISC_ID,
    "UPC_EAN": PackType.UPC_ISRC,
}
REMARKED_TEXTS: Final = frozenset({"SONGWRITER", "COMPOSER", "ARRANGER", "MESSAGE"})
IGNORED: Final = frozenset({"CDTEXTMAIN", "CDTEXMAIN", "GENRE", "SIZE_INFO", "TOC_INFO1", "TOC_INFO2"})
MEDIA: Final = (
    ("HD DVD", MediumType.HD_DVD),
    ("HD-DVD", MediumType.HD_DVD),
    ("DVD", MediumType.DVD),
    ("BD", MediumType.BD),
    ("CD", MediumType.CD),
    ("GD", MediumType.CD),
)

MSF: Final = re.compile(r"(\d{1,4}):(\d{1,2}):(\d{1,2})")
ISRC: Final = re.compile(r"[A-Z0-9]{5}\d{7}")
NUMBER: Final = re.compile(r"\d{1,3}")


def quoted(arguments: str) -> tuple[str, str]:
    """The first argument and the rest: a name in quotes goes to the last quote, as names may hold some."""
    if arguments.startswith('"'):
        end = arguments.rfind('"')
        if end == 0:
            return arguments[1:].strip(), ""
        return arguments[1:end], arguments[end + 1 :].strip()
    return arguments, ""


class SheetReader:
    """Reads statements into ``sheet``; ``note`` takes what the user should know.

    Raises:
        CorruptImage: a statement cannot be obeyed; the message names its line.
    """

    def __init__(self, name: str, note: Callable[[str], None]) -> None:
        self.name = name
        self.note = note
        self.sheet = Sheet()
        self.line = 0
        self.unknown: list[int] = []

    def read(self, text: str) -> Sheet:
        """All lines of ``text``."""
        for self.line, line in enumerate(text.splitlines(), 1):
            self._statement(line.strip("\ufeff\0 \t\f\x1a"))
        if self.unknown:
            lines = ", ".join(map(str, self.unknown[:10])) + (" …" if len(self.unknown) > 10 else "")
            self.note(f"What {self.name} says on line {lines} is not known and was ignored.")
        return self.sheet

    def fail(self, message: str) -> NoReturn:
        """Refuse the sheet for what its current line says."""
        raise CorruptImage(f"Line {self.line} of {self.name}: {message}", structure=f"line {self.line}")

    def _statement(self, line: str) -> None:
        if not line or line.startswith((";", "//")):
            return
        keyword, _, arguments = line.replace("\t", " ").partition(" ")
        keyword, arguments = keyword.upper(), arguments.strip()
        statement = STATEMENTS.get(keyword)
        if statement:
            statement(self, arguments)
        elif keyword in TEXTS:
            self._text(TEXTS[keyword], arguments)
        elif keyword not in IGNORED:
            self.unknown.append(self.line)

    def _track(self, keyword: str) -> SheetTrack:
        if not self.sheet.tracks:
            self.fail(f"{keyword} stands before the first TRACK; move it behind the TRACK it belongs to.")
        return self.sheet.tracks[-1]

    def _frames(self, text: str) -> int:
        match = MSF.fullmatch(text)
        if not match:
            self.fail(f"“{text}” is no time; write minutes:seconds:frames, such as 03:25:40.")
        minute, second, frame = map(int, match.groups())
        if second > 59 or frame > 74:
            self.note(f"The time {text} on line {self.line} of {self.name} has over 59 seconds or 74 frames.")
        return msf_to_frames((minute, second, frame))

    def _number(self, text: str, what: str) -> int:
        if not NUMBER.fullmatch(text) or int(text) > 99:
            self.fail(f"“{text}” is no {what} number; it goes from 0 to 99.")
        return int(text)

    def _text(self, kind: PackType, arguments: str) -> None:
        owner = self.sheet.tracks[-1] if self.sheet.tracks else self.sheet
        text, _ = quoted(arguments)
        if text:
            owner.texts[kind] = text

    def file(self, arguments: str) -> None:
        """FILE name type: the type is the last word."""
        name, kind = quoted(arguments)
        if not arguments.startswith('"'):
            name, _, kind = arguments.rpartition(" ")
            name, kind = (name.strip(), kind) if name else (kind, "")
        if not name:
            self.fail('FILE names no file; write FILE "name" BINARY.')
        self.sheet.files.append(SheetFile(name, kind.upper(), self.line))

    def track(self, arguments: str) -> None:
        """TRACK number mode."""
        number, _, mode = arguments.partition(" ")
        mode = mode.strip().upper()
        if mode not in MODES:
            self.fail(f"“{mode}” is no track mode; such are AUDIO, MODE1/2048, MODE1/2352 and MODE2/2352.")
        value = self._number(number, "track")
        session = len(self.sheet.sessions) - 1
        if self.sheet.tracks and value != self.sheet.tracks[-1].number + 1:
            expected = self.sheet.tracks[-1].number + 1
            self.note(f"Track {number} on line {self.line} of {self.name} is taken as track {expected}.")
            value = expected
        self.sheet.tracks.append(SheetTrack(value, MODES[mode], self.line, session))

    def index(self, arguments: str) -> None:
        """INDEX number time."""
        track = self._track("INDEX")
        number, _, time = arguments.partition(" ")
        point = Point(
            self._number(number, "index"), self._frames(time.strip()), len(self.sheet.files) - 1, self.line
        )
        if point.file < 0:
            self.fail("INDEX stands before the first FILE; name the data file first.")
        if track.points and point.number <= track.points[-1].number:
            self.fail(f"INDEX {number} follows INDEX {track.points[-1].number:02d}; indices must ascend.")
        if not track.points and point.number > 1:
            self.fail(f"track {track.number} has no INDEX 01 before INDEX {number}; add it.")
        track.points.append(point)

    def pregap(self, arguments: str) -> None:
        """PREGAP time: not in the file."""
        self._track("PREGAP").pregap = self._frames(arguments)

    def postgap(self, arguments: str) -> None:
        """POSTGAP time: not in the file."""
        self._track("POSTGAP").postgap = self._frames(arguments)

    def flags(self, arguments: str) -> None:
        """FLAGS and any of its words."""
        track = self._track("FLAGS")
        for word in arguments.upper().split():
            if word in FLAGS:
                track.control |= FLAGS[word]
            else:
                self.note(f"The flag {word} on line {self.line} of {self.name} is not known.")

    def isrc(self, arguments: str) -> None:
        """ISRC code, with or without dashes."""
        track = self._track("ISRC")
        code = quoted(arguments)[0].replace("-", "").replace(" ", "").upper()
        if ISRC.fullmatch(code):
            track.isrc = code
        elif code:
            self.note(f"The ISRC {code} of track {track.number} is not 5 letters and 7 digits: left out.")

    def catalog(self, arguments: str) -> None:
        """CATALOG number: 13 digits, or a UPC's 12."""
        code = quoted(arguments)[0].replace("-", "").replace(" ", "")
        if code.isascii() and code.isdigit() and len(code) in (12, 13):
            self.sheet.mcn = code.zfill(13)
        else:
            self.note(f"The catalogue number “{code}” of {self.name} does not have 13 digits: left out.")

    def cdtext_file(self, arguments: str) -> None:
        """CDTEXTFILE name: packs of the current session."""
        self.sheet.sessions[-1].cdtext_file = quoted(arguments)[0]

    def remark(self, arguments: str) -> None:
        """REM: most is for people, some for us."""
        keyword, _, rest = arguments.partition(" ")
        keyword, rest = keyword.upper().rstrip(":"), rest.strip()
        if keyword in REMARKED_TEXTS:
            self._text(TEXTS[keyword], rest)
        elif keyword in {"SESSION", "SINGLE-DENSITY", "HIGH-DENSITY"}:
            self._session(keyword, rest)
        elif keyword in {"LEAD-OUT", "RUN-OUT", "LEAD-IN", "PREGAP"} and MSF.fullmatch(rest):
            self._area(keyword, self._frames(rest))
        elif keyword in {"ORIGINAL", "METADATA"} and "MEDIA-TYPE:" in rest.upper():
            kind = rest.upper().rpartition("MEDIA-TYPE:")[2].strip()
            self.sheet.medium = next((medium for word, medium in MEDIA if kind.startswith(word)), None)

    def _session(self, keyword: str, rest: str) -> None:
        begins = keyword == "HIGH-DENSITY" or (keyword == "SESSION" and rest.isdigit() and int(rest) > 1)
        if begins and self.sheet.tracks and self.sheet.tracks[-1].session == len(self.sheet.sessions) - 1:
            self.sheet.sessions.append(SheetSession())
        if begins and keyword == "HIGH-DENSITY":
            self.sheet.sessions[-1].index1 = GD_HIGH_DENSITY
            self.sheet.medium = MediumType.CD

    def _area(self, keyword: str, frames: int) -> None:
        session = self.sheet.sessions[-1]
        if keyword == "LEAD-IN":
            session.lead_in = frames
        elif keyword == "PREGAP":
            session.pregap = frames
        elif keyword == "LEAD-OUT":
            session.lead_out = frames


STATEMENTS: Final[dict[str, Callable[[SheetReader, str], None]]] = {
    "FILE": SheetReader.file,
    "TRACK": SheetReader.track,
    "INDEX": SheetReader.index,
    "PREGAP": SheetReader.pregap,
    "POSTGAP": SheetReader.postgap,
    "FLAGS": SheetReader.flags,
    "ISRC": SheetReader.isrc,
    "CATALOG": SheetReader.catalog,
    "CDTEXTFILE": SheetReader.cdtext_file,
    "REM": SheetReader.remark,
}
