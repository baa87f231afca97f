"""Telling the running system about new files: caches and services that read them once."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from .layout import Layout

SECONDS = 60.0
RELOAD_BUS = ("--type=method_call", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.ReloadConfig")


class Command(NamedTuple):
    """A program to run where ``condition`` (a path) exists."""

    arguments: tuple[str, ...]
    condition: str = "/"


def commands(layout: Layout, runtime: str) -> Iterator[Command]:
    """What to run after files of ``layout`` changed; ``runtime`` is the user's runtime folder."""
    if layout.system:
        yield Command(("systemctl", "daemon-reload"), "/run/systemd/system")
        yield Command(("udevadm", "control", "--reload"), "/run/udev/control")
        yield Command(("udevadm", "trigger", "--sysname-match=vhba_ctl"), "/run/udev/control")
        yield Command(("dbus-send", "--system", *RELOAD_BUS), "/run/dbus/system_bus_socket")
    else:
        yield Command(("systemctl", "--user", "daemon-reload"), f"{runtime}/systemd")
        yield Command(("dbus-send", "--session", *RELOAD_BUS), f"{runtime}/bus")
    for program, folder in (("update-desktop-database", "applications"), ("update-mime-database", "mime")):
        yield Command((program, f"{layout.share}/{folder}"), f"{layout.share}/{folder}")


def refresh(layout: Layout, runtime: str) -> list[str]:
    """Run them; returns a sentence for each that failed. What is not there needs not be told."""
    failures = []
    for command in commands(layout, runtime):
        if not os.path.exists(command.condition) or shutil.which(command.arguments[0]) is None:
            continue
        text = " ".join(command.arguments)
        try:
            done = subprocess.run(
                command.arguments, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            failures.append(f"“{text}” could not be run: {problem}. Run it yourself.")
            continue
        if done.returncode:
            reason = done.stderr.strip().splitlines()
            failures.append(f"“{text}” failed: {reason[-1] if reason else done.returncode}. Run it yourself.")
    return failures


MIME_CACHES = (
    "XMLnamespaces",
    "aliases",
    "generic-icons",
    "globs",
    "globs2",
    "icons",
    "magic",
    "mime.cache",
    "subclasses",
    "treemagic",
    "types",
    "version",
)
DESKTOP_CACHES = ("mimeinfo.cache",)


def sweep(layout: Layout, made: Sequence[str]) -> None:
    """After a removal: delete caches that :func:`refresh` had made in folders that were ``made`` by us.

    Only where nothing is left that they could be about.
    """
    mime, applications = f"{layout.share}/mime", f"{layout.share}/applications"
    with suppress(OSError):  # others use the folder
        if mime in made:
            for name in ("packages", "application"):
                if os.path.isdir(f"{mime}/{name}"):
                    os.rmdir(f"{mime}/{name}")
            _unlink(mime, MIME_CACHES)
    with suppress(OSError):
        if applications in made and os.listdir(applications) == list(DESKTOP_CACHES):
            _unlink(applications, DESKTOP_CACHES)


def _unlink(folder: str, names: Sequence[str]) -> None:
    for name in names:
        with suppress(FileNotFoundError):
            os.unlink(f"{folder}/{name}")
