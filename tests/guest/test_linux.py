"""A stock Linux kernel and its programs with a drive of ours: everything they read is what the image holds.

Once the daemon runs on this machine and qemu passes every command of the guest's own sr and sg drivers
through; and once for every road that ends in the guest's kernel, with the daemon in the guest. One guest a
road does all the reading, the tests look at what it saw.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import boot
import pytest
import sample_disc

pytestmark = [pytest.mark.guest, pytest.mark.xdist_group("guest"), pytest.mark.timeout(600)]

DATA = sample_disc.DATA_SECTORS
PROBE = f"python3 probe.py $node {DATA * 2048} 2 3"
OUTSIDE = f"""
modprobe -a virtio_scsi sr_mod sg isofs
node=/dev/sr0
{PROBE}
"""
INSIDE = f"""
modprobe -a sr_mod sg isofs configfs $modules
mount -t configfs configfs /sys/kernel/config
export PYTHONPATH=/guest/site:/opt/python
python3 drive.py --road $road sample.cue >drive.log 2>&1 &
drive=$!
until grep -q ^stop: drive.log; do kill -0 $drive || {{ cat drive.log; exit 1; }}; sleep 0.2; done
node=$(sed -n 's|^drive 0: *\\(/dev/sr[0-9]*\\).*|\\1|p' drive.log)
if [ -z "$node" ]; then $(grep -o 'iscsistart .*' drive.log) >/dev/null; node=/dev/sr0; fi
{PROBE}
export DBUS_SESSION_BUS_ADDRESS="$(sed -n "s/^ *export .*='\\(.*\\)'/\\1/p" drive.log)"
printf '{{"status": %s}}\\n' "$(python3 -m cdemu_core status --json | tr -d '\\n')"
kill $drive; wait $drive
printf '{{"left": "%s"}}\\n' "$(ls -d $gone /tmp/cdemu-drive* 2>/dev/null | tr '\\n' ' ')"
"""
ROADS = {
    "usbip": "road=usbip modules='vhci-hcd usb-storage' gone=/dev/sr0",
    "tcmu": "road=tcmu modules='target_core_user tcm_loop' gone=/dev/sr0",
    "iscsi": "road=iscsi modules=iscsi_tcp gone=",
}
"""Roads inside the guest: the modules they need, and what the end of the daemon takes away."""
STARTS = {1: 0, 2: 600, 3: 1125, 0xAA: 1500}
"""Index 1 of every track, and the lead-out."""
RAW = 2352
PROGRAMS = {
    "cd-info": r"Disc mode is listed as: CD-DATA \(Mode 1\)[\s\S]*"
    r"1: 00:02:00  000000 data [\s\S]*2: 00:10:00  000600 audio[\s\S]*3: 00:17:00  001125 audio[\s\S]*"
    r"170: 00:22:00  001500 leadout[\s\S]*\(MCN\): 0000000000017[\s\S]*TRACK  2 ISRC: ZZCDE2400001[\s\S]*"
    r"TITLE: A sample",
    "cdparanoia": r"2\. +525 \[00:07\.00\] +600 [\s\S]*3\. +375 \[00:05\.00\] +1125 ",
    "sg_inq": r"PDT=5  RMB=1[\s\S]*Vendor identification: CDEmu[\s\S]*Unit serial number: \S",
    "sg_vpd": r"Unit serial number \[sn\]\s+Device identification \[di\]",
    "sg_vpd serial": r"Unit serial number: \S",
    "sg_vpd identification": r"Addressed logical unit:",
    "sg_modes": r"Read-Write error recovery[\s\S]*MM capabilities and mechanical status",
    "sg_get_config": r"Current profile: CD-ROM\n",
    "sg_luns": r"Lun list length = 8 ",
    "sg_readcap": r"Last LBA=1499 \(0x5db\), Number of logical blocks=1500\s+Logical block length=2048 bytes",
    "sg_turs": r"^$",
    "wodim": r"track:   1 lba:         0 [\s\S]*track:lout lba:      1500 ",
    "blockdev": f"^{1500 * 2048}$",
}
"""What each program of the guest must say of the drive."""
UDEV = {
    "ID_CDROM": "1",
    "ID_CDROM_MEDIA": "1",
    "ID_CDROM_MEDIA_CD": "1",
    "ID_CDROM_MEDIA_SESSION_COUNT": "1",
    "ID_CDROM_MEDIA_TRACK_COUNT": "3",
    "ID_CDROM_MEDIA_TRACK_COUNT_AUDIO": "2",
    "ID_CDROM_MEDIA_TRACK_COUNT_DATA": "1",
    "ID_FS_LABEL": "CDEMU_SAMPLE",
    "ID_FS_TYPE": "iso9660",
}
PROBE_FILE = Path(__file__).with_name("probe.py")
TOOLS = Path(__file__).parents[2] / "tools"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample disc's files."""
    folder = tmp_path_factory.mktemp("sample")
    sample_disc.write(folder)
    return folder


@pytest.fixture(scope="module", params=["outside", *ROADS])
def seen(request: pytest.FixtureRequest, folder: Path) -> dict[str, Any]:
    """All that the guest saw of the drive on one road."""
    if request.param == "outside":
        served = request.getfixturevalue("served")
        served.cdemu("load", "0", str(folder / "sample.cue"), "--wait")
        seen = guest(OUTSIDE, [PROBE_FILE], [served.url])
        return seen | {"status": json.loads(served.cdemu("status", "--json")), "left": ""}
    site = request.getfixturevalue("site")
    return guest(f"{ROADS[request.param]}\n{INSIDE}", [PROBE_FILE, TOOLS, site, folder], [])


def guest(script: str, additions: list[Path], urls: list[str]) -> dict[str, Any]:
    """The objects that a guest's script printed, one a line, as one."""
    done = boot.boot(script, additions, urls)
    assert done.code == 0, f"{done.output}\n{done.console[-4000:]}"
    objects = [json.loads(line) for line in done.output.splitlines() if line.startswith("{")]
    return {name: value for one in objects for name, value in one.items()}


@pytest.fixture(scope="module")
def image(folder: Path) -> bytes:
    """The disc's sectors."""
    return (folder / "sample.bin").read_bytes()


def test_every_file_of_the_mounted_disc_is_right(seen: dict[str, Any]) -> None:
    assert seen["files"] == {f"{name};1": sha256(data) for name, data in sample_disc.files().items()}


def test_the_block_device_reads_as_the_data_track(seen: dict[str, Any], image: bytes) -> None:
    user = b"".join(image[at + 16 : at + 2064] for at in range(0, DATA * RAW, RAW))
    assert seen["block"] == sha256(user)


def test_the_table_of_contents_is_right(seen: dict[str, Any]) -> None:
    assert {track: start for track, _, start in seen["toc"]} == STARTS
    assert [control & 4 for _, control, _ in seen["toc"][:-1]] == [4, 0, 0]


@pytest.mark.parametrize("track", [1, 2, 3])
def test_every_sector_is_bit_identical(seen: dict[str, Any], image: bytes, track: int) -> None:
    assert seen["frames"][str(track)] == sha256(between(image, track))


@pytest.mark.parametrize("track", [2, 3])
def test_ripped_audio_is_bit_identical(seen: dict[str, Any], image: bytes, track: int) -> None:
    assert seen["ripped"][str(track)] == sha256(between(image, track))


def between(image: bytes, track: int) -> bytes:
    """The sectors from a track's index 1 to the next one's: what a ripper takes for the track."""
    end = STARTS.get(track + 1, STARTS[0xAA])
    return image[STARTS[track] * RAW : end * RAW]


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_understand_the_drive(seen: dict[str, Any], name: str) -> None:
    result = seen["tools"][name]
    assert result["code"] == 0, result["text"]
    assert re.search(PROGRAMS[name], result["text"]), result["text"]


def test_udev_tells_the_disc(seen: dict[str, Any]) -> None:
    properties = dict(line.split("=", 1) for line in seen["tools"]["udev"]["text"].splitlines())
    assert {name: properties.get(name) for name in UDEV} == UDEV
    assert "scsi-1CDEmu" in properties["DEVLINKS"] or "by-id" in properties["DEVLINKS"]


def test_an_eject_in_the_guest_empties_the_drive(seen: dict[str, Any]) -> None:
    assert seen["eject"]["code"] == 0, seen["eject"]["text"]
    assert seen["status"] == [{"device": 0, "loaded": False, "files": []}]


def test_the_end_of_the_daemon_leaves_nothing(seen: dict[str, Any]) -> None:
    assert seen["left"] == ""
