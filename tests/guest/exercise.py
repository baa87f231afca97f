"""Runs in the guest: a daemon with eight drives on one road, from its start to its violent end, and the next.

exercise.py ROAD SHEET BYTES. Prints one JSON object a line, each with what was seen; the host judges. Works
on what ``probe.py`` and ``drive.py`` beside it offer.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import drive
import probe

from cdemu_core.dbus.client import Client, RemoteError

DRIVES = 8
DRIVES_OF_THE_NEXT = 2
"""Of the daemon after the killed one; on iSCSI the system still has all eight and waits for them."""
ROUNDS = 30
ROUNDS_WITH_UDEV = 6
"""Rounds in which udev looks at every new drive; the rest concerns the kernel only, and is quicker."""
PORTAL = "127.0.0.1:3260"
FAULTS = re.compile(r"BUG:|WARNING:|Oops|Call Trace|hung_task|blocked for more than")


def wait(what: str, condition: Callable[[], object], seconds: float = 60) -> float:
    """Seconds until ``condition`` was true; the end of everything when it never is."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise SystemExit(
                f"{what}: not within {seconds:g} s\n{Path('/tmp/daemon.log').read_text()[-3000:]}"
            )
        time.sleep(0.2)
    return time.monotonic() - begun


def tell(**seen: object) -> None:
    """Print what was seen, and when (seconds since the start)."""
    print(json.dumps({**seen, f"until {next(iter(seen))}": round(time.monotonic(), 1)}), flush=True)


def run(*command: str) -> str:
    """Output of a program that must succeed."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.returncode}: {done.stderr}")
    return done.stdout


class Daemon:
    """A daemon in the guest on bus ``address``."""

    def __init__(self, road: str, address: str) -> None:
        self.road, self.address = road, address
        Path("/tmp/daemon.conf").write_text("[settings]\niscsi-port=3260\n", "utf-8")
        self.client = Client(address=address)
        self.start(DRIVES)

    def start(self, drives: int) -> None:
        """Start it with so many drives and wait until it answers."""
        self.drives = drives
        command = [*drive.DAEMON, "--config-file", "/tmp/daemon.conf", "--road", self.road, "-n", str(drives)]
        environment = {**os.environ, drive.BUS_VARIABLE: self.address}
        with open("/tmp/daemon.log", "ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        wait("the daemon answers", self.answers)

    def answers(self) -> bool:
        """Whether all drives are there."""
        with suppress(RemoteError):
            return self.client.get_number_of_devices() == self.drives
        return False

    def descriptors(self) -> int:
        """How many files the daemon has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def nodes(self) -> list[str]:
        """Block devices of all drives, as the system has them."""
        if self.road == "iscsi":
            return sorted(str(path) for path in Path("/dev").glob("sr*"))
        count = self.client.get_number_of_devices()
        return [self.client.device_get_mapping(number)[0] for number in range(count)]

    def ready(self) -> list[str]:
        """Wait for all nodes; they are there when udev has looked at them."""
        if self.road == "iscsi":
            log_in()
        found: list[str] = []

        def complete() -> bool:
            found[:] = self.nodes()
            return len(found) == self.drives and all(map(os.path.exists, found))

        wait("nodes of all drives", complete, 120)
        run("udevadm", "settle")
        return found

    def load(self, sheet: str) -> None:
        """The same disc into every drive."""
        for number in range(self.drives):
            self.client.device_load(number, [sheet], {})


def log_in() -> None:
    """Stock open-iscsi with a short patience after a lost connection."""
    for folder in ("/run/lock/iscsi", "/etc/iscsi/nodes", "/etc/iscsi/send_targets"):
        os.makedirs(folder, exist_ok=True)
    if subprocess.run(["pgrep", "-x", "iscsid"], stdout=subprocess.DEVNULL, check=False).returncode:
        run("iscsid")
    run("iscsiadm", "-m", "discovery", "-t", "st", "-p", PORTAL)
    patience = ("-n", "node.session.timeo.replacement_timeout", "-v", "5")
    run("iscsiadm", "-m", "node", "-o", "update", *patience)
    subprocess.run(["iscsiadm", "-m", "node", "-l"], check=False, capture_output=True, timeout=60)


def digest(node: str, length: int) -> str:
    """SHA-256 of the block device's first bytes, past any cache."""
    with open(node, "rb") as block:
        os.posix_fadvise(block.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.sha256(block.read(length)).hexdigest()


def digests(nodes: list[str], length: int) -> list[str]:
    """Of all drives, read at once."""
    with ThreadPoolExecutor(len(nodes)) as pool:
        return list(pool.map(lambda node: digest(node, length), nodes))


def reading(node: str) -> None:
    """Files of the mounted disc, and sectors by READ CD."""
    descriptor = os.open(node, os.O_RDONLY | os.O_NONBLOCK)
    rows = probe.toc(descriptor)
    frames = {
        track: probe.read_cd(descriptor, start, rows[at + 1][2] - start)
        for at, (track, _, start) in enumerate(rows[:-1])
    }
    os.close(descriptor)
    tell(files=probe.files(node), frames=frames, modules=Path("/proc/modules").read_text())


def eject_while_mounted(daemon: Daemon, node: str) -> None:
    """The daemon's unload of a mounted, locked disc: the system hears of it and lets go."""
    Path("/sys/module/block/parameters/events_dfl_poll_msecs").write_text("500")
    run("mount", "-o", "ro", node, "/mnt")
    monitor = subprocess.Popen(
        ["udevadm", "monitor", "--kernel", "--property", "--subsystem-match=block"],
        stdout=subprocess.PIPE,
        text=True,
    )
    time.sleep(0.5)
    refused = ""
    try:
        daemon.client.device_unload(0)
    except RemoteError as problem:
        refused = str(problem)
    with suppress(SystemExit):
        wait("the drive is empty", lambda: not daemon.client.device_get_status(0)[0], 15)
    time.sleep(1)
    monitor.terminate()
    events = sorted(set(re.findall(r"DISK_\w+=1", monitor.communicate()[0])))
    empty = not daemon.client.device_get_status(0)[0]
    run("umount", "/mnt")
    tell(eject={"refused": refused, "events": events, "empty": empty})


def come_and_go(daemon: Daemon) -> None:
    """A ninth drive, again and again."""
    before = daemon.descriptors()
    taken = set(os.listdir("/sys/block"))
    for number in range(ROUNDS):
        if number == ROUNDS_WITH_UDEV:
            run("udevadm", "control", "--stop-exec-queue")
        daemon.client.add_device()
        if daemon.road != "iscsi":
            wait("the ninth drive", lambda: os.path.exists(daemon.nodes()[-1] or "/nowhere"))
        daemon.client.remove_device()
    run("udevadm", "control", "--start-exec-queue")
    wait("the ninth drive is gone", lambda: set(os.listdir("/sys/block")) == taken)
    wait("descriptors", lambda: daemon.descriptors() <= before, 5)
    tell(rounds=ROUNDS, descriptors=[before, daemon.descriptors()])


READER = """
import os, sys, time
device = os.open(sys.argv[1], os.O_RDONLY)
os.posix_fadvise(device, 0, 0, os.POSIX_FADV_DONTNEED)
print("open", flush=True)
sys.stdin.readline()
print(len(os.read(device, 65536)), flush=True)
"""


def kill(daemon: Daemon, node: str) -> None:
    """The daemon dies with a read in its hands."""
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, node],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reader.stdin is not None
    assert reader.stdout is not None
    reader.stdout.readline()
    os.kill(daemon.process.pid, signal.SIGSTOP)
    reader.stdin.write("read\n")
    reader.stdin.flush()
    time.sleep(0.5)
    waiting = reader.poll() is None
    begun = time.monotonic()
    daemon.process.kill()
    daemon.process.wait()
    words = "".join(reader.communicate(timeout=120))
    tell(kill={
        "waiting": waiting, "seconds": time.monotonic() - begun, "code": reader.returncode, "words": words
    })  # fmt: skip


def main() -> None:
    """Everything, in turn."""
    road, sheet, length = sys.argv[1], str(Path(sys.argv[2]).resolve()), int(sys.argv[3])
    with ExitStack() as stack:
        folder = Path("/tmp/bus")
        folder.mkdir()
        begun = time.monotonic()
        daemon = Daemon(road, drive.private_bus(stack, folder))
        daemon.load(sheet)
        nodes = daemon.ready()
        tell(nodes=nodes, ready=time.monotonic() - begun, digests=digests(nodes, length))
        reading(nodes[0])
        come_and_go(daemon)
        eject_while_mounted(daemon, nodes[0])
        kill(daemon, nodes[1])
        begun = time.monotonic()
        daemon.start(DRIVES if road == "iscsi" else DRIVES_OF_THE_NEXT)
        daemon.load(sheet)
        nodes = daemon.ready()
        tell(again=digests(nodes, length), restart=time.monotonic() - begun)
        daemon.process.terminate()
        tell(end=daemon.process.wait(30))
        daemon.client.close()
    if road != "iscsi":
        wait("all drives are gone", lambda: not list(Path("/dev").glob("sr*")), 120)
    kernel = run("dmesg")
    left = [path.name for path in Path("/sys/kernel/config/target").glob("*/*/cdemu*")]
    tell(left=left, faults=[line for line in kernel.splitlines() if FAULTS.search(line)])


if __name__ == "__main__":
    main()
