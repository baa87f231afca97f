"""The hooks a plugin may implement. All are registrations: no arguments, order without meaning.

A plugin is an entry point of group ``cdemu`` naming a module that holds these functions,
marked with ``cdemu_core.api.hookimpl``. Each yields descriptors; names are unique per kind.
"""

from __future__ import annotations

from collections.abc import Iterable

from pluggy import HookspecMarker

from .descriptors import ImageFormat, ImageWriter, StreamFilter, Transport

hookspec = HookspecMarker("cdemu")


@hookspec
def cdemu_image_formats() -> Iterable[ImageFormat]:
    """Disc image formats the plugin can read.

    A whole plugin module; the parser is imported when the first such image is loaded::

        from cdemu_core.api import Disc, ImageFormat, ImageSource, Magic, hookimpl

        def _parse(source: ImageSource) -> Disc:
            from .parser import parse

            return parse(source)

        @hookimpl
        def cdemu_image_formats():
            yield ImageFormat(
                name="xyz",
                title="XYZ disc image",
                suffixes=(".xyz",),
                mime_types=("application/x-xyz",),
                magics=(Magic(0, b"XYZDISC"),),
                parse=_parse,
            )

    The parser makes fragments of the file's stream and lets DiscBuilder place them::

        from cdemu_core.api import (
            STORED, Disc, DiscBuilder, Fragment, ImageSource, MainChannel, SectorType,
        )

        def parse(source: ImageSource) -> Disc:
            builder = DiscBuilder()
            track = builder.add_session().add_track(SectorType.MODE1)
            main = MainChannel(source.stream, 16, 2048, STORED[SectorType.MODE1, 2048])
            track.add_fragment(Fragment((source.stream.size - 16) // 2048, main))
            return builder.build()
    """
    raise NotImplementedError  # a specification is never called


@hookspec
def cdemu_stream_filters() -> Iterable[StreamFilter]:
    """Layers that are undone before a format sees the bytes: compression, encryption, audio coding.

    ``open`` takes the outer stream and returns the inner one, which closes the outer::

        from cdemu_core.api import ImageSource, Magic, Stream, StreamFilter, hookimpl

        class XorStream(Stream):
            def __init__(self, outer: Stream) -> None:
                self.outer, self.name, self.size = outer, outer.name, outer.size - 4

            def read_at(self, offset: int, length: int) -> bytes:
                return bytes(byte ^ 0x55 for byte in self.outer.read_at(offset + 4, length))

            def close(self) -> None:
                self.outer.close()

        def _open(stream: Stream, source: ImageSource) -> Stream:
            return XorStream(stream)

        @hookimpl
        def cdemu_stream_filters():
            yield StreamFilter(
                name="xor",
                title="XOR scrambled file",
                suffixes=(".xor",),
                mime_types=("application/x-xor",),
                magics=(Magic(0, b"XOR1"),),
                open=_open,
            )
    """
    raise NotImplementedError  # a specification is never called


@hookspec
def cdemu_image_writers() -> Iterable[ImageWriter]:
    """Image formats the plugin can write.

    ``write`` gets a whole disc and leaves either all its files or none::

        from collections.abc import Sequence

        from cdemu_core.api import Disc, ImageWriter, hookimpl

        def _write(disc: Disc, path: str, parameters: dict[str, bool | int | str]) -> Sequence[str]:
            from .writer import write

            return write(disc, path, parameters)

        @hookimpl
        def cdemu_image_writers():
            yield ImageWriter(
                name="xyz",
                title="XYZ disc image",
                suffixes=(".xyz",),
                media=("cd", "dvd"),
                write=_write,
            )
    """
    raise NotImplementedError  # a specification is never called


@hookspec
def cdemu_transports() -> Iterable[Transport]:
    """Roads: ways to attach drives. ``--road NAME`` takes one; “auto” tries them after the core's own.

    A whole plugin module. The road makes one port a drive, and the drive's thread calls the port: it
    waits for ``filenos``, calls ``service``, and opens the port again after PortLost::

        import select
        import socket

        from cdemu_core.api import (
            Command, DriveMapping, PortLost, PortUnavailable, RoadState, Transport, hookimpl,
        )

        class SocketPort:
            # commands of 16 bytes come in; status, length and data go out

            def __init__(self, path: str) -> None:
                self._path = path
                self._socket = None
                self._room = bytearray(65536)

            def open(self) -> None:
                peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                try:
                    peer.connect(self._path)
                except OSError as error:
                    peer.close()
                    raise PortUnavailable(f"{self._path} cannot be reached: {error.strerror}.") from error
                self._socket = peer

            def filenos(self):
                return [(self._socket.fileno(), select.POLLIN)]

            def service(self, target, now):
                try:
                    cdb = self._socket.recv(16, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    return None
                if not cdb:
                    raise PortLost("The other side has gone.")
                done = target.execute(Command(cdb, memoryview(self._room)), now)
                head = bytes([done.status]) + done.length.to_bytes(4, "big")
                self._socket.sendall(head + self._room[: done.length])
                return None

            def close(self) -> None:
                if self._socket is not None:
                    self._socket.close()
                    self._socket = None

            def mapping(self):
                return DriveMapping(url=f"unix:{self._path}")

        class SocketRoad:
            name = "socket"

            def probe(self):
                return RoadState(True, "Drives are reachable through Unix sockets.")

            def port(self, number: int):
                return SocketPort(f"/run/user/1000/drive{number}")

            def close(self) -> None:
                pass

        @hookimpl
        def cdemu_transports():
            yield Transport(
                name="socket",
                title="Commands over a Unix socket",
                factory=lambda settings: SocketRoad(),
            )
    """
    raise NotImplementedError  # a specification is never called
