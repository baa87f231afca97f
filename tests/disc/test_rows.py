"""Rows out of a stream: any stride, rows with gaps, streams that end early."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdemu_core.disc import rows as module
from cdemu_core.disc.rows import read_rows
from cdemu_core.stream.window import MemoryStream
from cdemu_core.testing.discs import payload


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(0, 30), st.integers(1, 30), st.integers(0, 9), st.data())
def test_like_slices(length: int, gap: int, count: int, margin: int, draw: st.DataObject) -> None:
    stride, offset = length + gap, draw.draw(st.integers(0, 50))
    data = payload(draw.draw(st.integers(1, offset + stride * count + 20)))
    target = np.full((count, length + margin), 7, np.uint8)
    whole = read_rows(MemoryStream(data), offset, stride, length, target)
    pieces = [data[offset + n * stride :][:length] for n in range(count)]
    assert whole == sum(len(piece) == length for piece in pieces)
    for row, piece in zip(target[:whole], pieces[:whole], strict=True):
        assert row.tobytes() == piece + b"\7" * margin


def test_far_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    data = payload(64 * 20)
    target = np.empty((20, 10), np.uint8)
    assert read_rows(MemoryStream(data), 0, 64, 10, target) == 20
    assert target.tobytes() == b"".join(data[n * 64 : n * 64 + 10] for n in range(20))
    assert read_rows(MemoryStream(data[:700]), 0, 64, 10, target) == 11
