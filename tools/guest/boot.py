#!/usr/bin/env python3
"""Boots a guest with a stock Debian kernel under qemu's software emulation and runs one shell script in it.

    boot.py [--add PATH]... [--iscsi URL]... [--timeout SECONDS] SCRIPT

The script runs as root in /guest, where every PATH of --add lies (a folder's contents, or a file). Each URL
is passed through as a SCSI device on a virtio-scsi bus: the guest's own drivers talk to the drive behind it.
What the script prints is printed here, its exit code is this program's.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

import lab

KERNEL_ARGUMENTS = (
    "console=ttyS0 loglevel=5 panic=-1 reboot=t nokaslr mitigations=off nosmap nowatchdog tsc=reliable "
    "no_timer_check cryptomgr.notests random.trust_cpu=on audit=0 selinux=0 apparmor=0 "
    "i8042.noaux i8042.nokbd"
)
NEVER_FINISHED = 124


class Outcome(NamedTuple):
    """What a guest did. ``boot`` and ``script``: seconds until the script began, and that it took."""

    code: int
    output: str
    console: str
    boot: float
    script: float


def without_caches(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave compiled modules out: the guest's Python may be another."""
    return None if Path(member.name).name == "__pycache__" else member


def pack(script: str, additions: Sequence[Path], archive: Path) -> None:
    """The disk with the script and its files: a tar, padded to whole sectors as tar does."""
    with tarfile.open(archive, "w") as tar:
        for path in additions:
            tar.add(path, "." if path.is_dir() else path.name, filter=without_caches)
        entry = archive.with_name("script")
        entry.write_text(script, "utf-8")
        tar.add(entry, ".script")


def disk(identity: str, path: Path, options: str) -> list[str]:
    """A virtio disk."""
    return [
        "-drive", f"if=none,id={identity},file={path},format=raw,{options}",
        "-device", f"virtio-blk-pci,drive={identity}",
    ]  # fmt: skip


def port(identity: str, path: Path, number: int) -> list[str]:
    """A virtio serial port whose output goes to a file."""
    return [
        "-chardev", f"file,id={identity},path={path}",
        "-device", f"virtserialport,chardev={identity},nr={number}",
    ]  # fmt: skip


def drive(number: int, url: str) -> list[str]:
    """A drive behind an iSCSI URL, every command of the guest passed through to it."""
    return [
        "-drive", f"if=none,id=cd{number},file={url},format=raw,readonly=on",
        "-device", f"scsi-generic,drive=cd{number},bus=vs.0",
    ]  # fmt: skip


def command(folder: Path, work: Path, iscsi: Sequence[str]) -> list[str]:
    """The emulator's command line."""
    return [
        "qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=multi,tb-size=256", "-cpu", "max",
        "-smp", "2", "-m", "1024", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
        "-kernel", str(folder / "vmlinux"), "-initrd", str(folder / "initramfs.cpio"),
        "-append", KERNEL_ARGUMENTS,
        "-chardev", f"file,id=console,path={work / 'console'}", "-serial", "chardev:console",
        *disk("root", folder / "root.img", "snapshot=on,cache=unsafe"),
        *disk("files", work / "files.tar", "readonly=on"),
        "-device", "virtio-serial-pci",
        *port("output", work / "output", 1),
        *port("result", work / "result", 2),
        "-device", "virtio-rng-pci", "-device", "virtio-scsi-pci,id=vs",
        *(part for number, url in enumerate(iscsi) for part in drive(number, url)),
    ]  # fmt: skip


def follow(path: Path, finished: threading.Event, show: Callable[[str], object]) -> None:
    """Pass on what is appended to a file until ``finished``."""
    with path.open(encoding="utf-8", errors="replace") as file:
        while True:
            last = finished.wait(0.1)
            show(file.read())
            if last:
                return


def boot(
    script: str,
    additions: Sequence[Path] = (),
    iscsi: Sequence[str] = (),
    timeout: float = 180,
    show: Callable[[str], object] = lambda text: None,
) -> Outcome:
    """Run ``script`` in a fresh guest; ``show`` gets its output as it comes. Raises lab.LabError."""
    folder = lab.build()
    with tempfile.TemporaryDirectory(prefix="cdemu-guest-") as name:
        work = Path(name)
        pack(script, additions, work / "files.tar")
        for file in ("output", "result", "console"):
            (work / file).touch()
        finished = threading.Event()
        viewer = threading.Thread(target=follow, args=(work / "output", finished, show))
        # qemu keeps the changes of "snapshot=on" disks in TMPDIR.
        machine = subprocess.Popen(
            command(folder, work, iscsi),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": name},
        )
        viewer.start()
        try:
            complaint = machine.communicate(timeout=timeout)[1]
        except subprocess.TimeoutExpired:
            complaint = f"the guest did not finish within {timeout:g} seconds"
        finally:
            machine.kill()
            machine.wait()
            finished.set()
            viewer.join()
        return outcome(work, complaint)


def outcome(work: Path, complaint: str) -> Outcome:
    """Read what the guest left; without a result, the emulator's complaint ends the console's log."""
    output, console, result = (
        (work / name).read_text("utf-8", "replace") for name in ("output", "console", "result")
    )
    fields = result.split()
    if not fields:
        return Outcome(NEVER_FINISHED, output, f"{console}\n{complaint}", 0.0, 0.0)
    code, started, ended = int(fields[0]), float(fields[1]), float(fields[2])
    return Outcome(code, output, console, started, round(ended - started, 2))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--add", metavar="PATH", type=Path, action="append", default=[])
    parser.add_argument("--iscsi", metavar="URL", action="append", default=[])
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=180)
    parser.add_argument("script", metavar="SCRIPT", help="a shell script, or the text of one")
    given = parser.parse_args()
    script = Path(given.script).read_text("utf-8") if os.path.exists(given.script) else given.script
    try:
        done = boot(
            script, given.add, given.iscsi, given.timeout, lambda text: print(text, end="", flush=True)
        )
    except lab.LabError as problem:
        print(f"boot: {problem}", file=sys.stderr)
        return 1
    if done.code == NEVER_FINISHED:
        print(done.console[-6000:], file=sys.stderr)
    print(f"boot: up in {done.boot} s, script took {done.script} s", file=sys.stderr)
    return done.code


if __name__ == "__main__":
    sys.exit(main())
