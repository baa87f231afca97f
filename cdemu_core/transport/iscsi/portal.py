"""The portal: one listening socket for all drives, a thread for logins and discovery.

A normal session is handed to its drive's port when the login is done; from then on this thread has
nothing to do with it.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import select
import socket
import threading
import time
from itertools import count
from typing import Protocol

import attrs

from ...errors import PortUnavailable
from ..port import RoadState
from .chap import SHORTEST_SECRET, Credentials
from .connection import Connection, ConnectionGoneError, spelled
from .login import Login
from .pdu import LARGEST_SEGMENT, Outbox, ProtocolError, Request
from .session import Session

LOGIN_TIME = 15.0  # seconds from connecting to the end of the login
DISCOVERY_TIME = 60.0  # seconds a discovery session may take
MOST_GUESTS = 64  # connections in login or discovery at once
DEFAULT_PORT = 3260

logger = logging.getLogger(__name__)


@attrs.frozen
class IscsiSettings:
    """``address``: host name or IP address to listen on; ``port`` 0: any free one.

    ``base``: the targets are BASE:drive0, BASE:drive1 …; ``credentials``: CHAP, which is required when
    the address is not a loopback address.
    """

    address: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    base: str = "iqn.2026-01.net.sf.cdemu"
    credentials: Credentials | None = None


class Host(Protocol):
    """A drive's port, as the portal sees it."""

    def adopt(self, connection: Connection, session: Session) -> None:
        """Take over a session that has logged in (the portal's thread)."""


class _Guest:
    """A connection in login or discovery."""

    def __init__(self, connection: Connection, login: Login, deadline: float) -> None:
        self.connection = connection
        self.login = login
        self.session: Session | None = None
        self.deadline = deadline

    @property
    def out(self) -> Outbox:
        return self.login.out if self.session is None else self.session.out

    def handle(self, request: Request) -> None:
        if self.session is None:
            self.login.handle(request)
        else:
            self.session.handle(request, None, 0.0)


class Portal:
    """Listens while at least one port is attached."""

    def __init__(self, settings: IscsiSettings) -> None:
        self._settings = settings
        self._ports: dict[str, Host] = {}
        self._gate = threading.Lock()  # attach and detach come from the drives' threads
        self._handles = count(1)
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._wake = -1
        self._number = settings.port
        self._guests: dict[int, _Guest] = {}

    # -- for roads and ports, any thread --------------------------------------------------------

    def check(self) -> RoadState:
        """Whether the settings can work, without listening."""
        try:
            address = self._resolve()
        except OSError as error:
            return RoadState(
                False,
                f"The iSCSI address {self._settings.address!r} is unknown: {error.strerror}.",
                "set an address of this machine, for instance 127.0.0.1",
            )
        credentials = self._settings.credentials
        if credentials is None and not ipaddress.ip_address(address[4][0]).is_loopback:
            return RoadState(
                False,
                f"The iSCSI address {self._settings.address} can be reached from other machines, "
                "and no CHAP credentials are set.",
                "set a CHAP user and secret, or listen on 127.0.0.1",
            )
        for secret in () if credentials is None else (credentials.secret, credentials.own_secret):
            if secret and len(secret) < SHORTEST_SECRET:
                return RoadState(
                    False,
                    "A CHAP secret is too short.",
                    f"use a secret of at least {SHORTEST_SECRET} characters",
                )
        return RoadState(True, f"Drives are reachable by iSCSI at {self._settings.address}.")

    def _resolve(self) -> tuple[int, int, int, str, tuple[str, int]]:
        host, port = self._settings.address, self._number
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]  # type: ignore[return-value]

    def attach(self, name: str, port: Host) -> None:
        """Offer ``port`` as target ``name``. Raises PortUnavailable."""
        with self._gate:
            if self._listener is None:
                self._listen()
            self._ports[name] = port

    def detach(self, name: str) -> None:
        """Withdraw a target; with the last one the portal closes."""
        with self._gate:
            self._ports.pop(name, None)
            if not self._ports:
                self._stop()

    def url(self, name: str) -> str:
        """Where an initiator finds target ``name``; "" while the portal is closed."""
        listener = self._listener
        if listener is None:
            return ""
        address = listener.getsockname()
        if ipaddress.ip_address(address[0]).is_unspecified:
            address = ("::1" if ":" in address[0] else "127.0.0.1", address[1])
        return f"iscsi://{spelled(address)}/{name}/0"

    def close(self) -> None:
        """Stop listening, whoever is attached."""
        with self._gate:
            self._ports.clear()
            self._stop()

    def _listen(self) -> None:
        state = self.check()
        if not state.available:
            raise PortUnavailable(state.reason, cure=state.cure)
        family, kind, protocol, _, address = self._resolve()
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(16)
        except OSError as error:
            listener.close()
            raise PortUnavailable(
                f"iSCSI cannot listen at {spelled(address)}: {error.strerror}.",
                cure="choose another iSCSI port (0 takes any free one)",
            ) from error
        listener.setblocking(False)
        self._listener = listener
        self._number = listener.getsockname()[1]  # the same again after a pause
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="cdemu-iscsi", daemon=True)
        self._thread.start()

    def _stop(self) -> None:
        listener, self._listener = self._listener, None
        if listener is None or self._thread is None:
            return
        os.eventfd_write(self._wake, 1)
        self._thread.join()
        os.close(self._wake)
        listener.close()

    # -- the portal's thread --------------------------------------------------------------------

    def _run(self) -> None:
        listener = self._listener
        while listener is not None and self._listener is listener:
            for descriptor, _ in self._poll(listener):
                if descriptor == listener.fileno():
                    self._accept(listener)
                elif descriptor in self._guests:
                    self._serve(self._guests[descriptor])
            now = time.monotonic()
            for guest in list(self._guests.values()):
                if guest.deadline <= now:
                    self._part(guest)
        for guest in list(self._guests.values()):
            self._part(guest)

    def _poll(self, listener: socket.socket) -> list[tuple[int, int]]:
        poller = select.poll()
        poller.register(self._wake, select.POLLIN)
        poller.register(listener, select.POLLIN)
        for descriptor, guest in self._guests.items():
            poller.register(descriptor, guest.connection.mask)
        if not self._guests:
            return poller.poll()
        remaining = min(guest.deadline for guest in self._guests.values()) - time.monotonic()
        return poller.poll(max(0, int(remaining * 1000) + 1))

    def _accept(self, listener: socket.socket) -> None:
        try:
            stream, _ = listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            logger.warning("an iSCSI connection could not be accepted: %s", error)
            time.sleep(0.1)  # too many open files: the connection stays pending, do not spin on it
            return
        if len(self._guests) >= MOST_GUESTS:
            stream.close()
            return
        handle = next(self._handles) % 0xFFFF + 1
        login = Login(self._ports, handle, self._settings.credentials)
        try:
            connection = Connection(stream)
        except OSError:  # the peer has gone already
            stream.close()
            return
        guest = _Guest(connection, login, time.monotonic() + LOGIN_TIME)
        self._guests[guest.connection.descriptor] = guest

    def _serve(self, guest: _Guest) -> None:
        """One turn; any failure costs this connection only."""
        try:
            while guest.connection.turn(guest.handle, guest.out, 1):
                if not self._advance(guest):
                    return
            self._advance(guest)
        except (ConnectionGoneError, ProtocolError) as error:
            logger.debug("iSCSI login ended: %s", error)
            self._part(guest)
        except Exception:
            logger.exception("iSCSI login failed")
            self._part(guest)

    def _advance(self, guest: _Guest) -> bool:
        """After a turn: see who comes in and who goes; whether the guest stays with this thread."""
        if guest.out.parts:
            return True
        session = guest.session
        if guest.login.failed or (session is not None and session.ended):
            self._part(guest)
            return False
        admitted = guest.login.admitted
        if admitted is None or session is not None:
            return True
        inbox = guest.connection.inbox
        inbox.limit = LARGEST_SEGMENT
        inbox.header_digest = admitted.parameters.header_digest == "CRC32C"
        inbox.data_digest = admitted.parameters.data_digest == "CRC32C"
        address = guest.connection.local_address()
        session = Session(admitted, lambda: [(name, address) for name in sorted(self._ports)])
        if not admitted.target:
            guest.session, guest.deadline = session, time.monotonic() + DISCOVERY_TIME
            return True
        del self._guests[guest.connection.descriptor]
        host = self._ports.get(admitted.target)
        if host is None:
            guest.connection.close()
        else:
            host.adopt(guest.connection, session)
        return False

    def _part(self, guest: _Guest) -> None:
        self._guests.pop(guest.connection.descriptor, None)
        guest.connection.close()
