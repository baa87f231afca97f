"""Version 2 descriptors: found, decrypted, unpacked, and their parts as typed values."""

from __future__ import annotations

import zlib
from typing import Any

import attrs

from cdemu_core.api import CorruptImage, ImageSource, PasswordRequired

from ._generated.mds2 import Mds2
from .crypt import HEADER_SIZE, SALT_SIZE, Keys, cbc_units, data_keys, descriptor_keys
from .descriptor import LAST_TRACK, Parts, type_byte

PREFIX = 18
MDX_MARK = 0xFFFF_FFFF
FILE_HEADER = 64
MDS_DATA_AT = 48
MAX_UNPACKED = 256 << 20
SESSION_SIZE, BLOCK_SIZE, EXTRA_SIZE, FOOTER_SIZE = 32, 80, 8, 32
CD_MEDIA = (0, 1, 2)
COMPRESSED = 1


@attrs.frozen
class Part:
    """A data file's share of a track; ``name`` None: the descriptor's own file."""

    name: str | None
    sectors: int
    compressed: bool
    group: int
    table: int


@attrs.frozen
class Track2:
    """A track block with its extra block and its parts."""

    mode: int
    subchannel: int
    control: int
    point: int
    sector_size: int
    start: int
    offset: int
    pregap: int
    length: int
    parts: tuple[Part, ...]


class Descriptor2(Parts):
    """Reads the parts of a decrypted descriptor."""

    def __init__(self, source: ImageSource) -> None:
        stream = source.stream
        head = Mds2.FileHeader.from_bytes(stream.read_at(0, FILE_HEADER))
        self.is_mdx: bool = head.ofs_encryption == MDX_MARK
        if self.is_mdx:
            begin, end = head.ofs_footer, head.ofs_footer + head.len_footer - SALT_SIZE
        else:
            begin, end = MDS_DATA_AT, head.ofs_encryption
        if (
            not FILE_HEADER - BLOCK_SIZE < begin < end <= stream.size - HEADER_SIZE
            or end - begin > MAX_UNPACKED
        ):
            raise CorruptImage("The descriptor lies outside the file.", structure="header")
        keys = descriptor_keys(stream.read_at(end, HEADER_SIZE))
        if keys is None:
            raise CorruptImage("The descriptor's key header is damaged.", structure="encryption header")
        packed = cbc_units(stream.read_at(begin, end - begin), keys)
        super().__init__(stream.read_at(0, PREFIX) + _unpack(packed, keys))
        self.header: Any = Mds2.from_bytes(self.data)
        self.minor: int = self.header.version_minor
        self.is_dvd: bool = self.header.medium not in CD_MEDIA

    def keys(self, source: ImageSource) -> Keys | None:
        """Keys of the track data; None where it is in clear.

        Raises:
            PasswordRequired: no password or a wrong one.
        """
        offset = self.header.ofs_encryption
        if not offset:
            return None
        header = self.data[offset : offset + HEADER_SIZE]
        if len(header) != HEADER_SIZE:
            raise CorruptImage("The data's key header is cut off.", structure="encryption header")
        if (keys := data_keys(header, None)) is not None:
            return keys
        keys = data_keys(header, source.password().encode())
        if keys is None:
            raise PasswordRequired("The password does not fit this image.", path=source.path)
        return keys

    def cdtext(self) -> bytes:
        """CD-TEXT packs."""
        begin = self.header.ofs_cdtext
        return self.data[begin : begin + self.header.len_cdtext] if begin else b""

    def sessions(self) -> list[tuple[Any, list[Track2], int]]:
        """(session part, tracks, session type byte) of every session."""
        header = self.header
        parts = self.parts(Mds2.Session, header.ofs_sessions, header.num_sessions, SESSION_SIZE)
        return [self._session(part) for part in parts]

    def _session(self, part: Any) -> tuple[Any, list[Track2], int]:
        blocks = self.parts(Mds2.Block, part.ofs_blocks, part.num_blocks, BLOCK_SIZE)
        tracks = [self._track(b) for b in blocks if 1 <= b.point <= LAST_TRACK]
        return part, tracks, type_byte(blocks)

    def _track(self, block: Any) -> Track2:
        pregap, length = 0, block.length64
        if not self.is_dvd and block.ofs_extra:
            extra = self.part(Mds2.Extra, block.ofs_extra, EXTRA_SIZE)
            pregap, length = extra.pregap, extra.length
        footers = self.parts(Mds2.Footer, block.ofs_footers, block.num_files, FOOTER_SIZE)
        return Track2(
            mode=block.mode,
            subchannel=block.subchannel >> 3 & 7,
            control=block.adr_ctl & 0x0F,
            point=block.point,
            sector_size=block.sector_size,
            start=block.start64,
            offset=block.ofs_data,
            pregap=pregap,
            length=length,
            parts=tuple(map(self._file, footers)),
        )

    def _file(self, footer: Any) -> Part:
        return Part(
            name=None if self.is_mdx or not footer.ofs_name else self.text(footer.ofs_name, wide=True),
            sectors=footer.sectors,
            compressed=bool(footer.flags & COMPRESSED),
            group=footer.group,
            table=footer.ofs_table,
        )


def _unpack(packed: bytes, keys: Keys) -> bytes:
    if keys.unpacked > MAX_UNPACKED or keys.packed > len(packed):
        raise CorruptImage("The descriptor's sizes are impossible.", structure="encryption header")
    try:
        data = zlib.decompressobj().decompress(packed[: keys.packed], keys.unpacked)
    except zlib.error as problem:
        raise CorruptImage("The descriptor cannot be unpacked.", structure="descriptor") from problem
    return data
