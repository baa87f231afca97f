"""Equally spaced records of a stream as the rows of an array: one read, no copy for each row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..stream.base import Stream

Bytes = NDArray[np.uint8]

MOST_BYTES = 2**20
"""Read at once; records farther apart are read one by one."""


def read_rows(stream: Stream, offset: int, stride: int, length: int, rows: Bytes) -> int:
    """Fill ``rows`` (n × at least ``length``) with ``length`` bytes from every ``stride``.

    Returns how many came whole. ``rows`` may be a view with gaps; bytes behind ``length`` are left alone.
    """
    step = max(1, MOST_BYTES // stride)
    for done in range(0, len(rows), step):
        part = rows[done : done + step]
        whole = _read_part(stream, offset + done * stride, stride, length, part)
        if whole < len(part):
            return done + whole
    return len(rows)


def _read_part(stream: Stream, offset: int, stride: int, length: int, rows: Bytes) -> int:
    data = np.empty((len(rows) - 1) * stride + length, np.uint8)
    whole = (stream.readv_at(offset, (data.data,)) + stride - length) // stride
    rows[:whole, :length] = np.ndarray((whole, length), np.uint8, data, 0, (stride, 1))
    return whole
