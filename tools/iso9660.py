"""Writes a small ISO 9660 file system (ECMA-119, interchange level 1) that mounts anywhere."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple

SECTOR = 2048
SYSTEM_AREA = 16
FIRST_FREE = SYSTEM_AREA + 2
"""After the primary descriptor and the terminator."""
STAMP = (2024, 1, 1, 0, 0, 0)
DIRECTORY = 2


class Extent(NamedTuple):
    """Where a file or directory lies, in sectors, and its length in bytes."""

    start: int
    length: int


def sectors(length: int) -> int:
    """Sectors that ``length`` bytes take."""
    return -(-length // SECTOR)


def padded(data: bytes) -> bytes:
    """``data`` up to the end of its last sector."""
    return data.ljust(sectors(len(data)) * SECTOR, b"\0")


def both(value: int, size: int = 4) -> bytes:
    """A number in both byte orders (7.3.3, 7.2.3)."""
    return value.to_bytes(size, "little") + value.to_bytes(size, "big")


def record(name: bytes, extent: Extent, flags: int = 0) -> bytes:
    """A directory record (9.1)."""
    year, *rest = STAMP
    body = struct.pack("<B", 0) + both(extent.start) + both(extent.length)
    body += bytes([year - 1900, *rest, 0]) + bytes([flags, 0, 0]) + both(1, 2) + bytes([len(name)]) + name
    body += b"\0" * (len(body) % 2 == 0)
    return bytes([len(body) + 1]) + body


def directory(own: Extent, parent: Extent, entries: Mapping[bytes, tuple[Extent, int]]) -> bytes:
    """A directory's records; none crosses a sector's end (6.8.1.1)."""
    data = b""
    rows = [(b"\0", own, DIRECTORY), (b"\1", parent, DIRECTORY)]
    rows += [(name, *entries[name]) for name in sorted(entries)]
    for name, extent, flags in rows:
        row = record(name, extent, flags)
        if len(data) % SECTOR + len(row) > SECTOR:
            data = padded(data)
        data += row
    return padded(data)


def path_table(directories: list[tuple[str, Extent]], order: str) -> bytes:
    """The path table (9.4): the root, then its directories in order."""
    rows = b""
    for name, extent in directories:
        label = name.encode() or b"\0"
        rows += struct.pack(f"{order}BBIH", len(label), 0, extent.start, 1) + label + b"\0" * (len(label) % 2)
    return rows


def descriptor(volume: str, size: int, table: int, table_length: int, root: Extent) -> bytes:
    """The primary volume descriptor (8.4)."""
    text = "{:04}{:02}{:02}{:02}{:02}{:02}00".format(*STAMP).encode() + b"\0"
    never = b"0" * 16 + b"\0"
    fields = [
        b"\1CD001\1\0", b"LINUX".ljust(32), volume.encode().ljust(32), bytes(8), both(size), bytes(32),
        both(1, 2), both(1, 2), both(SECTOR, 2), both(table_length),
        struct.pack("<II", table, 0), struct.pack(">II", table + 1, 0),
        record(b"\0", root, DIRECTORY), b" " * (128 * 4 + 37 * 3), text, text, never, never, b"\1\0",
    ]  # fmt: skip
    return padded(b"".join(fields))


def image(volume: str, files: Mapping[str, bytes]) -> bytes:
    """The file system with ``files``: names like ``README.TXT`` or ``FOLDER/NOTE.TXT`` (one level, 8.3)."""
    names = ["", *sorted({name.partition("/")[0] for name in files if "/" in name})]
    members: dict[str, dict[bytes, tuple[Extent, int]]] = {name: {} for name in names}
    table = FIRST_FREE
    place = table + 2
    folders: dict[str, Extent] = {}
    for name in names:
        folders[name] = Extent(place, SECTOR)
        place += 1
    for name in names[1:]:
        members[""][name.encode()] = (folders[name], DIRECTORY)
    contents = b""
    for path in sorted(files):
        folder, _, leaf = path.rpartition("/")
        members[folder][f"{leaf};1".encode()] = (Extent(place, len(files[path])), 0)
        place += sectors(len(files[path]))
        contents += padded(files[path])
    rows = list(folders.items())
    tables = [path_table(rows, order) for order in "<>"]
    head = descriptor(volume, place, table, len(tables[0]), folders[""])
    terminator = padded(b"\xffCD001\1")
    listings = [directory(folders[name], folders[""], members[name]) for name in names]
    if any(len(listing) > SECTOR for listing in listings) or len(tables[0]) > SECTOR:
        raise ValueError("too many names for one sector a directory")
    return b"".join(
        [bytes(SYSTEM_AREA * SECTOR), head, terminator, *map(padded, tables), *listings, contents]
    )
