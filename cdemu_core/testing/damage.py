"""Damages files on purpose, the same way at every run."""

from __future__ import annotations

import os
import random
import shutil
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

EDGE: Final = 8192
"""Bytes at either end of a file where half the mutations fall: there the structures are."""
EXTREMES: Final = tuple(
    struct.pack(form, value)
    for form, values in (
        ("<I", (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)),
        (">I", (1, 0x7FFFFFFF, 0x80000000)),
        ("<Q", (0, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF)),
        (">Q", (0x7FFFFFFFFFFFFFFF, 1 << 40)),
        ("<H", (0, 0x7FFF, 0xFFFF)),
    )
    for value in values
)
"""Field values that break arithmetic."""
TRIED: Final[Counter[str]] = Counter()
"""How many ``mutations`` and ``truncations`` this process has made, for reports."""


def scratch_copy(main: Path, folder: Path) -> Path:
    """``main`` copied to ``folder``, all files beside it linked there; the copy may be damaged."""
    folder.mkdir()
    for sibling in main.parent.iterdir():
        if sibling != main:
            (folder / sibling.name).symlink_to(sibling)
    copy = folder / main.name
    shutil.copyfile(main, copy)
    return copy


def truncations(path: Path, most: int) -> Iterator[int]:
    """Shorten ``path`` step by step to every length, or to ``most`` of them; yields the length."""
    size = path.stat().st_size
    lengths = range(size) if size <= most else _sampled(size, most)
    for length in sorted(lengths, reverse=True):
        os.truncate(path, length)
        TRIED["truncations"] += 1
        yield length


def mutations(path: Path, count: int, seed: int = 1) -> Iterator[str]:
    """``count`` times change a few bytes of ``path``, yield what was done, and put them back."""
    rng = random.Random(seed)
    size = path.stat().st_size
    with path.open("r+b", buffering=0) as file:
        for _ in range(count):
            at = _place(rng, size)
            change = _change(rng, os.pread(file.fileno(), 1, at))[: size - at]
            saved = os.pread(file.fileno(), len(change), at)
            os.pwrite(file.fileno(), change, at)
            TRIED["mutations"] += 1
            yield f"byte {at}: {change.hex()} for {saved.hex()} (seed {seed})"
            os.pwrite(file.fileno(), saved, at)


def _sampled(size: int, most: int) -> set[int]:
    rng = random.Random(size)
    ends = {*range(min(16, size)), *range(max(0, size - 16), size)}
    return ends | {rng.randrange(size) for _ in range(most - len(ends))}


def _place(rng: random.Random, size: int) -> int:
    if size <= 2 * EDGE or rng.random() < 0.5:
        return rng.randrange(size)
    at = rng.randrange(2 * EDGE)
    return at if at < EDGE else size - 2 * EDGE + at


def _change(rng: random.Random, old: bytes) -> bytes:
    kind = rng.randrange(4)
    if kind == 0:
        return bytes([old[0] ^ 1 << rng.randrange(8)])
    if kind == 1:
        return bytes([(old[0] + rng.choice((-1, 1))) % 256])
    if kind == 2:
        return rng.randbytes(1)
    return rng.choice(EXTREMES)
