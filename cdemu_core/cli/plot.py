"""Plots of one value over a range of addresses, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

STEPS_PER_ROTATION: Final = 256
DEGREES: Final = 360
EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
EIGHTHS_ASCII: Final = " ..:::|||"
"""What a cell shows that is filled to n eighths."""
FULL: Final = 8


def cells_for(encoding: str | None) -> str:
    """Cells that a terminal or file of this encoding can show."""
    try:
        EIGHTHS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return EIGHTHS_ASCII
    return EIGHTHS


def densities(resolution: int, values: Sequence[int]) -> list[float]:
    """Degrees that a sector takes, one value an interval of ``resolution`` sectors.

    ``values``: angles at the intervals' ends in 1/256 rotation since the first sector (data position
    measurements).
    """
    if resolution <= 0:
        return []
    scale = DEGREES / STEPS_PER_ROTATION / resolution
    return [(value - last) * scale for last, value in pairwise((0, *values))]


def columns(values: Sequence[float], width: int) -> list[float]:
    """``values`` averaged over ``width`` columns of equal spans; fewer values stay as they are."""
    count = min(width, len(values))
    edges = [len(values) * column // count for column in range(count + 1)] if count else []
    return [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]


def plot(
    values: Sequence[float],
    first: int,
    last: int,
    *,
    width: int = 64,
    height: int = 8,
    cells: str = EIGHTHS,
) -> list[str]:
    """Bars of ``values``, from the least at the bottom to the greatest, over ``first`` to ``last``.

    ``height`` rows (two or more) and the axis below them; nothing of no values. Values that are all equal
    make full bars.
    """
    bars = columns(values, width)
    if not bars:
        return []
    low, high = min(bars), max(bars)
    span = high - low
    fills = [1 + round((bar - low) / span * (height * FULL - 1)) if span else height * FULL for bar in bars]
    labels = [f"{high:.2f}", *[""] * (height - 2), f"{low:.2f}" if span else ""]
    margin = max(map(len, labels))
    rows = [
        f"{label:>{margin}} {''.join(_cell(fill, height - 1 - row, cells) for fill in fills)}".rstrip()
        for row, label in enumerate(labels)
    ]
    end = str(last).rjust(len(bars) - len(str(first)))
    return [*rows, f"{'':{margin}} {first}{end if len(end) > len(str(last)) else f' {last}'}"]


def _cell(fill: int, row: int, cells: str) -> str:
    """The cell of a bar of ``fill`` eighths in ``row``, counted from the bottom."""
    return cells[max(0, min(FULL, fill - row * FULL))]
