"""What a plugin may ask of the host."""

from __future__ import annotations

from typing import Protocol

from ..stream.base import Stream

PROBE_WINDOW = 65536
"""Bytes of head and of tail a probe sees without reading."""


class ProbeView(Protocol):
    """The (unfiltered) bytes of a file while it is being recognised. Reading is bounded by the host."""

    @property
    def name(self) -> str:
        """File name without directory and without suffixes of filters that were undone (``x.iso``)."""

    @property
    def suffix(self) -> str:
        """Lower-case last suffix of ``name`` with the dot, or ``""``."""

    @property
    def size(self) -> int:
        """Bytes of the (filtered) stream."""

    @property
    def head(self) -> bytes:
        """First 64 KiB, or all."""

    @property
    def tail(self) -> bytes:
        """Last 64 KiB, or all."""

    def read(self, offset: int, length: int) -> bytes:
        """Up to ``length`` (≤ 1 MiB) bytes from ``offset``; short at the end, empty past it."""


class ImageSource(Protocol):
    """The files of one load, as a parser sees them. Every stream it returns is owned by the host."""

    @property
    def path(self) -> str:
        """Absolute path of the first file given."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Absolute paths of all files given, in the user's order."""

    @property
    def stream(self) -> Stream:
        """The first file, filters undone."""

    @property
    def streams(self) -> tuple[Stream, ...]:
        """All files given, filters undone."""

    def text(self, stream: Stream | None = None) -> str:
        """A text descriptor decoded: option ``encoding``, byte-order mark, strict UTF-8, a guess with a note.

        Line ends are normalised to ``\\n``. Default: the first file.
        """

    def open(self, name: str) -> Stream:
        """The file a descriptor names, found by the host's naming rules, filters undone; opened once.

        Raises:
            MissingFile: no candidate exists.
        """

    def find(self, name: str) -> str | None:
        """Path that :meth:`open` would take, or None."""

    def open_audio(self, name: str) -> Stream:
        """As :meth:`open`, decoded to CD audio: 44,100 Hz, 16-bit stereo, little-endian PCM, no header.

        Raises:
            UnsupportedImage: no installed filter decodes the file; the message names the cure.
        """

    def option(self, name: str) -> str | None:
        """A load option's value (``encoding``, …)."""

    def password(self) -> str:
        """The password given.

        Raises:
            PasswordRequired: none was given.
        """

    def note(self, message: str) -> None:
        """Tell the user something that does not stop the load (one sentence)."""
