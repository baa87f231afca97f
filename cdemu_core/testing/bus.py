"""A message bus of a test's own, and a daemon on it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="max_incoming_bytes">1000000000</limit>
  <limit name="max_outgoing_bytes">1000000000</limit>
  <limit name="max_replies_per_connection">50000</limit>
</busconfig>
"""
START_SECONDS = 30.0
STOP_SECONDS = 20.0


@contextmanager
def private_bus(directory: Path) -> Iterator[str]:
    """A ``dbus-daemon`` with its socket in ``directory``; gives its address."""
    config = directory / "bus.conf"
    config.write_text(CONFIG.format(path=directory / "bus"), "utf-8")
    command = ["dbus-daemon", "--nofork", "--print-address", f"--config-file={config}"]
    bus = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert bus.stdout is not None
    try:
        yield bus.stdout.readline().strip()
    finally:
        bus.terminate()
        bus.wait(STOP_SECONDS)
        bus.stdout.close()


class DaemonProcess:
    """``cdemu-daemon`` as a process on the bus at ``address``; a context manager that ends it.

    ``arguments`` follow ``--road loopback``; the system bus it sees is ``system_bus``, default none.
    """

    def __init__(
        self,
        address: str,
        arguments: Sequence[str] = (),
        *,
        directory: Path,
        road: str | None = "loopback",
        system_bus: str | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.address = address
        self.log = directory / "daemon.log"
        self.environment = {
            **os.environ,
            "DBUS_SESSION_BUS_ADDRESS": address,
            "DBUS_SYSTEM_BUS_ADDRESS": system_bus or f"unix:path={directory}/no-bus",
            **(environment or {}),
        }
        roads = [] if road is None else ["--road", road]
        self._command = [sys.executable, "-m", "cdemu_core.daemon.main", *roads, *arguments]
        self._directory = directory
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> DaemonProcess:
        self.start()
        self.wait_ready()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it; its standard error goes to ``log``."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self._command, env=self.environment, stderr=log, cwd=self._directory
            )

    def wait_ready(self) -> None:
        """Wait until the log says it serves."""
        deadline = time.monotonic() + START_SECONDS
        while "cdemu: Ready." not in self.text():
            if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the daemon did not start:\n{self.text()}")
            time.sleep(0.02)

    def text(self) -> str:
        """What it logged so far."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def stop(self) -> int:
        """End it by SIGTERM, at last by SIGKILL; returns its exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                return self.process.wait(STOP_SECONDS)
            self.process.kill()
        return self.process.wait(STOP_SECONDS)
