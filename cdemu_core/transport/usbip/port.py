"""Plugging drives into the kernel's virtual USB host controller vhci_hcd.

A port hands one end of a socket pair to the controller by writing to its ``attach`` file; from then on
the kernel speaks USB/IP over it. Closing the other end unplugs the drive. Whoever may write to
``attach`` can make any USB device appear, a keyboard too, so this stays root's.
"""

from __future__ import annotations

import os
import select
import socket
from pathlib import Path

import attrs

from ...errors import PortLost, PortUnavailable
from ...scsi.command import Target
from ..port import Mapping, RoadState
from ..sysfs import NodeSearch, module_state
from .device import Device
from .wire import Inbox, WireError

CONTROLLER = "sys/devices/platform/vhci_hcd.0"
MODULE = "vhci_hcd"
SUPER_SPEED = 5  # enum usb_device_speed
FREE = 4  # VDEV_ST_NULL
BUS = 1 << 16  # device id: bus number 1, the drive's number plus one
SEND_BUFFER = 1 << 20
URBS_PER_TURN = 8

CURE_LOAD = "sudo modprobe vhci-hcd"
CURE_INSTALL = (
    "install the kernel's full module package (linux-modules-extra on Ubuntu), then: sudo modprobe vhci-hcd"
)
CURE_ROOT = "run the daemon as root, or use the road vhba or iscsi"
CURE_PORTS = "remove a drive, or load vhci-hcd with more ports (option vhci_hcd num_controllers)"


@attrs.frozen
class HubPort:
    """A line of the controller's status: ``state`` 4 is free; ``busid`` of the device in it, as "2-1"."""

    number: int
    super_speed: bool
    state: int
    busid: str


def hub_ports(controller: Path) -> list[HubPort]:
    """The controller's ports. Raises OSError when it is not there."""
    found = []
    for status in sorted(controller.glob("status*")):
        for line in status.read_text("ascii", "replace").splitlines():
            fields = line.split()
            if len(fields) >= 7 and fields[0] in ("hs", "ss") and fields[1].isdigit() and fields[2].isdigit():
                found.append(HubPort(int(fields[1]), fields[0] == "ss", int(fields[2]), fields[6]))
    return found


class _UsbSearch(NodeSearch):
    """Finds the SCSI device below the USB device in hub port ``port``."""

    def __init__(self, controller: Path, port: int, root: str) -> None:
        super().__init__(None, str(Path(root, "sys")))
        self._controller = controller
        self._port = port
        self._devices = Path(root, "sys/bus/usb/devices")

    def locate(self) -> str | None:
        try:
            ports = hub_ports(self._controller)
        except OSError:
            return None
        busid = next((port.busid for port in ports if port.number == self._port and port.state != FREE), None)
        if busid is None or "/" in busid:
            return None
        units = sorted(self._devices.glob(f"{busid}/{busid}:1.0/host*/target*/*:*:*:*"))
        return units[0].name if units else None


class UsbipPort:
    """One drive's connection to the controller. ``root`` replaces / for tests."""

    def __init__(self, number: int, root: str = "/") -> None:
        self._number = number
        self._root = root
        self._controller = Path(root, CONTROLLER)
        self._socket: socket.socket | None = None
        self._filenos: list[tuple[int, int]] = []
        self._inbox = Inbox()
        self._device = Device(number)
        self._search = NodeSearch(None)

    def open(self) -> None:
        """Plug the drive in. Raises PortUnavailable."""
        state = probe(self._root)
        if not state.available:
            raise PortUnavailable(state.reason, cure=state.cure)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            try:
                port = self._attach(theirs.fileno())
            except BaseException:
                ours.close()
                raise
        ours.setblocking(False)
        self._socket = ours
        self._filenos = [(ours.fileno(), select.POLLIN)]
        self._inbox, self._device = Inbox(), Device(self._number)
        self._search = _UsbSearch(self._controller, port, self._root)

    def _attach(self, descriptor: int) -> int:
        """Take the first free super-speed port; another process may be quicker, then the next."""
        problem = "every port of the controller is in use"
        for port in hub_ports(self._controller):
            if not port.super_speed or port.state != FREE:
                continue
            line = f"{port.number} {descriptor} {BUS + self._number + 1} {SUPER_SPEED}"
            try:
                with open(self._controller / "attach", "w", encoding="ascii") as attach:
                    attach.write(line)
            except OSError as error:
                problem = error.strerror or str(error)
            else:
                return port.number
        raise PortUnavailable(f"The drive cannot be plugged into vhci_hcd: {problem}.", cure=CURE_PORTS)

    def filenos(self) -> list[tuple[int, int]]:
        """The connection to the controller."""
        return self._filenos

    def service(self, target: Target, now: float) -> float | None:
        """Serve what URBs there are."""
        if self._search.due is not None and self._search.due <= now:
            self._search.look(now)
        try:
            again = self._turn(target, now)
        except (OSError, WireError) as error:
            raise PortLost(f"The USB/IP connection broke: {error}.") from error
        if again:
            return now
        dues = [due for due in (self._device.bulk.next_due(), self._search.due) if due is not None]
        return min(dues, default=None)

    def _turn(self, target: Target, now: float) -> bool:
        """Send, then serve; whether there may be more at once."""
        device = self._device
        if not device.out.parts:
            device.bulk.tick(now)
        if not self._flush():
            return False
        received = False
        for _ in range(URBS_PER_TURN):
            urb = self._inbox.next()
            while urb is None:
                if received or not self._receive():
                    return False
                received = True
                urb = self._inbox.next()
            device.handle(urb, target, now)
            if not self._flush():
                return False
        return True

    def _flush(self) -> bool:
        if self._socket is None:
            raise PortLost("The drive is not plugged in.")
        sent = self._device.out.send(self._socket.sendmsg)
        mask = select.POLLIN if sent else select.POLLOUT
        if self._filenos[0][1] != mask:
            self._filenos = [(self._socket.fileno(), mask)]
        return sent

    def _receive(self) -> bool:
        if self._socket is None:
            raise PortLost("The drive is not plugged in.")
        try:
            count = self._socket.recv_into(self._inbox.space())
        except BlockingIOError:
            return False
        if not count:
            raise PortLost("The drive was unplugged.")
        self._inbox.received(count)
        return True

    def close(self) -> None:
        """Unplug the drive."""
        connection, self._socket = self._socket, None
        self._filenos = []
        self._search = NodeSearch(None)
        self._search.due = None
        if connection is not None:
            connection.close()

    def mapping(self) -> Mapping:
        """The drive's /dev/srN and /dev/sgN, once the kernel has made them."""
        return self._search.mapping


def probe(root: str = "/") -> RoadState:
    """Whether vhci_hcd is there and this process may attach devices to it."""
    controller = Path(root, CONTROLLER)
    if not controller.is_dir():
        if module_state(MODULE, root) == "missing":
            return RoadState(False, "The kernel module vhci-hcd is not installed.", CURE_INSTALL)
        return RoadState(False, "The kernel module vhci-hcd is not loaded.", CURE_LOAD)
    if not os.access(controller / "attach", os.W_OK):
        return RoadState(False, "Only root may attach USB devices to vhci_hcd.", CURE_ROOT)
    return RoadState(True, "Drives can be plugged into the virtual USB controller vhci_hcd.")


class UsbipRoad:
    """Drives as USB devices of this machine's vhci_hcd."""

    name = "usbip"

    def __init__(self, root: str = "/") -> None:
        self._root = root

    def probe(self) -> RoadState:
        """Judge by the controller's files."""
        return probe(self._root)

    def port(self, number: int) -> UsbipPort:
        """A port for drive ``number``."""
        return UsbipPort(number, self._root)

    def close(self) -> None:
        """Ports share nothing."""
