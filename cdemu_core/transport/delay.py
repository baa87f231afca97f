"""Completions that wait for the time a real drive would have needed."""

from __future__ import annotations

import heapq
from itertools import count
from typing import Generic, TypeVar

Item = TypeVar("Item")


class DelayQueue(Generic[Item]):
    """Items by the time they are due (seconds, any one clock); equal times leave in order of arrival."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Item]] = []
        self._order = count()

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, due: float, item: Item) -> None:
        """Keep ``item`` until ``due``."""
        heapq.heappush(self._heap, (due, next(self._order), item))

    def due(self, now: float) -> list[Item]:
        """Take out everything whose time has come."""
        items = []
        while self._heap and self._heap[0][0] <= now:
            items.append(heapq.heappop(self._heap)[2])
        return items

    def next_due(self) -> float | None:
        """When the next item is due; None when there is none."""
        return self._heap[0][0] if self._heap else None

    def clear(self) -> list[Item]:
        """Take out everything."""
        items = [item for _, _, item in sorted(self._heap, key=lambda entry: entry[:2])]
        self._heap.clear()
        return items
