"""WAVE and AIFF files that already hold CD audio: 44,100 Hz, 16-bit, stereo, uncompressed.

Their samples are a window of the file (byte-swapped where they are big-endian), so nothing is
decoded. Other rates, widths and codings are the business of an audio-file plugin.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator

from cdemu_core.api import CorruptImage, Evidence, ProbeView, Stream, UnsupportedImage, WindowStream

from .chunks import Read, aiff_chunks, wave_chunks

CD_AUDIO = (44100, 2, 16)
"""Samples a second, channels, bits."""
_FRAME = 4
_WAVE_PCM, _WAVE_EXTENSIBLE = 0x0001, 0xFFFE
_PCM_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
"""KSDATAFORMAT_SUBTYPE_PCM after its first two bytes, which are a format tag."""
_BIG, _LITTLE = "big", "little"
_AIFC_ORDER = {b"NONE": _BIG, b"twos": _BIG, b"sowt": _LITTLE}
_80_BIT_BIAS = 16383 + 63
_WHOLE_FILE = (0, 0xFFFFFFFF)
"""Sizes that a writer leaves behind when it cannot seek back."""


class Sound:
    """What the headers say. ``order`` is None for a coding that is not plain PCM."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.shape = (0, 0, 0)
        self.order: str | None = None
        self.offset = -1
        self.size = 0

    @property
    def is_cd_audio(self) -> bool:
        """Nothing has to be decoded."""
        return self.shape == CD_AUDIO and self.order is not None and self.offset >= 0


def examine(read: Read, size: int) -> Sound | None:
    """The headers of a WAVE or AIFF file of ``size`` bytes; None where it is neither."""
    head = read(0, 12)
    if head[:4] in (b"RIFF", b"RF64") and head[8:] == b"WAVE":
        return _wave(wave_chunks(read, size), read, size)
    if head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
        return _aiff(aiff_chunks(read, size), read, size)
    return None


def probe(view: ProbeView) -> Evidence:
    """PROVEN for what is opened here; MAGIC for kin that an audio-file plugin must decode."""
    sound = examine(view.read, view.size)
    if sound is None:
        return Evidence.NONE
    return Evidence.PROVEN if sound.is_cd_audio else Evidence.MAGIC


def open_pcm(stream: Stream) -> Stream:
    """Samples of ``stream`` as little-endian CD audio, exactly as many bytes as it holds.

    Raises:
        UnsupportedImage: not the format of CD audio.
        CorruptImage: no samples, or the headers are missing.
    """
    sound = examine(stream.read_at, stream.size)
    if sound is None or not sound.shape[0] or sound.offset < 0:
        raise CorruptImage(f"{stream.name} is damaged: it has no audio data.", path=stream.name)
    if not sound.is_cd_audio:
        rate, channels, bits = sound.shape
        what = f"{rate} Hz, {channels} channel(s), {bits} bits" if sound.order else "a compressed coding"
        raise UnsupportedImage(
            f"{stream.name} is {sound.kind} audio of {what}, not 44100 Hz, 2 channels, 16 bits;"
            " install the decoder with “pip install cdemu-core[audio-files]”.",
            path=stream.name,
            feature="audio file",
        )
    window = WindowStream(stream, sound.offset, sound.size)
    return SwappedStream(window) if sound.order == _BIG else window


class SwappedStream(Stream):
    """16-bit samples of ``inner`` in the other byte order."""

    def __init__(self, inner: Stream) -> None:
        self._inner = inner
        self.name = inner.name
        self.size = inner.size & ~1

    def read_at(self, offset: int, length: int) -> bytes:
        """As :meth:`Stream.read_at`."""
        end = min(offset + length, self.size)
        if offset >= end:
            return b""
        first = offset & ~1
        samples = array("H", self._inner.read_at(first, (end - first + 1) & ~1))
        samples.byteswap()
        return samples.tobytes()[offset - first : end - first]

    def close(self) -> None:
        """Close the stream below."""
        self._inner.close()


Chunks = Iterator[tuple[bytes, int, int]]


def _wave(chunks: Chunks, read: Read, size: int) -> Sound:
    sound = Sound("WAVE")
    long_size = 0
    for name, at, length in chunks:
        if name == b"ds64":  # RF64 (EBU Tech 3306): RIFF size, then data size, 64 bits each
            long_size = int.from_bytes(read(at + 8, 8), "little")
        elif name == b"fmt ":
            _wave_format(sound, read(at, min(length, 40)))
        elif name == b"data" and sound.offset < 0:
            sound.offset = at
            sound.size = _data_size(
                read, at, long_size if length == 0xFFFFFFFF and long_size else length, size
            )
    return sound


def _wave_format(sound: Sound, data: bytes) -> None:
    if len(data) < 16:
        return
    tag, channels, rate, _, align, bits = struct.unpack_from("<HHIIHH", data)
    if tag == _WAVE_EXTENSIBLE and len(data) >= 40 and data[26:40] == _PCM_GUID_TAIL:
        tag = int.from_bytes(data[24:26], "little")
        bits = int.from_bytes(data[18:20], "little") or bits
    sound.shape = (rate, channels, bits)
    plain = tag == _WAVE_PCM and align == channels * ((bits + 7) // 8)
    sound.order = _LITTLE if plain else None


def _data_size(read: Read, at: int, announced: int, size: int) -> int:
    """Bytes of samples: the rest of the file where the writer never came back to say."""
    rest = size - at
    if announced == 0 and _chain_closes(read, at, size):
        return 0
    return rest if announced in _WHOLE_FILE or announced > rest else announced


def _chain_closes(read: Read, at: int, size: int) -> bool:
    """Whether what follows an empty chunk is more chunks up to the end, not samples."""
    for _ in range(100):
        if at == size:
            return True
        head = read(at, 8)
        if len(head) < 8 or not head[:4].isalnum():
            return False
        length = int.from_bytes(head[4:], "little")
        at = min(at + 8 + length + length % 2, max(size, at + 8 + length))
    return False


def _aiff(chunks: Chunks, read: Read, size: int) -> Sound:
    sound = Sound("AIFF")
    frames = 0
    for name, at, length in chunks:
        if name == b"COMM":
            frames = _aiff_format(sound, read(at, min(length, 22)))
        elif name == b"SSND" and sound.offset < 0:
            skip = int.from_bytes(read(at, 4), "big")
            sound.offset = at + 8 + skip
            sound.size = max(0, min(at + length if length else size, size) - sound.offset)
    if sound.is_cd_audio and frames:
        sound.size = min(sound.size, frames * _FRAME)
    return sound


def _aiff_format(sound: Sound, data: bytes) -> int:
    """Fill in the shape; return the number of sample frames."""
    if len(data) < 18:
        return 0
    channels, frames, bits, exponent, mantissa = struct.unpack_from(">HIHHQ", data)
    shift = _80_BIT_BIAS - exponent
    rate = mantissa >> shift if 0 <= shift < 64 else 0
    sound.shape = (rate, channels, bits)
    sound.order = _AIFC_ORDER.get(data[18:22] or b"NONE")
    return int(frames)
