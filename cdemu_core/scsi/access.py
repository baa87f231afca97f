"""Who may take the medium out, and who may use the drive at all, when several initiators share it."""

from __future__ import annotations

from collections.abc import Hashable


class Access:
    """Prevention of removal (MMC-6 6.13) and the reservation (SPC-2, 5.5.1), kept per initiator."""

    def __init__(self) -> None:
        self._preventing: set[tuple[Hashable, bool]] = set()
        self.reserved = False
        """Asked before every command: whether anybody holds a reservation."""
        self._holder: Hashable = None

    @property
    def locked(self) -> bool:
        """Whether an initiator prevents the medium's removal."""
        return bool(self._preventing)

    def prevent(self, nexus: Hashable, *, prevent: bool, persistent: bool) -> None:
        """Set or end one initiator's prevention; the persistent one is apart from the other."""
        if prevent:
            self._preventing.add((nexus, persistent))
        else:
            self._preventing.discard((nexus, persistent))

    def reserve(self, nexus: Hashable) -> None:
        """Only ``nexus`` may use the drive until it releases."""
        self.reserved, self._holder = True, nexus

    def release(self, nexus: Hashable) -> None:
        """End the reservation; harmless for who holds none."""
        if self.holds(nexus):
            self.reserved, self._holder = False, None

    def holds(self, nexus: Hashable) -> bool:
        """Whether the reservation is that of ``nexus``."""
        return self.reserved and self._holder == nexus

    def forget(self, nexus: Hashable) -> None:
        """An initiator has gone, and what it set up goes with it."""
        self.release(nexus)
        self._preventing -= {(nexus, True), (nexus, False)}
