"""StreamView: what probes see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdemu_core.loading.view import MAX_READ, StreamView
from cdemu_core.plugin.source import PROBE_WINDOW
from cdemu_core.stream.window import MemoryStream
from cdemu_core.testing.discs import payload

SIZES = (0, 1, PROBE_WINDOW - 1, PROBE_WINDOW, PROBE_WINDOW + 1, 3 * PROBE_WINDOW)
DATA = {size: payload(size) for size in SIZES}


@pytest.mark.parametrize("size", SIZES)
def test_head_and_tail(size: int) -> None:
    view = StreamView(MemoryStream(DATA[size]), "A.Tar.GZ")
    assert view.head == DATA[size][:PROBE_WINDOW]
    assert view.tail == DATA[size][-PROBE_WINDOW:]
    assert (view.name, view.suffix, view.size) == ("A.Tar.GZ", ".gz", size)


@given(
    st.sampled_from(SIZES),
    st.integers(-5, 4 * PROBE_WINDOW),
    st.integers(-5, 4 * PROBE_WINDOW),
)
def test_read_is_a_slice(size: int, offset: int, length: int) -> None:
    expected = DATA[size][offset : offset + length] if offset >= 0 and length > 0 else b""
    assert StreamView(MemoryStream(DATA[size]), "x").read(offset, length) == expected


def test_reads_are_bounded() -> None:
    view = StreamView(MemoryStream(bytes(3 * MAX_READ)), "x")
    assert len(view.read(PROBE_WINDOW, 1 << 40)) == MAX_READ
