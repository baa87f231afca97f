"""The vhba road: a kernel module whose control device carries SCSI commands.

Each open of the device makes one SCSI drive appear, the close makes it go. ``read`` gives one request:
tag, LUN, CDB, transfer length, then the data the initiator sends. ``write`` takes one response: tag,
SCSI status, length, then data, or sense when the status is not GOOD. Numbers are in native order.
The device takes header and data of a response in one piece only, so they share a buffer: the drive
writes behind the place of the header.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct
from collections.abc import Callable

from ..errors import PortLost, PortUnavailable
from ..scsi.command import MAX_CDB, Command, Status, Target
from .delay import DelayQueue
from .port import Mapping, RoadState
from .sysfs import NodeSearch, locked_down, module_state

NODE = "/dev/vhba_ctl"
REQUEST = struct.Struct("=II16sB3xI")  # tag, lun, cdb, cdb_len, data_len
RESPONSE = struct.Struct("=III")  # tag, status, data_len
LARGEST_TRANSFER = 256 * 512  # the module's max_sectors
LARGEST_SENSE = 96
GOOD = int(Status.GOOD)
IOCTL_ADDRESS = 0xBEEF001  # → host, channel, id, lun
ADDRESS = struct.Struct("=4I")

UDEV_RULE = 'KERNEL=="vhba_ctl", SUBSYSTEM=="misc", TAG+="uaccess"'
CURE_LOAD = "sudo modprobe vhba"
CURE_INSTALL = (
    "install your distribution's package of the vhba module (often called vhba-dkms or vhba-module), "
    "then: sudo modprobe vhba"
)
CURE_NODE = "pass the device into the container (--device /dev/vhba_ctl), or: sudo udevadm trigger"
CURE_ACCESS = (
    f"echo '{UDEV_RULE}' | sudo tee /etc/udev/rules.d/69-vhba.rules && "
    "sudo udevadm control --reload && sudo udevadm trigger --name-match=vhba_ctl"
)
CURE_SIGN = "sign the vhba module with a key of this machine (mokutil), or use a road that needs no module"
CURE_FEWER = "remove a drive: the vhba module carries 240"


def address_of(descriptor: int) -> str | None:
    """The SCSI address host:channel:id:lun behind an open control device; None if it does not say."""
    answer = bytearray(ADDRESS.size)
    try:
        fcntl.ioctl(descriptor, IOCTL_ADDRESS, answer)
    except OSError:
        return None
    return ":".join(map(str, ADDRESS.unpack(answer)))


class VhbaPort:
    """One open control device.

    ``opener`` replaces the opening of ``path``: it returns a descriptor with the control device's
    record semantics, which the port then owns; ``address`` tells its SCSI address.
    """

    def __init__(
        self,
        number: int,
        path: str = NODE,
        *,
        opener: Callable[[], int] | None = None,
        address: Callable[[int], str | None] = address_of,
        sysfs: str = "/sys",
    ) -> None:
        self._number = number
        self._path = path
        self._opener = opener or self._open_node
        self._address = address
        self._sysfs = sysfs
        self._fd = -1
        self._filenos: list[tuple[int, int]] = []
        self._request = bytearray(REQUEST.size + LARGEST_TRANSFER)
        self._request_view = memoryview(self._request)
        self._request_parts = [self._request]
        self._response = bytearray(RESPONSE.size + LARGEST_TRANSFER)
        self._response_view = memoryview(self._response)
        self._delayed: DelayQueue[bytes] = DelayQueue()
        self._search = NodeSearch(None)
        self._due: float | None = None

    def _open_node(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def open(self) -> None:
        """Make the drive appear. The kernel asks for it at once. Raises PortUnavailable."""
        try:
            self._fd = self._opener()
        except OSError as error:
            state = VhbaRoad(self._path).probe()
            cure = CURE_FEWER if state.available else state.cure
            raise PortUnavailable(f"{self._path} cannot be opened: {error.strerror}.", cure=cure) from error
        self._filenos = [(self._fd, select.POLLIN)]
        self._search = NodeSearch(self._address(self._fd), self._sysfs)
        self._plan()

    def filenos(self) -> list[tuple[int, int]]:
        """The control device: readable while a request is pending."""
        return self._filenos

    def service(self, target: Target, now: float) -> float | None:
        """Write the responses that are due, then carry out one request."""
        if self._due is not None and self._due <= now:
            for response in self._delayed.due(now):
                self._write(response)
            if self._search.due is not None and self._search.due <= now:
                self._search.look(now)
            self._plan()
        self._serve_one(target, now)
        return self._due

    def _plan(self) -> None:
        """Keep in ``_due`` when the next response or look for nodes is due; it seldom changes."""
        dues = [due for due in (self._delayed.next_due(), self._search.due) if due is not None]
        self._due = min(dues, default=None)

    def _serve_one(self, target: Target, now: float) -> None:
        try:
            size = os.readv(self._fd, self._request_parts)
        except BlockingIOError:
            return  # woken for another reason, or the command was withdrawn
        except OSError as error:
            raise PortLost(f"The vhba control device cannot be read: {error.strerror}.") from error
        if size < REQUEST.size:
            raise PortLost(f"The vhba control device sent {size} bytes instead of a request.")
        tag, _, cdb, cdb_length, length = REQUEST.unpack_from(self._request)
        sent = self._request_view[REQUEST.size : size]
        # a request with data to the drive has no room for data from it
        place = self._response_view[RESPONSE.size : RESPONSE.size + (0 if sent else length)]
        done = target.execute(Command(cdb[: cdb_length or MAX_CDB], place, sent), now)
        length = done.length
        if done.status != GOOD:
            sense = done.sense[:LARGEST_SENSE]
            length = len(sense)
            self._response[RESPONSE.size : RESPONSE.size + length] = sense
        RESPONSE.pack_into(self._response, 0, tag, done.status, length)
        response = self._response_view[: RESPONSE.size + length]
        if done.ready_at > now:
            self._delayed.add(done.ready_at, bytes(response))
            self._plan()
        else:
            self._write(response)

    def _write(self, response: bytes | memoryview) -> None:
        try:
            os.write(self._fd, response)
        except OSError as error:
            if error.errno != errno.EIO:  # EIO: the initiator gave this command up meanwhile
                raise PortLost(f"The vhba control device refuses replies: {error.strerror}.") from error

    def close(self) -> None:
        """Make the drive disappear; its queued commands end with an error at the initiator."""
        descriptor, self._fd = self._fd, -1
        self._filenos = []
        self._search = NodeSearch(None)
        self._delayed.clear()
        self._due = None
        if descriptor >= 0:
            os.close(descriptor)

    def mapping(self) -> Mapping:
        """The drive's /dev/srN and /dev/sgN, once the kernel has made them."""
        return self._search.mapping


class VhbaRoad:
    """Drives through the kernel module vhba, whose control device is ``path``."""

    name = "vhba"

    def __init__(self, path: str = NODE, root: str = "/") -> None:
        self._path = path
        self._root = root

    def probe(self) -> RoadState:
        """Judge by the node and the module; opening the node would make a drive appear."""
        if os.path.exists(self._path):
            if os.access(self._path, os.R_OK | os.W_OK):
                return RoadState(True, f"{self._path} can be opened.")
            return RoadState(False, f"{self._path} may not be opened by this user.", CURE_ACCESS)
        missing = f"{self._path} does not exist"
        state = module_state("vhba", self._root)
        if state == "loaded":
            return RoadState(False, f"{missing}, although the kernel module vhba is loaded.", CURE_NODE)
        if locked_down(self._root):
            return RoadState(False, f"{missing}, and this kernel takes signed modules only.", CURE_SIGN)
        if state == "installed":
            return RoadState(False, f"{missing}: the kernel module vhba is not loaded.", CURE_LOAD)
        return RoadState(False, f"{missing}: the kernel module vhba is not installed.", CURE_INSTALL)

    def port(self, number: int) -> VhbaPort:
        """A port for drive ``number``; several drives each open the device."""
        return VhbaPort(number, self._path)

    def close(self) -> None:
        """Ports share nothing."""
