"""Forms of the 96 sub-channel bytes of a sector.

Interleaved: 96 symbols, bit 7 of each is P, bit 0 is W. Linear: 12 bytes of P, 12 of Q … 12 of W.
Arrays are n × 96 (or 12, 16) bytes.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..units import Q_SIZE, SUBCHANNEL_SIZE

Bytes = NDArray[np.uint8]
Lanes = NDArray[np.uint64]

RW_MASK: Final = np.uint8(0x3F)
"""R–W bits of an interleaved symbol."""
Q_BIT: Final = 6
P_BIT: Final = np.uint8(0x80)

_SWAPS: Final = tuple(
    (np.uint64(shift), np.uint64(mask))
    for shift, mask in ((7, 0x00AA00AA00AA00AA), (14, 0x0000CCCC0000CCCC), (28, 0x00000000F0F0F0F0))
)
"""Rounds that transpose the 8 × 8 bits of a 64-bit lane: swap bits, bit pairs, half bytes."""


def interleave(linear: Bytes) -> Bytes:
    """Linear to interleaved."""
    channels = linear.reshape(-1, 8, Q_SIZE)[:, ::-1]  # W first: it becomes bit 0
    groups = np.ascontiguousarray(channels.transpose(0, 2, 1))
    return _transposed(groups)[:, :, ::-1].reshape(-1, SUBCHANNEL_SIZE)


def deinterleave(interleaved: Bytes) -> Bytes:
    """Interleaved to linear."""
    groups = np.ascontiguousarray(interleaved.reshape(-1, Q_SIZE, 8)[:, :, ::-1])
    return _transposed(groups).transpose(0, 2, 1)[:, ::-1].reshape(-1, SUBCHANNEL_SIZE)


def _transposed(groups: Bytes) -> Bytes:
    """Bit matrices (… × 8 bytes) transposed: bit j of byte i goes to bit i of byte j."""
    lanes: Lanes = groups.view("<u8")
    for shift, mask in _SWAPS:
        moved = (lanes ^ lanes >> shift) & mask
        lanes = lanes ^ moved ^ moved << shift
    return lanes.view(np.uint8)


def q_of_pw(interleaved: Bytes) -> Bytes:
    """The 12 bytes of Q out of interleaved P–W."""
    return np.packbits(interleaved >> np.uint8(Q_BIT) & np.uint8(1), axis=1)


def pw_of_q(q: Bytes, p: NDArray[np.bool_]) -> Bytes:
    """Interleaved P–W of Q (n × 12) and one P flag per sector; R–W are zero."""
    rows: Bytes = np.unpackbits(q, axis=1) << np.uint8(Q_BIT)
    rows[p] |= P_BIT
    return rows


def q16(q: Bytes, p: NDArray[np.bool_]) -> Bytes:
    """The 16-byte Q of READ CD: Q, three zeros, P in bit 7 of the last (MMC-6, 6.19.3.3)."""
    rows = np.zeros((len(q), 16), np.uint8)
    rows[:, :Q_SIZE] = q
    rows[p, 15] = P_BIT
    return rows
