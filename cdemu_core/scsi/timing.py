"""How long a real drive would have taken, from the disc's data position measurement.

A constant angular velocity drive at a fixed speed; the numbers of rotation decide what copy
protections measure. Nothing here waits: the result is a duration in seconds.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ..disc.model import Dpm

ROTATIONS_PER_SECOND: Final = 200.0
"""12,000 rpm."""
LONG_SEEK: Final = 10.0
"""Rotations from which on the head jumps instead of following the track."""
JUMP_SECONDS: Final = 0.020
UNITS_PER_ROTATION: Final = 256


class Place(NamedTuple):
    """``angle`` in rotations since the measured start; ``density`` in rotations per sector."""

    angle: float
    density: float


def locate(dpm: Dpm | None, lba: int) -> Place | None:
    """Where on the disc ``lba`` lies, or None outside the measured range."""
    if dpm is None or not dpm.values or dpm.resolution <= 0:
        return None
    address = lba - dpm.start
    values, resolution = dpm.values, dpm.resolution
    if not 0 <= address < (len(values) + 1) * resolution:
        return None
    index, rest = divmod(address, resolution)
    last = min(index, len(values) - 1)
    step = values[last] - (values[last - 1] if last else 0)
    density = step / UNITS_PER_ROTATION / resolution
    base = values[index - 1] / UNITS_PER_ROTATION if index else 0.0
    return Place(base + rest * density, density)


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
            seconds += count * place.density / ROTATIONS_PER_SECOND
        return seconds
