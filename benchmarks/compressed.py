"""Rows of compressed images: from load to the first byte, and sequential reading."""

from __future__ import annotations

import lzma
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from cdemu_core.disc.reader import DiscReader
from cdemu_core.filters import inflate
from cdemu_core.loading.loader import ImageLoader
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.discs import iso_payload

from . import images
from .layers import opened
from .row import Figure, Row

BATCH: Final = 64
CHUNK: Final = 256 * 1024
XZ_BLOCK: Final = 2 * 2**20
XZ_BLOCKS: Final = 24
CSO_BYTES: Final = 64 * 2**20


def rows(folder: Path, rounds: int = 3) -> Iterator[Row]:
    """gzip, xz, CSO."""
    loader = ImageLoader(PluginHost())
    path = images.iso_gz(folder)
    firsts = [_first_byte(loader, path) for _ in range(rounds + 2)]
    yield Row("gz-first", "400 MB .iso.gz: load to first byte", "ms", Figure.of(firsts)).budgeted(50, "50 ms")
    cases: tuple[tuple[str, str, Path, Callable[[Path], int]], ...] = (
        ("gz", ".iso.gz", path, _own_gzip),
        ("xz", ".iso.xz, blocks of 2 MiB", xz(folder), _own_lzma),
        ("cso", ".cso, blocks of 2 KiB", cso(folder), _own_blocks),
    )
    for key, title, image, own in cases:
        measured, library = [], []
        for _ in range(rounds):
            measured.append(_sequential(loader, image))
            library.append(_rate(own, image))
        row = Row(
            f"{key}-sequential",
            f"{title}: read from end to end",
            "MB/s",
            Figure.of(measured),
            Figure.of(library),
            "the library's own rate",
        )
        yield row.within(0.9, "the library's rate") if key == "gz" else row


def _first_byte(loader: ImageLoader, path: Path) -> float:
    into = memoryview(bytearray(2048))
    start = time.perf_counter()
    loaded = opened(loader, path)
    DiscReader(loaded.disc).read_user_data(16, 1, into)
    taken = (time.perf_counter() - start) * 1000
    loaded.close()
    return taken


def _sequential(loader: ImageLoader, path: Path) -> float:
    into = memoryview(bytearray(BATCH * 2048))
    loaded = opened(loader, path)
    reader = DiscReader(loaded.disc)
    start = time.perf_counter()
    for lba in range(0, reader.end - BATCH, BATCH):
        reader.read_user_data(lba, BATCH, into)
    taken = time.perf_counter() - start
    loaded.close()
    return reader.end * 2048 / taken / 1e6


def _rate(own: Callable[[Path], int], path: Path) -> float:
    start = time.perf_counter()
    size = own(path)
    return size / (time.perf_counter() - start) / 1e6


def _own_gzip(path: Path) -> int:
    """Decoded by the same library in one loop."""
    library: Any = inflate.zlib
    decoder, done = library.decompressobj(31), 0
    with path.open("rb") as file:
        while data := file.read(inflate._CHUNK):
            while data:
                done += len(decoder.decompress(data, CHUNK))
                data = decoder.unconsumed_tail
    return done


def _own_lzma(path: Path) -> int:
    decoder, done = lzma.LZMADecompressor(), 0
    with path.open("rb") as file:
        while data := file.read(CHUNK):
            while data:
                done += len(decoder.decompress(data))
                data = decoder.unused_data
                if decoder.eof:
                    decoder = lzma.LZMADecompressor()
    return done


def _own_blocks(path: Path) -> int:
    data = path.read_bytes()
    count = CSO_BYTES // images.COOKED
    table = [int.from_bytes(data[at : at + 4], "little") for at in range(24, 24 + 4 * count + 4, 4)]
    return sum(len(zlib.decompress(data[table[n] : table[n + 1]], -15, images.COOKED)) for n in range(count))


def xz(folder: Path) -> Path:
    """An xz file whose streams of one block each are 2 MiB."""
    path = folder / "disc.iso.xz"
    if not path.exists():
        first = iso_payload(XZ_BLOCK // images.COOKED)
        rest = (images.half_noise() * 2)[:XZ_BLOCK]
        blocks = [lzma.compress(first, preset=0), *[lzma.compress(rest, preset=0)] * (XZ_BLOCKS - 1)]
        path.write_bytes(b"".join(blocks))
    return path


def cso(folder: Path) -> Path:
    """A CSO file, version 1."""
    path = folder / "disc.cso"
    if not path.exists():
        data = iso_payload(32) + images.half_noise() * (CSO_BYTES // len(images.half_noise()) + 1)
        packed = []
        for at in range(0, CSO_BYTES, images.COOKED):
            packer = zlib.compressobj(6, zlib.DEFLATED, -15)
            packed.append(packer.compress(data[at : at + images.COOKED]) + packer.flush())
        at = 24 + 4 * len(packed) + 4
        table = [at]
        for block in packed:
            at += len(block)
            table.append(at)
        head = b"CISO" + (24).to_bytes(4, "little") + CSO_BYTES.to_bytes(8, "little")
        head += images.COOKED.to_bytes(4, "little") + b"\1\0\0\0"
        path.write_bytes(head + b"".join(n.to_bytes(4, "little") for n in table) + b"".join(packed))
    return path
