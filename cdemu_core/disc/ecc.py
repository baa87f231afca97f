"""P and Q parity of CD frames (ECMA-130 annex A), computed for a batch at a time.

Both are (n + 2, n) codes over GF(2^8) with polynomial 0x11D: with d the n data bytes of one code word,
b = Σ d[i] and a = Σ α^(n+1−i) d[i], the parity bytes are p0 = (a + b) / (α + 1) and p1 = p0 + b.
P runs down the 86 columns of a 24 × 86 byte matrix, Q along 52 wrapped diagonals of the 26 × 86
bytes that P completes. Byte pairs (the standard's two planes) stay together as 16-bit words.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from . import isal

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint16]

DATA_START: Final = 12
P_START: Final = 2076
Q_START: Final = 2248
FRAME: Final = 2352
COLUMNS: Final = 43
"""Words in a row of the matrix."""
P_ROWS: Final = 24
DIAGONALS: Final = 26
"""Words of parity along Q: the standard's 26 diagonals of either plane."""
Q_ROWS: Final = 43
P_WORDS: Final = P_ROWS * COLUMNS
ALL_WORDS: Final = 26 * COLUMNS
PARITY_WORDS: Final = 138
HEADER_WORDS: Final = 2

SMALL_BATCH: Final = 4
"""Up to here a table look-up per byte beats the fixed cost of the batch arithmetic."""
BLOCK: Final = 64
"""Sectors worked on at once, so that the scratch space stays in the processor's cache."""


def _powers() -> list[int]:
    powers, value = [], 1
    for _ in range(255):
        powers.append(value)
        value = value << 1 ^ (0x11D if value & 0x80 else 0)
    return powers


ALPHA: Final = _powers()
LOG: Final = {value: exponent for exponent, value in enumerate(ALPHA)}


@cache
def times(exponent: int) -> bytes:
    """Translation table that multiplies by α^exponent."""
    return bytes([0, *(ALPHA[(LOG[value] + exponent) % 255] for value in range(1, 256))])


DIVIDE: Final = times(255 - LOG[ALPHA[1] ^ 1])
"""Division by α + 1."""


@cache
def q_words() -> NDArray[np.intp]:
    """Word numbers along the diagonals: [row m][diagonal k] = (43 k + 44 m) mod 1118."""
    row, diagonal = np.mgrid[0:Q_ROWS, 0:DIAGONALS]
    return np.asarray((COLUMNS * diagonal + (COLUMNS + 1) * row) % ALL_WORDS, np.intp)


def write_parity(frames: Bytes, *, zero_header: bool) -> None:
    """Set bytes 2076–2351 of ``frames`` (n × 2352) from bytes 12–2075.

    ``zero_header``: count the four header bytes as zero (Mode 2 Form 1).
    """
    frames[:, P_START:] = parity(frames, zero_header=zero_header)


def parity(frames: Bytes, *, zero_header: bool, stored_p: bool = False) -> Bytes:
    """The 276 parity bytes that ``frames`` (n × 2352) should have, n × 276.

    ``stored_p``: Q is that of the P bytes in the frames, right or wrong (to tell where an error is).
    """
    count = len(frames)
    result = np.empty((count, 2 * PARITY_WORDS), np.uint8)
    if count <= (1 if _accelerated(P_ROWS) else SMALL_BATCH):
        for frame, row in zip(frames, result, strict=True):
            _parity_of_one(frame, row, zero_header=zero_header, stored_p=stored_p)
        return result
    for start in range(0, count, BLOCK):
        part = slice(start, min(start + BLOCK, count))
        result[part] = _parity_of_block(frames[part], zero_header=zero_header, stored_p=stored_p)
    return result


def _parity_of_block(frames: Bytes, *, zero_header: bool, stored_p: bool) -> Bytes:
    count = len(frames)
    words = np.empty((ALL_WORDS, count), np.uint16)  # one column per sector: rows are long and contiguous
    words[:P_WORDS] = frames[:, DATA_START:P_START].view(np.uint16).T
    if zero_header:
        words[:HEADER_WORDS] = 0
    out = np.empty((PARITY_WORDS, count), np.uint16)
    p_end = 2 * COLUMNS
    _code(words[:P_WORDS].reshape(P_ROWS, -1), out[:p_end].reshape(2, -1))
    words[P_WORDS:] = frames[:, P_START:Q_START].view(np.uint16).T if stored_p else out[:p_end]
    diagonals = words.take(q_words().reshape(-1), axis=0, mode="clip")
    _code(diagonals.reshape(Q_ROWS, -1), out[p_end:].reshape(2, -1))
    return np.ascontiguousarray(out.T).view(np.uint8)


@cache
def _accelerated(rows: int) -> isal.Encode | None:
    """The optional library's way to do :func:`_code` with so many rows, once it has shown that it agrees."""
    weights = [times(rows + 1 - row)[1] for row in range(rows)]
    factors = [DIVIDE[weight ^ 1] for weight in weights]
    encode = isal.encoder([factors, [factor ^ 1 for factor in factors]])
    if encode is None:
        return None
    sample = (np.arange(rows * 298, dtype=np.uint16) * 40_503).reshape(rows, -1)
    right, found = np.empty((2, 298), np.uint16), np.empty((2, 298), np.uint16)
    _code_here(sample, right)
    encode(sample.view(np.uint8), found.view(np.uint8))
    return encode if np.array_equal(right, found) else None


def _code(rows: Words, result: Words) -> None:
    """Parity rows p0 and p1 of the code whose data bytes run down ``rows``; both are contiguous."""
    encode = _accelerated(len(rows))
    if encode is None:
        _code_here(rows, result)
    else:
        encode(rows.view(np.uint8), result.view(np.uint8))


def _code_here(rows: Words, result: Words) -> None:
    data = rows.view(np.uint8)
    b = _xor_rows(data)
    a = _weighted_sum(data)
    a ^= b
    p0 = np.frombuffer(a.tobytes().translate(DIVIDE), np.uint8)
    out = result.view(np.uint8)
    out[0] = p0
    np.bitwise_xor(p0, b, out[1])


def _xor_rows(rows: Bytes) -> Bytes:
    """Sum of all rows, halves folded on each other: few long operations."""
    count = len(rows)
    odd: Bytes | None = None
    while count > 1:
        half = count // 2
        if count % 2:
            odd = rows[-1] if odd is None else odd ^ rows[-1]
        rows = rows[:half] ^ rows[half : 2 * half]
        count = half
    total: Bytes = rows[0] if odd is None else rows[0] ^ odd
    return total


def _weighted_sum(rows: Bytes) -> Bytes:
    """Σ α^(n+1−i) rows[i]: neighbours are joined while the weight between them doubles."""
    rows = _join_doubled(rows)
    weight = 2
    while len(rows) > 3:
        first = rows[1::2] if len(rows) % 2 else rows[0::2]
        second = rows[2::2] if len(rows) % 2 else rows[1::2]
        joined = _times(first, weight)
        joined ^= second
        rows = np.concatenate((rows[:1], joined)) if len(rows) % 2 else joined
        weight *= 2
    total = _times(rows[-1], 2)
    for distance, row in enumerate(rows[-2::-1], 1):
        total ^= _times(row, distance * weight + 2)
    return total


def _join_doubled(rows: Bytes) -> Bytes:
    """First level of :func:`_weighted_sum`: pairs by 2x + y, where doubling is a shift and a masked xor."""
    odd = len(rows) % 2
    first, second = rows[odd::2], rows[odd + 1 :: 2]
    joined = np.empty((odd + len(second), rows.shape[1]), np.uint8)
    joined[:odd] = rows[:odd]
    doubled = joined[odd:]
    carry = np.empty(first.shape, np.uint8)
    np.less(first.view(np.int8), 0, out=carry.view(np.bool_))
    carry *= np.uint8(0x1D)
    np.add(first, first, out=doubled)
    doubled ^= carry
    doubled ^= second
    return joined


def _times(rows: Bytes, exponent: int) -> Bytes:
    product = bytearray(rows.tobytes()).translate(times(exponent))
    return np.frombuffer(product, np.uint8).reshape(rows.shape)


@cache
def _small_tables() -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.intp], NDArray[np.intp]]:
    """Parity pair that byte v in row i contributes (P, Q) at [i * 256 + v], row offsets, Q byte positions."""

    def table(rows: int) -> NDArray[np.uint16]:
        pairs = np.empty((rows, 256), np.uint16)
        plain = np.arange(256, dtype=np.uint8)
        for row in range(rows):
            a = np.frombuffer(times(rows + 1 - row), np.uint8)
            p0 = np.frombuffer(DIVIDE, np.uint8)[a ^ plain]
            pairs[row] = p0 | (p0 ^ plain).astype(np.uint16) << 8
        return pairs.reshape(-1)

    positions = q_words()[:, :, None] * 2 + np.arange(2)
    return (
        table(P_ROWS),
        table(Q_ROWS),
        np.arange(Q_ROWS, dtype=np.intp)[:, None] * 256,
        positions.reshape(Q_ROWS, 2 * DIAGONALS).astype(np.intp),
    )


def _parity_of_one(frame: Bytes, out: Bytes, *, zero_header: bool, stored_p: bool) -> None:
    p_table, q_table, offsets, positions = _small_tables()
    data = np.empty(2 * ALL_WORDS, np.uint8)
    p_bytes, q_bytes = 2 * COLUMNS, 2 * DIAGONALS
    data[: 2 * P_WORDS] = frame[DATA_START:P_START]
    if zero_header:
        data[: 2 * HEADER_WORDS] = 0
    index = offsets[:P_ROWS] + data[: 2 * P_WORDS].reshape(P_ROWS, p_bytes)
    pairs = np.bitwise_xor.reduce(p_table.take(index), axis=0).view(np.uint8)
    out[:p_bytes], out[p_bytes : 2 * p_bytes] = pairs[0::2], pairs[1::2]
    data[2 * P_WORDS :] = frame[P_START:Q_START] if stored_p else out[: 2 * p_bytes]
    index = offsets + data.take(positions)
    pairs = np.bitwise_xor.reduce(q_table.take(index), axis=0).view(np.uint8)
    out[2 * p_bytes : 2 * p_bytes + q_bytes], out[2 * p_bytes + q_bytes :] = pairs[0::2], pairs[1::2]
