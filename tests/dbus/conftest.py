"""A bus, a daemon on it, and a client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cdemu_core.dbus.client import Client
from cdemu_core.testing.bus import DaemonProcess, private_bus
from cdemu_core.testing.discs import iso_payload


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a bus of the module's own."""
    with private_bus(tmp_path_factory.mktemp("bus")) as address:
        yield address


@pytest.fixture
def daemon(bus: str, tmp_path: Path) -> Iterator[DaemonProcess]:
    """A daemon with one drive."""
    with DaemonProcess(bus, directory=tmp_path) as process:
        yield process


@pytest.fixture
def client(bus: str, daemon: DaemonProcess) -> Iterator[Client]:
    """A client of the daemon that keeps its signals."""
    with Client(address=bus) as one:
        one.collect_signals()
        yield one


@pytest.fixture
def image(tmp_path: Path) -> str:
    """An ISO image."""
    path = tmp_path / "image.iso"
    path.write_bytes(iso_payload(40))
    return str(path)
