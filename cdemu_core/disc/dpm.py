"""Where a sector lies on the spiral: angle and density out of data position measurements."""

from __future__ import annotations

from typing import NamedTuple

from .model import Dpm

STEPS_PER_ROTATION = 256
DEGREES = 360


class Position(NamedTuple):
    """``angle`` in rotations since the first measured sector; ``density`` in degrees a sector takes."""

    angle: float
    density: float


def position(dpm: Dpm, lba: int) -> Position | None:
    """Angle and density at ``lba``, or None before the first measurement or without any.

    Between two measurements the density is constant; after the last it stays that of the last interval.
    """
    sectors = lba - dpm.start
    if sectors < 0 or not dpm.values or dpm.resolution <= 0:
        return None
    passed = min(sectors // dpm.resolution, len(dpm.values))
    interval = min(passed, len(dpm.values) - 1)
    steps = dpm.values[interval] - _angle(dpm, interval)
    per_sector = steps / STEPS_PER_ROTATION / dpm.resolution
    beyond = sectors - passed * dpm.resolution
    angle = _angle(dpm, passed) / STEPS_PER_ROTATION + beyond * per_sector
    return Position(angle, per_sector * DEGREES)


def _angle(dpm: Dpm, passed: int) -> int:
    """Steps from the first sector to where ``passed`` whole intervals end."""
    return dpm.values[passed - 1] if passed else 0
