"""The kernel's side of a vhba control device: the C program of initiator.c, or the same loop here.

``python -m benchmarks.initiator FD`` is the fallback where there is no C compiler; its own share of
latency and throughput is larger, which the table's heading then says.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

from cdemu_core.transport.vhba import REQUEST, RESPONSE

SOURCE: Final = Path(__file__).with_name("initiator.c")


class Job(NamedTuple):
    """``operation`` (tur, read10, readcd, readcdpw) on ``sectors``; ``bytes`` of a good reply."""

    seconds: float
    outstanding: int
    operation: str
    sectors: int
    bytes: int
    last: int


class Outcome(NamedTuple):
    """What came of a job; latencies are the initiator's, in nanoseconds."""

    commands: int
    seconds: float
    bad: int
    median_ns: float
    p95_ns: float


def compiled(folder: Path) -> list[str]:
    """The command line of the initiator, compiled where that can be done."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return [sys.executable, "-m", "benchmarks.initiator"]
    program = folder / "initiator"
    subprocess.run([compiler, "-O2", "-o", str(program), str(SOURCE)], check=True)
    return [str(program)]


def cdb_of(job: Job, lba: int) -> bytes:
    """As in initiator.c."""
    if job.operation == "tur":
        return bytes(6)
    if job.operation == "read10":
        return bytes([0x28, 0]) + lba.to_bytes(4, "big") + bytes([0]) + job.sectors.to_bytes(2, "big") + b"\0"
    sub = int(job.operation == "readcdpw")
    head = bytes([0xBE, 0]) + lba.to_bytes(4, "big") + job.sectors.to_bytes(3, "big")
    return head + bytes([0xF8, sub, 0])


class _Loop:
    """One job after another on a socket."""

    def __init__(self, descriptor: int) -> None:
        import os

        self._read, self._write, self._fd = os.read, os.write, descriptor
        self._sent: dict[int, int] = {}
        self._lba = 0

    def _send(self, tag: int, job: Job) -> None:
        if self._lba + job.sectors > job.last:
            self._lba = 0
        cdb = cdb_of(job, self._lba)
        self._lba += job.sectors
        self._sent[tag] = time.perf_counter_ns()
        self._write(self._fd, REQUEST.pack(tag, 0, cdb, len(cdb), job.bytes))

    def run(self, job: Job) -> Outcome:
        """Carry out ``job``."""
        self._lba, bad = 0, 0
        start = time.perf_counter_ns()
        end = start + int(job.seconds * 1e9)
        taken: list[int] = []
        for tag in range(job.outstanding):
            self._send(tag, job)
        pending, now = job.outstanding, start
        while pending:
            reply = self._read(self._fd, 1 << 18)
            now = time.perf_counter_ns()
            tag, status, length = RESPONSE.unpack_from(reply)
            taken.append(now - self._sent[tag])
            bad += bool(status) or length != job.bytes or len(reply) != job.bytes + RESPONSE.size
            if now < end:
                self._send(tag, job)
            else:
                pending -= 1
        taken.sort()
        return Outcome(
            len(taken), (now - start) / 1e9, bad, taken[len(taken) // 2], taken[len(taken) * 95 // 100]
        )


def main() -> None:
    """Jobs from standard input until it ends."""
    loop = _Loop(int(sys.argv[1]))
    for line in sys.stdin:
        seconds, outstanding, operation, count, size, last = line.split()
        job = Job(float(seconds), int(outstanding), operation, int(count), int(size), int(last))
        print(*loop.run(job), flush=True)


if __name__ == "__main__":
    main()
