"""A rendered plugin as its users get it: a wheel beside the core's, and a daemon that loads its image.

The environment gets the two wheels and nothing from the network; what the core depends on is lent by the
environment that runs the tests, which has no part of the checkout in it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdemu_core.testing.__main__ import main
from cdemu_core.testing.bus import private_bus
from cdemu_core.testing.discs import iso_payload

ROOT = Path(__file__).resolve().parents[2]
DIST = "cdemu-b7x"
SECTORS = 200
LENT = (
    "attr", "attrs", "dbus_fast", "fastcrc", "kaitaistruct.py", "numpy", "numpy.libs", "pluggy", "structlog",
    "typing_extensions.py",
)  # fmt: skip
"""Top-level modules that cdemu-core's dependencies install."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Install:
    """An environment with the wheels, its programs, and the bus they talk on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "venv" / "bin"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_"))}
        self.environment = {**kept, "HOME": str(folder)}

    def run(self, *command: str | Path, status: int = 0) -> str:
        """Output of a program that must end with ``status``."""
        done = subprocess.run(
            [str(part) for part in command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def cdemu(self, *arguments: str, status: int = 0) -> str:
        """The installed client's output."""
        return self.run(self.bin / "cdemu", *arguments, status=status)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Wheels of the core and of the rendered plugin."""
    folder = tmp_path_factory.mktemp("wheels")
    plugin = folder / DIST
    assert main(["new", DIST, str(plugin)]) == 0
    Install(folder).run(
        sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index",
        "-w", folder, ROOT, plugin,
    )  # fmt: skip
    return sorted(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Install:
    """The wheels in an environment of their own, and an image of the plugin's format."""
    install = Install(tmp_path_factory.mktemp("installed"))
    install.run(sys.executable, "-m", "venv", install.folder / "venv")
    install.run(install.bin / "pip", "install", "-q", "--no-index", "--no-deps", *wheels)
    (site,) = (install.folder / "venv" / "lib").glob("python*/site-packages")
    for name in LENT:
        for base in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
            if (Path(base) / name).exists() and not (site / name).exists():
                (site / name).symlink_to(Path(base) / name)
    header = b"B7XDISC0" + SECTORS.to_bytes(4, "little") + bytes(4)
    (install.folder / "disc.b7x").write_bytes(header + iso_payload(SECTORS))
    return install


@pytest.fixture(scope="module")
def served(installed: Install) -> Iterator[Install]:
    """The installed daemon on a bus of its own."""
    with private_bus(installed.folder) as address:
        installed.environment["DBUS_SESSION_BUS_ADDRESS"] = address
        daemon = subprocess.Popen(
            [str(installed.bin / "cdemu-daemon"), "--road", "loopback"],
            cwd=installed.folder, env=installed.environment, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert daemon.stderr is not None
        try:
            said = ""
            while "Ready" not in said:
                line = daemon.stderr.readline()
                assert line, f"the daemon did not start:\n{said}"
                said += line
            yield installed
        finally:
            daemon.terminate()
            daemon.communicate(timeout=20)


def test_the_wheel_has_the_compiled_module_and_no_tests(wheels: list[Path]) -> None:
    (wheel,) = (wheel for wheel in wheels if wheel.name.startswith("cdemu_b7x-"))
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "cdemu_b7x/_generated/header.py" in names
    assert not [name for name in names if name.startswith("tests/")]


def test_nothing_of_the_checkout_is_there(installed: Install) -> None:
    script = "import cdemu_core, cdemu_b7x; print(cdemu_core.__file__); print(cdemu_b7x.__file__)"
    places = installed.run(installed.bin / "python", "-c", script).split()
    assert len(places) == 2
    assert all(Path(place).is_relative_to(installed.folder) for place in places)


def test_the_plugin_is_listed(installed: Install) -> None:
    records = json.loads(installed.cdemu("plugins", "--json"))
    found = {record["dist"]: (record["state"], record["formats"]) for record in records}
    assert found[DIST] == ("ok", ["b7x"])
    assert set(found) == {DIST, "cdemu-core"}


def test_the_daemon_loads_its_image(served: Install) -> None:
    image = str(served.folder / "disc.b7x")
    served.cdemu("load", "0", image)
    assert json.loads(served.cdemu("status", "--json")) == [{"device": 0, "loaded": True, "files": [image]}]
    assert "PARSER-B7X" in served.cdemu("enum-parsers")
    served.cdemu("unload", "0")
    (served.folder / "short.b7x").write_bytes((served.folder / "disc.b7x").read_bytes()[:-2048])
    served.cdemu("load", "0", str(served.folder / "short.b7x"), status=1)
    assert json.loads(served.cdemu("status", "--json"))[0]["loaded"] is False
