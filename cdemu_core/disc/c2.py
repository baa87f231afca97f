"""C2 error bits of READ CD: which bytes of a stored frame contradict its error code (MMC-6, 6.19.2.5)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..units import RAW_SECTOR
from . import ecc, lec
from .sector import SectorType

Bytes = NDArray[np.uint8]

C2_SIZE: Final = RAW_SECTOR // 8
BLOCK_SIZE: Final = C2_SIZE + 2
"""With the block error byte (the OR of all C2 bytes) and a zero before the bits."""


def errors(frames: Bytes, sector_type: SectorType, size: int) -> Bytes:
    """C2 information (n × ``size``, 294 or 296) of whole stored ``frames`` (n × 2352) of one type."""
    result = np.zeros((len(frames), size), np.uint8)
    good = (lec.SectorCheck.OK, lec.SectorCheck.NO_EDC)
    for row, verdict in enumerate(lec.check(frames, sector_type)):
        if verdict in good:
            continue
        bits = np.packbits(suspects(frames[row], sector_type))
        result[row, size - C2_SIZE :] = bits
        if size == BLOCK_SIZE:
            result[row, 0] = np.bitwise_or.reduce(bits)
    return result


def suspects(frame: Bytes, sector_type: SectorType) -> NDArray[np.bool_]:
    """Which of the 2352 bytes are suspect in a ``frame`` that fails its check.

    With P and Q parity: bytes where a failing column meets a failing diagonal; where they do not meet,
    all bytes of the failing ones. Without (or when both hold): everything the EDC covers.
    """
    marked = np.zeros(RAW_SECTOR, np.bool_)
    if sector_type in lec.ECC_TYPES:
        body = marked[ecc.DATA_START :]
        in_column, in_diagonal = _failing(frame, zero_header=sector_type is not SectorType.MODE1)
        both = in_column & in_diagonal
        body[:] = both if both.any() else in_column | in_diagonal
    if not marked.any():
        start, length = lec.EDC_COVERS[sector_type]
        marked[start : start + length + 4] = True
    return marked


def _failing(frame: Bytes, *, zero_header: bool) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """For bytes 12–2351: whether the P column, and whether a Q diagonal, through them fails."""
    right = ecc.parity(frame[None], zero_header=zero_header, stored_p=True)[0]
    wrong = right != frame[ecc.P_START :]
    p_bytes, q_bytes = 2 * ecc.COLUMNS, 2 * ecc.DIAGONALS
    columns = wrong[:p_bytes] | wrong[p_bytes : 2 * p_bytes]
    diagonals = wrong[2 * p_bytes : 2 * p_bytes + q_bytes] | wrong[2 * p_bytes + q_bytes :]
    size = RAW_SECTOR - ecc.DATA_START
    matrix = 2 * ecc.ALL_WORDS
    in_column = np.zeros(size, np.bool_)
    in_column[:matrix] = np.resize(columns, matrix)
    in_diagonal = np.zeros(size, np.bool_)
    positions = (ecc.q_words()[:, :, None] * 2 + np.arange(2)).reshape(ecc.Q_ROWS, q_bytes)
    in_diagonal[positions[:, diagonals].reshape(-1)] = True
    in_diagonal[matrix:] = np.tile(diagonals, 2)
    return in_column, in_diagonal
