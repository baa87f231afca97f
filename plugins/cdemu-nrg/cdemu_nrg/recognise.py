"""Whether a file is a Nero image: its trailer, and the chunk list the trailer points at."""

from __future__ import annotations

from cdemu_core.api import Evidence, ProbeView

V2, V1 = b"NER5", b"NERO"
HEADER = 8
"""Bytes of a chunk's name and length."""
LAST = b"END!"
MOST_CHUNKS = 1000
"""Chunks looked at; a disc of 99 sessions has fewer."""


def recognise(view: ProbeView) -> Evidence:
    """MAGIC by the trailer, PROVEN where the list behind it runs to its end.

    An image may hold an ISO 9660 volume at the place where a bare one has it; only the list tells them apart.
    """
    for size, name in ((12, V2), (8, V1)):
        trailer = view.read(view.size - size, size)
        if trailer.startswith(name):
            start = int.from_bytes(trailer[4:], "big")
            return Evidence.PROVEN if _closes(view, start, view.size - size) else Evidence.MAGIC
    return Evidence.NONE


def _closes(view: ProbeView, at: int, end: int) -> bool:
    for _ in range(MOST_CHUNKS):
        if at + HEADER > end:
            return False
        header = view.read(at, HEADER)
        if header.startswith(LAST):
            return True
        at += HEADER + int.from_bytes(header[4:], "big")
    return False
