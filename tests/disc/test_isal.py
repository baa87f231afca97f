"""The optional library computes the same parity, is not needed, and is not believed unseen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from cdemu_core.disc import ecc, isal

Bytes = NDArray[np.uint8]


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    ecc._accelerated.cache_clear()
    yield
    ecc._accelerated.cache_clear()


def frames(count: int) -> Bytes:
    return np.random.default_rng(count).integers(0, 256, (count, ecc.FRAME), np.uint8)


class Wrong:
    """A library of that name which computes something else."""

    def ec_init_tables(self, *_: object) -> None:
        pass

    def ec_encode_data(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("count", [1, 2, 5, 27, 64, 65])
@pytest.mark.parametrize("zero_header", [False, True])
def test_it_agrees(monkeypatch: pytest.MonkeyPatch, count: int, zero_header: bool) -> None:
    if isal.library() is None:
        pytest.skip("ISA-L is not installed here (Debian: libisal2)")
    assert ecc._accelerated(ecc.P_ROWS) is not None
    data = frames(count)
    found = ecc.parity(data, zero_header=zero_header)
    block = ecc._parity_of_block(data, zero_header=zero_header, stored_p=False)
    ecc._accelerated.cache_clear()
    monkeypatch.setattr(isal, "library", lambda: None)
    right = ecc.parity(data, zero_header=zero_header)
    assert np.array_equal(found, right)
    assert np.array_equal(block, right)


@pytest.mark.parametrize("library", [None, Wrong()])
def test_without_it_or_with_a_wrong_one_the_result_is_right(
    monkeypatch: pytest.MonkeyPatch, library: object
) -> None:
    data = frames(9)
    one_by_one = np.concatenate([ecc.parity(data[n : n + 1], zero_header=False) for n in range(9)])
    ecc._accelerated.cache_clear()
    monkeypatch.setattr(isal, "library", lambda: library)
    assert ecc._accelerated(ecc.P_ROWS) is None
    assert np.array_equal(ecc.parity(data, zero_header=False), one_by_one)
