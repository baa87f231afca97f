"""Files as a user's and as a package's installation."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

Done = subprocess.CompletedProcess[str]
Setup = Callable[..., Done]


def run_setup(home: Path, *arguments: str, status: int = 0, **environment: str) -> Done:
    base = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "DBUS_", "DESTDIR"))}
    base |= {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "no-runtime")}
    done = subprocess.run(
        [sys.executable, "-m", "cdemu_core", "setup", *arguments],
        env={**base, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home of me"
    path.mkdir()
    return path


@pytest.fixture
def setup(home: Path) -> Setup:
    """``setup(*arguments, status=0, **environment)`` runs the command; programs are this environment's."""
    return partial(run_setup, home)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a package's files, with every option used. Not to be changed."""
    root = tmp_path_factory.mktemp("package") / "root"
    arguments = ("--system", "--prefix", "/usr", "--root", str(root), "--bindir", "/usr/bin")
    run_setup(root.parent, *arguments, "--group", "cdrom", "--modules", "vhba,vhci-hcd")
    return root


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's data folder after an installation without caches. Not to be changed, except for caches."""
    home = tmp_path_factory.mktemp("home of")
    run_setup(home, "--user", "--root", "/")
    return home / ".local/share"
