"""Apple's UDIF: a koly trailer, block maps in a property list or a resource fork, runs of several codecs."""

from __future__ import annotations

import bz2
import lzma
import os
import plistlib
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from xml.parsers.expat import ExpatError

import attrs

from cdemu_core.api import (
    BlockStream,
    CorruptImage,
    ImageSource,
    MissingFile,
    Stream,
    StreamError,
    UnsupportedImage,
)

from .adc import decode_adc

KOLY_SIZE = 512
KOLY = struct.Struct(">4sIII5QII")
XML_AT = 216
SECTORS_AT = 492
MISH_SIZE = 204
MISH = struct.Struct(">4sIQQQ")
RUNS_AT = 200
RUN = struct.Struct(">IIQQQQ")

SECTOR = 512
MAX_XML = 64 << 20
MAX_RUN = 64 << 20
MAX_SECTORS = 1 << 36
PIECE = 1 << 20
"""Zeros and stored bytes are served in pieces, so that the cache stays small."""

ZERO, RAW, IGNORE = 0, 1, 2
ADC, ZLIB, BZIP2, LZFSE, LZMA = range(0x8000_0004, 0x8000_0009)
COMMENT, END = 0x7FFF_FFFE, 0xFFFF_FFFF
UNPACKED = (ZERO, RAW, IGNORE)


@attrs.frozen
class Koly:
    """A segment's trailer."""

    running: int
    data: int
    data_length: int
    resource: int
    resource_length: int
    segment: int
    segments: int
    xml: int
    xml_length: int
    sectors: int


@attrs.frozen
class Run:
    """``length`` decoded bytes at ``start``, stored as ``stored`` bytes at global position ``offset``."""

    kind: int
    start: int
    length: int
    offset: int
    stored: int


def find_koly(stream: Stream) -> Koly:
    """The trailer, at the end or (some converters) at the start.

    Raises:
        CorruptImage: neither place has one.
    """
    for at in (stream.size - KOLY_SIZE, 0):
        raw = stream.read_at(at, KOLY_SIZE) if at >= 0 else b""
        if len(raw) == KOLY_SIZE and raw[:4] == b"koly":
            fields = KOLY.unpack_from(raw)[4:]
            xml, xml_length = struct.unpack_from(">QQ", raw, XML_AT)
            (sectors,) = struct.unpack_from(">Q", raw, SECTORS_AT)
            return Koly(*(*fields, xml, xml_length, sectors))
    raise CorruptImage(f"{stream.name} has no disk image trailer.", structure="koly")


def open_dmg(stream: Stream, source: ImageSource) -> Stream:
    """The image inside ``stream``.

    Raises:
        CorruptImage: trailer or block maps are impossible.
        UnsupportedImage: a codec that is not to be had.
        MissingFile: a segment is not there.
    """
    koly = find_koly(stream)
    if not 0 < koly.sectors <= MAX_SECTORS:
        raise CorruptImage(f"{stream.name} claims {koly.sectors} sectors.", structure="koly")
    segments = [(koly, stream), *_further_segments(koly, stream, source)]
    runs = sorted(_runs(stream, koly), key=lambda run: run.start)
    return DmgStream(stream, segments, list(_cover(runs, koly.sectors * SECTOR, stream.name)))


def _further_segments(koly: Koly, stream: Stream, source: ImageSource) -> Iterator[tuple[Koly, Stream]]:
    if not 1 < koly.segments <= 1000:
        return
    name = os.path.basename(source.path)
    numbered = re.match(r"(.*\.)0*1(\.dmg)$", name, re.IGNORECASE)
    stem = os.path.splitext(name)[0]
    for number in range(2, koly.segments + 1):
        wanted = f"{numbered[1]}{number:03d}{numbered[2]}" if numbered else f"{stem}.{number:03d}.dmgpart"
        try:
            part = source.open(wanted)
        except MissingFile as problem:
            raise MissingFile(
                f"Part {number} of {stream.name} is missing: {problem}",
                path=problem.path,
                wanted_by=stream.name,
            ) from problem
        yield find_koly(part), part


def _runs(stream: Stream, koly: Koly) -> Iterator[Run]:
    for table in _tables(stream, koly):
        if len(table) < MISH_SIZE or table[:4] != b"mish":
            raise CorruptImage(f"{stream.name} has a damaged block map.", structure="mish")
        _, _, first, _, data = MISH.unpack_from(table)
        (count,) = struct.unpack_from(">I", table, RUNS_AT)
        if MISH_SIZE + count * RUN.size > len(table):
            raise CorruptImage(f"{stream.name} has a block map that is cut off.", structure="mish")
        for number in range(count):
            kind, _, sector, sectors, offset, stored = RUN.unpack_from(table, MISH_SIZE + number * RUN.size)
            if kind not in (COMMENT, END) and sectors:
                yield Run(kind, (first + sector) * SECTOR, sectors * SECTOR, data + offset, stored)


def _tables(stream: Stream, koly: Koly) -> list[bytes]:
    """The blkx resources."""
    if koly.xml_length:
        if koly.xml_length > MAX_XML:
            raise CorruptImage(f"{stream.name} has an impossibly long property list.", structure="plist")
        try:
            plist = plistlib.loads(stream.read_at(koly.xml, koly.xml_length), fmt=plistlib.FMT_XML)
            return [bytes(entry["Data"]) for entry in plist["resource-fork"]["blkx"]]
        except (ExpatError, ValueError, KeyError, TypeError, AttributeError) as problem:
            raise CorruptImage(f"{stream.name} has a damaged property list.", structure="plist") from problem
    from .resource_fork import resources

    fork = stream.read_at(koly.resource, min(koly.resource_length, MAX_XML))
    return list(resources(fork, b"blkx").values())


def _cover(runs: list[Run], size: int, name: str) -> Iterator[Run]:
    """Runs in order without gaps up to ``size``; gaps read as zeros, unpacked runs come in pieces."""
    position = 0
    for run in [*runs, Run(ZERO, size, 0, 0, 0)]:
        if run.start < position or run.start + run.length > size:
            raise CorruptImage(f"{name} has runs that overlap or lie outside the image.", structure="mish")
        yield from _pieces(Run(ZERO, position, run.start - position, 0, 0))
        if run.kind in UNPACKED:
            yield from _pieces(run)
        elif run.length > MAX_RUN or run.stored > 2 * MAX_RUN:
            raise CorruptImage(f"{name} has an impossibly long run.", structure="mish")
        else:
            yield run
        position = run.start + run.length


def _pieces(run: Run) -> Iterator[Run]:
    for at in range(0, run.length, PIECE):
        length = min(PIECE, run.length - at)
        yield Run(run.kind, run.start + at, length, run.offset + at, length)


def _lzfse(data: bytes, length: int) -> bytes:
    try:
        import liblzfse
    except ImportError:
        raise StreamError(
            "This disk image is packed with LZFSE; install cdemu-containers[lzfse] to read it."
        ) from None
    unpacked: bytes = liblzfse.decompress(data)
    return unpacked[:length]


CODECS: dict[int, Callable[[bytes, int], bytes]] = {
    ADC: decode_adc,
    ZLIB: lambda data, length: zlib.decompressobj().decompress(data, length),
    BZIP2: lambda data, length: bz2.BZ2Decompressor().decompress(data, length),
    LZFSE: _lzfse,
    LZMA: lambda data, length: lzma.LZMADecompressor().decompress(data, length),
}


class DmgStream(BlockStream):
    """One block a run."""

    damage = (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError)

    def __init__(self, inner: Stream, segments: list[tuple[Koly, Stream]], runs: list[Run]) -> None:
        unknown = {run.kind for run in runs} - set(CODECS) - set(UNPACKED)
        if unknown:
            raise UnsupportedImage(
                f"{inner.name} uses the disk image codec {min(unknown):#x}, which is not supported.",
                feature="codec",
            )
        size = runs[-1].start + runs[-1].length if runs else 0
        super().__init__(inner, [run.start for run in runs], size)
        self._segments = segments
        self._runs = runs

    def decode(self, block: int) -> bytes:
        """One run."""
        run = self._runs[block]
        if run.kind in (ZERO, IGNORE):
            return bytes(run.length)
        data = self._stored(run.offset, run.stored)
        if run.kind == RAW:
            return data.ljust(run.length, b"\0")
        return CODECS[run.kind](data, run.length)

    def _stored(self, position: int, length: int) -> bytes:
        """Bytes at a global position; they may go on in the next segment."""
        found = bytearray()
        for koly, stream in self._segments:
            inside = position + len(found) - koly.running
            if 0 <= inside < koly.data_length and len(found) < length:
                take = min(length - len(found), koly.data_length - inside)
                found += stream.read_at(koly.data + inside, take)
        return bytes(found)
