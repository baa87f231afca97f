"""StreamView: the bytes of a file as probes see them."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Final

from ..plugin.source import PROBE_WINDOW
from ..stream.base import Stream

MAX_READ: Final = 1 << 20
"""Bytes one probe read may ask for."""


class StreamView:
    """The ProbeView over a stream; head and tail are read once, at first need."""

    def __init__(self, stream: Stream, name: str) -> None:
        self._stream = stream
        self.name = name
        self.suffix = os.path.splitext(name)[1].lower()
        self.size = stream.size
        self.forward = stream.forward

    @cached_property
    def head(self) -> bytes:
        """First 64 KiB, or all."""
        return self._stream.read_at(0, min(PROBE_WINDOW, self.size))

    @cached_property
    def tail(self) -> bytes:
        """Last 64 KiB, or all."""
        if self.size <= PROBE_WINDOW:
            return self.head
        return self._stream.read_at(self.size - PROBE_WINDOW, PROBE_WINDOW)

    def read(self, offset: int, length: int) -> bytes:
        """Up to ``length`` (at most 1 MiB) bytes from ``offset``; empty before the start or past the end."""
        if offset < 0 or length <= 0:
            return b""
        end = min(offset + min(length, MAX_READ), self.size)
        if end <= len(self.head):
            return self.head[offset:end]
        tail_start = max(0, self.size - PROBE_WINDOW)
        if offset >= tail_start:
            return self.tail[offset - tail_start : end - tail_start]
        return self._stream.read_at(offset, end - offset)
