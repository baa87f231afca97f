"""A source that collects what a filter tells the user, and streams that notice leaks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cdemu_core.api import ImageSource, MemoryStream


class Notes:
    """As much of an ImageSource as filters use."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)

    def option(self, name: str) -> str | None:
        return None


class Watched(MemoryStream):
    """Counts closings and the bytes read."""

    def __init__(self, data: bytes, name: str = "image.bin") -> None:
        super().__init__(data, name)
        self.closed = 0
        self.read = 0

    def read_at(self, offset: int, length: int) -> bytes:
        data = super().read_at(offset, length)
        self.read += len(data)
        return data

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def source() -> ImageSource:
    return Notes()  # type: ignore[return-value]  # filters ask for nothing else


@pytest.fixture
def watched() -> Callable[..., Watched]:
    return Watched
