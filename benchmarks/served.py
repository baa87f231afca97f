"""A drive behind a fake vhba control device, as the daemon runs one: ``python -m benchmarks.served``.

Arguments: an image and one or more socket descriptors, a drive each. Lines of standard input are
questions: ``trace`` and ``plain`` switch the measuring of service times on and off, ``limit OPERATION
COUNT ROUNDS`` measures one read of the same bytes by the bare system call, ``report`` tells
CPU time, memory and the service times since the last ``trace``. Answers are JSON lines.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any, Final

from cdemu_core.daemon.main import SWITCH_SECONDS
from cdemu_core.loading.loader import ImageLoader, LoadRequest
from cdemu_core.plugin.host import PluginHost
from cdemu_core.scsi.drive import Drive
from cdemu_core.transport import vhba
from cdemu_core.transport.thread import PortThread

MOST_SAMPLES: Final = 1_000_000


class Stopwatch:
    """Stands in for ``os`` in the vhba port: from the return of a read to the call of the write."""

    def __init__(self) -> None:
        self.samples: list[int] = []
        self._start = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def readv(self, descriptor: int, buffers: Sequence[bytearray]) -> int:
        """``os.readv``, then the clock starts."""
        size = os.readv(descriptor, buffers)
        self._start = time.perf_counter_ns()
        return size

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """The clock stops, then ``os.write``."""
        taken = time.perf_counter_ns() - self._start
        if len(self.samples) < MOST_SAMPLES:
            self.samples.append(taken)
        return os.write(descriptor, data)


class Served:
    """The drives of this process."""

    def __init__(self, image: str, sockets: Sequence[int]) -> None:
        self.loader = ImageLoader(PluginHost())
        self.image = self.loader.load(LoadRequest((image,)))
        self.stopwatch = Stopwatch()
        self.threads = []
        for number, descriptor in enumerate(sockets):
            os.set_blocking(descriptor, False)
            drive = Drive()
            drive.insert(self.image.disc)
            drive.nexuses.meet(None).attentions.clear()
            port = vhba.VhbaPort(number, opener=lambda fd=descriptor: fd, address=lambda _: None)  # type: ignore[misc]
            thread = PortThread(drive, port, f"drive-{number}", lambda event: None)
            thread.start()
            self.threads.append(thread)

    def answer(self, verb: str, arguments: Sequence[str]) -> object:
        """The answer to one question."""
        if verb in ("trace", "plain"):
            vhba.os = self.stopwatch if verb == "trace" else os  # type: ignore[assignment, attr-defined]
            self.stopwatch.samples.clear()
            return verb
        if verb == "limit":
            return self.threads[0].post(lambda: self._limit(*map(int, arguments))).result()
        return self._report()

    def _limit(self, stride: int, count: int, rounds: int) -> list[int]:
        """Nanoseconds of single reads, one after another through the file, into one buffer."""
        main = self.image.disc.tracks[0].fragments[-1].main
        assert main is not None
        path = main.stream.name
        buffer = bytearray(stride * count)
        taken = []
        descriptor = os.open(path, os.O_RDONLY)
        steps = max(1, os.fstat(descriptor).st_size // len(buffer) - 1)
        clock, preadv, buffers = time.perf_counter_ns, os.preadv, [buffer]
        for step in range(rounds):
            start = clock()
            preadv(descriptor, buffers, step % steps * len(buffer))
            taken.append(clock() - start)
        os.close(descriptor)
        return taken

    def _report(self) -> dict[str, Any]:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        samples = sorted(self.stopwatch.samples)
        self.stopwatch.samples.clear()
        return {
            "cpu": usage.ru_utime + usage.ru_stime,
            "rss_kib": rss_kib(),
            "service_ns": [samples[len(samples) * percent // 100] for percent in (25, 50, 75)]
            if samples
            else [],
            "threads": threading.active_count(),
        }


def rss_kib(process: int | str = "self") -> int:
    """Resident memory of a process."""
    with open(f"/proc/{process}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def main() -> None:
    """Serve until standard input ends."""
    sys.setswitchinterval(SWITCH_SECONDS)
    image, *sockets = sys.argv[1:]
    served = Served(image, list(map(int, sockets)))
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        verb, *arguments = line.split()
        print(json.dumps(served.answer(verb, arguments)), flush=True)
    os._exit(0)  # the port threads would reopen their sockets


if __name__ == "__main__":
    main()
