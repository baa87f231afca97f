"""One TCP connection: bytes between a non-blocking socket and the protocol objects."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable

from .pdu import Inbox, Outbox, Request

PDUS_PER_TURN = 4


class ConnectionGoneError(Exception):
    """The peer has closed or broken the connection."""


class Connection:
    """Owns the socket. ``active``: bytes have come since it was last set to False."""

    def __init__(self, stream: socket.socket) -> None:
        stream.setblocking(False)
        if stream.family != socket.AF_UNIX:
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._socket = stream
        self.descriptor = stream.fileno()
        self.inbox = Inbox()
        self.active = True
        self.mask = select.POLLIN

    def turn(self, handle: Callable[[Request], None], out: Outbox, most: int = PDUS_PER_TURN) -> bool:
        """Send what waits, then serve PDUs, at most ``most``; whether there may be more at once.

        A PDU is served only when everything before it has been sent. Raises ConnectionGoneError and
        ProtocolError.
        """
        if not self.flush(out):
            return False
        received = False
        for _ in range(most):
            request = self.inbox.next()
            while request is None:
                if received or not self._receive():
                    return False
                received = True
                request = self.inbox.next()
            handle(request)
            if not self.flush(out):
                return False
        return True

    def flush(self, out: Outbox) -> bool:
        """Send; whether everything has left. ``mask`` is what to wait for next."""
        if not out.parts:
            return True
        try:
            sent = out.send(self._socket.sendmsg)
        except OSError as error:
            raise ConnectionGoneError(str(error)) from error
        self.mask = select.POLLIN if sent else select.POLLOUT
        return sent

    def _receive(self) -> bool:
        try:
            count = self._socket.recv_into(self.inbox.space())
        except BlockingIOError:
            return False
        except OSError as error:
            raise ConnectionGoneError(str(error)) from error
        if not count:
            raise ConnectionGoneError("closed by the peer")
        self.inbox.received(count)
        self.active = True
        return True

    def local_address(self) -> str:
        """host:port this connection came to, as a portal address."""
        return spelled(self._socket.getsockname())

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def spelled(address: tuple[str, int] | tuple[str, int, int, int]) -> str:
    """host:port, an IPv6 host in brackets."""
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
