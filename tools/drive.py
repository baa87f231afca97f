#!/usr/bin/env python3
"""A virtual drive with a disc in it, for as long as this program runs; ``./dev drive`` prepares and calls it.

Starts what is missing (a private session bus, the daemon), loads the image, says where the drive is and what
is on the disc. Ctrl-C, SIGTERM or SIGHUP takes everything away again: processes, bus, temporary files.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import sample_disc

from cdemu_core.dbus.client import Client, DaemonUnreachable, RemoteError
from cdemu_core.dbus.names import NO_DAEMON_ERRORS

BUS_VARIABLE = "DBUS_SESSION_BUS_ADDRESS"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
START_SECONDS = 90.0
"""Far more than a start takes; an emulated processor on a busy machine needs half a minute."""
STOP_SECONDS = 10.0
CDEMU = (sys.executable, "-m", "cdemu_core")
DAEMON = (sys.executable, "-m", "cdemu_core.daemon.main")
BUS_CONFIGURATION = """\
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


DEVICE_ADVICE = """\
  mount -o ro {node} /mnt
  cd-info {node}
  cdparanoia -d {node} 2
"""
ISCSI_ADVICE = """\
  iscsi-inq {url}
  iscsi-readcapacity16 {url}
as /dev/srN (root, package open-iscsi):
  iscsistart -i iqn.2000-01.org.debian:here -t {target} -g 1 -a {host} -p {port}
in a virtual machine (qemu):
  -device virtio-scsi-pci,id=vs -drive if=none,id=cd,file={url},format=raw,readonly=on
  -device scsi-generic,drive=cd,bus=vs.0
"""


class DriveError(Exception):
    """No drive; the text says what to do."""


class Stopped(BaseException):
    """A signal asked for the end."""


def stop_on_signals() -> None:
    """Turn the signals that end a program into Stopped, once: the way out is not interrupted."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for name in SIGNALS:
            signal.signal(name, signal.SIG_IGN)
        raise Stopped

    for name in SIGNALS:
        signal.signal(name, stop)


def start(
    stack: ExitStack, command: Sequence[str], environment: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    """A background process that ends with ``stack``; Ctrl-C in the terminal does not reach it directly."""
    with log.open("wb") as words:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            start_new_session=True,
        )
    stack.callback(end, process)
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask, wait, insist."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def cdemu(environment: Mapping[str, str], *arguments: str) -> str:
    """Output of the client; DriveError with its words when it fails."""
    done = subprocess.run(
        [*CDEMU, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DriveError(done.stderr.strip() or f"cdemu {arguments[0]} failed ({done.returncode})")
    return done.stdout


def caller_bus() -> str | None:
    """The caller's session bus, if it answers and no other daemon has the drives' name there."""
    address = os.environ.get(BUS_VARIABLE)
    if not address:
        return None
    try:
        with Client(address=address) as client:
            client.get_daemon_version()
    except DaemonUnreachable as problem:
        return address if problem.name in NO_DAEMON_ERRORS else None
    except RemoteError:
        pass
    print(
        "drive: a daemon runs on this session bus already; this drive gets a bus of its own", file=sys.stderr
    )
    return None


def private_bus(stack: ExitStack, folder: Path) -> str:
    """The address of a session bus of our own. Raises DriveError."""
    program = shutil.which("dbus-daemon")
    if program is None:
        raise DriveError("dbus-daemon is missing; on Debian: apt-get install dbus")
    configuration = folder / "bus.conf"
    configuration.write_text(BUS_CONFIGURATION.format(folder=folder), "utf-8")
    log = folder / "bus.log"
    command = [program, "--nofork", "--nopidfile", f"--config-file={configuration}"]
    process = start(stack, command, os.environ, log)
    wait_until("The session bus", process, (folder / "bus").exists, log)
    return f"unix:path={folder}/bus"


def wait_until(what: str, process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    """Wait until ``ready()`` is true. Raises DriveError when the process ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None:
            raise DriveError(f"{what} ended at once ({process.returncode}):\n{log.read_text('utf-8')}")
        if time.monotonic() > deadline:
            raise DriveError(f"{what} did not start in {START_SECONDS:.0f} s:\n{log.read_text('utf-8')}")
        time.sleep(0.05)


def start_daemon(
    stack: ExitStack, folder: Path, road: str, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """The daemon, ready to be called; its iSCSI road listens on a free port."""
    log, settings = folder / "daemon.log", folder / "daemon.conf"
    settings.write_text("[settings]\niscsi-port=0\n", "utf-8")
    process = start(stack, [*DAEMON, "--config-file", str(settings), "--road", road], environment, log)

    def answers() -> bool:
        try:
            with Client(address=environment[BUS_VARIABLE]) as client:
                return client.get_number_of_devices() > 0
        except RemoteError:
            return False

    wait_until("The daemon", process, answers, log)
    return process


def places(environment: Mapping[str, str]) -> list[str]:
    """Where drive 0 is: device nodes, or a URL."""
    row = json.loads(cdemu(environment, "device-mapping", "--json"))[0]
    return [row[key] for key in ("sr", "sg", "url") if row.get(key)]


def advice(place: str) -> str:
    """How to read the disc, by the kind of place it is at."""
    if place.startswith("/dev/sr"):
        return DEVICE_ADVICE.format(node=place)
    if not place.startswith("iscsi://"):
        return ""
    portal, target, _ = place.removeprefix("iscsi://").split("/")
    host, _, port = portal.rpartition(":")
    return ISCSI_ADVICE.format(url=place, target=target, host=host, port=port)


def report(images: Sequence[str], address: str, environment: Mapping[str, str]) -> None:
    """Print everything a user needs to find, read and stop the drive."""
    where = places(environment)
    print(f"drive 0: {'  '.join(where) or 'no device node yet; see: cdemu device-mapping'}")
    print(cdemu(environment, "inspect", *images).rstrip())
    if words := "".join(map(advice, where)):
        print(f"\nread it:\n{words}", end="")
    cli = shutil.which("cdemu", path=str(Path(sys.executable).parent)) or "cdemu"
    print(
        "\nfrom another terminal:",
        f"  export {BUS_VARIABLE}='{address}'",
        f"  {cli} status",
        f"\nstop: Ctrl-C here, or kill {os.getpid()}",
        sep="\n",
        flush=True,
    )


def serve(images: Sequence[str], road: str, stack: ExitStack) -> int:
    """Everything from the bus to the end; returns the daemon's exit code when it ends by itself."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cdemu-drive-")))
    files = [str(Path(name).resolve(strict=True)) for name in images] or [str(sample_disc.write(folder))]
    address = caller_bus() or private_bus(stack, folder)
    environment = {**os.environ, BUS_VARIABLE: address}
    daemon = start_daemon(stack, folder, road, environment)
    cdemu(environment, "load", "0", *files, "--wait", "--json")
    report(files, address, environment)
    return daemon.wait()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="./dev drive", description=__doc__)
    parser.add_argument("images", metavar="IMAGE", nargs="*", help="files of one disc; none: a sample disc")
    parser.add_argument("--road", default="auto", help="how the drive reaches the system (default: the best)")
    arguments = parser.parse_args()
    stop_on_signals()
    try:
        with ExitStack() as stack:
            return serve(arguments.images, arguments.road, stack)
    except Stopped:
        return 0
    except (DriveError, FileNotFoundError) as problem:
        print(f"drive: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
