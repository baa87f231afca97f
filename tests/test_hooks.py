"""The hooks as plugin authors see them: documented by examples that run."""

from __future__ import annotations

import inspect
import select
import socket
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdemu_core.api import ImageFormat, ImageWriter, StreamFilter, Transport
from cdemu_core.loading.view import StreamView
from cdemu_core.plugin import hookspecs
from cdemu_core.plugin.host import HOOKS, PluginHost
from cdemu_core.scsi.drive import Drive
from cdemu_core.stream.window import MemoryStream


def examples(function: Callable[..., Any]) -> list[str]:
    """The indented blocks behind ``::`` of a docstring."""
    blocks: list[list[str]] = []
    inside = False
    for line in inspect.getdoc(function).splitlines():
        if line and not line.startswith(" "):
            inside = line.endswith("::")
            if inside:
                blocks.append([])
        elif inside:
            blocks[-1].append(line)
    return [textwrap.dedent("\n".join(block)) for block in blocks]


def run(code: str) -> dict[str, Any]:
    """The names that ``code`` defines."""
    names: dict[str, Any] = {"__name__": "example"}
    exec(code, names)  # noqa: S102 - our own documentation
    return names


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_each_hook_has_an_example_that_runs(hook: str) -> None:
    blocks = examples(getattr(hookspecs, hook))
    assert blocks
    names = run(blocks[0])
    (descriptor,) = names[hook]()
    assert isinstance(descriptor, (ImageFormat, StreamFilter, ImageWriter, Transport))


def test_the_example_parser_parses() -> None:
    names = run(examples(hookspecs.cdemu_image_formats)[1])

    class Source:
        stream = MemoryStream(bytes(16 + 300 * 2048))

    disc = names["parse"](Source())
    assert [track.length - track.pregap for track in disc.tracks] == [300]


def test_the_example_filter_filters() -> None:
    names = run(examples(hookspecs.cdemu_stream_filters)[0])
    (descriptor,) = names["cdemu_stream_filters"]()
    outer = MemoryStream(b"XOR1" + bytes(byte ^ 0x55 for byte in b"hello"))
    assert StreamView(descriptor.open(outer, None), "x").head == b"hello"


def test_installed_plugins_are_all_usable() -> None:
    assert {record.name: record.reason for record in PluginHost().list() if record.state != "ok"} == {}


def test_installed_names_are_those_users_know() -> None:
    host = PluginHost()
    assert {"iso", "cue", "ccd", "mds", "nrg"} <= set(host.formats)
    assert {"gzip", "xz"} <= set(host.filters)


def test_the_example_road_carries_commands(tmp_path: Path) -> None:
    names = run(examples(hookspecs.cdemu_transports)[0])
    (descriptor,) = names["cdemu_transports"]()
    assert descriptor.factory(None).probe().available
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(tmp_path / "drive"))
        listener.listen()
        port = names["SocketPort"](str(tmp_path / "drive"))
        port.open()
        peer, _ = listener.accept()
        with peer:
            peer.sendall(bytes([0x12, 0, 0, 0, 36, 0]))
            assert port.filenos()[0][1] == select.POLLIN
            port.service(Drive(serial="EXAMPLE"), 0.0)
            reply = peer.recv(65536)
    port.close()
    assert (reply[0], reply[1:5], reply[5]) == (0, bytes([0, 0, 0, 36]), 5)
