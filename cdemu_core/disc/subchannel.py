"""The sub-channel of a run: stored bytes in any form, or generated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import UnreadableSector
from ..units import Q_SIZE
from . import interleave as il
from .model import Subchannel
from .qchannel import generate_q
from .rows import read_rows
from .runs import Run
from .sector import SubchannelForm

Bytes = NDArray[np.uint8]

P_FLAG = 0x80


def read_sub(run: Run, lba: int, count: int, kind: str) -> Bytes:
    """Sub-channel of ``count`` sectors as READ CD delivers it: ``kind`` "pw", "q" or "rw"."""
    if kind == "q":
        # P in the last byte is optional (MMC-6, 6.19.3.3); programs that knew CDEmu's drives see zeros there
        return il.q16(read_q(run, lba, count), np.zeros(count, np.bool_))
    rows = read_pw(run, lba, count)
    return rows & il.RW_MASK if kind == "rw" else rows


def read_pw(run: Run, lba: int, count: int) -> Bytes:
    """P–W of ``count`` sectors, interleaved, count × 96."""
    sub = run.sub
    if sub is None:
        return _generate_pw(run, lba, count)
    stored = _load(run, sub, lba, count)
    if sub.form is SubchannelForm.PW96_INTERLEAVED:
        return stored
    if sub.form is SubchannelForm.PW96_LINEAR:
        return il.interleave(stored)
    if sub.form is SubchannelForm.RW96:
        return stored & il.RW_MASK | _generate_pw(run, lba, count)
    return il.pw_of_q(stored[:, :Q_SIZE], stored[:, 15] & P_FLAG != 0)


def read_q(run: Run, lba: int, count: int) -> Bytes:
    """Q of ``count`` sectors, CRC included, count × 12."""
    sub = run.sub
    if sub is None or sub.form is SubchannelForm.RW96:
        return generate_q(run, lba, count)
    stored = _load(run, sub, lba, count)
    if sub.form is SubchannelForm.Q16:
        return stored[:, :Q_SIZE]
    if sub.form is SubchannelForm.PW96_LINEAR:
        return stored[:, Q_SIZE : 2 * Q_SIZE]
    return il.q_of_pw(stored)


def generate_p(run: Run, lba: int, count: int) -> NDArray[np.bool_]:
    """P is set in a pregap (Red Book: before index 1)."""
    return np.arange(lba, lba + count) < run.track.index1


def _generate_pw(run: Run, lba: int, count: int) -> Bytes:
    return il.pw_of_q(generate_q(run, lba, count), generate_p(run, lba, count))


def _load(run: Run, sub: Subchannel, lba: int, count: int) -> Bytes:
    size = sub.form.size
    rows = np.empty((count, size), np.uint8)
    offset = sub.offset + (lba - run.start) * sub.stride
    done = read_rows(sub.stream, offset, sub.stride, size, rows)
    if done < count:
        raise UnreadableSector(lba + done)
    return rows
