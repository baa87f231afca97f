"""Buffers to be sent, gathered into few system calls."""

from __future__ import annotations

from collections.abc import Callable

BUFFERS_PER_CALL = 64


class Gather:
    """A list of buffers; ``parts`` is empty when everything has left."""

    def __init__(self) -> None:
        self.parts: list[bytes | memoryview] = []

    def send(self, sendmsg: Callable[[list[bytes | memoryview]], int]) -> bool:
        """Send as much as ``sendmsg`` takes; whether everything has left. OSErrors pass through."""
        while self.parts:
            try:
                count = sendmsg(self.parts[:BUFFERS_PER_CALL])
            except BlockingIOError:
                return False
            self._sent(count)
        return True

    def _sent(self, count: int) -> None:
        done = 0
        for part in self.parts:
            if count < len(part):
                break
            count -= len(part)
            done += 1
        del self.parts[:done]
        if count:
            self.parts[0] = memoryview(self.parts[0])[count:]
