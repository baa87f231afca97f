"""AudioState: where CD audio playback is, computed from the time and never by waiting.

Sound itself is made elsewhere, from :class:`~cdemu_core.scsi.events.AudioChanged`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from ..units import FRAMES_PER_SECOND
from .events import AudioChanged, VolumeChanged

SCAN_SPEED: Final = 8
"""Times normal speed while scanning; the standard leaves it to the drive (MMC-3, SCAN)."""


ROUNDING: Final = 1e-3
"""Frames by which a clock's floating-point value may fall short of a whole one."""


class AudioStatus(IntEnum):
    """Audio status codes (MMC-3, READ SUB-CHANNEL), also the qualifier of REQUEST SENSE's answer."""

    PLAYING = 0x11
    PAUSED = 0x12
    COMPLETED = 0x13
    ERROR = 0x14
    NONE = 0x15


class AudioState:
    """Plays [start, end) from ``position`` on; ``speed`` is 1, or ±SCAN_SPEED while scanning."""

    def __init__(self, events: list[object]) -> None:
        self._events = events
        self._status = AudioStatus.NONE
        self._start = 0
        self._end = 0
        self._origin = 0
        self._since = 0.0
        self._speed = 1
        self._range_start = 0
        self._barred = False

    @property
    def active(self) -> bool:
        """Playing or paused as far as is known without asking the time."""
        return self._status in (AudioStatus.PLAYING, AudioStatus.PAUSED)

    def status(self, now: float) -> AudioStatus:
        """The audio status at ``now``; playback that reached its end becomes COMPLETED."""
        if self._status is AudioStatus.PLAYING and self._finished(self._travelled(now)):
            self._origin = self._end - 1 if self._speed > 0 else self._range_start
            failed = self._barred and self._speed > 0
            self._status = AudioStatus.ERROR if failed else AudioStatus.COMPLETED
        return self._status

    def position(self, now: float) -> int:
        """LBA under the head at ``now``."""
        if self.status(now) is AudioStatus.PLAYING:
            return self._travelled(now)
        return self._origin

    def play(self, start: int, end: int, now: float, *, barred: bool = False) -> None:
        """Play [start, end) from its beginning; ``barred``: at ``end`` is something that cannot be played."""
        self._begin(start, end, now, 1)
        self._barred = barred

    def scan(self, start: int, low: int, end: int, backwards: bool, now: float) -> None:
        """Play fast from ``start`` towards ``end``, or ``backwards`` towards ``low``."""
        self._begin(start, end, now, -SCAN_SPEED if backwards else SCAN_SPEED)
        self._range_start = low
        self._barred = False

    def pause(self, now: float) -> None:
        """Hold the position; repeating it is harmless."""
        position = self.position(now)
        if self._status is AudioStatus.PLAYING:
            self._origin = position
            self._tell(AudioStatus.PAUSED)

    def resume(self, now: float) -> None:
        """Go on at normal speed; also ends a scan (MMC-3, PAUSE/RESUME)."""
        if self._status is AudioStatus.PAUSED or self._speed != 1:
            self._begin(self.position(now), self._end, now, 1)

    def stop(self, now: float) -> None:
        """End playback; the position stays where it was."""
        position = self.position(now)
        if self.active:
            self._origin = position
            self._tell(AudioStatus.NONE)

    def fail(self, now: float) -> None:
        """Playback could not go on (no sound device, unreadable sector)."""
        self._origin = self.position(now)
        self._tell(AudioStatus.ERROR)

    def set_ports(self, ports: bytes) -> None:
        """Channel selection and volume of each output port, as mode page 0E has them (MMC-6, 7.7)."""
        self._events.append(VolumeChanged(tuple(zip(ports[::2], ports[1::2], strict=True))))

    def clear(self) -> None:
        """The medium went: stop without a position."""
        if self.active:
            self._tell(AudioStatus.NONE)
        self._status = AudioStatus.NONE

    def _begin(self, start: int, end: int, now: float, speed: int) -> None:
        self._start = self._origin = self._range_start = start
        self._end = end
        self._since = now
        self._speed = speed
        self._tell(AudioStatus.PLAYING)

    def _travelled(self, now: float) -> int:
        frames = int((now - self._since) * FRAMES_PER_SECOND + ROUNDING)
        return self._origin + frames * self._speed

    def _finished(self, position: int) -> bool:
        return position >= self._end or position < self._range_start

    def _tell(self, status: AudioStatus) -> None:
        self._status = status
        word = {AudioStatus.PLAYING: "playing", AudioStatus.PAUSED: "paused"}.get(status, "stopped")
        self._events.append(AudioChanged(word, self._origin, self._end))
