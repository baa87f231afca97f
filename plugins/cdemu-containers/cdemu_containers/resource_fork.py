"""Resource forks of classic Mac OS (Inside Macintosh: More Macintosh Toolbox, resource manager)."""

from __future__ import annotations

import struct

from cdemu_core.api import CorruptImage

MAX_RESOURCES = 1 << 16


def resources(fork: bytes, kind: bytes) -> dict[int, bytes]:
    """The resources of type ``kind`` by id.

    Raises:
        CorruptImage: an offset or count leads outside the fork.
    """
    try:
        data_at, map_at, _, _ = struct.unpack_from(">IIII", fork)
        (types_at,) = struct.unpack_from(">H", fork, map_at + 24)
        list_at = map_at + types_at
        (count,) = struct.unpack_from(">H", fork, list_at)
        for number in range((count + 1) & 0xFFFF):
            name, last, references_at = struct.unpack_from(">4sHH", fork, list_at + 2 + number * 8)
            if name == kind:
                return _references(fork, list_at + references_at, (last + 1) & 0xFFFF, data_at)
    except struct.error as problem:
        raise CorruptImage("The resource fork is damaged.", structure="resource fork") from problem
    return {}


def _references(fork: bytes, at: int, count: int, data_at: int) -> dict[int, bytes]:
    found = {}
    for number in range(count):
        identity, _, packed, _ = struct.unpack_from(">hHII", fork, at + number * 12)
        begin = data_at + (packed & 0xFF_FFFF)
        (length,) = struct.unpack_from(">I", fork, begin)
        if begin + 4 + length > len(fork):
            raise CorruptImage("A resource ends outside its fork.", structure="resource fork")
        found[identity] = fork[begin + 4 : begin + 4 + length]
    return found
