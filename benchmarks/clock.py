"""Timing of calls and of programs."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from .row import Figure

ROUNDS: Final = 15
ROUND_NS: Final = 20_000_000


def per_call(work: Callable[[], object], rounds: int = ROUNDS) -> Figure:
    """µs that one call of ``work`` takes, in rounds of some 20 ms."""
    work()
    start = time.perf_counter_ns()
    work()
    once = max(1, time.perf_counter_ns() - start)
    calls = max(1, ROUND_NS // once)
    return Figure.of([_round(work, calls) / calls / 1000 for _ in range(rounds)])


def _round(work: Callable[[], object], calls: int) -> int:
    start = time.perf_counter_ns()
    for _ in range(calls):
        work()
    return time.perf_counter_ns() - start


def pair(
    work: Callable[[], object], limit: Callable[[], object], rounds: int = ROUNDS
) -> tuple[Figure, Figure]:
    """:func:`per_call` of two things in turn, so that what disturbs one disturbs the other."""
    per_call(work, 1), per_call(limit, 1)
    both = [(per_call(work, 1).median, per_call(limit, 1).median) for _ in range(rounds)]
    return Figure.of([one for one, _ in both]), Figure.of([other for _, other in both])


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def fresh(folder: Path) -> Path:
    """A new folder in ``folder``, for a daemon's log and socket."""
    return Path(tempfile.mkdtemp(dir=folder))


def program_ms(command: Sequence[str], rounds: int, environment: dict[str, str] | None = None) -> list[float]:
    """Milliseconds from the start of ``command`` to its end, per round."""
    told = {**os.environ, **(environment or {})}

    def run() -> None:
        subprocess.run(command, env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)

    run()
    return [seconds(run) * 1000 for _ in range(rounds)]
