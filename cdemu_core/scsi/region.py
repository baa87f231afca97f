"""Region state of the drive (MMC-6, REPORT KEY format 08, SEND KEY format 06)."""

from __future__ import annotations

from typing import Final

from .sense import DRIVE_REGION_RESET_ERROR, Refused

USER_CHANGES: Final = 5
VENDOR_RESETS: Final = 4
RPC_PHASE_2: Final = 1
NO_REGION: Final = 0xFF
_TYPE_NONE, _TYPE_SET, _TYPE_LAST, _TYPE_PERMANENT = range(4)


class RegionState:
    """DVD region playback control, phase 2: the region may be chosen five times."""

    def __init__(self) -> None:
        self.mask = NO_REGION
        """Bit n clear: region n + 1 may be played."""
        self.changes_left = USER_CHANGES

    def choose(self, mask: int) -> None:
        """Set the region. Raises Refused when no change is left or ``mask`` is not one region."""
        if self.changes_left == 0 or bin(~mask & 0xFF).count("1") != 1:
            raise Refused(DRIVE_REGION_RESET_ERROR)
        if mask != self.mask:
            self.mask = mask
            self.changes_left -= 1

    def report(self) -> bytes:
        """Eight bytes of REPORT KEY format 08 (MMC-6, RPC State)."""
        kind = _TYPE_SET
        if self.changes_left == USER_CHANGES:
            kind = _TYPE_NONE
        elif self.changes_left == 0:
            kind = _TYPE_PERMANENT
        elif self.changes_left == 1:
            kind = _TYPE_LAST
        state = kind << 6 | VENDOR_RESETS << 3 | self.changes_left
        return bytes([0, 6, 0, 0, state, self.mask, RPC_PHASE_2, 0])
