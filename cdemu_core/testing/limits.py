"""What a plugin may use: time, memory, descriptors, modules."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LOAD_SECONDS: Final = 10.0
"""Wall time one damaged image may take; generous, for busy machines."""
GROWTH_KIB: Final = 256 << 10
"""KiB by which the process may grow over all damaged images of a sample."""
HEAVY: Final = ("numpy", "kaitaistruct", "soundfile", "cryptography")
"""Modules that no discovery may import."""
DISCOVERY: Final = """
import sys
from cdemu_core.plugin.host import PluginHost
host = PluginHost()
host.formats
print(*sorted(sys.modules), sep="\\n")
"""


def open_descriptors() -> set[str]:
    """Numbers and targets of the process's open file descriptors."""
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            found.add(f"{number} {os.readlink(f'/proc/self/fd/{number}')}")
        except FileNotFoundError:  # the descriptor of the listing itself
            continue
    return found


@contextmanager
def bounded_time(what: str) -> Iterator[None]:
    """Fail where the block takes longer than LOAD_SECONDS."""
    start = time.monotonic()
    yield
    taken = time.monotonic() - start
    assert taken < LOAD_SECONDS, f"{what} took {taken:.1f} s"


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Fail where the process's peak grows by more than GROWTH_KIB."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < GROWTH_KIB, f"the process grew by {grown >> 10} MiB"


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    """Fail where a descriptor stays open that was not open before."""
    before = open_descriptors()
    yield
    assert open_descriptors() <= before


def modules_after_discovery() -> frozenset[str]:
    """Names of the modules a fresh interpreter has loaded after discovery of all plugins."""
    run = subprocess.run(
        [sys.executable, "-c", DISCOVERY], capture_output=True, text=True, check=True, timeout=120
    )
    return frozenset(run.stdout.split())
