"""Where files go: one table of folders for a user, for an administrator and for a package."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

PACKAGE_PREFIX = "/usr"
LOCAL_PREFIX = "/usr/local"


class Layout(NamedTuple):
    """Folders by what lies in them. ``system``: whether the files serve everybody."""

    system: bool
    share: str
    session_services: str
    user_units: str
    system_units: str = ""
    system_services: str = ""
    bus_policy: str = ""
    udev_rules: str = ""
    modules: str = ""

    @property
    def manifest(self) -> str:
        """The list of what was written."""
        return f"{self.share}/cdemu/setup.json"


def user_layout(environment: Mapping[str, str]) -> Layout:
    """Folders of the XDG base directory specification."""
    home = environment.get("HOME") or os.path.expanduser("~")
    share = environment.get("XDG_DATA_HOME", "")
    if not os.path.isabs(share):
        share = f"{home}/.local/share"
    return Layout(
        system=False,
        share=share,
        session_services=f"{share}/dbus-1/services",
        user_units=f"{share}/systemd/user",
    )


def system_layout(prefix: str) -> Layout:
    """``/usr`` is a package's; with any other prefix what belongs at fixed places goes to ``/etc``."""
    share = f"{prefix}/share"
    packaged = prefix == PACKAGE_PREFIX
    lib = f"{prefix}/lib" if packaged else "/etc"
    return Layout(
        system=True,
        share=share,
        session_services=f"{share}/dbus-1/services",
        user_units=f"{lib}/systemd/user",
        system_units=f"{lib}/systemd/system",
        system_services=f"{share}/dbus-1/system-services",
        bus_policy=f"{share}/dbus-1/system.d" if packaged else "/etc/dbus-1/system.d",
        udev_rules=f"{lib}/udev/rules.d",
        modules=f"{lib}/modules-load.d",
    )
