"""MacBinary II: a 128-byte header before a file's two forks; the data fork may be an NDIF disk image."""

from __future__ import annotations

import binascii
import struct

import attrs

from cdemu_core.api import (
    BlockStream,
    CorruptImage,
    Evidence,
    ProbeView,
    Stream,
    UnsupportedImage,
    WindowStream,
)

from .adc import decode_adc
from .resource_fork import resources

HEADER = 128
MAX_NAME = 63
MAX_FORK = 16 << 20
SECTOR = 512
BCEM_ID = 128
BCEM_HEADER = 128
RUN = struct.Struct(">3sBII")
ZERO, RAW, ADC, END = 0x00, 0x02, 0x83, 0xFF
PIECE_SECTORS = 2048


def _crc(data: bytes) -> int:
    """CRC-16/XMODEM over the first 124 header bytes."""
    return binascii.crc_hqx(data[:124], 0)


def is_macbinary(head: bytes, size: int) -> bool:
    """A header whose CRC is right and whose forks fit the file."""
    if len(head) < HEADER or head[0] or not 1 <= head[1] <= MAX_NAME or head[74] or head[82]:
        return False
    data, resource = struct.unpack_from(">II", head, 83)
    (crc,) = struct.unpack_from(">H", head, 124)
    return bool(crc == _crc(head) and data > 0 and HEADER + data <= size and resource <= size)


def probe(view: ProbeView) -> Evidence:
    """PROVEN by the CRC."""
    return Evidence.PROVEN if is_macbinary(view.head, view.size) else Evidence.NONE


def open_macbinary(stream: Stream) -> Stream:
    """The data fork, unpacked where the resource fork says it is an NDIF image.

    Raises:
        CorruptImage: forks or runs lead outside the file.
        UnsupportedImage: an NDIF codec that is not supported.
    """
    head = stream.read_at(0, HEADER)
    data, resource = struct.unpack_from(">II", head, 83)
    fork = WindowStream(stream, HEADER, data)
    if not resource:
        return fork
    begin = HEADER + -(-data // HEADER) * HEADER
    raw = stream.read_at(begin, min(resource, MAX_FORK))
    table = resources(raw, b"bcem").get(BCEM_ID) if len(raw) >= 16 else None
    return fork if table is None else NdifStream(stream, fork, table)


@attrs.frozen
class Run:
    """``count`` sectors from ``sector`` on, stored as ``stored`` bytes at ``offset`` of the data fork."""

    kind: int
    sector: int
    count: int
    offset: int
    stored: int


def read_runs(table: bytes) -> list[Run]:
    """The runs of a bcem resource, stored ones cut in pieces of 1 MiB."""
    if len(table) < BCEM_HEADER:
        raise CorruptImage("The disk image's block map is too short.", structure="bcem")
    (sectors,) = struct.unpack_from(">I", table, 68)
    (base,) = struct.unpack_from(">I", table, 76)
    (count,) = struct.unpack_from(">I", table, 124)
    if BCEM_HEADER + count * RUN.size > len(table):
        raise CorruptImage("The disk image's block map is cut off.", structure="bcem")
    rows = [RUN.unpack_from(table, BCEM_HEADER + n * RUN.size) for n in range(count)]
    starts = [*(int.from_bytes(row[0], "big") for row in rows), sectors]
    runs: list[Run] = []
    for (_, kind, offset, stored), start, following in zip(rows, starts, starts[1:], strict=False):
        if kind == END:
            break
        if not start < following <= sectors:
            raise CorruptImage("The disk image's runs are out of order.", structure="bcem")
        step = PIECE_SECTORS if kind in (ZERO, RAW) else following - start
        for at in range(start, following, step):
            length = min(step, following - at)
            size = length * SECTOR if kind == RAW else stored
            runs.append(Run(kind, at, length, base + offset + (at - start) * SECTOR * (kind == RAW), size))
    if not runs or runs[0].sector:
        raise CorruptImage("The disk image's block map is empty.", structure="bcem")
    return runs


class NdifStream(BlockStream):
    """One block a run."""

    def __init__(self, inner: Stream, fork: Stream, table: bytes) -> None:
        runs = read_runs(table)
        unknown = {run.kind for run in runs} - {ZERO, RAW, ADC}
        if unknown:
            raise UnsupportedImage(
                f"{inner.name} uses the disk image codec {min(unknown):#x}, which is not supported.",
                feature="NDIF codec",
            )
        super().__init__(
            inner, [run.sector * SECTOR for run in runs], (runs[-1].sector + runs[-1].count) * SECTOR
        )
        self._fork = fork
        self._runs = runs

    def decode(self, block: int) -> bytes:
        """One run."""
        run = self._runs[block]
        length = run.count * SECTOR
        if run.kind == ZERO:
            return bytes(length)
        data = self._fork.read_at(run.offset, min(run.stored, 64 << 20))
        return data[:length] if run.kind == RAW else decode_adc(data, length)
