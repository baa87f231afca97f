"""The iSCSI road, and a drive's port: the sessions that have logged in to it, in the drive's thread."""

from __future__ import annotations

import logging
import os
import select
import threading
from collections import deque

import attrs

from ...scsi.command import Target
from ..port import Mapping, RoadState
from .connection import Connection, ConnectionGoneError
from .pdu import ProtocolError, Request
from .portal import IscsiSettings, Portal
from .session import Session

MOST_SESSIONS = 16  # of one drive
QUIET_TIME = 30.0  # seconds of silence after which an initiator is pinged, and again, given up

logger = logging.getLogger(__name__)


@attrs.define(eq=False)
class _Member:
    connection: Connection
    session: Session
    pinged: bool = False


class IscsiPort:
    """One target of the portal."""

    def __init__(self, name: str, portal: Portal) -> None:
        self._name = name
        self._portal = portal
        self._members: list[_Member] = []
        self._arrivals: deque[_Member] = deque()
        self._gate = threading.Lock()
        self._wake = -1
        self._filenos: list[tuple[int, int]] = []
        self._check_at: float | None = None
        self._mapping = Mapping()
        self._target: Target | None = None

    def open(self) -> None:
        """Offer the target. Raises PortUnavailable."""
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        try:
            self._portal.attach(self._name, self)
        except BaseException:
            self.close()
            raise
        self._mapping = Mapping(url=self._portal.url(self._name))
        self._watch()

    def adopt(self, connection: Connection, session: Session) -> None:
        """Take over a session (the portal's thread)."""
        with self._gate:
            if self._wake >= 0:
                self._arrivals.append(_Member(connection, session))
                os.eventfd_write(self._wake, 1)
                return
        connection.close()

    def filenos(self) -> list[tuple[int, int]]:
        """The arrivals' signal and the sessions' sockets."""
        return self._filenos

    def service(self, target: Target, now: float) -> float | None:
        """Give each session a turn."""
        self._target = target
        if self._arrivals:
            self._welcome()
        again = False
        for member in list(self._members):
            again = self._turn(member, target, now) or again
        if self._members and (self._check_at is None or self._check_at <= now):
            self._check(now)
        self._watch()
        return now if again else self._next_due()

    def _welcome(self) -> None:
        with self._gate:  # signal and arrivals belong together
            os.eventfd_read(self._wake)
            arrivals = list(self._arrivals)
            self._arrivals.clear()
        for arrival in arrivals:
            for member in list(self._members):
                if member.session.nexus == arrival.session.nexus:
                    self._drop(member)  # session reinstatement (RFC 7143, 6.3.5)
            if len(self._members) < MOST_SESSIONS:
                self._members.append(arrival)
            else:
                logger.warning("%s: more than %d iSCSI sessions", self._name, MOST_SESSIONS)
                arrival.connection.close()

    def _turn(self, member: _Member, target: Target, now: float) -> bool:
        """Serve one session; any failure costs this session only. Whether it wants another turn."""
        connection, session = member.connection, member.session

        def handle(request: Request) -> None:
            session.handle(request, target, now)

        again = False
        try:
            if not session.out.parts:
                session.commands.tick(now)
            again = connection.turn(handle, session.out)
            if session.reset_all:
                self._reset_others(member)
            if session.ended and not session.out.parts:
                raise ConnectionGoneError("logged out")
        except (ConnectionGoneError, ProtocolError) as error:
            logger.debug("%s: iSCSI session of %s ended: %s", self._name, session.nexus[0], error)
            self._drop(member)
            return False
        except Exception:
            logger.exception("%s: iSCSI session of %s failed", self._name, session.nexus[0])
            self._drop(member)
            return False
        return again

    def _reset_others(self, member: _Member) -> None:
        member.session.reset_all = False
        for other in self._members:
            if other is not member:
                other.session.commands.abort_all()

    def _check(self, now: float) -> None:
        """Ping initiators that have been silent, drop those that stay so."""
        self._check_at = now + QUIET_TIME
        for member in list(self._members):
            if member.connection.active:
                member.connection.active = member.pinged = False
            elif member.pinged:
                self._drop(member)
            else:
                member.pinged = True
                member.session.ping()
                self._farewell(member)

    def _farewell(self, member: _Member) -> None:
        """Send what is in the outbox, if the socket takes it."""
        try:
            member.connection.flush(member.session.out)
        except ConnectionGoneError:
            self._drop(member)

    def _next_due(self) -> float | None:
        due = self._check_at if self._members else None
        for member in self._members:
            task_due = member.session.commands.next_due()
            if task_due is not None and not member.session.out.parts and (due is None or task_due < due):
                due = task_due
        return due

    def _drop(self, member: _Member) -> None:
        if member in self._members:
            self._members.remove(member)
        member.session.commands.abort_all()
        member.connection.close()
        if self._target is not None:
            self._target.forget(member.session.nexus)

    def _watch(self) -> None:
        watched = [(self._wake, select.POLLIN)]
        watched += [(member.connection.descriptor, member.connection.mask) for member in self._members]
        if watched != self._filenos:
            self._filenos = watched

    def close(self) -> None:
        """Withdraw the target and end its sessions, with a word to the initiators."""
        self._portal.detach(self._name)
        with self._gate:
            if self._wake >= 0:
                os.close(self._wake)
            self._wake = -1
        self._filenos = []
        self._mapping = Mapping()
        for member in [*self._members, *self._arrivals]:
            member.session.dismiss()
            self._farewell(member)
            self._drop(member)
        self._arrivals.clear()

    def mapping(self) -> Mapping:
        """The target's URL."""
        return self._mapping


class IscsiRoad:
    """Drives as iSCSI targets of one portal."""

    name = "iscsi"

    def __init__(self, settings: IscsiSettings | None = None) -> None:
        self._settings = settings or IscsiSettings()
        self._portal = Portal(self._settings)

    def probe(self) -> RoadState:
        """Judge by the settings."""
        return self._portal.check()

    def port(self, number: int) -> IscsiPort:
        """A port for drive ``number``."""
        return IscsiPort(f"{self._settings.base}:drive{number}", self._portal)

    def close(self) -> None:
        """Stop listening."""
        self._portal.close()
