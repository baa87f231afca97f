"""Road, Port and PortThread: the contract between roads and the daemon.

A *road* is a way to attach drives on this machine (vhba, iscsi, usbip, tcmu, loopback). It makes one
*port* per drive. A *PortThread* owns one drive: it alone calls the drive, so nothing in ``scsi`` locks.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

import attrs

from ..scsi.command import Target

Result = TypeVar("Result")


@attrs.frozen
class RoadState:
    """Whether a road works here: ``reason`` is a sentence, ``cure`` the command or step that helps."""

    available: bool
    reason: str
    cure: str | None = None


@attrs.frozen
class Mapping:
    """Where the drive appeared; empty strings while unknown. ``url``: for roads without a device node."""

    sr: str = ""
    sg: str = ""
    url: str = ""


@attrs.frozen
class PortOpened:
    """The port is open: the drive can be reached, its mapping may still be unknown."""


@attrs.frozen
class PortLost:
    """The connection broke, or could not be opened again; it is retried until it works.

    ``reason``: a sentence.
    """

    reason: str


@attrs.frozen
class MappingChanged:
    """The drive appeared at, or went from, where ``mapping`` says."""

    mapping: Mapping


class Port(Protocol):
    """One drive's connection. Methods are called in the drive's thread, except ``mapping``."""

    def open(self) -> None:
        """Make the drive appear. Raises PortUnavailable."""

    def filenos(self) -> list[tuple[int, int]]:
        """(descriptor, poll event mask) to wait for; asked before every wait.

        The same list may be returned again as long as nothing changed, but never one changed in place.
        """

    def service(self, target: Target, now: float) -> float | None:
        """Serve what is ready without blocking; return the time to be called again, or None.

        Called when a descriptor of ``filenos`` is ready or the returned time has come. Serves about one
        command a call, so that posted work gets its turn. Raises PortLost when the connection is gone
        and should be opened again.
        """

    def close(self) -> None:
        """Make the drive disappear; outstanding commands end with an error at the initiator."""

    def mapping(self) -> Mapping:
        """Where the drive is now (any thread). The same object until it changes."""


class Road(Protocol):
    """A way to attach drives."""

    name: str

    def probe(self) -> RoadState:
        """Judge without side effects whether the road works here."""

    def port(self, number: int) -> Port:
        """A port for drive ``number``. Raises PortUnavailable."""

    def close(self) -> None:
        """Give back what all ports shared."""


class DriveThread(Protocol):
    """What the daemon asks of a PortThread."""

    def start(self) -> None:
        """Open the port in the calling thread (PortUnavailable reaches the caller), then run."""

    def post(self, work: Callable[[], Result]) -> Future[Result]:
        """Run ``work`` in the drive's thread between two commands."""

    def suspend(self) -> None:
        """Let go of the port (before sleep); the drive keeps its disc."""

    def resume(self) -> None:
        """Open the port again."""

    def stop(self) -> None:
        """Close the port and join the thread."""

    def mapping(self) -> Mapping:
        """Where the drive is now."""


EventSink = Callable[[Any], None]
"""Called in the drive's thread with each event of the drive; must not block."""
