"""The TCMU road under a stock kernel: whose objects are whose, and sleep."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import boot
import pytest

from cdemu_core.testing.discs import iso_payload

pytestmark = [pytest.mark.guest, pytest.mark.xdist_group("guest"), pytest.mark.timeout(400)]

SECTORS = 1000
SERVER = f"""
import sys
from cdemu_core.scsi.drive import Drive
from cdemu_core.testing.discs import data_disc
from cdemu_core.transport.roads import RoadSettings, choose
from cdemu_core.transport.thread import PortThread

road, why = choose("auto", RoadSettings())
drive = Drive(serial=sys.argv[1])
drive.insert(data_disc({SECTORS}))
thread = PortThread(drive, road.port(0), "drive", lambda event: print(event, file=sys.stderr, flush=True))
thread.start()
print(road.name, why, flush=True)
for verb in sys.stdin:
    getattr(thread, verb.strip())()
    if verb.strip() == "stop":
        break
"""
SCRIPT = """
modprobe -a sr_mod sg target_core_user tcm_loop
mount -t configfs none /sys/kernel/config 2>/dev/null
export PYTHONPATH=/guest/site:/opt/python
core=/sys/kernel/config/target/core
until_() {
    i=0
    until eval "$1"; do
        sleep 0.1; i=$((i + 1)); [ $i -lt 600 ] && continue
        echo "vain: $1"; cat /tmp/*.events; dmesg | tail; exit 1
    done
}
say() { python3 -c 'import json, sys; print(json.dumps([sys.argv[1], sys.stdin.read()]))' "$1"; }
serve() {
    mkfifo /tmp/$1; sleep 1000 >/tmp/$1 &
    python3 server.py $1 </tmp/$1 >/tmp/$1.road 2>/tmp/$1.events &
}
objects() { ls $core/user_3294 2>/dev/null | grep cdemu-; }

mkdir -p $core/user_0/cdemu-0-7
serve FIRST; first=$!; until_ '[ -b /dev/sr0 ]'
say road </tmp/FIRST.road
serve SECOND; second=$!; until_ '[ -b /dev/sr1 ]'; udevadm settle
objects | say two
cat $core/user_3294/cdemu-0-0/attrib/cmd_time_out | say patience
sha256sum </dev/sr0 | say digest
sg_inq /dev/sr1 | say inquiry
echo suspend >/tmp/SECOND; until_ '[ ! -e /dev/sr1 ]'
objects | say suspended
echo resume >/tmp/SECOND; until_ '[ -b /dev/sr1 ]'; udevadm settle
kill -9 $first; sleep 0.2
serve THIRD; third=$!; until_ 'grep -q "sr=./dev/sr" /tmp/THIRD.events'; udevadm settle
objects | say restarted
sha256sum </dev/sr1 | say survivor
echo stop >/tmp/SECOND; wait $second; echo stop >/tmp/THIRD; wait $third
until_ '! ls /dev/sr* 2>/dev/null'
{ objects; ls /sys/kernel/config/target/loopback | grep naa; true; } | say left
ls $core/user_0 | say stranger
dmesg | grep -E 'BUG:|WARNING:|Oops|Call Trace' | say faults
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, site: Path) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "server.py").write_text(SERVER, "utf-8")
    done = boot.boot(SCRIPT, [folder, site], timeout=300)
    assert done.code == 0, f"{done.output}\n{done.console[-4000:]}"
    return dict(json.loads(line) for line in done.output.splitlines() if line.startswith("["))


DIGEST = hashlib.sha256(iso_payload(SECTORS)).hexdigest()


def test_auto_takes_the_road_where_it_is_the_first_to_work(seen: dict[str, Any]) -> None:
    assert seen["road"].startswith("tcmu vhba: ")
    assert "usbip: The kernel module vhci-hcd is not loaded." in seen["road"]


def test_every_byte_is_right(seen: dict[str, Any]) -> None:
    assert seen["digest"].split()[0] == DIGEST


def test_two_daemons_of_a_user_have_drives_of_their_own(seen: dict[str, Any]) -> None:
    assert seen["two"].split() == ["cdemu-0-0", "cdemu-0-1"]
    assert "Unit serial number: SECOND" in seen["inquiry"]


def test_the_kernels_patience_is_set(seen: dict[str, Any]) -> None:
    assert seen["patience"].strip() == "10"


def test_a_drive_goes_before_sleep_and_comes_back(seen: dict[str, Any]) -> None:
    assert seen["suspended"].split() == ["cdemu-0-0"]
    assert seen["survivor"].split()[0] == DIGEST


def test_what_a_killed_daemon_left_is_replaced_and_the_living_one_stays(seen: dict[str, Any]) -> None:
    assert seen["restarted"].split() == ["cdemu-0-0", "cdemu-0-1"]


def test_the_end_removes_everything_and_nothing_of_others(seen: dict[str, Any]) -> None:
    assert seen["left"] == ""
    assert "cdemu-0-7" in seen["stranger"]
    assert seen["faults"] == ""
