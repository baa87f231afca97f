"""Plots as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdemu_core.cli.plot import EIGHTHS, EIGHTHS_ASCII, cells_for, columns, densities, plot


def test_density_is_the_angle_that_a_sector_takes() -> None:
    assert densities(10, (256, 512, 640)) == [36.0, 36.0, 18.0]
    assert densities(0, (1, 2)) == []
    assert densities(1, ()) == []


@pytest.mark.parametrize(
    ("encoding", "cells"),
    [("utf-8", EIGHTHS), ("ascii", EIGHTHS_ASCII), ("iso8859-1", EIGHTHS_ASCII), (None, EIGHTHS_ASCII)],
)
def test_cells_are_what_the_output_can_show(encoding: str | None, cells: str) -> None:
    assert cells_for(encoding) == cells


def test_columns_are_averages_of_equal_spans() -> None:
    assert columns([1, 3, 5, 7], 2) == [2, 6]
    assert columns([1, 2, 3], 10) == [1, 2, 3]
    assert columns([], 10) == []


def test_a_falling_slope() -> None:
    assert plot([40.0, 30.0, 20.0], 0, 1_000, width=12, height=2) == [
        "40.00 █▁",
        "20.00 ██▁",
        "      0 1000",
    ]


def test_a_step_in_ascii_with_the_last_address_at_the_end() -> None:
    assert plot([1.0] * 6 + [2.0] * 6, -150, 900, width=12, height=3, cells=EIGHTHS_ASCII) == [
        "2.00       ||||||",
        "           ||||||",
        "1.00 ......||||||",
        "     -150     900",
    ]


def test_equal_values_fill_the_plot_and_none_make_none() -> None:
    assert plot([5.0, 5.0, 5.0], 0, 2, height=2) == ["5.00 ███", "     ███", "     0 2"]
    assert plot([], 0, 0) == []


finite = st.floats(-1e6, 1e6)


@given(st.lists(finite, min_size=1, max_size=200), st.integers(1, 80), st.integers(2, 12))
@pytest.mark.parametrize("cells", [EIGHTHS, EIGHTHS_ASCII])
def test_every_plot_fits(cells: str, values: list[float], width: int, height: int) -> None:
    lines = plot(values, 0, 999_999, width=width, height=height, cells=cells)
    assert len(lines) == height + 1
    margin = lines[-1].index("0")
    bars = [line[margin:] for line in lines[:-1]]
    assert max(map(len, bars)) <= min(width, len(values))
    assert all(set(bar) <= set(cells) for bar in bars)
    top = columns(values, width).index(max(columns(values, width)))
    assert all(bar[top] == cells[-1] for bar in bars)
