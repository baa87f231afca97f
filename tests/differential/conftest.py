"""Reading discs through the loader, for comparisons with other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cdemu_core.disc.model import Disc
from cdemu_core.loading.loader import ImageLoader, LoadedImage, LoadRequest
from cdemu_core.plugin.host import PluginHost

Load = Callable[..., Disc]


@pytest.fixture(scope="session")
def loader() -> ImageLoader:
    """One loader over every installed plugin."""
    return ImageLoader(PluginHost())


@pytest.fixture
def load(loader: ImageLoader) -> Iterator[Load]:
    """``load(path, …)``: the disc; its files are closed after the test."""
    opened: list[LoadedImage] = []

    def one(*paths: Path) -> Disc:
        opened.append(loader.load(LoadRequest(tuple(map(str, paths)))))
        return opened[-1].disc

    yield one
    for image in opened:
        image.close()
