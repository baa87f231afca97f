"""Rows of the layers, called in this process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from cdemu_core.disc import interleave, lec
from cdemu_core.disc.reader import DiscReader
from cdemu_core.disc.sector import SectorParts, SectorType
from cdemu_core.loading.loader import ImageLoader, LoadedImage, LoadRequest
from cdemu_core.loading.probe import rank_formats
from cdemu_core.loading.view import StreamView
from cdemu_core.plugin.host import PluginHost
from cdemu_core.stream.file import FileStream

from . import images
from .clock import pair
from .row import Figure, Row

SECTORS: Final = 27
"""As many frames of 2352 bytes as a request of 64 KiB takes."""


def rows(folder: Path) -> Iterator[Row]:
    """Reader, error codes, sub-channel, recognition, loading."""
    loader = ImageLoader(PluginHost())
    yield from _reader(loader, folder)
    yield from _codes()
    yield from _recognition(loader, folder)


def opened(loader: ImageLoader, path: Path) -> LoadedImage:
    """The image at ``path``."""
    return loader.load(LoadRequest((str(path),)))


def _reader(loader: ImageLoader, folder: Path) -> Iterator[Row]:
    into = memoryview(bytearray(images.RAW_SUB * 64))
    loaded = opened(loader, images.iso(folder))
    reader = DiscReader(loaded.disc)
    yield _user_data(reader, folder / "disc.iso", images.COOKED, into)
    yield from _generated(reader, into)
    loaded.close()
    loaded = opened(loader, images.raw_cue(folder))
    yield _user_data(DiscReader(loaded.disc), folder / "disc.bin", images.RAW, into)
    loaded.close()


def _user_data(reader: DiscReader, path: Path, stride: int, into: memoryview) -> Row:
    whole = [into[: 32 * stride]]
    with path.open("rb", buffering=0) as file:
        return _row(
            f"reader-{stride}",
            f"DiscReader: 32 sectors of user data, stride {stride}",
            pair(lambda: reader.read_user_data(64, 32, into), lambda: os.preadv(file.fileno(), whole, 0)),
            f"one preadv of {32 * stride} bytes",
        )


def _generated(reader: DiscReader, into: memoryview) -> Iterator[Row]:
    source, target = bytes(SECTORS * images.RAW), into[: SECTORS * images.RAW]

    def copy() -> None:
        target[:] = source

    yield _row(
        "reader-frames",
        f"DiscReader: {SECTORS} frames with EDC and ECC made",
        pair(lambda: reader.read_cd(64, SECTORS, SectorParts.ALL, into), copy),
        f"memcpy of {len(target)} bytes",
    )
    target_sub = into[: SECTORS * 96]
    source_sub = bytes(len(target_sub))

    def copy_sub() -> None:
        target_sub[:] = source_sub

    yield _row(
        "reader-sub",
        f"DiscReader: {SECTORS} sectors of P–W made",
        pair(lambda: reader.read_subchannel(64, SECTORS), copy_sub),
        f"memcpy of {len(target_sub)} bytes",
    )


def _codes() -> Iterator[Row]:
    for count in (1, SECTORS, 64):
        frames = np.random.default_rng(1).integers(0, 256, (count, images.RAW), np.uint8)
        twin = frames.copy()
        yield _row(
            f"lec-{count}",
            f"EDC and ECC of {count} Mode 1 sectors",
            pair(
                lambda frames=frames: lec.write_edc_ecc(frames, SectorType.MODE1),  # type: ignore[misc]
                lambda frames=frames, twin=twin: np.copyto(twin, frames),  # type: ignore[misc]
            ),
            f"memcpy of {frames.nbytes} bytes",
        )
    linear = np.random.default_rng(2).integers(0, 256, (SECTORS, 96), np.uint8)
    copy = linear.copy()
    yield _row(
        "interleave",
        f"P–W of {SECTORS} sectors interleaved",
        pair(lambda: interleave.interleave(linear), lambda: np.copyto(copy, linear)),
        f"memcpy of {linear.nbytes} bytes",
    )


def _recognition(loader: ImageLoader, folder: Path) -> Iterator[Row]:
    host = PluginHost()
    formats = tuple(host.formats.values())
    for key, make in images.PLAIN.items():
        path = make(folder)
        stream = FileStream(path)
        head = [memoryview(bytearray(65_536))]
        yield _row(
            f"probe-{key}",
            f"Recognise {path.name}",
            pair(
                lambda stream=stream, path=path: rank_formats(formats, StreamView(stream, path.name), 1),  # type: ignore[misc]
                lambda stream=stream, head=head: stream.readv_at(0, head),  # type: ignore[misc]
            ),
            "one preadv of the first 64 KiB",
        )
        yield _row(
            f"load-{key}",
            f"Load {path.name} and let go",
            pair(
                lambda path=path: opened(loader, path).close(),  # type: ignore[misc]
                lambda stream=stream, head=head: stream.readv_at(0, head),  # type: ignore[misc]
            ),
            "one preadv of the first 64 KiB",
        )
        stream.close()


def _row(key: str, title: str, both: tuple[Figure, Figure], limit_title: str) -> Row:
    figure, limit = both
    return Row(key, title, "µs", figure, limit, limit_title)
