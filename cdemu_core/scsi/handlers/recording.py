"""Recording commands, as far as a medium that cannot be recorded answers them.

The table has said that there is a medium; none that can be written is known to the drive, so all
of them end the same way (MMC-6, WRITE (10) and annex F).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..command import Command
from ..sense import WRITE_PROTECTED, Refused

if TYPE_CHECKING:
    from ..drive import Drive


def write_protected(drive: Drive, command: Command, now: float) -> int:
    """Refuse to change a read-only medium."""
    raise Refused(WRITE_PROTECTED)


def synchronize_cache(drive: Drive, command: Command, now: float) -> int:
    """SYNCHRONIZE CACHE: nothing is held back, so nothing is to be done."""
    return 0
