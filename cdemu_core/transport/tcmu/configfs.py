"""The kernel's objects behind a drive, made and removed through configfs.

A backstore (target_core_user) holds the ring; a loopback target (tcm_loop) with one logical unit makes a
SCSI device of it. Everything lies in a host bus adapter number of our own and is named by user and number,
so that no other program's objects are ever touched.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs

TARGET = "sys/kernel/config/target"
ADAPTER = 3294  # 0CDEh: the number of our host bus adapter
BLOCK_SIZE = 2048
NOMINAL_SIZE = 1 << 30  # the drive answers READ CAPACITY itself; this only has to be a multiple of blocks
DATA_AREA_MIB = 16
TIME_OUT = 10
"""Seconds after which the kernel fails a command that nobody answers; below the initiator's own 30."""
FAIL_ALL = "2"  # reset_ring: end what is outstanding with CHECK CONDITION


@attrs.frozen
class Name:
    """The names of drive ``number`` of user ``uid`` in configfs."""

    uid: int
    number: int

    @property
    def backstore(self) -> str:
        """Of the backstore."""
        return f"cdemu-{self.uid}-{self.number}"

    @property
    def target(self) -> str:
        """World-wide name of the loopback target."""
        return f"naa.5cde0{self.uid & 0xFFFFFFFF:08x}{self.number & 0xFFF:03x}"

    @property
    def initiator(self) -> str:
        """World-wide name of its initiator."""
        return self.target.replace("5cde0", "5cde1")


class Configfs:
    """The objects below ``root`` (which replaces / for tests)."""

    def __init__(self, root: str = "/") -> None:
        self.root = root
        self._target = Path(root, TARGET)
        self._adapter = self._target / f"core/user_{ADAPTER}"

    def backstore(self, name: Name) -> Path:
        """The backstore's folder."""
        return self._adapter / name.backstore

    def gate(self, name: Name) -> Path:
        """The folder of the loopback target's only portal group."""
        return self._target / "loopback" / name.target / "tpgt_1"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other daemons from making or removing objects meanwhile."""
        descriptor = os.open(self._target / "core", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def names(self, uid: int) -> list[Name]:
        """The numbers that have objects, whole or half made."""
        pattern = re.compile(rf"cdemu-{uid}-(\d{{1,4}})")
        found = {int(match[1]) for entry in _entries(self._adapter) if (match := pattern.fullmatch(entry))}
        ours = Name(uid, 0).target[:-3]
        found |= {
            int(entry[-3:], 16)
            for entry in _entries(self._target / "loopback")
            if re.fullmatch(re.escape(ours) + "[0-9a-f]{3}", entry)
        }
        return [Name(uid, number) for number in sorted(found)]

    def create(self, name: Name) -> None:
        """Make and enable the backstore: its ring appears as a uio device. Raises OSError."""
        self._make(self._target / "core")
        self._make(self._adapter)
        folder = self.backstore(name)
        self._make(folder)
        for line in (
            f"dev_size={NOMINAL_SIZE}",
            f"hw_block_size={BLOCK_SIZE}",
            f"dev_config=cdemu/{name.backstore}",
            f"max_data_area_mb={DATA_AREA_MIB}",
            "nl_reply_supported=-1",  # nobody answers on netlink
        ):
            _write(folder / "control", line)
        _write(folder / "attrib/cmd_time_out", str(TIME_OUT))  # only possible before the unit is linked
        if (folder / "attrib/tmr_notification").exists():
            _write(folder / "attrib/tmr_notification", "1")
        _write(folder / "enable", "1")

    def link(self, name: Name) -> None:
        """Make a SCSI device of it; the kernel asks for it at once. Raises OSError."""
        gate = self.gate(name)
        for folder in (gate.parent.parent, gate.parent, gate):
            self._make(folder)
        _write(gate / "nexus", name.initiator)
        unit = gate / "lun/lun_0"
        self._make(unit)
        os.symlink(self.backstore(name), unit / "link")

    def address(self, name: Name) -> str | None:
        """The SCSI address host:channel:id:lun of the device; None while there is none."""
        try:
            text = (self.gate(name) / "address").read_text("ascii").strip()
        except OSError:
            return None
        return f"{text}:0" if re.fullmatch(r"\d+:\d+:\d+", text) else None

    def fail_outstanding(self, name: Name) -> None:
        """End the commands that a dead daemon left; as far as this kernel can."""
        action = self.backstore(name) / "action"
        for file, value in (("block_dev", "1"), ("reset_ring", FAIL_ALL), ("block_dev", "0")):
            with suppress(OSError):  # older kernels lack these: the commands' time runs out then
                _write(action / file, value)

    def unlink(self, name: Name) -> None:
        """Take the SCSI device away. What is not there is as good as removed. Raises OSError."""
        gate = self.gate(name)
        with suppress(FileNotFoundError):
            os.unlink(gate / "lun/lun_0/link")
        for folder in (gate / "lun/lun_0", gate, gate.parent):
            self._remove(folder)

    def remove(self, name: Name) -> None:
        """Take the backstore away, after ``unlink``; the adapter goes with the last. Raises OSError."""
        self._remove(self.backstore(name))
        with suppress(OSError):  # other drives' backstores are in it
            self._remove(self._adapter)

    def uio(self, name: Name) -> str | None:
        """The uio device of the backstore's ring, as "uio0"; None when it has none."""
        for entry in _entries(Path(self.root, "sys/class/uio")):
            try:
                text = Path(self.root, "sys/class/uio", entry, "name").read_text("utf-8", "replace")
            except OSError:
                continue
            if text.strip().split("/")[:3] == ["tcm-user", str(ADAPTER), name.backstore]:
                return entry
        return None

    def ring_size(self, uio: str) -> int:
        """Bytes of the shared memory. Raises OSError, ValueError."""
        return int(Path(self.root, "sys/class/uio", uio, "maps/map0/size").read_text("ascii"), 16)

    def _make(self, folder: Path) -> None:
        with suppress(FileExistsError):
            os.mkdir(folder)

    def _remove(self, folder: Path) -> None:
        with suppress(FileNotFoundError):
            os.rmdir(folder)


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _write(file: Path, text: str) -> None:
    with open(file, "w", encoding="ascii") as stream:
        stream.write(text)
