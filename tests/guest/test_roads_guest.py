"""Every road that ends in a stock kernel: eight drives, their discs, their coming and going, a killed daemon.

One guest a road does it all (``exercise.py``); the tests look at what it saw.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import boot
import pytest
import sample_disc

pytestmark = [
    pytest.mark.guest,
    pytest.mark.endurance,
    pytest.mark.xdist_group("guest"),
    pytest.mark.timeout(1200),
]

HERE = Path(__file__).parent
TOOLS = HERE.parents[1] / "tools"
LENGTH = sample_disc.DATA_SECTORS * sample_disc.COOKED
STARTS = {1: 0, 2: 600, 3: 1125, 4: 1500}
"""Index 1 of every track, and the lead-out."""
MODULES = {
    "usbip": "vhci-hcd; modprobe usb-storage delay_use=0",
    "tcmu": "target_core_user tcm_loop",
    "iscsi": "iscsi_tcp",
}
SCRIPT = """
modprobe -a sr_mod sg isofs {modules}
mount -t configfs none /sys/kernel/config 2>/dev/null
echo InitiatorName=iqn.2026-01.test:guest >/etc/iscsi/initiatorname.iscsi
PYTHONPATH=/guest/site:/opt/python:/guest python3 exercise.py {road} sample.cue {length}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample disc's files."""
    folder = tmp_path_factory.mktemp("sample")
    sample_disc.write(folder)
    return folder


@pytest.fixture(scope="module", params=MODULES)
def seen(request: pytest.FixtureRequest, folder: Path, site: Path) -> dict[str, Any]:
    """All that a guest saw on one road."""
    script = SCRIPT.format(road=request.param, modules=MODULES[request.param], length=LENGTH)
    files = [HERE / "exercise.py", HERE / "probe.py", TOOLS, site, folder]
    done = boot.boot(script, files, timeout=1100)
    assert done.code == 0, f"{done.output}\n{done.console[-4000:]}"
    objects = [json.loads(line) for line in done.output.splitlines() if line.startswith("{")]
    print(f"{request.param}: up in {done.boot} s, script took {done.script} s")
    return {"road": request.param} | {name: value for one in objects for name, value in one.items()}


@pytest.fixture(scope="module")
def image(folder: Path) -> bytes:
    """The disc's sectors."""
    return (folder / "sample.bin").read_bytes()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def user_data(image: bytes) -> str:
    sectors = range(0, sample_disc.DATA_SECTORS * sample_disc.RAW, sample_disc.RAW)
    return sha256(b"".join(image[at + 16 : at + 2064] for at in sectors))


def test_eight_drives_are_read_at_once(seen: dict[str, Any], image: bytes) -> None:
    assert len(set(seen["nodes"])) == 8
    assert seen["digests"] == [user_data(image)] * 8


def test_the_drives_need_stock_modules_only(seen: dict[str, Any]) -> None:
    taints = [line for line in seen["modules"].splitlines() if line.split()[-1].startswith("(")]
    assert "sr_mod" in seen["modules"]
    assert taints == []


def test_every_file_of_the_mounted_disc_is_right(seen: dict[str, Any]) -> None:
    assert seen["files"] == {f"{name};1": sha256(data) for name, data in sample_disc.files().items()}


@pytest.mark.parametrize("track", [1, 2, 3])
def test_every_sector_is_bit_identical(seen: dict[str, Any], image: bytes, track: int) -> None:
    first, end = STARTS[track] * sample_disc.RAW, STARTS[track + 1] * sample_disc.RAW
    assert seen["frames"][str(track)] == sha256(image[first:end])


def test_drives_come_and_go_without_a_trace(seen: dict[str, Any]) -> None:
    before, after = seen["descriptors"]
    assert seen["rounds"] == 30
    assert after <= before
    assert seen["faults"] == []


def test_the_system_hears_of_an_unload_while_the_disc_is_mounted(seen: dict[str, Any]) -> None:
    assert seen["eject"]["empty"], seen["eject"]
    assert set(seen["eject"]["events"]) & {"DISK_MEDIA_CHANGE=1", "DISK_EJECT_REQUEST=1"}, seen["eject"]


def test_a_killed_daemon_ends_the_read_with_an_error(seen: dict[str, Any]) -> None:
    assert seen["kill"]["waiting"], "the read ended before the daemon did"
    assert seen["kill"]["code"] == 1
    assert "OSError" in seen["kill"]["words"]
    assert seen["kill"]["seconds"] < 60


def test_the_next_daemon_serves_again(seen: dict[str, Any], image: bytes) -> None:
    assert seen["again"] == [user_data(image)] * (8 if seen["road"] == "iscsi" else 2)


def test_the_end_of_the_daemon_leaves_nothing(seen: dict[str, Any]) -> None:
    assert seen["end"] == 0
    assert seen["left"] == []
