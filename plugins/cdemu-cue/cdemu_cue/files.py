"""The data files of a sheet: raw, byte-swapped or decoded audio."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

import attrs

from cdemu_core.api import (
    SYNC_PATTERN,
    ImageSource,
    JoinedStream,
    MemoryStream,
    SectorType,
    Stream,
)

from .modes import Mode
from .sheet import SheetFile

BINARY_TYPES: Final = frozenset({"BINARY", "MOTOROLA", "BIN", "RAW"})
AUDIO_SUFFIXES: Final = (".wav", ".flac", ".ape", ".wv", ".ogg", ".mp3", ".aiff", ".tta", ".m4a")
BINARY_SUFFIXES: Final = (".bin", ".img", ".iso", ".raw")
AUDIO_SIGNATURES: Final = ((b"RIFF", b"WAVE"), (b"FORM", b"AIF"), (b"fLaC", b""))
"""(first bytes, bytes at 8) of audio files that sheets call BINARY."""


@attrs.define
class DataFile:
    """An opened file; ``decoded`` where its bytes are audio that a filter made."""

    name: str
    stream: Stream
    decoded: bool
    motorola: bool

    def sectors_from(self, offset: int, stride: int, source: ImageSource) -> int:
        """Sectors from ``offset`` to the end; a last incomplete one is filled up with zeros."""
        sectors, rest = divmod(self.stream.size - offset, stride)
        if not rest:
            return sectors
        missing = stride - rest
        if not self.decoded:  # a decoder's length is in samples, so its last sector is seldom full
            source.note(f"The last sector of “{self.name}” is incomplete, {missing} bytes read as zeros.")
        self.stream = JoinedStream((self.stream, MemoryStream(bytes(missing))), self.stream.name)
        return sectors + 1

    def is_swapped(self, mode: Mode, offset: int) -> bool:
        """Whether the track of ``mode`` at ``offset`` is stored with its 16-bit words swapped."""
        if not self.motorola:
            return False
        if mode.sector_type is SectorType.AUDIO or mode.size != 2352:
            return True
        return self.stream.read_at(offset, 12) != SYNC_PATTERN


def open_file(source: ImageSource, file: SheetFile, mode: Mode) -> DataFile:
    """Open a FILE statement's file for a track of ``mode``.

    Raises:
        MissingFile: neither it nor a file of the same stem with another known suffix exists.
        UnsupportedImage: no filter decodes it.
    """
    name = _find(source, file)
    audio = mode.sector_type is SectorType.AUDIO
    suffix = PurePosixPath(name).suffix.lower()
    binary = file.type in BINARY_TYPES or (file.type == "" and suffix in BINARY_SUFFIXES)
    if not audio or (binary and not _is_audio_file(source, name)):
        return DataFile(name, source.open(name), decoded=False, motorola=file.type == "MOTOROLA")
    return DataFile(name, source.open_audio(name), decoded=True, motorola=False)


def _is_audio_file(source: ImageSource, name: str) -> bool:
    head = source.open(name).read_at(0, 12)
    return any(head.startswith(first) and head[8:].startswith(then) for first, then in AUDIO_SIGNATURES)


def _find(source: ImageSource, file: SheetFile) -> str:
    """The file's name, or that of a file somebody converted it into."""
    if source.find(file.name) is None:
        stem = file.name.rpartition(".")[0] or file.name
        for suffix in (*BINARY_SUFFIXES, *AUDIO_SUFFIXES):
            if source.find(stem + suffix) is not None:
                source.note(f"“{file.name}” is not there; “{stem + suffix}” is taken for it.")
                file.type = "BINARY" if suffix in BINARY_SUFFIXES else "WAVE"
                return stem + suffix
    return file.name
