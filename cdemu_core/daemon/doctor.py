"""Checks of everything the daemon needs, as data: what was found, what it means, what cures it."""

from __future__ import annotations

import asyncio
import platform
import sys
from collections.abc import Callable, Iterator
from typing import Any, Literal

import attrs

from ..audio.sink import device_available
from ..dbus.serve import BusError, name_has_owner
from ..errors import PortUnavailable
from ..plugin.host import PluginHost
from ..transport.roads import choose
from .config import Settings
from .roads import all_roads, plugin_roads, road_settings

State = Literal["ok", "warning", "error"]


@attrs.frozen
class Check:
    """One prerequisite. ``error``: nothing works without it; ``warning``: something is missing."""

    name: str
    state: State
    found: str
    cure: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Members for JSON."""
        return attrs.asdict(self)


def check_python() -> Iterator[Check]:
    """The interpreter."""
    yield Check("python", "ok", f"{platform.python_implementation()} {platform.python_version()}")
    if not sys.platform.startswith("linux"):
        yield Check("system", "warning", f"{sys.platform} is not Linux: only the iSCSI road works.")


def check_plugins(host: PluginHost) -> Iterator[Check]:
    """Every plugin that cannot be used, and how many formats there are."""
    for record in host.list():
        if record.state != "ok":
            cure = f"Update or remove {record.dist}."
            yield Check(f"plugin {record.name}", "warning", record.reason or record.state, cure)
    if host.formats:
        yield Check("formats", "ok", f"{len(host.formats)} image formats: {', '.join(sorted(host.formats))}.")
    else:
        yield Check("formats", "error", "No image format is installed.", "pip install 'cdemu-core[formats]'")


def check_bus(bus: str) -> Iterator[Check]:
    """The bus, and whether a daemon is on it."""
    try:
        owned = asyncio.run(name_has_owner(bus))
    except BusError as problem:
        yield Check("bus", "error", str(problem))
        return
    yield Check("bus", "ok", f"The {bus} bus answers.")
    if owned:
        yield Check("daemon", "ok", "A daemon is running.")
    else:
        yield Check("daemon", "warning", "No daemon is running.", "cdemu daemon, or start its user unit")


def check_roads(settings: Settings) -> Iterator[Check]:
    """Each road, whether there is one at all, and which one a daemon would take."""
    working = []
    for road in all_roads(settings):
        state = road.probe()
        working += [road.name] * state.available
        yield Check(f"road {road.name}", "ok" if state.available else "warning", state.reason, state.cure)
    if not set(working) - {"loopback"}:
        yield Check("roads", "error", "No road reaches this system's kernel.", "See the cures above.")
        return
    try:
        road, why = choose(settings.road.split(","), road_settings(settings), plugin_roads)
    except PortUnavailable as problem:
        yield Check("roads", "error", str(problem), problem.cure)
    else:
        road.close()
        yield Check("roads", "ok", f"--road {settings.road} takes {road.name}. {why}")


def check_audio() -> Iterator[Check]:
    """Whether playback can be heard."""
    if device_available():
        yield Check("audio", "ok", "Audio can be played: --audio-driver default.")
    else:
        cure = "pip install 'cdemu-core[audio]'"
        yield Check("audio", "warning", "Audio playback is silent: miniaudio is not installed.", cure)


def examine(bus: str = "session", settings: Settings | None = None) -> list[Check]:
    """All checks, in the order in which they depend on each other."""
    given = settings or Settings()
    steps: tuple[Callable[[], Iterator[Check]], ...] = (
        check_python,
        lambda: check_plugins(PluginHost()),
        lambda: check_bus(bus),
        lambda: check_roads(given),
        check_audio,
    )
    return [check for step in steps for check in step()]
