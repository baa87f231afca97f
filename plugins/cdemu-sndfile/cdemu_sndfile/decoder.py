"""Any audio libsndfile reads, as CD audio: 44,100 Hz, 16-bit, stereo, little-endian."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import soundfile

from cdemu_core.api import BlockStream, CorruptImage, ImageSource, Stream, StreamError, UnsupportedImage

if TYPE_CHECKING:
    from numpy.typing import NDArray

CD_RATE = 44100
FRAME = 4
BLOCK_FRAMES = 65536
_EXACT = {"PCM_16", "PCM_S8", "PCM_U8", "ALAW", "ULAW"}
"""Codings that libsndfile gives in 16 bits without loss; others are read as floats and rounded."""
_MOST_FRAMES = 2**40
"""libsndfile's word for “unknown” is far above; no sound is that long."""


def open_sound(stream: Stream, source: ImageSource) -> Stream:
    """The decoded sound of ``stream``; closing it closes ``stream``.

    Raises:
        CorruptImage: libsndfile does not accept the file.
        UnsupportedImage: its length is unknown or it cannot be sought in.
    """
    file = StreamFile(stream)
    try:
        sound = soundfile.SoundFile(file)
    except (soundfile.SoundFileError, RuntimeError, TypeError) as error:
        reason = file.failure or error
        raise CorruptImage(f"{stream.name} is not decodable as audio: {reason}", path=stream.name) from error
    if not sound.seekable() or not 0 <= sound.frames < _MOST_FRAMES or not sound.samplerate:
        sound.close()
        raise UnsupportedImage(
            f"{stream.name} is audio without random access; convert it to FLAC or WAVE.",
            path=stream.name,
            feature="audio file",
        )
    if sound.channels > 2:
        source.note(f"{stream.name} has {sound.channels} channels; the first two are played.")
    return SoundStream(stream, sound, file)


class StreamFile(io.RawIOBase):
    """A file object over a stream, for libsndfile. It never raises: an error is kept in ``failure``."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._at = 0
        self.failure: StreamError | None = None

    def seekable(self) -> bool:
        """Always."""
        return True

    def readable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As file objects do."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._stream.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """The place of the next read."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer``; nothing where the stream fails."""
        view = memoryview(buffer).cast("B")
        try:
            done = self._stream.readv_at(self._at, [view])
        except StreamError as error:
            self.failure = error
            return 0
        self._at += done
        return done


class SoundStream(BlockStream):
    """Blocks of :data:`BLOCK_FRAMES` frames, decoded one at a time: libsndfile has one place per file."""

    damage: ClassVar[tuple[type[Exception], ...]] = (soundfile.SoundFileError, RuntimeError)

    def __init__(self, inner: Stream, sound: Any, file: StreamFile) -> None:
        frames = sound.frames * CD_RATE // sound.samplerate
        size = frames * FRAME
        super().__init__(inner, range(0, size, BLOCK_FRAMES * FRAME), size)
        self._sound = sound
        self._file = file
        self._place = threading.Lock()
        self._at = 0

    def decode(self, block: int) -> bytes:
        """One block, converted."""
        start, end = (edge // FRAME for edge in self.span(block))
        if self._sound.samplerate == CD_RATE:
            return self._frames(start, end - start).tobytes()
        return self._resampled(start, end).tobytes()

    def _resampled(self, start: int, end: int) -> NDArray[np.int16]:
        """Frames on the straight line between their two neighbours in the file."""
        position = np.arange(start, end, dtype=np.int64) * self._sound.samplerate
        index = position // CD_RATE
        weight = ((position % CD_RATE) / CD_RATE)[:, None]
        first = int(index[0])
        last = min(int(index[-1]) + 1, self._sound.frames - 1)
        frames = self._frames(first, last - first + 1)
        index -= first
        left = frames[index]
        right = frames[np.minimum(index + 1, len(frames) - 1)]
        mixed: NDArray[np.int16] = np.rint(left * (1 - weight) + right * weight).astype("<i2")
        return mixed

    def _frames(self, start: int, count: int) -> NDArray[np.int16]:
        """``count`` stereo frames of the file's own rate."""
        exact = self._sound.subtype in _EXACT
        with self._place:
            data = self._read(start, count, "int16" if exact else "float32")
        if len(data) < count:
            raise StreamError(
                f"{self.name} is damaged: its sound ends at frame {start + len(data)}.", offset=start
            )
        if not exact:
            data = np.nan_to_num(np.clip(np.rint(data * 32768.0), -32768, 32767))
        stereo: NDArray[Any] = data[:, :2] if data.shape[1] >= 2 else np.repeat(data, 2, axis=1)
        converted: NDArray[np.int16] = stereo.astype("<i2")
        return converted

    def _read(self, start: int, count: int, dtype: str) -> NDArray[Any]:
        """Frames as the file has them; where the stream below failed, its own error."""
        at, self._at = self._at, -1
        self._file.failure = None
        try:
            if at < 0:  # an error came before; libsndfile does not recover, a new decoder does
                self._sound.close()
                self._file.seek(0)
                self._sound = soundfile.SoundFile(self._file)
                at = 0
            if at != start:
                self._sound.seek(start)
            data: NDArray[Any] = self._sound.read(count, dtype=dtype, always_2d=True)
        except self.damage:
            if self._file.failure is not None:
                raise self._file.failure from None
            raise
        if self._file.failure is not None:
            raise self._file.failure
        self._at = start + len(data)
        return data

    def close(self) -> None:
        """Close the decoder and the stream below."""
        with self._place:
            self._sound.close()
        super().close()
