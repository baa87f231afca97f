"""The installed activation file starts the daemon at the first call, without systemd; the policy holds."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dbus_fast import Message, MessageType

from cdemu_core.dbus.connection import bus_call, connect
from cdemu_core.dbus.names import ACCESS_DENIED, BUS_NAME
from cdemu_core.dbus.remote import _remote_error

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  {services}
  <policy context="default"><allow user="*"/>{allowed}</policy>
  {policy}
</busconfig>
"""
NOBODY = 65534
SYSTEM = """
    <deny own="*"/> <deny send_type="method_call"/>
    <allow send_type="signal"/> <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/> <allow receive_type="method_return"/>
    <allow receive_type="error"/> <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
"""
"""What a system bus allows by default."""


@contextmanager
def bus(folder: Path, environment: dict[str, str], **parts: str) -> Iterator[str]:
    """A bus that starts services."""
    values = {"services": "", "policy": "", "allowed": "", "folder": str(folder), **parts}
    (folder / "bus.conf").write_text(BUS.format(**values), "utf-8")
    command = ["dbus-daemon", "--nofork", "--print-address", f"--config-file={folder}/bus.conf"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def daemon_pid(address: str) -> int:
    async def ask() -> int:
        connection = await connect("session", address)
        try:
            return int((await bus_call(connection, "GetConnectionUnixProcessID", "s", BUS_NAME))[0])
        finally:
            connection.disconnect()

    return asyncio.run(ask())


def call(address: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "cdemu_core", *arguments],
        env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": address},
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )


def gone(pid: int, seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_the_first_call_starts_the_daemon_with_the_users_settings(
    setup: Callable[..., object], home: Path, tmp_path: Path
) -> None:
    setup()
    (home / ".config").mkdir()
    (home / ".config/cdemu-daemon").write_text("[settings]\nroad=loopback\nnum-devices=3\n", "utf-8")
    services = f"<servicedir>{home}/.local/share/dbus-1/services</servicedir>"
    allowed = '<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>'
    with bus(tmp_path, {"HOME": str(home)}, services=services, allowed=allowed) as address:
        done = call(address, "status", "--json")
        assert done.returncode == 0, done.stderr
        assert [drive["loaded"] for drive in json.loads(done.stdout)] == [False] * 3
        pid = daemon_pid(address)
        os.kill(pid, signal.SIGTERM)
        assert gone(pid)
        assert call(address, "status").returncode == 0, "it is started again when it is wanted again"
        again = daemon_pid(address)
    assert again != pid
    assert gone(again), "it ends with its bus"


@pytest.mark.skipif(os.geteuid() != 0, reason="calls as another user: run it as root")
def test_on_the_system_bus_only_root_may_call(package: Path, tmp_path: Path) -> None:
    """Whoever may call the daemon of the system bus can make root open files."""
    for folder in tmp_path.parents[:3]:
        folder.chmod(folder.stat().st_mode | 0o011)  # the other user has to reach the socket
    tmp_path.chmod(0o755)
    share = package / "usr/share/dbus-1"
    service = (share / f"system-services/{BUS_NAME}.service").read_text("utf-8")
    daemon = Path(sys.executable).parent / "cdemu-daemon"
    local = service.replace("/usr/bin/cdemu-daemon", str(daemon)).replace("--bus system", "--road loopback")
    (tmp_path / f"{BUS_NAME}.service").write_text(local, "utf-8")
    parts = {
        "services": f"<servicedir>{tmp_path}</servicedir>",
        "policy": f"<include>{share}/system.d/{BUS_NAME}.conf</include>",
        "allowed": SYSTEM,
    }
    hint = _remote_error(Message(message_type=MessageType.ERROR, error_name=ACCESS_DENIED, reply_serial=1))
    assert "--group NAME" in str(hint)
    with bus(tmp_path, {}, **parts) as address:
        refused = as_nobody(address)
        assert "AccessDenied" in refused.stdout + refused.stderr, refused
        assert call(address, "status").returncode == 0
        refused = as_nobody(address)
        assert "AccessDenied" in refused.stdout + refused.stderr, refused


def as_nobody(address: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["dbus-send", f"--bus={address}", "--print-reply", f"--dest={BUS_NAME}", "/Daemon",
         f"{BUS_NAME}.GetNumberOfDevices"],
        user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, text=True, timeout=30,
    )  # fmt: skip
