"""What the descriptors of a volume say about its size."""

from __future__ import annotations

from typing import NamedTuple

from kaitaistruct import KaitaiStructError

from ._generated.iso9660 import Iso9660


class Volume(NamedTuple):
    """Label and length (2048-byte sectors) of an ISO 9660 volume."""

    label: str
    sectors: int


def is_anchor(block: bytes, sector: int) -> bool:
    """Whether the 32 bytes of ``sector`` begin an anchor volume descriptor pointer (ECMA-167, 3/10.2)."""
    try:
        anchor = Iso9660.UdfAnchor.from_bytes(block)
    except (KaitaiStructError, EOFError):
        return False
    checksum = (sum(block[:16]) - block[4]) & 0xFF
    return bool(anchor.tag_location == sector and anchor.tag_checksum == checksum)


def read_volume(blocks: list[bytes]) -> Volume | None:
    """The volume that the primary descriptor among ``blocks`` (2048 bytes each) describes, or None."""
    for block in blocks:
        try:
            descriptor = Iso9660.from_bytes(block)
        except (KaitaiStructError, EOFError, UnicodeDecodeError):
            return None  # the set ends where no descriptor stands
        if descriptor.identifier == "CD001" and descriptor.type is Iso9660.DescriptorType.primary:
            body = descriptor.body
            label = bytes(body.volume_identifier).decode("ascii", "replace").rstrip(" \x00")
            size = int(body.volume_space_size.value)
            return Volume(label, size * int(body.logical_block_size.value) // 2048)
    return None
