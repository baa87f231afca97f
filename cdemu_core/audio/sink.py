"""Where sound goes: nowhere, a WAV file, or the sound device."""

from __future__ import annotations

import importlib.util
import threading
import wave
from collections.abc import Callable, Generator, Sequence
from typing import Any, Protocol

from ..errors import ConfigError

RATE = 44_100
CHANNELS = 2
SAMPLE_BYTES = 2
FRAME_BYTES = CHANNELS * SAMPLE_BYTES
"""CD audio (Red Book): 44,100 frames a second of two 16-bit samples, little-endian."""
BYTES_PER_SECOND = RATE * FRAME_BYTES


class Sink(Protocol):
    """A place for CD audio. ``write`` may wait; another thread may call ``close`` to end that wait."""

    paced: bool
    """Whether ``write`` itself takes as long as the sound lasts."""

    def write(self, data: bytes | bytearray) -> None:
        """Take whole frames. Raises OSError when the sound cannot be played."""

    def close(self) -> None:
        """End the sound. Closing twice is harmless."""


class NullSink:
    """Takes everything and makes no sound."""

    paced = False

    def write(self, data: bytes | bytearray) -> None:
        """Forget the frames."""

    def close(self) -> None:
        """Nothing to end."""


class WavSink:
    """Writes what is played to a WAV file."""

    paced = False

    def __init__(self, path: str) -> None:
        """Raises OSError when the file cannot be made."""
        self._wave = wave.open(path, "wb")  # noqa: SIM115 - close() completes the file
        self._wave.setnchannels(CHANNELS)
        self._wave.setsampwidth(SAMPLE_BYTES)
        self._wave.setframerate(RATE)

    def write(self, data: bytes | bytearray) -> None:
        """Append frames."""
        self._wave.writeframes(bytes(data))

    def close(self) -> None:
        """Complete the file's header."""
        self._wave.close()


class DeviceSink:
    """The default sound device, through the optional package miniaudio, which pulls what it needs.

    A short queue stands between: ``write`` waits while half a second of sound is in it.
    """

    paced = True
    LIMIT = BYTES_PER_SECOND // 2

    def __init__(self, backends: Sequence[Any] | None = None) -> None:
        """``backends``: the library's, default all. Raises OSError when there is no sound device."""
        import miniaudio

        self._queue = bytearray()
        self._room = threading.Condition()
        self._closed = False
        try:
            self._device = miniaudio.PlaybackDevice(
                output_format=miniaudio.SampleFormat.SIGNED16,
                nchannels=CHANNELS,
                sample_rate=RATE,
                app_name="CDEmu",
                backends=backends,
            )
            source = self._frames()
            next(source)
            self._device.start(source)
        except miniaudio.MiniaudioError as problem:
            raise OSError(f"the sound device does not open: {problem}") from problem

    def _frames(self) -> Generator[bytes, int, None]:
        """Hand over as many frames as are asked for, silence where there are none."""
        wanted = yield b""
        while not self._closed:
            size = wanted * FRAME_BYTES
            with self._room:
                data = bytes(self._queue[:size])
                del self._queue[:size]
                self._room.notify_all()
            wanted = yield data.ljust(size, b"\0")

    def write(self, data: bytes | bytearray) -> None:
        """Queue frames; waits while the queue is full."""
        with self._room:
            while len(self._queue) >= self.LIMIT and not self._closed:
                if not self._room.wait(2.0):
                    raise OSError("the sound device has stopped taking data")
            if not self._closed:
                self._queue += data

    def close(self) -> None:
        """Let go of the device; what is queued is not played."""
        with self._room:
            if self._closed:
                return
            self._closed = True
            self._room.notify_all()
        self._device.close()


SinkMaker = Callable[[], Sink]


def device_available() -> bool:
    """Whether the package that plays on the sound device is installed."""
    return importlib.util.find_spec("miniaudio") is not None


def choose_sink(driver: str) -> SinkMaker:
    """What makes the sinks of an audio driver: ``null``, ``default`` or ``wav:FILE``.

    Raises:
        ConfigError: an unknown driver, or one that is not installed.
    """
    kind, _, path = driver.partition(":")
    if kind == "wav" and path:
        return lambda: WavSink(path)
    if kind == "null":
        return NullSink
    if kind == "default":
        if device_available():
            return DeviceSink
        raise ConfigError(
            "Sound needs the package miniaudio, which is not installed: pip install cdemu-core[audio]."
        )
    raise ConfigError(f"There is no audio driver “{driver}”; there are: null, default, wav:FILE.")
