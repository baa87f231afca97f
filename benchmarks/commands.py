"""Rows of commands over the fake control device."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from . import images
from .fakedevice import FakeDevice, Measured
from .initiator import Job
from .row import Figure, Row

ROUND_SECONDS: Final = 0.15
ROUNDS: Final = 7
DRIVES_SECONDS: Final = 0.6
DEEP: Final = 8
"""Commands outstanding in the second measurement of each row."""
FIRST: Final = "read10-iso"


class Case(NamedTuple):
    """A row. ``factor`` times ``reference`` is the budget: the row's own limit ("preadv"), or another row."""

    key: str
    title: str
    operation: str
    sectors: int
    size: int
    stride: int
    factor: float
    reference: str


CASES: Final[dict[str, tuple[Case, ...]]] = {
    "iso": (
        Case(FIRST, "READ(10) 32 × 2048, ISO", "read10", 32, 2048, 2048, 2.5, "preadv"),
        Case("tur", "TEST UNIT READY", "tur", 0, 0, 0, 0.4, FIRST),
        Case("read10-1", "READ(10) 1 × 2048, ISO", "read10", 1, 2048, 2048, 0, ""),
        Case("read10-64", "READ(10) 64 × 2048, ISO", "read10", 64, 2048, 2048, 2.5, "preadv"),
        Case("readcd-iso", "READ CD 27 × 2352, ISO (EDC, ECC made)", "readcd", 27, 2352, 2048, 4.0, FIRST),
        Case("readcdpw-iso", "READ CD 26 × 2448 P–W, ISO", "readcdpw", 26, 2448, 2048, 1.5, "readcd-iso"),
    ),
    "cue": (
        Case("read10-bin", "READ(10) 32 × 2048, BIN of 2352", "read10", 32, 2048, 2352, 3.0, "preadv"),
        Case("readcd-bin", "READ CD 27 × 2352, BIN", "readcd", 27, 2352, 2352, 2.5, "preadv"),
    ),
    "mds": (
        Case("read10-mdf", "READ(10) 32 × 2048, MDF of 2448", "read10", 32, 2048, 2448, 3.0, "preadv"),
        Case("readcdpw-mdf", "READ CD 26 × 2448 P–W, MDF", "readcdpw", 26, 2448, 2448, 0, ""),
    ),
    "audio": (Case("readcd-audio", "READ CD 27 × 2352, audio", "readcd", 27, 2352, 2352, 2.5, "preadv"),),
}
MAKERS: Final = {**images.PLAIN, "audio": images.audio_cue}
DRIVES: Final = (1, 4, 16)


def rows(folder: Path, initiator: list[str], rounds: int = ROUNDS) -> Iterator[Row]:
    """One row per case."""
    done: dict[str, Row] = {}
    for image, cases in CASES.items():
        with FakeDevice(MAKERS[image](folder), initiator) as device:
            for case in cases:
                row = done[case.key] = _row(device, case, rounds, done)
                yield row


def _row(device: FakeDevice, case: Case, rounds: int, done: dict[str, Row]) -> Row:
    job = Job(ROUND_SECONDS, 1, case.operation, case.sectors, case.sectors * case.size, images.SECTORS)
    device.run(job._replace(seconds=0.1))  # caches, specialised byte code
    shallow, deep, limits = [], [], []
    for _ in range(rounds):
        if case.stride:
            limits.append(device.limit(case.stride, case.sectors))
        shallow.append(device.measure(job))
        deep.append(device.measure(job._replace(outstanding=DEEP)))
    row = Row(
        key=case.key,
        title=case.title,
        unit="µs",
        figure=Figure.of([one.service.median for one in shallow]),
        limit=Figure.of([limit.median for limit in limits]) if limits else None,
        limit_title=f"one preadv of {case.sectors * case.stride} bytes" if limits else "",
        extra=_extra(shallow, deep),
    )
    if case.reference == "preadv":
        return row.within(case.factor, "that preadv")
    if case.reference:
        other = done[case.reference]
        return row.budgeted(case.factor * other.figure.median, f"{case.factor:g} × {other.key}")
    return row


def _extra(shallow: list[Measured], deep: list[Measured]) -> dict[str, float]:
    def middle(name: str, measured: list[Measured]) -> float:
        return float(statistics.median(getattr(one, name) for one in measured))

    return {
        "latency µs": middle("latency", shallow),
        "p95 µs": middle("latency_p95", shallow),
        "CPU µs": middle("cpu", shallow),
        "MB/s": middle("megabytes", shallow),
        "/s": middle("rate", shallow),
        "CPU µs, 8 deep": middle("cpu", deep),
        "MB/s, 8 deep": middle("megabytes", deep),
        "/s, 8 deep": middle("rate", deep),
        "RSS MiB": middle("rss_kib", deep) / 1024,
    }


def drives(folder: Path, initiator: list[str], rounds: int = ROUNDS) -> Iterator[Row]:
    """Throughput of all drives of one process together, and how unequal their shares are."""
    alone = 0.0
    for count in DRIVES:
        rates, shares = [], []
        with FakeDevice(images.iso(folder), initiator, count) as device:
            for _ in range(rounds):
                outcomes = device.run(Job(DRIVES_SECONDS, 2, "read10", 32, 65_536, images.SECTORS))
                each = [outcome.commands / outcome.seconds for outcome in outcomes]
                rates.append(sum(each) * 65_536 / 1e6)
                shares.append(min(each) / max(each))
        figure = Figure.of(rates)
        alone = alone or figure.median
        yield Row(
            key=f"drives-{count}",
            title=f"{count} drive{'s' * (count > 1)}, each READ(10) 32 × 2048, 2 outstanding",
            unit="MB/s",
            figure=figure,
            limit=Figure(alone, alone, alone),
            limit_title="one drive alone",
            extra={"slowest to fastest": statistics.median(shares)},
        )
