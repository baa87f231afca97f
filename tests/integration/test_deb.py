"""The Debian package, made without other projects' modules, as dpkg and lintian see it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import deb
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb: run it on a Debian system"),
]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deb.build(tmp_path_factory.mktemp("deb"), ("--no-deps", "--no-build-isolation"))


@pytest.fixture(scope="module")
def unpacked(package: Path) -> Path:
    folder = package.parent / "unpacked"
    subprocess.run(["dpkg-deb", "-R", package, folder], check=True)
    return folder


def test_it_replaces_what_has_the_same_programs(unpacked: Path) -> None:
    control = (unpacked / "DEBIAN/control").read_text("utf-8")
    assert "$" not in control
    for field in ("Provides", "Conflicts", "Replaces"):
        assert f"\n{field}: cdemu-client, cdemu-daemon\n" in control


def test_programs_find_the_packages_own_modules(unpacked: Path) -> None:
    """With another root in the launcher's place of the modules."""
    site = unpacked / deb.SITE
    for name in deb.PROGRAMS:
        text = (unpacked / "usr/bin" / name).read_text("utf-8")
        assert f'"/{deb.SITE}"' in text
        code = text.replace(f"/{deb.SITE}", str(site))
        done = subprocess.run([deb.sys.executable, "-c", code, "--help"], capture_output=True, text=True)
        assert f"usage: {name}" in done.stdout, done.stderr
    where = f"import sys; sys.path.insert(0, {str(site)!r}); import cdemu_core; print(cdemu_core.__file__)"
    done = subprocess.run([deb.sys.executable, "-c", where], capture_output=True, text=True)
    assert done.stdout.startswith(str(site))


def test_nothing_tells_where_it_was_built(unpacked: Path) -> None:
    told = [
        path for path in unpacked.rglob("*") if path.is_file() and str(deb.ROOT).encode() in path.read_bytes()
    ]
    assert told == []


def test_files_are_there_and_listed(unpacked: Path) -> None:
    sums = (unpacked / "DEBIAN/md5sums").read_text("utf-8").splitlines()
    listed = {line.split("  ", 1)[1] for line in sums}
    for name in (
        "usr/bin/cdemu-daemon",
        "usr/lib/udev/rules.d/60-cdemu-vhba.rules",
        "usr/share/man/man8/cdemu-daemon.8.gz",
        "usr/share/dbus-1/services/net.sf.cdemu.CDEmuDaemon.service",
        f"{deb.DOC}/changelog.gz",
        f"{deb.SITE}/cdemu_core/integration/templates/user.unit",
    ):
        assert name in listed
        assert (unpacked / name).is_file()
    assert "usr/share/cdemu/setup.json" not in listed
    assert not [name for name in listed if name.endswith(".pyc")]
    assert os.access(unpacked / "usr/bin/cdemu", os.X_OK)


@pytest.mark.skipif(shutil.which("lintian") is None, reason="needs lintian: apt-get install lintian")
def test_lintian_finds_no_error(package: Path) -> None:
    command = ["lintian", "--allow-root", "--suppress-tags", "mismatched-override", package]
    done = subprocess.run(command, capture_output=True, text=True)
    assert not [line for line in done.stdout.splitlines() if line.startswith("E:")], done.stdout
