"""Who may import whom: the floors of docs/design.md, section 2, as data."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = ROOT / "cdemu_core"
NO_IO = {"os", "threading", "asyncio", "time", "socket", "pluggy", "structlog", "logging", "dbus_fast"}

# room: (rooms of cdemu_core it may import, outside modules it must not touch)
FLOORS: dict[str, tuple[set[str], set[str]]] = {
    "errors": (set(), {"os", "threading", "asyncio", "time", "socket"}),
    "units": (set(), {"os", "threading", "asyncio", "time", "socket"}),
    "stream": ({"errors", "units", "stream"}, {"asyncio", "socket", "logging", "structlog", "time"}),
    "disc": ({"errors", "units", "disc", "stream.base"}, NO_IO),
    "scsi": ({"errors", "units", "disc", "scsi"}, NO_IO),
    "plugin": ({"errors", "units", "stream", "disc", "plugin"}, {"dbus_fast", "asyncio", "socket", "time"}),
    "api": ({"errors", "units", "stream", "disc", "plugin"}, {"dbus_fast", "asyncio", "socket", "time"}),
    "filters": ({"api", "filters"}, NO_IO - {"threading"}),
    "loading": (
        {"errors", "units", "stream", "disc", "plugin", "loading"},
        {"asyncio", "socket", "dbus_fast"},
    ),
    "transport": (
        {"errors", "units", "scsi.command", "scsi.events", "transport"},
        {"dbus_fast", "asyncio"},
    ),
    "audio": ({"errors", "units", "disc", "stream", "audio"}, {"dbus_fast", "asyncio"}),
    "daemon": (
        {
            "errors",
            "units",
            "stream",
            "disc",
            "plugin",
            "loading",
            "transport",
            "audio",
            "scsi",
            "daemon",
            "api",
        },
        {"dbus_fast"},
    ),
    "integration": ({"errors", "integration"}, {"dbus_fast", "asyncio", "socket", "threading"}),
    "dbus": ({"daemon", "errors", "dbus"}, set()),
    "cli": ({"dbus.names", "dbus.client", "errors", "units", "cli"}, {"dbus_fast"}),
}
EXTRA = {  # doors of a single file beyond its room's
    "api.py": {"scsi.command", "transport.port"},  # the contract of roads, for plugins that bring one
    "cli/verbs/images.py": {"loading", "plugin"},
    "cli/verbs/inspect.py": {"loading", "plugin"},
    "cli/verbs/local.py": {"daemon", "plugin"},
    "cli/verbs/mount.py": {"dbus.udisks"},
    "cli/verbs/setup.py": {"daemon.config", "daemon.keyfile", "integration", "plugin"},
    "cli/verbs/probe.py": {"loading", "plugin"},
    "cli/main.py": {"__version__"},
    "daemon/doctor.py": {"dbus.serve"},
    "daemon/main.py": {"dbus"},
}


def imports(path: Path) -> set[str]:
    """Absolute dotted names of all a file imports, inside functions and type-checking blocks too."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            found.update(f"{module}.{alias.name}" for alias in node.names)
    return found


def within(name: str, rooms: set[str]) -> bool:
    """Whether dotted ``name`` (below cdemu_core) is one of ``rooms`` or inside one."""
    return any(name == room or name.startswith(room + ".") for room in rooms)


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda p: str(p.relative_to(CORE)))
def test_floor(path: Path) -> None:
    relative = path.relative_to(CORE)
    room = relative.parts[0].removesuffix(".py")
    if room not in FLOORS:
        return
    rooms, forbidden = FLOORS[room]
    rooms = rooms | EXTRA.get(str(relative), set())
    for name in imports(path):
        if name.startswith("cdemu_core."):
            inside = name.removeprefix("cdemu_core.")
            assert within(inside, rooms), f"{relative} ({room}: {sorted(rooms)}) must not import {inside}"
        else:
            assert name.split(".")[0] not in forbidden, f"{relative} ({room}) must not touch {name}"


@pytest.mark.parametrize("path", sorted((ROOT / "plugins").glob("*/cdemu_*/**/*.py")), ids=str)
def test_plugins_use_the_door(path: Path) -> None:
    if "_generated" in path.parts:
        return
    for name in imports(path):
        if name.startswith("cdemu_core"):
            assert name.startswith("cdemu_core.api"), f"{path} must import cdemu_core.api only, not {name}"
        elif name.startswith("cdemu_") and not name.startswith(path.relative_to(ROOT / "plugins").parts[1]):
            raise AssertionError(f"{path} must not import another plugin: {name}")
