"""How long a real drive would have taken, from the disc's data position measurement.

A drive of constant angular velocity; how many rotations lie between two addresses is what copy
protections measure. Nothing here waits: the result is a duration in seconds.
"""

from __future__ import annotations

from typing import Final

from ..disc.dpm import DEGREES, Position, position
from ..disc.model import Dpm

ROTATIONS_PER_SECOND: Final = 200.0
"""12,000 rpm."""
LONG_SEEK: Final = 10.0
"""Rotations from which on the head jumps instead of following the track."""
JUMP_SECONDS: Final = 0.020


def locate(dpm: Dpm | None, lba: int) -> Position | None:
    """Where on the disc ``lba`` lies, or None outside the measured range."""
    if dpm is None or lba - dpm.start >= (len(dpm.values) + 1) * dpm.resolution:
        return None
    return position(dpm, lba)


class Timing:
    """Remembers the last angle; :meth:`delay` is the time of one command."""

    def __init__(self) -> None:
        self._angle = 0.0

    def delay(self, dpm: Dpm | None, lba: int, count: int, *, seek: bool, transfer: bool) -> float:
        """Seconds for going to ``lba`` (if ``seek``) and reading ``count`` sectors (if ``transfer``)."""
        place = locate(dpm, lba)
        if place is None:
            return 0.0
        seconds = 0.0
        if seek:
            rotations = abs(place.angle - self._angle)
            self._angle = place.angle
            if rotations >= LONG_SEEK:
                rotations %= LONG_SEEK
                seconds += JUMP_SECONDS
            seconds += rotations / ROTATIONS_PER_SECOND
        if transfer:
            seconds += count * place.density / DEGREES / ROTATIONS_PER_SECOND
        return seconds
