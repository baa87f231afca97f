"""The parts of a track as fragments: where their bytes lie, in which order, how many sectors they are."""

from __future__ import annotations

from itertools import accumulate
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from cdemu_core.api import (
    STORED,
    CorruptImage,
    Fragment,
    ImageSource,
    JoinedStream,
    MainChannel,
    MemoryStream,
    SectorType,
    Stream,
    Subchannel,
    WindowStream,
)

from .modes import SUB
from .sheet import Part, Time, TocTrack
from .subchannel import subchannel_form

SAMPLE: Final = 4
"""Bytes of one sample of both channels."""
RAW_SUFFIXES: Final = frozenset({".bin", ".raw", ".cdr", ".img", ".pcm", ".dat", ""})
SIGNATURES: Final = (b"RIFF", b"RF64", b"FORM", b"fLaC", b"OggS", b"ID3")
MAX_ZEROS: Final = 99 * 60 * 75 * 2352
"""Bytes of silence that are still a part of a CD."""


class Piece(NamedTuple):
    """Bytes of ``stream`` (zeros where None)."""

    stream: Stream | None
    offset: int
    length: int
    swapped: bool


class PartPlacer:
    """Turns parts into fragments. Kept over all tracks of a TOC file: a DATAFILE without ``#`` goes on
    where the last one in the same file ended."""

    def __init__(self, source: ImageSource, name: str) -> None:
        self._source = source
        self._name = name
        self._file = ""
        self._next = 0

    def place(self, track: TocTrack) -> tuple[list[Fragment], list[int]]:
        """The fragments of ``track``, and its sectors before each part and at the end.

        Raises:
            CorruptImage: a part lies outside its file.
            MissingFile, UnsupportedImage: as the source raises them.
        """
        stride = track.mode.size + (SUB if track.sub else 0)
        pieces = [self._piece(track, part, stride) for part in track.parts]
        ends = [end // stride for end in accumulate((piece.length for piece in pieces), initial=0)]
        if any(piece.length % stride for piece in pieces):
            return [self._joined(track, pieces, stride)], ends
        return [self._fragment(track, piece, stride) for piece in pieces], ends

    def _piece(self, track: TocTrack, part: Part, stride: int) -> Piece:
        if part.name is None:
            length = _bytes(part.length or Time(0), track, stride)
            if length > MAX_ZEROS:
                self._refuse(part, f"{length} bytes of silence are longer than a disc.")
            return Piece(None, 0, length, False)
        stream, raw = self._open(track, part)
        base = self._base(part)
        offset = base + _bytes(part.start or Time(0), track, stride)
        length = _bytes(part.length, track, stride) if part.length else 0
        rest = max(0, stream.size - offset)
        if not rest:
            self._refuse(part, f"the part begins behind the end of “{part.name}”; get a whole copy.")
        if not length:
            length = self._rest(track, rest, stride)
        elif length > rest and (raw or length - rest >= stride):
            self._refuse(
                part, f"“{part.name}” ends {length - rest} bytes before the part does; get a whole copy."
            )
        if part.data:
            self._next = base + length
        audio = track.mode.sector_type is SectorType.AUDIO
        return Piece(stream, offset, length, audio and raw != part.swap)

    def _open(self, track: TocTrack, part: Part) -> tuple[Stream, bool]:
        """The file, and whether it has no header: its audio is big-endian then."""
        name = str(part.name)
        raw = part.data or track.mode.sector_type is not SectorType.AUDIO
        if not raw:
            suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
            raw = suffix in RAW_SUFFIXES and not self._source.open(name).read_at(0, 4).startswith(SIGNATURES)
        return (self._source.open(name), True) if raw else (self._source.open_audio(name), False)

    def _base(self, part: Part) -> int:
        if part.name != self._file:
            self._file, self._next = str(part.name), 0
        return self._next if part.offset is None else part.offset

    def _rest(self, track: TocTrack, rest: int, stride: int) -> int:
        """All that is left, in whole sectors: audio is filled up, data cut."""
        if track.mode.sector_type is SectorType.AUDIO and not track.sub:
            return rest // SAMPLE * SAMPLE
        if rest % stride:
            self._source.note(
                f"A data file of {self._name} does not end with a sector; the rest is left out."
            )
        return rest // stride * stride

    def _fragment(self, track: TocTrack, piece: Piece, stride: int) -> Fragment:
        length = piece.length // stride
        if piece.stream is None or not length:
            return Fragment(length)
        stream = piece.stream
        if piece.offset + piece.length > stream.size:  # the decoder's last samples
            missing = piece.offset + piece.length - stream.size
            stream = JoinedStream((stream, MemoryStream(bytes(missing))), stream.name)
        stored = STORED[track.mode.sector_type, track.mode.size]
        sub = None
        if track.sub:
            at = piece.offset + track.mode.size
            form = subchannel_form(stream, at, stride, length)
            sub = Subchannel(stream, at, stride, form)
        return Fragment(length, MainChannel(stream, piece.offset, stride, stored, swapped=piece.swapped), sub)

    def _joined(self, track: TocTrack, pieces: list[Piece], stride: int) -> Fragment:
        """Parts that do not end with a sector, one behind the other as one stream."""
        orders = {piece.swapped for piece in pieces if piece.stream is not None}
        if len(orders) > 1:
            self._refuse(
                track.parts[0], "parts of both byte orders must each be whole sectors (588 samples) long."
            )
        total = sum(piece.length for piece in pieces)
        sectors = -(-total // stride)
        streams = [
            MemoryStream(bytes(piece.length))
            if piece.stream is None
            else WindowStream(piece.stream, piece.offset, piece.length)
            for piece in pieces
        ]
        whole = JoinedStream([*streams, MemoryStream(bytes(sectors * stride - sum(s.size for s in streams)))])
        return self._fragment(track, Piece(whole, 0, sectors * stride, True in orders), stride)

    def _refuse(self, part: Part, message: str) -> None:
        raise CorruptImage(f"Line {part.line} of {self._name}: {message}", structure=f"line {part.line}")


def _bytes(time: Time, track: TocTrack, stride: int) -> int:
    """``time`` in bytes of the file: numbers are samples of audio, bytes of data."""
    if time.sectors is not None:
        return time.sectors * stride
    return time.units * SAMPLE if track.mode.sector_type is SectorType.AUDIO else time.units
