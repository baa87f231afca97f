"""The grammar of cdrdao's TOC files (``cdrdao(1)``, “TOC FILES”)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from cdemu_core.api import Control, msf_to_frames

from .modes import MODES, SESSION_TYPES, SUBCHANNELS
from .sheet import Part, Time, Toc, TocTrack
from .texts import read_language, read_texts
from .tokens import Tokens

ISRC: Final = re.compile(r"[A-Z0-9]{5}\d{7}")
CHANNELS: Final = {"TWO_CHANNEL_AUDIO": False, "FOUR_CHANNEL_AUDIO": True}


class TocReader:
    """Reads a text into ``toc``; ``note`` takes what the user should know.

    Raises:
        CorruptImage: a statement cannot be obeyed; the message names its line.
    """

    def __init__(self, text: str, name: str, note: Callable[[str], None]) -> None:
        self.tokens = Tokens(text, name)
        self.name = name
        self.note = note
        self.toc = Toc()

    def read(self) -> Toc:
        """All statements."""
        while self.tokens.next.kind != "end":
            word = self.tokens.next.text
            statement = self._statement(word) if self.tokens.next.kind == "word" else None
            if statement is None:
                self.tokens.fail(f"“{word}” is no statement that may stand here.")
            self.tokens.take()
            statement()
        return self.toc

    def _statement(self, word: str) -> Callable[[], None] | None:
        if word == "TRACK":
            return self.track
        table = IN_TRACK if self.toc.tracks else IN_HEADER
        if word in table:
            return lambda: table[word](self)
        if word in SESSION_TYPES and not self.toc.tracks:
            return lambda: setattr(self.toc, "type", SESSION_TYPES[word])
        if word in CHANNELS and self.toc.tracks:
            return lambda: self._flag(Control.FOUR_CHANNEL, on=CHANNELS[word])
        return None

    @property
    def _track(self) -> TocTrack:
        return self.toc.tracks[-1]

    def catalog(self) -> None:
        """CATALOG "13 digits"."""
        code = self.tokens.text("The catalogue number in quotes")
        if len(code) == 13 and code.isascii() and code.isdigit():
            self.toc.mcn = code
        elif code:
            self.note(f"The catalogue number “{code}” of {self.name} does not have 13 digits: left out.")

    def first_track(self) -> None:
        """FIRST_TRACK_NO n."""
        self.toc.first_track = int(self.tokens.expect("number", "A track number"))

    def cdtext(self) -> None:
        """CD_TEXT { … } of the album or the track."""
        read_texts(self.tokens, self.toc, len(self.toc.tracks))

    def language(self) -> None:
        """LANGUAGE n { … } of the album, where the CD_TEXT around it is missing."""
        read_language(self.tokens, self.toc, 0)

    def track(self) -> None:
        """TRACK mode [RW | RW_RAW]."""
        line = self.tokens.next.line
        mode = self.tokens.expect("word", "A track mode")
        if mode not in MODES:
            self.tokens.fail(f"“{mode}” is no track mode; such are {', '.join(MODES)}.")
        sub = self.tokens.maybe(*SUBCHANNELS) is not None
        self.toc.tracks.append(TocTrack(MODES[mode], sub, line))

    def isrc(self) -> None:
        """ISRC "code"."""
        code = self.tokens.text("The ISRC in quotes").replace("-", "").upper()
        if ISRC.fullmatch(code):
            self._track.isrc = code
        elif code:
            self.note(f"The ISRC “{code}” of {self.name} is not 5 letters and 7 digits: left out.")

    def negated(self) -> None:
        """NO COPY, NO PRE_EMPHASIS."""
        word = self.tokens.maybe("COPY", "PRE_EMPHASIS")
        if word is None:
            self.tokens.fail(f"COPY or PRE_EMPHASIS is expected after NO, not “{self.tokens.next.text}”.")
        self._flag(Control.COPY_PERMITTED if word == "COPY" else Control.PRE_EMPHASIS, on=False)

    def copy(self) -> None:
        """COPY."""
        self._flag(Control.COPY_PERMITTED, on=True)

    def pre_emphasis(self) -> None:
        """PRE_EMPHASIS."""
        self._flag(Control.PRE_EMPHASIS, on=True)

    def _flag(self, flag: Control, *, on: bool) -> None:
        self._track.control = self._track.control | flag if on else self._track.control & ~flag

    def pregap(self) -> None:
        """PREGAP msf: zeros before index 1."""
        length = self._sectors()
        self._track.parts.insert(0, Part(None, self.tokens.next.line, length=Time(length)))
        self._track.start = length

    def start(self) -> None:
        """START [msf]: index 1; without a time, here."""
        if self.tokens.next.kind == "time":
            self._track.start = self._sectors()
        else:
            self._track.start_parts = len(self._track.parts)

    def end(self) -> None:
        """END [msf]: the postgap begins; a disc has no place to say so."""
        if self.tokens.next.kind == "time":
            self._sectors()

    def index(self) -> None:
        """INDEX msf: the next one, counted from index 1."""
        self._track.indices.append(self._sectors())

    def silence(self) -> None:
        """SILENCE length."""
        self._zeros()

    def zero(self) -> None:
        """ZERO [mode] [RW | RW_RAW] length."""
        self.tokens.maybe(*MODES)
        self.tokens.maybe(*SUBCHANNELS)
        self._zeros()

    def _zeros(self) -> None:
        line = self.tokens.next.line
        length = self._time()
        if length is None:
            self.tokens.fail("A length is expected here, minutes:seconds:frames or a number.")
        self._track.parts.append(Part(None, line, length=length))

    def audio_file(self) -> None:
        """FILE or AUDIOFILE "name" [SWAP] [#offset] start [length]."""
        part = self._file()
        part.start = self._time()
        part.length = self._time()

    def data_file(self) -> None:
        """DATAFILE "name" [SWAP] [#offset] [length]."""
        part = self._file()
        part.data = True
        part.length = self._time()

    def _file(self) -> Part:
        line = self.tokens.next.line
        part = Part(self.tokens.text("A file name in quotes"), line)
        part.swap = self.tokens.maybe("SWAP") is not None
        if self.tokens.next.kind == "offset":
            part.offset = int(self.tokens.take().text[1:])
        self._track.parts.append(part)
        return part

    def fifo(self) -> None:
        """FIFO "path" length."""
        self.tokens.fail("FIFO names a pipe of a running program; name a file instead.")

    def _sectors(self) -> int:
        return msf_to_frames(self.tokens.msf(self.tokens.expect("time", "A time minutes:seconds:frames")))

    def _time(self) -> Time | None:
        """A time or a number, if one comes."""
        if self.tokens.next.kind == "time":
            return Time(self._sectors())
        if self.tokens.next.kind == "number":
            return Time(None, int(self.tokens.take().text))
        return None


Statements = dict[str, Callable[[TocReader], None]]
IN_HEADER: Final[Statements] = {
    "CATALOG": TocReader.catalog,
    "FIRST_TRACK_NO": TocReader.first_track,
    "CD_TEXT": TocReader.cdtext,
    "LANGUAGE": TocReader.language,
}
IN_TRACK: Final[Statements] = {
    "ISRC": TocReader.isrc,
    "NO": TocReader.negated,
    "COPY": TocReader.copy,
    "PRE_EMPHASIS": TocReader.pre_emphasis,
    "CD_TEXT": TocReader.cdtext,
    "PREGAP": TocReader.pregap,
    "START": TocReader.start,
    "END": TocReader.end,
    "INDEX": TocReader.index,
    "SILENCE": TocReader.silence,
    "ZERO": TocReader.zero,
    "FILE": TocReader.audio_file,
    "AUDIOFILE": TocReader.audio_file,
    "DATAFILE": TocReader.data_file,
    "FIFO": TocReader.fifo,
}
