"""The USB/IP road under a stock kernel: a drive of ours, plugged in by the guest's own vhci_hcd."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boot
import pytest

import cdemu_core
from cdemu_core.testing.discs import iso_payload

SECTORS = 3000
GUEST_PYTHON = (3, 11)  # Debian 12's

pytestmark = [
    pytest.mark.guest,
    pytest.mark.xdist_group("guest"),
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        sys.version_info[:2] != GUEST_PYTHON,
        reason="the guest runs this interpreter's compiled modules on Python 3.11",
    ),
]

SERVER = f"""
import sys, time
from cdemu_core.scsi.drive import Drive
from cdemu_core.testing.discs import data_disc
from cdemu_core.transport.roads import RoadSettings, choose
from cdemu_core.transport.thread import PortThread

road, why = choose("auto", RoadSettings())
drive = Drive(serial="GUEST1")
drive.insert(data_disc({SECTORS}))
thread = PortThread(drive, road.port(0), "drive", lambda event: print(event, file=sys.stderr, flush=True))
thread.start()
print(road.name, flush=True)
for verb in sys.stdin:
    getattr(thread, verb.strip())()
"""
SCRIPT = """
modprobe -a vhci-hcd usb-storage sr_mod sg isofs
export PYTHONPATH=/guest
mkfifo /tmp/verbs; sleep 1000 > /tmp/verbs &
python3 server.py < /tmp/verbs > /tmp/road 2> /tmp/events & server=$!
until_() {
    i=0
    until eval "$1"; do sleep 0.1; i=$((i + 1)); [ $i -lt 400 ] || { cat /tmp/events; exit 1; }; done
}
say() { python3 -c 'import json, sys; print(json.dumps(sys.argv[1:2] + [sys.stdin.read()]))' "$1"; }

until_ '[ -b /dev/sr0 ]'; udevadm settle
say road < /tmp/road
sha256sum < /dev/sr0 | say digest
udevadm info -q property /dev/sr0 | say udev
sg_inq /dev/sr0 | say inquiry
echo suspend > /tmp/verbs; until_ '[ ! -e /dev/sr0 ]'
echo resume > /tmp/verbs; until_ '[ -b /dev/sr0 ]'; udevadm settle
sha256sum < /dev/sr0 | say "digest after sleep"
kill -9 $server; until_ '[ ! -e /dev/sr0 ]'
say events < /tmp/events
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("guest")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(cdemu_core.__file__).parent, folder / "cdemu_core", ignore=ignored)
    for name in ("attr", "attrs", "fastcrc"):
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        shutil.copytree(Path(spec.origin).parent, folder / name, ignore=ignored)
    (folder / "server.py").write_text(SERVER)
    done = boot.boot(SCRIPT, [folder])
    assert done.code == 0, f"{done.output}\n{done.console[-4000:]}"
    return dict(json.loads(line) for line in done.output.splitlines())


def test_the_road_is_taken_without_being_asked_for(seen):
    assert seen["road"] == "usbip\n"


def test_every_byte_is_right_before_and_after_sleep(seen):
    digest = hashlib.sha256(iso_payload(SECTORS)).hexdigest()
    assert seen["digest"].split()[0] == digest
    assert seen["digest after sleep"].split()[0] == digest


def test_udev_knows_the_drive_and_the_disc(seen):
    properties = dict(line.split("=", 1) for line in seen["udev"].splitlines())
    assert properties["ID_CDROM_MEDIA_TRACK_COUNT_DATA"] == "1"
    assert properties["ID_FS_TYPE"] == "iso9660"
    assert properties["ID_BUS"] == "usb"
    assert properties["ID_SERIAL_SHORT"] == "00CDE0000000"


def test_inquiry_reaches_the_drive(seen):
    assert "Vendor identification: CDEmu" in seen["inquiry"]
    assert "Unit serial number: GUEST1" in seen["inquiry"]


def test_the_port_found_the_nodes(seen):
    assert "sr='/dev/sr0', sg='/dev/sg0'" in seen["events"]
    assert "PortLost" not in seen["events"]
