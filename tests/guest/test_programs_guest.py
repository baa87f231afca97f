"""Programs that know optical drives, and the kernel's CD-ROM ioctls, with drives of ours in a guest.

One guest runs them all; the tests look at exit codes, words and, above all, at what was read.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import boot
import iso9660
import numpy as np
import pytest
import sample_disc

from cdemu_core.disc.reader import DiscReader
from cdemu_core.loading.loader import ImageLoader, LoadRequest
from cdemu_core.plugin.host import PluginHost

pytestmark = [pytest.mark.guest, pytest.mark.xdist_group("guest"), pytest.mark.timeout(600)]

RAW, PACKS = 2352, 96
DATA_END, AUDIO, THIRD, END = 450, 600, 1125, 1500
"""Where the data track ends, and where the two audio tracks and the lead-out begin."""
DVD_SECTORS = 1_000_000
SCRIPT = "modprobe -a virtio_scsi sr_mod sg isofs\npython3 programs.py /dev/sr0 /dev/sr1\n"
SAID = {
    "sg_inq": r"PDT=5  RMB=1[\s\S]*Vendor identification: CDEmu[\s\S]*Unit serial number: 000",
    "sg_inq serial": r"Unit serial number: 000",
    "sg_vpd": r"Unit serial number \[sn\]\s+Device identification \[di\]",
    "sg_vpd identification": r"T10 vendor identification[\s\S]*CD-ROM 000",
    "sg_modes": r"Read-Write error recovery[\s\S]*Timeout and protect[\s\S]*MM capabilities",
    "sg_modes capabilities": r"MM capabilities and mechanical status",
    "sg_get_config": r"Current profile: CD-ROM\n[\s\S]*CD read feature[\s\S]*Drive serial number",
    "sg_opcodes": r" 9e +10 +16 +[\s\S]* a3 +c +12 [\s\S]* be +12 ",
    "sg_opcodes one": r"Usage data: 9e ff ff",
    "sg_luns": r"Lun list length = 8 ",
    "sg_readcap": r"Last LBA=1499 \(0x5db\), Number of logical blocks=1500\s+Logical block length=2048 bytes",
    "sg_turs": r"^$",
    "sg_requests": r"Additional sense: Audio play operation successfully completed",
    "sg_prevent": r"^$",
    "cd-info": r"170: 00:22:00  001500 leadout[\s\S]*0000000000017[\s\S]*ISRC: ZZCDE2400001",
    "cd-drive": r"Can read C2 Errors +: Yes[\s\S]*Can play audio +: Yes[\s\S]*Can read DVD-ROM +: Yes",
    "mmc-tool inquiry": r"Vendor  : CDEmu +\nModel   : CD-ROM",
    "mmc-tool capabilities": r"Loading mechanism type",
    "mmc-tool mcn": r"0000000000017",
    "mmc-tool speed": r"driver operation was successful",
    "cdparanoia 2": r"Ripping from sector +600 [\s\S]*Done\.",
    "cdparanoia 3": r"Ripping from sector +1125 [\s\S]*Done\.",
    "cdrdao disk-info": r"Toc Type +: CD-DA or CD-ROM\nSessions +: 1\nLast Track +: 3\nAppendable +: no",
    "cdrdao plain": r"Found ISRC code[\s\S]*Found disk catalogue number\.\nReading of toc and track data fin",
    "cdrdao": r"Raw P-W sub-channel reading \(audio track\) is supported[\s\S]*finished successfully",
    "wodim -toc": r"track:   2 lba:       600 [\s\S]*track:lout lba:      1500 ",
    "wodim -prcap": r"Does read CD-R media[\s\S]*Does read R-W subcode[^\n]*\s+Does not return R-W",
    "readom": r"Read 900\.00 kB",
    "readom -clone": r"addr:     1500",
    "readom -c2scan": r"addr:      450",
    "cdrom_id": r"ID_CDROM_MEDIA_CD=1[\s\S]*TRACK_COUNT_AUDIO=2\nID_CDROM_MEDIA_TRACK_COUNT_DATA=1",
    "dvd+rw-mediainfo": r"Mounted Media: +10h, DVD-ROM[\s\S]*READ DVD STRUCTURE[\s\S]*1000000\*2KB",
    "cdrom_id dvd": r"ID_CDROM_MEDIA_DVD=1\nID_CDROM_MEDIA_STATE=complete",
    "sg_get_config dvd": r"Current profile: DVD-ROM",
    "sg_readcap dvd": r"Last LBA=999999 ",
    "readom dvd": r"Capacity: 1000000 Blocks",
}
"""What each program that must succeed says."""
REFUSED = {"sg_vpd missing page"}
"""Programs that ask for what an optical drive has not."""
DVD_MEDIAINFO_CODES = (0, 252)
"""dvd+rw-mediainfo leaves with an error after any medium that cannot be written."""
PLAYING, PAUSED, COMPLETED, NONE = 0x11, 0x12, 0x13, 0x15


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TOC image with R-W packs of its own in every sector, and an image of a DVD."""
    folder = tmp_path_factory.mktemp("discs")
    sample_disc.write(folder)
    frames = np.fromfile(folder / "sample.bin", np.uint8).reshape(-1, RAW)
    frames[DATA_END:] = frames[DATA_END:].reshape(-1, RAW // 2, 2)[:, :, ::-1].reshape(-1, RAW)
    packs = np.random.default_rng(1).integers(0, 0x40, (len(frames), PACKS), np.uint8)
    np.hstack([frames, packs]).tofile(folder / "disc.bin")
    (folder / "disc.toc").write_text(toc(), "ascii")
    with (folder / "dvd.iso").open("wb") as dvd:
        dvd.write(iso9660.image("A_DVD", {"A.TXT": b"a"}))
        dvd.truncate(DVD_SECTORS * 2048)
    return folder


def toc() -> str:
    """cdrdao's description of the disc; its audio is big-endian."""
    lines = ["CD_ROM", f'CATALOG "{sample_disc.MCN}"', "TRACK MODE1_RAW RW_RAW"]
    lines += [f'DATAFILE "disc.bin" {sample_disc.time_of(DATA_END)}']
    for start, end, tone in ((DATA_END, 975, sample_disc.TONES[0]), (975, END, sample_disc.TONES[1])):
        lines += ["TRACK AUDIO RW_RAW", f'ISRC "{tone.isrc}"']
        place = f"#{start * (RAW + PACKS)} 0 {sample_disc.time_of(end - start)}"
        lines += [f'FILE "disc.bin" {place}', "START 00:02:00"]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def seen(folder: Path, served: Any) -> dict[str, Any]:
    """All that the guest saw."""
    served.cdemu("add-device")
    served.cdemu("load", "0", str(folder / "disc.toc"), "--wait")
    served.cdemu("load", "1", str(folder / "dvd.iso"), "--wait")
    urls = [row["sr"] for row in json.loads(served.cdemu("device-mapping", "--json"))]
    done = boot.boot(SCRIPT, [Path(__file__).with_name("programs.py")], urls)
    assert done.code == 0, f"{done.output}\n{done.console[-4000:]}"
    result: dict[str, Any] = json.loads(done.output)
    return result


@pytest.fixture(scope="module")
def frames(folder: Path) -> bytes:
    """The disc's frames, audio as drives deliver it."""
    return (folder / "sample.bin").read_bytes()


@pytest.mark.parametrize("name", SAID)
def test_programs_understand_the_drive(seen: dict[str, Any], name: str) -> None:
    result = seen["programs"][name]
    codes = DVD_MEDIAINFO_CODES if name == "dvd+rw-mediainfo" else (0,)
    assert result["code"] in codes, result["text"]
    assert re.search(SAID[name], result["text"]), result["text"]


def test_every_program_was_judged(seen: dict[str, Any]) -> None:
    assert set(seen["programs"]) == set(SAID) | REFUSED
    assert all(seen["programs"][name]["code"] for name in REFUSED)


@pytest.mark.parametrize(("file", "start", "end"), [("rip2", AUDIO, THIRD), ("rip3", THIRD, END)])
def test_cdparanoia_rips_bit_for_bit(
    seen: dict[str, Any], frames: bytes, file: str, start: int, end: int
) -> None:
    assert seen["files"][file]["sha256"] == sha256(frames[start * RAW : end * RAW])


def test_cdrdao_reads_every_frame(seen: dict[str, Any], folder: Path) -> None:
    frames, _ = copied_by_cdrdao(folder)
    assert seen["files"]["plain.bin"] == {"size": len(frames), "sha256": sha256(frames)}
    assert 'ISRC "ZZCDE2400001"' in seen["toc"]
    assert 'ISRC "ZZCDE2400002"' in seen["toc"]
    assert 'CATALOG "0000000000017"' in seen["toc"]


def test_cdrdao_reads_every_frame_with_its_packs(seen: dict[str, Any], folder: Path) -> None:
    frames, packs = copied_by_cdrdao(folder)
    assert seen["files"]["cdrdao.bin"]["size"] == len(frames) + len(packs)
    assert seen["halves"] == {"frames": sha256(frames), "packs": sha256(packs)}
    assert seen["raw toc"].count("RW_RAW") >= 3


def copied_by_cdrdao(folder: Path) -> tuple[bytes, bytes]:
    """Frames (audio big-endian) and packs of all tracks; cdrdao leaves out the gap before the audio."""
    rows = np.fromfile(folder / "disc.bin", np.uint8).reshape(-1, RAW + PACKS)
    kept = np.vstack([rows[:DATA_END], rows[AUDIO:END]])
    return kept[:, :RAW].tobytes(), kept[:, RAW:].tobytes()


def test_readom_copies_the_data_track(seen: dict[str, Any], frames: bytes) -> None:
    user = b"".join(frames[at + 16 : at + 2064] for at in range(0, DATA_END * RAW, RAW))
    assert seen["files"]["readom"]["sha256"] == sha256(user)


def test_readom_clones_frames_and_sub_channel(seen: dict[str, Any], folder: Path) -> None:
    image = ImageLoader(PluginHost()).load(LoadRequest((str(folder / "disc.toc"),)))
    try:
        reader = DiscReader(image.disc)
        main = np.frombuffer(reader.read_frames(0, END), np.uint8).reshape(-1, RAW)
        sub = np.frombuffer(reader.read_subchannel(0, END), np.uint8).reshape(-1, PACKS)
        expected = np.hstack([main, sub]).tobytes()
    finally:
        image.close()
    packs = np.fromfile(folder / "disc.bin", np.uint8).reshape(-1, RAW + PACKS)[:END, RAW:]
    assert (sub & 0x3F == packs).all()
    assert seen["files"]["clone"] == {"size": len(expected), "sha256": sha256(expected)}


def test_readom_copies_a_dvd(seen: dict[str, Any], folder: Path) -> None:
    with (folder / "dvd.iso").open("rb") as dvd:
        assert seen["files"]["dvd"]["sha256"] == sha256(dvd.read(64 * 2048))


def test_a_player_finds_its_way(seen: dict[str, Any]) -> None:
    player = seen["player"]
    assert player["before"]["status"] == NONE
    playing = player["playing"]
    assert (playing["status"], playing["track"]) == (PLAYING, 2)
    assert 0 < playing["relative"] <= player["elapsed"] * 75 + 2
    assert playing["absolute"] == AUDIO + playing["relative"]
    assert player["paused"]["status"] == PAUSED
    assert player["still"] == player["paused"]
    assert player["resumed"]["status"] == PLAYING
    assert player["resumed"]["absolute"] > player["still"]["absolute"]
    assert player["stopped"]["status"] == NONE
    assert player["completed"] == {"status": COMPLETED, "track": 3, "absolute": END - 1, "relative": 374}


def test_a_player_sets_the_volume(seen: dict[str, Any]) -> None:
    assert seen["player"]["volume"] == [128, 64, 0, 0]


def test_a_data_track_is_not_played(seen: dict[str, Any]) -> None:
    assert seen["player"]["data track"] == os.strerror(5)
