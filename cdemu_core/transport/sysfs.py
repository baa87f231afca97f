"""What /sys and /lib/modules tell: where a SCSI device appeared, whether a module is there."""

from __future__ import annotations

import os
from pathlib import Path

from .port import Mapping

INTERVAL = 0.05  # seconds between the first two looks
GROWTH = 1.5  # a busy system takes its time, and looking at it makes it busier
LONGEST = 2.0  # seconds between two looks at last: a driver may be loaded by hand


def _first_entry(directory: Path) -> str:
    try:
        return min(os.listdir(directory), default="")
    except OSError:
        return ""


def device_nodes(address: str, sysfs: str = "/sys") -> Mapping:
    """The nodes of the SCSI device ``address`` (host:channel:id:lun); empty while unknown."""
    device = Path(sysfs, "bus/scsi/devices", address)
    sr, sg = _first_entry(device / "block"), _first_entry(device / "scsi_generic")
    return Mapping(sr=f"/dev/{sr}" if sr else "", sg=f"/dev/{sg}" if sg else "")


class NodeSearch:
    """Looks for a device's nodes, which the kernel makes some time after the device, by and by.

    Subclasses or callers that learn the address late set ``address`` when they know it.
    """

    def __init__(self, address: str | None, sysfs: str = "/sys") -> None:
        self.address = address
        self.mapping = Mapping()
        self.due: float | None = 0.0
        self._sysfs = sysfs
        self._wait = INTERVAL

    def look(self, now: float) -> None:
        """Look once; ``due`` says when to look again, None when everything is known."""
        address = self.locate()
        if address is not None:
            found = device_nodes(address, self._sysfs)
            if found != self.mapping:
                self.mapping = found
        complete = bool(self.mapping.sr and self.mapping.sg)
        self.due = None if complete else now + self._wait
        self._wait = min(self._wait * GROWTH, LONGEST)

    def locate(self) -> str | None:
        """The SCSI address, once it is known."""
        return self.address


def module_state(name: str, root: str = "/") -> str:
    """Whether kernel module ``name`` is "loaded" (or built in), "installed" or "missing"."""
    if Path(root, "sys/module", name).is_dir():
        return "loaded"
    modules = Path(root, "lib/modules", os.uname().release)
    for index in ("modules.dep", "modules.builtin"):
        try:
            text = (modules / index).read_text("ascii", "replace")
        except OSError:
            continue
        spellings = (f"/{name}.ko", f"/{name.replace('_', '-')}.ko")
        if any(spelling in text for spelling in spellings):
            return "installed"
    return "missing"


def locked_down(root: str = "/") -> bool:
    """Whether the kernel refuses unsigned modules (lockdown, as Secure Boot sets it)."""
    try:
        state = Path(root, "sys/kernel/security/lockdown").read_text("ascii", "replace")
    except OSError:
        return False
    return "[none]" not in state
