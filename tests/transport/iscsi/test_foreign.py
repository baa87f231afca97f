"""Other people's initiators against the real drive behind a real portal."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from cdemu_core.disc.model import Disc, MediumType
from cdemu_core.scsi.command import Command, Completion
from cdemu_core.scsi.drive import Drive
from cdemu_core.testing.discs import data_disc
from cdemu_core.transport.iscsi.chap import Credentials
from cdemu_core.transport.iscsi.port import IscsiRoad
from cdemu_core.transport.iscsi.portal import IscsiSettings
from cdemu_core.transport.thread import PortThread

pytestmark = [
    pytest.mark.foreign,
    pytest.mark.skipif(shutil.which("iscsi-inq") is None, reason="needs libiscsi's tools (libiscsi-bin)"),
]

SECTORS = 20_000


def disc() -> Disc:
    """A DVD: sector −1 of a CD, in its pregap, can be read, which the suite does not expect."""
    return data_disc(SECTORS, medium=MediumType.DVD)


class Jukebox(Drive):
    """A drive with somebody beside it, who puts the disc back in when the tray is told to close."""

    def execute(self, command: Command, now: float) -> Completion:
        if command.cdb[0] == 0x1B and command.cdb[4] & 3 == 3 and self.reader is None:
            self.insert(disc())
            self.execute(Command(bytes(6), memoryview(b""), nexus=command.nexus), now)
        return super().execute(command, now)


@pytest.fixture
def settings() -> IscsiSettings:
    return IscsiSettings(port=0)


@pytest.fixture
def url(settings) -> Iterator[str]:
    road = IscsiRoad(settings)
    drive = Jukebox(serial="F1")
    drive.insert(disc())
    thread = PortThread(drive, road.port(0), "cdemu-drive-0", lambda event: None)
    thread.start()
    yield thread.mapping().url
    thread.stop()
    road.close()


def run(*arguments: str) -> str:
    done = subprocess.run(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, errors="replace"
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_discovery(url):
    portal = url.split("/")[2]
    listing = run("iscsi-ls", "-s", f"iscsi://{portal}/")
    assert f"Target:iqn.2026-01.net.sf.cdemu:drive0 Portal:{portal},1" in listing
    assert "Type:MMC" in listing


def test_inquiry_and_capacity(url):
    assert "Peripheral Device Type:MMC" in run("iscsi-inq", url)
    capacity = run("iscsi-readcapacity16", url)
    assert f"RETURNED LOGICAL BLOCK ADDRESS:{SECTORS - 1}" in capacity
    assert "LOGICAL BLOCK LENGTH IN BYTES:2048" in capacity


# Every family that a read-only drive of device type 5 can meet; docs/conformance.md has the whole list.
# Read10.ZeroBlocks and Read12.ZeroBlocks are not here: optical drives do not judge the address of nothing
FAMILIES = {
    "ALL.Inquiry": 7,
    "ALL.ModeSense6": 5,
    "ALL.TestUnitReady": 1,
    "ALL.ReadCapacity10": 1,
    "ALL.Read10.Simple": 1,
    "ALL.Read10.BeyondEol": 1,
    "ALL.Read10.ReadProtect": 1,
    "ALL.Read10.DpoFua": 1,
    "ALL.Read10.Async": 1,
    "ALL.Read12.Simple": 1,
    "ALL.Read12.BeyondEol": 1,
    "ALL.Read12.ReadProtect": 1,
    "ALL.Read12.DpoFua": 1,
    "ALL.ReadCapacity16": 4,
    "ALL.ReportSupportedOpcodes": 4,
    "ALL.Reserve6": 7,
    "ALL.StartStopUnit": 3,
    "ALL.Verify10": 8,
    "ALL.Verify12": 8,
    "iSCSI.iSCSIcmdsn": 2,
    "iSCSI.iSCSIResiduals": 10,
}


@pytest.mark.parametrize(("family", "tests"), FAMILIES.items())
def test_conformance(url, family, tests):
    report = run("iscsi-test-cu", "-f", "-n", "-t", family, url)
    row = re.search(r"^ +tests +(\d+) +(\d+) +(\d+) +(\d+)", report, re.M)
    assert row is not None, report
    total, ran, passed, failed = map(int, row.groups())
    failures = "\n".join(line for line in report.splitlines() if "CU_" in line or "FAILED" in line)
    assert (total, ran, passed, failed) == (tests, tests, tests, 0), failures


class TestWithChap:
    @pytest.fixture
    def settings(self) -> IscsiSettings:
        return IscsiSettings(port=0, credentials=Credentials("alice", "correct-horse-battery"))

    def test_right_secret(self, url):
        assert "Device Type:MMC" in run("iscsi-inq", url.replace("://", "://alice%correct-horse-battery@"))

    @pytest.mark.parametrize("who", ["", "alice%wrong-horse-battery@"])
    def test_wrong_or_no_secret(self, url, who):
        done = subprocess.run(
            ["iscsi-inq", url.replace("://", f"://{who}")], capture_output=True, text=True, timeout=30
        )
        assert done.returncode != 0
        assert "uthentication" in done.stdout + done.stderr
