"""Rows of the iSCSI road, beside tgt (the Linux SCSI target framework) with the same disc and initiator.

Needs the Debian packages tgt and libiscsi-bin; without them there are no rows.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cdemu_core.dbus.client import Client
from cdemu_core.testing.bus import DaemonProcess, private_bus
from cdemu_core.transport.iscsi.portal import IscsiSettings

from . import images
from .clock import fresh
from .row import Figure, Row

BLOCKS: Final = 32
SECONDS: Final = 1
SCORE: Final = re.compile(r"iops average (\d+)")
CONTROL: Final = str(os.getpid() % 30_000 + 100)
"""tgtd's control number, so that a daemon of the system's own is left alone."""
NAME: Final = "iqn.2026-01.net.sf.cdemu:benchmark"
PROGRAMS: Final = ("iscsi-perf", "tgtd", "tgtadm")


def rows(folder: Path, rounds: int) -> Iterator[Row]:
    """Reads of 64 KiB, one and eight outstanding."""
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        print(f"No iSCSI rows: {', '.join(missing)} missing (Debian packages tgt and libiscsi-bin).")
        return
    image = images.iso(folder)
    with _own(folder, image) as ours, _tgt(image) as theirs:
        for outstanding in (1, 8):
            scores = [(_score(ours, outstanding), _score(theirs, outstanding)) for _ in range(rounds)]
            yield Row(
                key=f"iscsi-{outstanding}",
                title=f"iSCSI: READ {BLOCKS} × 2048, {outstanding} outstanding",
                unit="MB/s",
                figure=Figure.of([own for own, _ in scores]),
                limit=Figure.of([other for _, other in scores]),
                limit_title="tgt, a disk of 2048-byte blocks",
            )


def _score(url: str, outstanding: int) -> float:
    """MB/s as iscsi-perf counts commands."""
    command = ["iscsi-perf", "-m", str(outstanding), "-b", str(BLOCKS), "-t", str(SECONDS), url]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60, check=False)
    found = SCORE.findall(run.stdout)
    if not found:
        raise RuntimeError(f"iscsi-perf {url} says: {run.stdout}{run.stderr}")
    return int(found[-1]) * BLOCKS * images.COOKED / 1e6


@contextmanager
def _own(folder: Path, image: Path) -> Iterator[str]:
    port = _free_port()
    arguments = ["--iscsi-listen", f"127.0.0.1:{port}"]
    with (
        private_bus(fresh(folder)) as address,
        DaemonProcess(address, arguments, directory=fresh(folder), road=None),
        Client(address=address) as client,
    ):
        client.call("DeviceLoad", 0, [str(image)], {})
        yield f"iscsi://127.0.0.1:{port}/{IscsiSettings().base}:drive0/0"


@contextmanager
def _tgt(image: Path) -> Iterator[str]:
    port = _free_port()
    daemon = subprocess.Popen(
        ["tgtd", "-f", "-C", CONTROL, "--iscsi", f"portal=127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        _tgtadm("target", "new", "-T", NAME)
        # its MMC device has no READ CAPACITY (16), which iscsi-perf asks for
        _tgtadm("logicalunit", "new", "--lun", "1", "-b", str(image), "--blocksize", "2048")
        _tgtadm("target", "bind", "-I", "ALL")
        yield f"iscsi://127.0.0.1:{port}/{NAME}/1"
    finally:
        daemon.terminate()
        try:
            daemon.wait(5)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


def _tgtadm(mode: str, operation: str, *arguments: str) -> None:
    head: Sequence[str] = ("tgtadm", "-C", CONTROL, "--lld", "iscsi", "--mode", mode, "--op", operation)
    subprocess.run([*head, "--tid", "1", *arguments], check=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("tgtd does not listen")
