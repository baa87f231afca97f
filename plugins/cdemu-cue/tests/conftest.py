"""Sheets and their files, written and loaded."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cdemu_core.loading.loader import ImageLoader, LoadedImage, LoadRequest
from cdemu_core.plugin.host import PluginHost


@pytest.fixture(scope="session")
def host() -> PluginHost:
    return PluginHost()


@pytest.fixture
def load(tmp_path: Path, host: PluginHost) -> Iterator[Callable[..., LoadedImage]]:
    """``load(sheet, {name: content})``: the image; a content that is a number is a file of so many zeros."""
    opened: list[LoadedImage] = []

    def load(sheet: str | bytes, files: dict[str, bytes | int] | None = None) -> LoadedImage:
        for name, content in (files or {}).items():
            with (tmp_path / name).open("wb") as file:
                if isinstance(content, int):
                    file.truncate(content)
                else:
                    file.write(content)
        path = tmp_path / "disc.cue"
        path.write_bytes(sheet if isinstance(sheet, bytes) else sheet.encode())
        opened.append(ImageLoader(host).load(LoadRequest((str(path),))))
        return opened[-1]

    yield load
    for image in opened:
        image.close()


@pytest.fixture(scope="session")
def wave() -> Callable[[bytes], bytes]:
    """``wave(pcm)``: a WAVE file around 16-bit stereo PCM at 44,100 Hz."""

    def wave(pcm: bytes) -> bytes:
        fmt = struct.pack("<HHIIHH", 1, 2, 44100, 176400, 4, 16)
        chunks = b"fmt " + struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", len(pcm)) + pcm
        return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks

    return wave
