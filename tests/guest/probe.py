"""Runs in the guest: everything a Linux system does with a drive, as one JSON object on standard output.

probe.py DEVICE BYTES [TRACK…]: BYTES of the block device are read, every TRACK is ripped. Needs nothing but
the standard library.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

SG_IO = 0x2285
FROM_DEVICE = -3
RAW = 2352
SECTORS_AT_ONCE = 25
"""58,800 bytes: below every road's limit of a transfer."""
TOOLS = {
    "cd-info": "cd-info -q --no-header {0}",
    "cdparanoia": "cdparanoia -Q -d {0}",
    "sg_inq": "sg_inq {0}",
    "sg_vpd": "sg_vpd {0}",
    "sg_vpd serial": "sg_vpd -p sn {0}",
    "sg_vpd identification": "sg_vpd -p di {0}",
    "sg_modes": "sg_modes {0}",
    "sg_get_config": "sg_get_config {0}",
    "sg_luns": "sg_luns {0}",
    "sg_readcap": "sg_readcap {0}",
    "sg_turs": "sg_turs {0}",
    "wodim": "wodim -toc dev={0}",
    "udev": "udevadm info -q property -n {0}",
    "blockdev": "blockdev --getsize64 {0}",
}


class SgHeader(ctypes.Structure):
    """struct sg_io_hdr of linux/scsi/sg.h."""

    _fields_ = (
        ("interface_id", ctypes.c_int),
        ("dxfer_direction", ctypes.c_int),
        ("cmd_len", ctypes.c_ubyte),
        ("mx_sb_len", ctypes.c_ubyte),
        ("iovec_count", ctypes.c_ushort),
        ("dxfer_len", ctypes.c_uint),
        ("dxferp", ctypes.c_void_p),
        ("cmdp", ctypes.c_void_p),
        ("sbp", ctypes.c_void_p),
        ("timeout", ctypes.c_uint),
        ("flags", ctypes.c_uint),
        ("pack_id", ctypes.c_int),
        ("usr_ptr", ctypes.c_void_p),
        ("status", ctypes.c_ubyte),
        ("masked_status", ctypes.c_ubyte),
        ("msg_status", ctypes.c_ubyte),
        ("sb_len_wr", ctypes.c_ubyte),
        ("host_status", ctypes.c_ushort),
        ("driver_status", ctypes.c_ushort),
        ("resid", ctypes.c_int),
        ("duration", ctypes.c_uint),
        ("info", ctypes.c_uint),
    )


def command(device: int, cdb: bytes, length: int) -> bytes:
    """Data of a command that must succeed."""
    data, sense = ctypes.create_string_buffer(length), ctypes.create_string_buffer(64)
    block = ctypes.create_string_buffer(cdb, len(cdb))
    header = SgHeader(
        interface_id=ord("S"),
        dxfer_direction=FROM_DEVICE,
        cmd_len=len(cdb),
        mx_sb_len=len(sense),
        dxfer_len=length,
        dxferp=ctypes.addressof(data),
        cmdp=ctypes.addressof(block),
        sbp=ctypes.addressof(sense),
        timeout=30_000,
    )
    fcntl.ioctl(device, SG_IO, header)
    if header.status or header.host_status:
        raise OSError(f"command {cdb.hex()}: status {header.status}, sense {sense.raw[:18].hex()}")
    return data.raw[: length - header.resid]


def read_cd(device: int, first: int, count: int) -> str:
    """SHA-256 of whole sectors by READ CD (everything from sync to EDC and ECC)."""
    digest = hashlib.sha256()
    for at in range(first, first + count, SECTORS_AT_ONCE):
        length = min(SECTORS_AT_ONCE, first + count - at)
        cdb = bytes([0xBE, 0, *at.to_bytes(4, "big"), *length.to_bytes(3, "big"), 0xF8, 0, 0])
        data = command(device, cdb, length * RAW)
        if len(data) != length * RAW:
            raise OSError(f"READ CD at {at}: {len(data)} bytes")
        digest.update(data)
    return digest.hexdigest()


def toc(device: int) -> list[tuple[int, int, int]]:
    """(track, control, LBA) by READ TOC, format 0; the lead-out is track AAh."""
    data = command(device, bytes([0x43, 0, 0, 0, 0, 0, 0, 0x03, 0x24, 0]), 804)
    rows = data[4 : 2 + int.from_bytes(data[:2], "big")]
    return [
        (rows[at + 2], rows[at + 1] & 15, int.from_bytes(rows[at + 4 : at + 8], "big"))
        for at in range(0, len(rows), 8)
    ]


def run(line: str) -> dict[str, object]:
    """Exit code and words of a program."""
    done = subprocess.run(
        line.split(), capture_output=True, text=True, errors="replace", timeout=60, check=False
    )
    return {"code": done.returncode, "text": done.stdout + done.stderr}


def wait_for(path: str) -> float:
    """Seconds until a device node was there."""
    begun = time.monotonic()
    while not os.path.exists(path):
        if time.monotonic() - begun > 30:
            raise OSError(f"{path} did not appear")
        time.sleep(0.02)
    return time.monotonic() - begun


def files(device: str) -> dict[str, str]:
    """SHA-256 of every file of the mounted disc, by its path."""
    subprocess.run(["mount", "-t", "iso9660", "-o", "ro,map=off", device, "/mnt"], check=True)
    try:
        found = sorted(path for path in Path("/mnt").rglob("*") if path.is_file())
        return {
            str(path.relative_to("/mnt")): hashlib.sha256(path.read_bytes()).hexdigest() for path in found
        }
    finally:
        subprocess.run(["umount", "/mnt"], check=True)


def rip(device: str, track: int) -> str:
    """SHA-256 of a track as cdparanoia gets it."""
    output = f"/tmp/track{track}"
    subprocess.run(
        ["cdparanoia", "-q", "-r", "-d", device, str(track), output],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return hashlib.sha256(Path(output).read_bytes()).hexdigest()


def main() -> None:
    """Look at everything, print it."""
    name = sys.argv[1]
    seen: dict[str, object] = {"appeared": wait_for(name)}
    subprocess.run(["udevadm", "settle"], check=True)
    with open(name, "rb") as block:
        seen["block"] = hashlib.sha256(block.read(int(sys.argv[2]))).hexdigest()
    seen["files"] = files(name)
    device = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
    rows = toc(device)
    seen["toc"] = rows
    seen["frames"] = {
        track: read_cd(device, start, rows[at + 1][2] - start)
        for at, (track, _, start) in enumerate(rows[:-1])
    }
    os.close(device)
    seen["ripped"] = {track: rip(name, int(track)) for track in sys.argv[3:]}
    seen["tools"] = {tool: run(line.format(name)) for tool, line in TOOLS.items()}
    seen["eject"] = run(f"eject {name}")
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
