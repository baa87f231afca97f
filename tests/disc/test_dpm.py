"""Angle and density between, on and beyond the measurements."""

from __future__ import annotations

import pytest

from cdemu_core.disc.dpm import position
from cdemu_core.disc.model import Dpm

MEASURED = Dpm(start=100, resolution=50, values=(1280, 2304, 3200))


@pytest.mark.parametrize(
    ("lba", "angle", "density"),
    [
        (100, 0.0, 36.0),
        (125, 2.5, 36.0),
        (150, 5.0, 28.8),
        (175, 7.0, 28.8),
        (200, 9.0, 25.2),
        (249, 9 + 49 * 0.07, 25.2),
        (250, 12.5, 25.2),
        (350, 19.5, 25.2),
    ],
)
def test_position(lba: int, angle: float, density: float) -> None:
    found = position(MEASURED, lba)
    assert found is not None
    assert found.angle == pytest.approx(angle)
    assert found.density == pytest.approx(density)


def test_one_measurement_is_enough() -> None:
    found = position(Dpm(0, 256, (2560,)), 1000)
    assert found is not None
    assert found.angle == pytest.approx(1000 * 10 / 256)


@pytest.mark.parametrize("dpm", [Dpm(0, 256, ()), Dpm(0, 0, (1, 2)), Dpm(5, 1, (1,))])
def test_nothing_known(dpm: Dpm) -> None:
    assert position(dpm, 4) is None
