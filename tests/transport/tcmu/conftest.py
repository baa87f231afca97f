"""The kernel's side of the shared memory, and of configfs."""

from __future__ import annotations

import mmap
import os
import shutil
import struct
from pathlib import Path
from typing import Any

import attrs
import pytest

from cdemu_core.transport.tcmu import configfs as rooms
from cdemu_core.transport.tcmu.configfs import ADAPTER, Configfs

RING_AT, RING_SIZE = 128, 1024
DATA_AT, SIZE = 2048, 65536
DATA_BLOCK = 4096
ENTRY = 112
"""Bytes of the smallest entry: room for the reply."""


@attrs.frozen
class Answer:
    """What the kernel gets for one command."""

    identity: int
    status: int
    flags: int
    length: int
    sense: bytes
    data: bytes


class KernelRing:
    """target_core_user: writes entries, takes replies. ``memory`` is what the drive maps."""

    def __init__(self, memory: Any = None, flags: int = 7) -> None:
        self.memory = bytearray(SIZE) if memory is None else memory
        struct.pack_into("=HHIII", self.memory, 0, 2, flags, RING_AT, RING_SIZE, 0)
        struct.pack_into("=I", self.memory, 64, 0)
        self.head = self.cleaned = 0
        self.places: dict[int, list[tuple[int, int]]] = {}
        self.next_data = DATA_AT

    def tail(self) -> int:
        return int(struct.unpack_from("=I", self.memory, 64)[0])

    def place(self, length: int, apart: bool) -> list[tuple[int, int]]:
        """Vectors for ``length`` bytes, in blocks that touch or do not."""
        vectors = []
        while length:
            size = min(length, DATA_BLOCK)
            if self.next_data + size > SIZE:
                self.next_data = DATA_AT
            vectors.append((self.next_data, size))
            self.next_data += size + (512 if apart else 0)
            length -= size
        return vectors

    def room(self, length: int) -> int:
        """Pad to the ring's start if an entry of ``length`` bytes does not fit before its end."""
        if self.head + length > RING_SIZE:
            self.entry(0, RING_SIZE - self.head, 0)
        return RING_AT + self.head

    def entry(self, op: int, length: int, identity: int) -> None:
        struct.pack_into("=IHBB", self.memory, RING_AT + self.head, length | op, identity, 0, 0)
        self.head = (self.head + length) % RING_SIZE
        struct.pack_into("=I", self.memory, 12, self.head)

    def command(
        self, identity: int, cdb: bytes, length: int = 0, out: bytes = b"", apart: bool = False
    ) -> None:
        vectors = self.place(len(out) or length, apart)
        at = 0
        for begin, size in vectors:
            self.memory[begin : begin + size] = (out[at : at + size]).ljust(size, b"\0")
            at += size
        size = max(ENTRY, 48 + 16 * len(vectors) + 16)
        start = self.room(size)
        cdb_at = start + 48 + 16 * len(vectors)
        self.memory[start + 8 : start + size] = bytes(size - 8)
        struct.pack_into("=IIIxxxxQ", self.memory, start + 8, len(vectors), 0, 0, cdb_at)
        for index, vector in enumerate(vectors):
            struct.pack_into("=QQ", self.memory, start + 48 + 16 * index, *vector)
        self.memory[cdb_at : cdb_at + len(cdb)] = cdb
        self.places[identity] = vectors
        self.entry(1, size, identity)

    def manage(self, function: int, identities: list[int]) -> None:
        size = 32 + -(-2 * len(identities) // 8) * 8
        start = self.room(size)
        struct.pack_into("=BxxxI", self.memory, start + 8, function, len(identities))
        struct.pack_into(f"={len(identities)}H", self.memory, start + 32, *identities)
        self.entry(2, size, 0)

    def answers(self) -> list[Answer]:
        """Replies given back since the last call."""
        found = []
        while self.cleaned != self.tail():
            at = RING_AT + self.cleaned
            length_op, identity, _, flags = struct.unpack_from("=IHBB", self.memory, at)
            if length_op & 7 == 1:
                status, length, sense = struct.unpack_from("=BxxxI96s", self.memory, at + 8)
                data = b"".join(
                    bytes(self.memory[begin : begin + size]) for begin, size in self.places.pop(identity)
                )
                found.append(Answer(identity, status, flags, length, sense, data))
            elif length_op & 7:
                found.append(Answer(identity, -1, flags, 0, b"", b""))
            self.cleaned = (self.cleaned + (length_op & ~7)) % RING_SIZE
        return found


@pytest.fixture
def kernel() -> KernelRing:
    return KernelRing()


@pytest.fixture(scope="session")
def make_kernel() -> type[KernelRing]:
    return KernelRing


class KernelConfigfs:
    """A folder that behaves like configfs, with uio devices; ``log``: what was done, in order."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.target = root / "sys/kernel/config/target"
        self.log: list[tuple[str, str]] = []
        self.minors = 0
        (self.target / "core").mkdir(parents=True)
        (self.target / "loopback").mkdir()
        (root / "sys/class/uio").mkdir(parents=True)
        (root / "dev").mkdir()
        for module in ("target_core_user", "tcm_loop"):
            (root / "sys/module" / module).mkdir(parents=True)
        monkeypatch.setattr(Configfs, "_make", lambda _, folder: self.make(folder))
        monkeypatch.setattr(Configfs, "_remove", lambda _, folder: self.remove(folder))
        write = rooms._write
        monkeypatch.setattr(rooms, "_write", lambda file, text: self.write(file, text, write))

    def make(self, folder: Path) -> None:
        if folder.exists():
            return
        os.mkdir(folder)
        self.log.append(("mkdir", folder.name))
        if folder.parent.name == f"user_{ADAPTER}":
            for default in ("attrib", "action"):
                (folder / default).mkdir()
            for file in ("control", "enable", "attrib/cmd_time_out", "attrib/tmr_notification"):
                (folder / file).touch()
        elif folder.name == "tpgt_1":
            (folder / "lun").mkdir()
            (folder / "nexus").touch()
            (folder / "address").write_text("3:0:1\n")

    def remove(self, folder: Path) -> None:
        if not folder.exists():
            return
        unwanted = {"lun_0", "link", "tpgt_1"} | {
            entry.name for entry in folder.iterdir() if entry.name.startswith("cdemu-")
        }
        if any(path.name in unwanted for path in folder.rglob("*")):
            raise OSError(39, "Directory not empty")
        shutil.rmtree(folder)
        self.log.append(("rmdir", folder.name))
        for uio in (self.root / "sys/class/uio").iterdir():
            if (uio / "name").read_text().split("/")[2] == folder.name:
                shutil.rmtree(uio)
                (self.root / "dev" / uio.name).unlink()

    def write(self, file: Path, text: str, write: Any) -> None:
        self.log.append((file.name, text))
        write(file, text)
        if file.name == "enable":
            self.uio(file.parent.name)

    def uio(self, backstore: str, adapter: int = ADAPTER) -> Path:
        """A uio device whose file is the shared memory."""
        uio = self.root / f"sys/class/uio/uio{self.minors}"
        self.minors += 1
        (uio / "maps/map0").mkdir(parents=True)
        (uio / "maps/map0/size").write_text(f"{SIZE:#x}\n")
        (uio / "name").write_text(f"tcm-user/{adapter}/{backstore}/cdemu/{backstore}\n")
        device = self.root / "dev" / uio.name
        device.write_bytes(bytes(SIZE))
        KernelRing(self.mapped(device))
        return device

    def mapped(self, device: Path) -> mmap.mmap:
        """The kernel's view of a device's memory."""
        with open(device, "r+b") as file:
            return mmap.mmap(file.fileno(), SIZE)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KernelConfigfs:
    return KernelConfigfs(tmp_path, monkeypatch)
