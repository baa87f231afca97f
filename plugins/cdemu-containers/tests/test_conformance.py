"""Containers against the conformance kit, each with a packer of its own."""

from __future__ import annotations

import base64
import binascii
import bz2
import plistlib
import struct
import zlib
from pathlib import Path

import pytest
from cdemu_containers.adc import decode_adc
from lz4.block import compress as lz4

from cdemu_core.disc.complete import complete_frames
from cdemu_core.disc.sector import SectorType
from cdemu_core.testing.discs import payload
from cdemu_core.testing.facts import FilterSample
from cdemu_core.testing.filters import StreamFilterTests

SECTORS = 45


def content() -> bytes:
    """Sectors of which two thirds compress well; no whole number of any block."""
    return b"".join(bytes([n]) * 2048 if n % 3 else payload(2048, n) for n in range(SECTORS))


def deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def cso(magic: bytes, version: int, *, block: int, shift: int) -> bytes:
    """A CSO or ZSO file."""
    data = content()
    parts = [data[at : at + block] for at in range(0, len(data), block)]
    align = 1 << shift
    place = 24 + 4 * (len(parts) + 1)
    body, index = b"", []
    body += bytes(-place % align)
    place += len(body)
    for part in parts:
        packed = lz4(part, store_size=False) if magic == b"ZISO" else deflate(part)
        flag = 0
        if version == 2 and len(part) == block and len(lz4(part, store_size=False)) < len(packed):
            packed, flag = lz4(part, store_size=False), 0x8000_0000
        if len(packed) >= len(part):
            packed, flag = part, 0 if version == 2 and len(part) == block else 0x8000_0000
        index.append(place >> shift | flag)
        packed += bytes(-len(packed) % align)
        body += packed
        place += len(packed)
    index.append(place >> shift)
    header = struct.pack("<4sIQIBBxx", magic, 24, len(data), block, version, shift)
    return header + struct.pack(f"<{len(index)}I", *index) + body


def write(name: str, data: bytes):
    """A sample maker."""

    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    make.__name__ = name
    return make


class TestCso(StreamFilterTests):
    stream_filter = "cso"
    samples = (
        FilterSample(make=write("one.cso", cso(b"CISO", 1, block=2048, shift=0)), content=content),
        FilterSample(make=write("padded.cso", cso(b"CISO", 1, block=4096, shift=4)), content=content),
        FilterSample(make=write("two.cso", cso(b"CISO", 2, block=2048, shift=0)), content=content),
        FilterSample(make=write("one.zso", cso(b"ZISO", 1, block=2048, shift=0)), content=content),
    )


def gamecube() -> bytes:
    """Blocks 0 and 2 of 32 KiB in use."""
    used = bytearray(0x8000 - 8)
    used[0] = used[2] = 1
    return b"CISO" + struct.pack("<I", 0x8000) + bytes(used) + payload(0x8000, 1) + payload(0x8000, 2)


class TestGameCube(StreamFilterTests):
    stream_filter = "cso"
    samples = (
        FilterSample(
            make=write("gamecube.ciso", gamecube()),
            content=lambda: payload(0x8000, 1) + bytes(0x8000) + payload(0x8000, 2),
        ),
    )


def dax() -> bytes:
    data = content()
    parts = [data[at : at + 0x2000] for at in range(0, len(data), 0x2000)]
    packed = [zlib.compress(part) for part in parts]
    packed[2] = parts[2]
    place = 32 + 6 * len(parts) + 8
    offsets = []
    for part in packed:
        offsets.append(place)
        place += len(part)
    tables = struct.pack(f"<{len(parts)}I", *offsets) + struct.pack(f"<{len(parts)}H", *map(len, packed))
    header = struct.pack("<4sIII16x", b"DAX\0", len(data), 1, 1)
    return header + tables + struct.pack("<II", 2, 1) + b"".join(packed)


class TestDax(StreamFilterTests):
    stream_filter = "dax"
    samples = (FilterSample(make=write("one.dax", dax()), content=content),)


def masked(data: bytes) -> bytes:
    return bytes(byte ^ b"IsZ!"[n % 4] ^ 0xFF for n, byte in enumerate(data))


def isz(*, segments: int = 1) -> list[bytes]:
    """An ISZ image of stored, zlib, bzip2 and zero chunks; in ``segments`` parts."""
    data = content()
    chunk = 8192
    parts = [data[at : at + chunk] for at in range(0, len(data), chunk)]
    pointers, packed = b"", b""
    for number, part in enumerate(parts):
        kind = (1, 2, 3)[number % 3]
        stored = (part, zlib.compress(part), b"XXX" + bz2.compress(part)[3:])[kind - 1]
        pointers += (kind << 22 | len(stored)).to_bytes(3, "little")
        packed += stored
    table_at = 64
    segment_at = table_at + len(pointers) if segments > 1 else 0
    data_at = table_at + len(pointers) + (24 * (segments + 1) if segments > 1 else 0)
    cut = len(packed) // 2 if segments > 1 else len(packed)
    head = struct.pack(
        "<4sBBIHIBQIIBBIIIB16x",
        b"IsZ!",
        64,
        1,
        0,
        2048,
        SECTORS,
        0,
        data_at + cut if segments > 1 else 0,
        len(parts),
        chunk,
        3,
        0,
        table_at,
        segment_at,
        data_at,
        0,
    )
    first = head + masked(pointers)
    if segments == 1:
        return [first + packed]
    second = head[:34] + b"\1" + head[35:]
    rows = struct.pack("<QIIII", data_at + cut, 0, 0, data_at, 0)
    rows += struct.pack("<QIIII", len(second) + len(packed) - cut, 0, 0, len(second), 0) + bytes(24)
    return [first + masked(rows) + packed[:cut], second + packed[cut:]]


def split_isz(folder: Path) -> Path:
    first, second = isz(segments=2)
    (folder / "split.isz").write_bytes(first)
    (folder / "split.i01").write_bytes(second)
    return folder / "split.isz"


class TestIsz(StreamFilterTests):
    stream_filter = "isz"
    samples = (
        FilterSample(make=write("one.isz", isz()[0]), content=content),
        FilterSample(make=split_isz, content=content),
    )


def literals(data: bytes) -> bytes:
    """ADC that copies; what follows a run of one byte is a reference to it."""
    out = b""
    for at in range(0, len(data), 128):
        part = data[at : at + 128]
        if len(set(part)) == 1 and len(part) == 128:
            out += bytes([0x80, part[0], 0x40 | 63, 0, 0, 0x40 | 56, 0, 0])
        else:
            out += bytes([0x80 | len(part) - 1]) + part
    return out


def dmg(*, xml: bool) -> bytes:
    """Stored, zlib, bzip2, ADC and zero runs, with the block map in a property list or a resource fork."""
    data = content() + bytes(4096)
    body, runs = b"", b""
    kinds = (1, 0x80000005, 0x80000006, 0x80000004)
    at = 0
    number = 0
    while at < len(content()):
        part = content()[at : at + 16384]
        kind = kinds[number % 4]
        stored = {1: part, 0x80000005: zlib.compress(part), 0x80000006: bz2.compress(part)}.get(kind)
        stored = literals(part) if stored is None else stored
        runs += struct.pack(">IIQQQQ", kind, 0, at // 512, len(part) // 512, len(body), len(stored))
        body += stored
        at += len(part)
        number += 1
    runs += struct.pack(">IIQQQQ", 0, 0, at // 512, 8, 0, 0)
    runs += struct.pack(">IIQQQQ", 0xFFFF_FFFF, 0, len(data) // 512, 0, 0, 0)
    mish = struct.pack(">4sIQQQ", b"mish", 1, 0, len(data) // 512, 0).ljust(200, b"\0")
    mish += struct.pack(">I", len(runs) // 40) + runs
    if xml:
        index = plistlib.dumps({"resource-fork": {"blkx": [{"Data": mish, "ID": "0"}]}})
        assert base64.b64encode(mish[:9]) in index
        place = (0, 0, len(body), len(index))
    else:
        index = fork(b"blkx", 0, mish)
        place = (len(body), len(index), 0, 0)
    koly = struct.pack(">4sIII5QII", b"koly", 4, 512, 1, 0, 0, len(body), place[0], place[1], 1, 1).ljust(
        216, b"\0"
    )
    koly += struct.pack(">QQ", place[2], place[3])
    koly = koly.ljust(492, b"\0") + struct.pack(">Q", len(data) // 512)
    return body + index + koly.ljust(512, b"\0")


def fork(kind: bytes, identity: int, resource: bytes) -> bytes:
    """A resource fork of one resource."""
    data = struct.pack(">I", len(resource)) + resource
    head = struct.pack(">IIII", 256, 256 + len(data), len(data), 50)
    types = struct.pack(">H4sHH", 0, kind, 0, 10) + struct.pack(">hHI4x", identity, 0xFFFF, 0)
    table = head + bytes(8) + struct.pack(">HH", 28, 28 + len(types)) + types
    return head.ljust(256, b"\0") + data + table


class TestDmg(StreamFilterTests):
    stream_filter = "dmg"
    samples = (
        FilterSample(make=write("xml.dmg", dmg(xml=True)), content=lambda: content() + bytes(4096)),
        FilterSample(make=write("fork.dmg", dmg(xml=False)), content=lambda: content() + bytes(4096)),
    )


def raw_image() -> bytes:
    """Whole frames of Mode 1, Form 1 and Form 2, and some bytes behind them."""
    out = b""
    for kind, mode, submode in (
        (SectorType.MODE1, 1, None),
        (SectorType.MODE2_FORM1, 2, 8),
        (SectorType.MODE2_FORM2, 2, 0x28),
    ):
        frames = bytearray()
        for number in range(40):
            frame = bytearray(b"\0" + b"\xff" * 10 + b"\0" + bytes([0, 2, number % 0x10, mode]))
            if submode is not None:
                frame += bytes([0, 0, submode, 0]) * 2
            frame += payload(2324 if submode == 0x28 else 2048, number)
            frames += frame.ljust(2352, b"\0")
        complete_frames(frames, kind)
        out += frames
    return out + b"tail of raw bytes"


def record(kind: int, count: int) -> bytes:
    """A record header."""
    value = count - 1
    out = [(value & 0x1F) << 2 | kind]
    value >>= 5
    while value:
        out[-1] |= 0x80
        out.append(value & 0x7F)
        value >>= 7
    return bytes(out)


def ecm() -> bytes:
    """The raw image without what can be computed."""
    image = raw_image()
    out = b"ECM\0" + record(1, 40)
    for number in range(40):
        frame = image[number * 2352 : (number + 1) * 2352]
        out += frame[12:15] + frame[16:2064]
    for number in range(40, 120):
        frame = image[number * 2352 : (number + 1) * 2352]
        form2 = frame[18] & 0x20
        out += record(0, 16) + frame[:16] + record(3 if form2 else 2, 1)
        out += frame[20:24] + frame[24 : 2348 if form2 else 2072]
    tail = image[120 * 2352 :]
    out += record(0, len(tail)) + tail
    return out + bytes([0xFC, 0xFF, 0xFF, 0xFF, 0x3F]) + bytes(4)


class TestEcm(StreamFilterTests):
    stream_filter = "ecm"
    samples = (FilterSample(make=write("one.bin.ecm", ecm()), content=raw_image),)


def macbinary(data: bytes, resource: bytes = b"") -> bytes:
    head = bytearray(128)
    head[1:11] = b"\x09image.img"
    head[65:73] = b"rohdddsk"
    head[83:91] = struct.pack(">II", len(data), len(resource))
    head[122:124] = b"\x81\x81"
    head[124:126] = struct.pack(">H", binascii.crc_hqx(bytes(head[:124]), 0))
    return bytes(head) + data.ljust(-(-len(data) // 128) * 128, b"\0") + resource


def ndif() -> bytes:
    """Stored, ADC and zero runs."""
    data = content()
    half = 64 * 512
    packed = literals(data[half : 2 * half])
    rows = [
        (0, 2, 0, half),
        (64, 0x83, half, len(packed)),
        (128, 2, half + len(packed), len(data) - 2 * half),
    ]
    table = b"".join(struct.pack(">3sBII", at.to_bytes(3, "big"), k, o, s) for at, k, o, s in rows)
    total = len(data) // 512 + 4
    table += struct.pack(">3sBII", (total - 4).to_bytes(3, "big"), 0, 0, 0)
    table += struct.pack(">3sBII", total.to_bytes(3, "big"), 0xFF, 0, 0)
    head = bytearray(128)
    struct.pack_into(">I", head, 68, total)
    struct.pack_into(">I", head, 124, 5)
    body = data[:half] + packed + data[2 * half :]
    return macbinary(body, fork(b"bcem", 128, bytes(head) + table))


class TestMacBinary(StreamFilterTests):
    stream_filter = "macbinary"
    samples = (
        FilterSample(make=write("plain.bin", macbinary(content())), content=content),
        FilterSample(make=write("ndif.img.bin", ndif()), content=lambda: content() + bytes(2048)),
    )


def test_adc_reference_may_overlap_what_it_writes() -> None:
    assert decode_adc(bytes([0x81, 65, 66, 0x01 << 2, 1]), 6) == b"ABABAB"


@pytest.mark.parametrize("data", [b"", bytes([0x40, 0, 9]), bytes([0x80])])
def test_damaged_adc_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match="ADC"):
        decode_adc(data, 100)
