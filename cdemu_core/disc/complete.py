"""Frames completed: what containers that leave out EDC and ECC need to restore them."""

from __future__ import annotations

from .sector import SectorType


def complete_frames(frames: bytearray, sector_type: SectorType) -> None:
    """Write EDC and ECC of consecutive 2352-byte ``frames`` in place.

    ``sector_type``: MODE1, MODE2_FORM1 or MODE2_FORM2, header and sub-header already there
    (ECMA-130 sections 14.3–14.6 and annex A; Form 1 parity counts the header as zero).
    """
    import numpy as np

    from .lec import write_edc_ecc

    write_edc_ecc(np.frombuffer(frames, np.uint8).reshape(-1, 2352), sector_type)
