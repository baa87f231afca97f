"""Drives as user-space backstores of the kernel's SCSI target, looped back to this machine.

A backstore outlives its daemon: what a killed one left is found by its name and removed at the next start.
The kernel lets one process at a time open a ring, which tells what is left over from what is in use.
"""

from __future__ import annotations

import errno
import logging
import os
import select
import threading
from pathlib import Path

from ...errors import PortLost, PortUnavailable
from ...scsi.command import Target
from ..port import Mapping, RoadState
from ..sysfs import NodeSearch, module_state
from .configfs import TARGET, Configfs, Name
from .link import RingLink

MODULES = ("target_core_user", "tcm_loop")
LARGEST_NUMBER = 0xFFF

CURE_LOAD = "sudo modprobe -a target_core_user tcm_loop"
CURE_INSTALL = (
    "install the kernel's full module package (linux-modules-extra on Ubuntu), then: "
    "sudo modprobe -a target_core_user tcm_loop"
)
CURE_MOUNT = "sudo mount -t configfs none /sys/kernel/config"
CURE_ROOT = "run the daemon as root, or use the road vhba or iscsi"
CURE_LOOK = "look into the kernel's log (dmesg), or use another road"

logger = logging.getLogger(__name__)


class _LoopSearch(NodeSearch):
    """Finds the SCSI device of a loopback target."""

    def __init__(self, configfs: Configfs, name: Name) -> None:
        super().__init__(None, str(Path(configfs.root, "sys")))
        self._configfs = configfs
        self._name = name

    def locate(self) -> str | None:
        return self._configfs.address(self._name)


def _open_uio(configfs: Configfs, uio: str) -> int:
    path = Path(configfs.root, "dev", uio)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)


def remove_leftovers(configfs: Configfs, uid: int) -> None:
    """Remove the objects of daemons of ``uid`` that are gone; the lock must be held. Raises OSError."""
    for name in configfs.names(uid):
        uio = configfs.uio(name)
        if uio is None:
            configfs.unlink(name)
            configfs.remove(name)
            continue
        try:
            descriptor = _open_uio(configfs, uio)
        except OSError as error:
            if error.errno == errno.EBUSY:  # a daemon that is alive has it
                continue
            raise
        _remove_dead(configfs, name, descriptor, uio)


def _remove_dead(configfs: Configfs, name: Name, descriptor: int, uio: str) -> None:
    """Whoever waits for the dead daemon gets an error first: the unit does not go before that."""
    size = configfs.ring_size(uio)
    configfs.fail_outstanding(name)
    try:
        link = RingLink(descriptor, size)
    except (PortLost, ValueError):  # a damaged ring: nothing can be answered, the commands' time runs out
        configfs.unlink(name)
    else:
        try:
            link.refuse_during(lambda: configfs.unlink(name))
        finally:
            link.close()
    configfs.remove(name)


class TcmuPort:
    """One drive's backstore. ``root`` replaces / for tests."""

    def __init__(self, number: int, root: str = "/", uid: int | None = None) -> None:
        self._number = number
        self._configfs = Configfs(root)
        self._uid = os.getuid() if uid is None else uid
        self._name: Name | None = None
        self._link: RingLink | None = None
        self._linker: threading.Thread | None = None
        self._failure: OSError | None = None
        self._filenos: list[tuple[int, int]] = []
        self._search = NodeSearch(None)
        self._search.due = None

    def open(self) -> None:
        """Make the drive appear, after removing what dead daemons left. Raises PortUnavailable."""
        state = probe(self._configfs.root)
        if not state.available:
            raise PortUnavailable(state.reason, cure=state.cure)
        try:
            with self._configfs.locked():
                remove_leftovers(self._configfs, self._uid)
                link, name = self._create()
        except (OSError, ValueError, PortLost) as error:
            raise PortUnavailable(f"The kernel's SCSI target refuses: {error}.", cure=CURE_LOOK) from error
        self._link, self._name, self._failure = link, name, None
        self._filenos = [(link.descriptor, select.POLLIN)]
        self._search = _LoopSearch(self._configfs, name)
        # The kernel sends the first commands before the link is made, and waits for their answers.
        self._linker = threading.Thread(target=self._make_link, args=(name,), name="tcmu-link", daemon=True)
        self._linker.start()

    def _create(self) -> tuple[RingLink, Name]:
        """The first free number from the drive's own on; other daemons of the user may have some."""
        taken = {name.number for name in self._configfs.names(self._uid)}
        free = (number for number in range(self._number, LARGEST_NUMBER + 1) if number not in taken)
        name = Name(self._uid, next(free))
        try:
            self._configfs.create(name)
            uio = self._configfs.uio(name)
            if uio is None:
                raise PortLost("the new backstore has no uio device")
            size = self._configfs.ring_size(uio)
            return RingLink(_open_uio(self._configfs, uio), size), name
        except BaseException:
            self._configfs.remove(name)
            raise

    def _make_link(self, name: Name) -> None:
        try:
            self._configfs.link(name)
        except OSError as error:
            self._failure = error

    def filenos(self) -> list[tuple[int, int]]:
        """The uio device: readable when there are new commands."""
        return self._filenos

    def service(self, target: Target, now: float) -> float | None:
        """Serve one command of the ring."""
        if self._search.due is not None and self._search.due <= now:
            self._search.look(now)
        if self._failure is not None:
            raise PortLost(f"The drive cannot be linked into tcm_loop: {self._failure}.")
        if self._link is None:
            raise PortLost("The drive is not connected.")
        try:
            again = self._link.turn(target, now)
        except OSError as error:
            raise PortLost(f"The drive's uio device failed: {error}.") from error
        dues = [due for due in (again, self._search.due) if due is not None]
        return min(dues, default=None)

    def close(self) -> None:
        """Make the drive disappear; what is outstanding ends with an error.

        What the kernel does not let go of stays for the next start to remove.
        """
        link, self._link = self._link, None
        self._filenos = []
        self._search = NodeSearch(None)
        self._search.due = None
        if link is None or self._name is None:
            return
        if self._linker is not None:
            link.refuse_until_end(self._linker)
        try:
            self._take_away(link, self._name)
        except OSError as error:
            logger.warning("%s of the kernel's SCSI target stays: %s", self._name.backstore, error)

    def _take_away(self, link: RingLink, name: Name) -> None:
        try:
            link.refuse_during(lambda: self._configfs.unlink(name))
        finally:
            link.close()
        with self._configfs.locked():
            self._configfs.remove(name)

    def mapping(self) -> Mapping:
        """The drive's /dev/srN and /dev/sgN, once the kernel has made them."""
        return self._search.mapping


def probe(root: str = "/") -> RoadState:
    """Whether the modules and configfs are there and this process may make objects."""
    states = {name: module_state(name, root) for name in MODULES}
    missing = [name for name in MODULES if states[name] == "missing"]
    if missing:
        return RoadState(False, f"The kernel module {missing[0]} is not installed.", CURE_INSTALL)
    unloaded = [name for name in MODULES if states[name] == "installed"]
    if unloaded:
        return RoadState(False, f"The kernel module {unloaded[0]} is not loaded.", CURE_LOAD)
    target = Path(root, TARGET)
    if not (target / "core").is_dir():
        return RoadState(
            False, "configfs is not mounted: /sys/kernel/config/target/core is missing.", CURE_MOUNT
        )
    if not os.access(target / "core", os.W_OK):
        return RoadState(False, "Only root may make objects of the kernel's SCSI target.", CURE_ROOT)
    return RoadState(True, "Drives can be made by target_core_user and tcm_loop.")


class TcmuRoad:
    """Drives as backstores of this machine's SCSI target."""

    name = "tcmu"

    def __init__(self, root: str = "/") -> None:
        self._root = root

    def probe(self) -> RoadState:
        """Judge by the modules and configfs."""
        return probe(self._root)

    def port(self, number: int) -> TcmuPort:
        """A port for drive ``number``."""
        return TcmuPort(number, self._root)

    def close(self) -> None:
        """Ports share nothing."""
