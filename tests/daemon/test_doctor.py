"""The checks as data."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdemu_core.daemon.config import Settings
from cdemu_core.daemon.doctor import check_plugins, check_roads, examine
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.bus import DaemonProcess, private_bus


def test_without_a_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    checks = {check.name: check for check in examine()}
    assert checks["python"].state == "ok"
    assert checks["bus"].state == "error"
    assert {"formats", "audio", "road vhba", "road iscsi", "road loopback"} <= set(checks)
    assert all(set(check.as_dict()) == {"name", "state", "found", "cure"} for check in checks.values())


def test_a_running_daemon_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with private_bus(tmp_path) as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        states = {check.name: check.state for check in examine()}
        assert (states["bus"], states["daemon"]) == ("ok", "warning")
        with DaemonProcess(address, directory=tmp_path):
            assert {check.name: check.state for check in examine()}["daemon"] == "ok"


def test_no_format_is_an_error_with_its_cure() -> None:
    (check,) = check_plugins(PluginHost(()))
    assert check.state == "error"
    assert "cdemu-core[formats]" in (check.cure or "")


def test_a_road_that_does_not_work_names_its_cure(tmp_path: Path) -> None:
    checks = {check.name: check for check in check_roads(Settings(ctl_device=str(tmp_path / "none")))}
    assert checks["road vhba"].state == "warning"
    assert checks["road vhba"].cure


def test_the_road_that_would_be_taken_is_explained(tmp_path: Path) -> None:
    settings = Settings(ctl_device=str(tmp_path / "none"), road="vhba,iscsi")
    (check,) = [check for check in check_roads(settings) if check.name == "roads"]
    assert check.state == "ok"
    assert "takes iscsi. vhba: " in check.found


def test_a_chosen_road_that_does_not_work_is_an_error(tmp_path: Path) -> None:
    settings = Settings(ctl_device=str(tmp_path / "none"), road="vhba")
    (check,) = [check for check in check_roads(settings) if check.name == "roads"]
    assert check.state == "error"
    assert check.cure
