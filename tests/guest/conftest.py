"""A guest, and a daemon of this machine whose drives it gets."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import attrs
import drive
import lab
import pytest

ROOT = Path(__file__).parents[2]


@attrs.frozen
class Served:
    """A running daemon with one drive on the iSCSI road."""

    environment: dict[str, str]
    url: str

    def cdemu(self, *arguments: str) -> str:
        """Output of the client."""
        return drive.cdemu(self.environment, *arguments)


@pytest.fixture(scope="session", autouse=True)
def laboratory() -> Path:
    """The guest's kernel and root file system, built on the first call (about 40 s)."""
    return lab.build()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A daemon on a bus of its own, its drive empty."""
    folder = tmp_path_factory.mktemp("daemon")
    with ExitStack() as stack:
        address = drive.private_bus(stack, folder)
        environment = {**os.environ, drive.BUS_VARIABLE: address}
        drive.start_daemon(stack, folder, "iscsi", environment)
        yield Served(environment, drive.places(environment)[0])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds ``site``: the core and the plugins the guest needs, installed as from wheels."""
    folder = tmp_path_factory.mktemp("guest")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "--no-compile",
    ]
    sources = [ROOT, *(ROOT / "plugins" / name for name in ("cdemu-cue", "cdemu-iso"))]
    subprocess.run([*command, "--target", folder / "site", *sources], check=True, stdin=subprocess.DEVNULL)
    return folder
