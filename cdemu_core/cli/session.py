"""The connection to the daemon, and the choice of devices."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    from ..dbus.client import Client

INTERFACE_MAJOR = 7


@contextmanager
def connect(args: argparse.Namespace) -> Iterator[Client]:
    """A client of the daemon on ``args.bus``; refuses a daemon of another interface version."""
    from ..dbus.client import Client

    with Client(args.bus) as client:
        major, minor = client.get_daemon_interface_version2()
        if major != INTERFACE_MAJOR:
            raise ConfigError(
                f"The daemon speaks interface {major}.{minor}, this client {INTERFACE_MAJOR}.0: "
                "update the older of the two."
            )
        yield client


def device_number(text: str) -> int:
    """A device number from the command line."""
    try:
        return int(text)
    except ValueError:
        raise ConfigError(f"“{text}” is not a device number; “cdemu status” lists them.") from None


def chosen_devices(client: Client, text: str) -> list[int]:
    """The devices “N” or “all” means."""
    if text == "all":
        return list(range(client.get_number_of_devices()))
    return [device_number(text)]
