#!/usr/bin/env python3
"""bzimage.py BZIMAGE OUTPUT: takes the ELF kernel out of a compressed x86 kernel image.

qemu boots an ELF kernel directly, which saves a slow unpacking on an emulated processor. The Linux/x86 boot
protocol (2.08 and later) says where it lies: setup_sects at 0x1F1, payload_offset at 0x248 and payload_length
at 0x24C; the offset counts from the end of the setup sectors.
"""

from __future__ import annotations

import lzma
import struct
import subprocess
import sys
import zlib
from pathlib import Path

SECTOR = 512
DEFAULT_SETUP_SECTORS = 4
XZ, GZIP, ZSTD, LZ4 = b"\xfd7zXZ\0", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x02\x21\x4c\x18"
ELF = b"\x7fELF"


def payload(image: bytes) -> bytes:
    """The compressed kernel."""
    setup = (image[0x1F1] or DEFAULT_SETUP_SECTORS) + 1
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = setup * SECTOR + offset
    return image[start : start + length]


def unpack(packed: bytes) -> bytes:
    """The kernel as ELF; ValueError for a compression this does not know."""
    if packed.startswith(XZ):
        return lzma.LZMADecompressor().decompress(packed)
    if packed.startswith(GZIP):
        return zlib.decompressobj(31).decompress(packed)
    for magic, tool in ((ZSTD, "zstd"), (LZ4, "lz4")):
        if packed.startswith(magic):
            # Four bytes with the size follow the stream. The tools complain of them after writing everything.
            return subprocess.run([tool, "-dc"], input=packed, capture_output=True, check=False).stdout
    raise ValueError(f"unknown kernel compression {packed[:6].hex()}")


def main() -> int:
    """The command line."""
    kernel = unpack(payload(Path(sys.argv[1]).read_bytes()))
    if not kernel.startswith(ELF):
        print("bzimage: no ELF kernel inside", file=sys.stderr)
        return 1
    Path(sys.argv[2]).write_bytes(kernel)
    return 0


if __name__ == "__main__":
    sys.exit(main())
