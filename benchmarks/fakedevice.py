"""Both ends of a fake vhba control device, as processes: the initiator and the drives it drives."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import attrs

from .initiator import Job, Outcome
from .row import Figure

ROOT: Final = Path(__file__).parent.parent
SOCKET_BUFFER: Final = 4 << 20
"""So that a whole reply and several more fit in."""


@attrs.frozen
class Measured:
    """What one round of a job showed: service as (first quartile, median, third) in µs."""

    service: Figure
    latency: float
    latency_p95: float
    cpu: float
    rate: float
    megabytes: float
    rss_kib: int


class FakeDevice:
    """``drives`` drives with ``image`` in one process, and an initiator process for each of them."""

    def __init__(self, image: Path, initiator: list[str], drives: int = 1) -> None:
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(drives)]
        for pair in pairs:
            for end in pair:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER)
        device = [pair[0].fileno() for pair in pairs]
        command = [sys.executable, "-m", "benchmarks.served", str(image), *map(str, device)]
        self._served = _start(command, device)
        self._initiators = [_start([*initiator, str(pair[1].fileno())], [pair[1].fileno()]) for pair in pairs]
        for pair in pairs:
            for end in pair:
                end.close()
        self._read()

    def __enter__(self) -> FakeDevice:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (*self._initiators, self._served):
            assert process.stdin is not None
            process.stdin.close()
            process.wait(20)

    def _read(self) -> Any:
        assert self._served.stdout is not None
        line = self._served.stdout.readline()
        if not line:
            raise RuntimeError("the served process has ended; its message is above")
        return json.loads(line)

    def ask(self, question: str) -> Any:
        """The drive process's answer."""
        assert self._served.stdin is not None
        self._served.stdin.write(question + "\n")
        self._served.stdin.flush()
        return self._read()

    def run(self, job: Job) -> list[Outcome]:
        """Every initiator carries out ``job`` at the same time. Raises RuntimeError for a bad reply."""
        for process in self._initiators:
            assert process.stdin is not None
            process.stdin.write(" ".join(map(str, job)) + "\n")
            process.stdin.flush()
        outcomes = []
        for process in self._initiators:
            assert process.stdout is not None
            commands, seconds, bad, *latency = process.stdout.readline().split()
            outcomes.append(Outcome(int(commands), float(seconds), int(bad), *map(float, latency)))
        if any(outcome.bad for outcome in outcomes):
            raise RuntimeError(f"{job.operation}: bad replies: {outcomes}")
        return outcomes

    def measure(self, job: Job) -> Measured:
        """One round: once with the stopwatch for the service time, once without for the rest."""
        self.ask("trace")
        self.run(job)
        service = [value / 1000 for value in self.ask("report")["service_ns"]]
        self.ask("plain")
        before = self.ask("report")
        outcomes = self.run(job)
        after = self.ask("report")
        commands = sum(outcome.commands for outcome in outcomes)
        rate = sum(outcome.commands / outcome.seconds for outcome in outcomes)
        return Measured(
            service=Figure(service[1], service[0], service[2]),
            latency=sum(outcome.median_ns for outcome in outcomes) / len(outcomes) / 1000,
            latency_p95=max(outcome.p95_ns for outcome in outcomes) / 1000,
            cpu=(after["cpu"] - before["cpu"]) / commands * 1e6,
            rate=rate,
            megabytes=rate * job.bytes / 1e6,
            rss_kib=after["rss_kib"],
        )

    def limit(self, stride: int, count: int, rounds: int = 300) -> Figure:
        """µs of one preadv of the same bytes, in the drive's own thread."""
        return Figure.of([value / 1000 for value in self.ask(f"limit {stride} {count} {rounds}")])


def _start(command: list[str], descriptors: list[int]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=descriptors, cwd=ROOT
    )
