"""Rows of the table: samples, what limits them, what they may cost."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, Final

import attrs

FASTER_IS_MORE: Final = frozenset({"MB/s", "/s"})
"""Units of which more is better; of all others (times, memory, ratios) less is."""


@attrs.frozen
class Figure:
    """Median, and the first and third quartile, of what one thing took in several rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> Figure:
        """Of ``samples``, one or more."""
        if len(samples) == 1:
            return cls(samples[0], samples[0], samples[0])
        low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
        return cls(median, low, high)


@attrs.frozen
class Row:
    """One line of the table.

    ``key``: stable name, for comparing runs. ``limit``: what physics or a library takes for the same
    work in the same run, ``limit_title`` says what that is. ``budget``: most (least, where more is
    better) that ``figure`` may be, and ``budget_title`` how that follows from other figures of the run.
    ``extra``: further figures of the same row, by name with the unit.
    """

    key: str
    title: str
    unit: str
    figure: Figure
    limit: Figure | None = None
    limit_title: str = ""
    budget: float | None = None
    budget_title: str = ""
    extra: dict[str, float] = attrs.field(factory=dict)

    @property
    def ratio(self) -> float | None:
        """Figure to limit."""
        return self.figure.median / self.limit.median if self.limit and self.limit.median else None

    @property
    def kept(self) -> bool | None:
        """Whether the budget is kept; None where there is none."""
        if self.budget is None:
            return None
        more = self.unit in FASTER_IS_MORE
        return self.figure.median >= self.budget if more else self.figure.median <= self.budget

    def within(self, factor: float, of: str) -> Row:
        """This row with ``factor`` times its limit as budget."""
        if self.limit is None:
            raise ValueError(f"{self.key} has no limit to be measured by")
        return self.budgeted(factor * self.limit.median, f"{factor:g} × {of}")

    def budgeted(self, budget: float, title: str) -> Row:
        """This row with a budget."""
        return attrs.evolve(self, budget=budget, budget_title=title)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return attrs.asdict(self)


def from_dict(data: dict[str, Any]) -> Row:
    """The inverse of :meth:`Row.as_dict`."""
    limit = data["limit"]
    return Row(
        **{
            **data,
            "figure": Figure(**data["figure"]),
            "limit": None if limit is None else Figure(**limit),
        }
    )
