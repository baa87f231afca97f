"""An optional accelerator: Intel's ISA-L (libisal2 in Debian, isa-l in Fedora), found at run time.

It multiplies matrices over the same field, GF(2^8) with polynomial 0x11D, with the processor's widest
registers. Whether it is there changes nothing but the time that generating and checking P and Q takes.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Encode = Callable[[Bytes, Bytes], None]
"""(data rows, result rows): each result row becomes the weighted sum of all data rows; both contiguous."""

LIBRARY: Final = "libisal.so.2"
TABLE_BYTES: Final = 32
"""Of ISA-L's expanded tables, for every factor."""


@cache
def library() -> Any:
    """The library, or None where it is not installed."""
    try:
        return ctypes.CDLL(LIBRARY)
    except OSError:
        return None


def encoder(factors: Sequence[Sequence[int]]) -> Encode | None:
    """What computes one result row for each row of ``factors``; None without the library."""
    isal = library()
    if isal is None:
        return None
    count, width = len(factors), len(factors[0])
    matrix = bytes(factor for row in factors for factor in row)
    tables = ctypes.create_string_buffer(TABLE_BYTES * len(matrix))
    isal.ec_init_tables(width, count, matrix, tables)
    work, pointers_in, pointers_out = isal.ec_encode_data, ctypes.c_void_p * width, ctypes.c_void_p * count

    def encode(data: Bytes, result: Bytes) -> None:
        length = data.shape[1]
        first, target = data.ctypes.data, result.ctypes.data
        rows = pointers_in(*range(first, first + width * length, length))
        sums = pointers_out(*range(target, target + count * length, length))
        work(length, width, count, tables, rows, sums)

    return encode
