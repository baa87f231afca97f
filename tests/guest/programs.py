"""Runs in the guest: other people's programs and the kernel's CD-ROM ioctls, as one JSON object.

programs.py CD DVD: device nodes of a mixed CD (data, audio, audio) and of a DVD. Needs nothing but the
standard library.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

CD_PROGRAMS = {
    "sg_inq": "sg_inq {0}",
    "sg_inq serial": "sg_inq -p 0x80 {0}",
    "sg_vpd": "sg_vpd {0}",
    "sg_vpd identification": "sg_vpd -p di {0}",
    "sg_modes": "sg_modes -a {0}",
    "sg_modes capabilities": "sg_modes -p 0x2a {0}",
    "sg_get_config": "sg_get_config {0}",
    "sg_opcodes": "sg_opcodes {0}",
    "sg_opcodes one": "sg_opcodes --opcode=0x9e,0x10 {0}",
    "sg_luns": "sg_luns {0}",
    "sg_readcap": "sg_readcap {0}",
    "sg_turs": "sg_turs {0}",
    "sg_requests": "sg_requests {0}",
    "sg_prevent": "sg_prevent --allow {0}",
    "sg_vpd missing page": "sg_vpd -p 0xb0 {0}",
    "cd-info": "cd-info -q --no-header -C {0}",
    "cd-drive": "cd-drive -q -i {0}",
    "mmc-tool inquiry": "mmc-tool --inquiry {0}",
    "mmc-tool capabilities": "mmc-tool --drive-cap=10 {0}",
    "mmc-tool mcn": "mmc-tool --mcn {0}",
    "mmc-tool speed": "mmc-tool --speed-X=8 {0}",
    "cdparanoia 2": "cdparanoia -r -d {0} 2 /tmp/rip2",
    "cdparanoia 3": "cdparanoia -r -d {0} 3 /tmp/rip3",
    "cdrdao disk-info": "cdrdao disk-info --device {0}",
    "cdrdao plain": "cdrdao read-cd --read-raw --paranoia-mode 0 --device {0} "
    "--datafile /tmp/plain.bin /tmp/plain.toc",
    "cdrdao": "cdrdao read-cd --read-raw --read-subchan rw_raw --driver generic-mmc-raw --device {0} "
    "--datafile /tmp/cdrdao.bin /tmp/cdrdao.toc",
    "wodim -toc": "wodim -toc dev={0}",
    "wodim -prcap": "wodim -prcap dev={0}",
    "readom": "readom dev={0} sectors=0-450 f=/tmp/readom",
    "readom -clone": "readom -clone dev={0} f=/tmp/clone",
    "readom -c2scan": "readom -c2scan dev={0} sectors=0-450",
    "cdrom_id": "/lib/udev/cdrom_id {0}",
}
DVD_PROGRAMS = {
    "dvd+rw-mediainfo": "dvd+rw-mediainfo {0}",
    "cdrom_id dvd": "/lib/udev/cdrom_id {0}",
    "sg_get_config dvd": "sg_get_config --current {0}",
    "sg_readcap dvd": "sg_readcap {0}",
    "readom dvd": "readom dev={0} sectors=0-64 f=/tmp/dvd",
}
FILES = ("rip2", "rip3", "plain.bin", "cdrdao.bin", "readom", "clone", "dvd")

PAUSE, RESUME, PLAY_MSF, PLAY_TRACK, STOP, SUB_CHANNEL = 0x5301, 0x5302, 0x5303, 0x5304, 0x5307, 0x530B
VOLUME, READ_VOLUME = 0x530A, 0x5313
FORMAT_LBA = 0x01
SECONDS = 0.6


def run(line: str) -> dict[str, object]:
    """Exit code, words and seconds of a program."""
    began = time.monotonic()
    try:
        done = subprocess.run(
            line.split(), capture_output=True, text=True, errors="replace", timeout=90, check=False
        )
    except subprocess.TimeoutExpired as stuck:
        return {"code": "timeout", "text": repr(stuck.stdout), "seconds": 90}
    except OSError as problem:
        return {"code": "missing", "text": str(problem), "seconds": 0}
    seconds = round(time.monotonic() - began, 2)
    return {"code": done.returncode, "text": done.stdout + done.stderr, "seconds": seconds}


def position(device: int) -> dict[str, int]:
    """CDROMSUBCHNL: audio status, track, absolute and relative LBA."""
    answer = bytearray(struct.pack("BBBBBxxxii", FORMAT_LBA, 0, 0, 0, 0, 0, 0))
    fcntl.ioctl(device, SUB_CHANNEL, answer)
    _, status, _, track, _, absolute, relative = struct.unpack("BBBBBxxxii", answer)
    return {"status": status, "track": track, "absolute": absolute, "relative": relative}


def play(name: str) -> dict[str, object]:
    """What a player does, and what it sees."""
    device = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
    seen: dict[str, object] = {"before": position(device)}
    began = time.monotonic()
    fcntl.ioctl(device, PLAY_MSF, bytes([0, 10, 0, 0, 15, 0]))
    time.sleep(SECONDS)
    seen["playing"] = position(device)
    seen["elapsed"] = time.monotonic() - began
    fcntl.ioctl(device, PAUSE)
    seen["paused"] = position(device)
    time.sleep(SECONDS / 2)
    seen["still"] = position(device)
    fcntl.ioctl(device, RESUME)
    time.sleep(SECONDS / 2)
    seen["resumed"] = position(device)
    fcntl.ioctl(device, VOLUME, bytes([128, 64, 0, 0]))
    volume = bytearray(4)
    fcntl.ioctl(device, READ_VOLUME, volume)
    seen["volume"] = list(volume)
    fcntl.ioctl(device, STOP)
    seen["stopped"] = position(device)
    fcntl.ioctl(device, PLAY_MSF, bytes([0, 21, 60, 0, 22, 0]))
    time.sleep(SECONDS)
    seen["completed"] = position(device)
    try:
        fcntl.ioctl(device, PLAY_MSF, bytes([0, 2, 0, 0, 3, 0]))
        seen["data track"] = "played"
    except OSError as refused:
        seen["data track"] = refused.strerror
    os.close(device)
    return seen


def digest(path: Path) -> dict[str, object] | None:
    """Size and SHA-256; None when there is no such file."""
    if not path.exists():
        return None
    data = path.read_bytes()
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def halves(path: Path) -> dict[str, str]:
    """SHA-256 of the frames and of the R-W packs in a file of 2352 + 96 bytes a sector."""
    data = path.read_bytes() if path.exists() else b""
    starts = range(0, len(data), 2448)
    without_pq = bytes(value & 0x3F for value in range(256))
    frames = hashlib.sha256(b"".join(data[at : at + 2352] for at in starts)).hexdigest()
    sub = b"".join(data[at + 2352 : at + 2448] for at in starts)
    packs = hashlib.sha256(sub.translate(without_pq)).hexdigest()
    return {"frames": frames, "packs": packs}


def text(path: Path) -> str:
    """A text file; empty when there is none."""
    return path.read_text("latin-1") if path.exists() else ""


def main() -> None:
    """Look at everything, print it."""
    cd, dvd = sys.argv[1:3]
    for name in (cd, dvd):
        while not os.path.exists(name):
            time.sleep(0.02)
    subprocess.run(["udevadm", "settle"], check=True)
    seen: dict[str, object] = {"player": play(cd)}
    programs = {name: run(line.format(cd)) for name, line in CD_PROGRAMS.items()}
    programs |= {name: run(line.format(dvd)) for name, line in DVD_PROGRAMS.items()}
    seen["programs"] = programs
    seen["files"] = {name: digest(Path("/tmp", name)) for name in FILES}
    seen["toc"] = text(Path("/tmp/plain.toc"))
    seen["halves"] = halves(Path("/tmp/cdrdao.bin"))
    seen["raw toc"] = text(Path("/tmp/cdrdao.toc"))
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
