"""The parts of a version 1 media descriptor, read from its bytes by their offsets, as typed values."""

from __future__ import annotations

from typing import Any, TypeVar

import attrs
from kaitaistruct import KaitaiStruct

from cdemu_core.api import CorruptImage, DiscStructure, Dpm, Stream, TocPoint

from ._generated.mds import Mds

MAX_DESCRIPTOR = 64 << 20
MAX_NAME = 4096
SESSION_SIZE, BLOCK_SIZE, EXTRA_SIZE, FOOTER_SIZE = 24, 80, 8, 16
COPYRIGHT, MANUFACTURER, PHYSICAL = 4, 2048, 2048
LAYER_SIZE = COPYRIGHT + MANUFACTURER + PHYSICAL
LAST_TRACK = 99
POINT_A0 = 0xA0
FIRST_DVD = 0x10
"""Medium codes from here on are DVDs; below are CDs."""

Part = TypeVar("Part", bound=KaitaiStruct)


@attrs.frozen
class File:
    """A data file as a footer names it."""

    name: str


@attrs.frozen
class Block:
    """A track block; ``pregap`` and ``length`` (without pregap) are None where the block does not say."""

    mode: int
    subchannel: int
    control: int
    point: int
    sector_size: int
    start: int
    offset: int
    pregap: int | None
    length: int | None
    files: tuple[File, ...]


@attrs.frozen
class SessionPart:
    """One session: its range, its tracks, session type byte and verbatim lead-in points."""

    start: int
    end: int
    type_byte: int
    tracks: tuple[Block, ...]
    points: tuple[TocPoint, ...]


class Parts:
    """Bytes of a descriptor; what its offsets and counts lead to is checked against their size."""

    header: Any

    def __init__(self, data: bytes) -> None:
        self.data = data

    def part(self, kind: type[Part], offset: int, size: int | None = None) -> Any:
        """The structure ``kind`` at ``offset``."""
        if not 0 < offset < len(self.data):
            name = kind.__name__
            raise CorruptImage(
                f"The media descriptor places a {name} at byte {offset}, outside the file.",
                offset=offset,
                structure=name,
            )
        end = len(self.data) if size is None else offset + size
        return kind.from_bytes(self.data[offset:end])

    def parts(self, kind: type[Part], offset: int, count: int, size: int) -> list[Any]:
        """``count`` structures of ``size`` bytes from ``offset`` on."""
        return [self.part(kind, offset + number * size, size) for number in range(count)]

    def text(self, offset: int, *, wide: bool) -> str:
        """A file name, NUL-terminated."""
        if not 0 < offset < len(self.data):
            raise CorruptImage("The media descriptor has a file name outside the file.", structure="Footer")
        raw = self.data[offset : offset + MAX_NAME]
        if wide:
            units = [raw[i : i + 2] for i in range(0, len(raw) - 1, 2)]
            end = units.index(b"\0\0") if b"\0\0" in units else len(units)
            return b"".join(units[:end]).decode("utf-16-le")
        name = raw.split(b"\0", 1)[0]
        try:
            return name.decode("utf-8")
        except UnicodeDecodeError:
            return name.decode("cp1252", "replace")

    def structures(self) -> list[DiscStructure]:
        """DVD structures: copyright, manufacturing and physical data of one or two layers."""
        found: list[DiscStructure] = []
        offset = self.header.ofs_structures
        layers = 1
        layer = 0
        while offset and layer < layers:
            block = self.data[offset : offset + LAYER_SIZE]
            if len(block) < LAYER_SIZE:
                raise CorruptImage("The disc structures are cut off.", offset=offset, structure="structures")
            physical = block[COPYRIGHT + MANUFACTURER :]
            found.append(DiscStructure(layer, 0x00, physical))
            found.append(DiscStructure(layer, 0x01, block[:COPYRIGHT]))
            found.append(DiscStructure(layer, 0x04, block[COPYRIGHT : COPYRIGHT + MANUFACTURER]))
            if layer == 0 and physical[2] >> 5 & 3 == 1:
                layers = 2
            offset += LAYER_SIZE
            layer += 1
        return found

    def dpm(self) -> Dpm | None:
        """The first DPM block."""
        if not self.header.ofs_dpm:
            return None
        blocks = self.part(Mds.DpmList, self.header.ofs_dpm)
        if not blocks.offsets:
            return None
        first = self.part(Mds.Dpm, blocks.offsets[0])
        if not first.values or not first.resolution:
            return None
        return Dpm(first.start, first.resolution, tuple(first.values))


class Descriptor(Parts):
    """Reads the parts of a version 1 descriptor."""

    def __init__(self, stream: Stream) -> None:
        if stream.size > MAX_DESCRIPTOR:
            raise CorruptImage("The file is far too large for a media descriptor.", structure="header")
        super().__init__(stream.read_at(0, stream.size))
        self.header: Any = Mds.from_bytes(self.data[:88])
        self.is_dvd: bool = self.header.medium >= FIRST_DVD

    def sessions(self) -> list[SessionPart]:
        """All sessions with their tracks."""
        header = self.header
        parts = self.parts(Mds.Session, header.ofs_sessions, header.num_sessions, SESSION_SIZE)
        return [self._session(part) for part in parts]

    def _session(self, part: Any) -> SessionPart:
        blocks = self.parts(Mds.Block, part.ofs_blocks, part.num_blocks, BLOCK_SIZE)
        return SessionPart(
            start=part.start,
            end=part.end,
            type_byte=type_byte(blocks),
            tracks=tuple(self._block(b) for b in blocks if 1 <= b.point <= LAST_TRACK),
            points=tuple(_point(b) for b in blocks if b.point > LAST_TRACK and b.adr_ctl >> 4 != 1),
        )

    def _block(self, block: Any) -> Block:
        pregap: int | None = None
        length: int | None = block.extra if self.is_dvd else None
        if not self.is_dvd and block.extra:
            extra = self.part(Mds.Extra, block.extra, EXTRA_SIZE)
            pregap, length = extra.pregap, extra.length
        footers = self.parts(Mds.Footer, block.ofs_footers, block.num_files, FOOTER_SIZE)
        return Block(
            mode=block.mode,
            subchannel=block.subchannel,
            control=block.adr_ctl & 0x0F,
            point=block.point,
            sector_size=block.sector_size,
            start=block.start,
            offset=block.ofs_data,
            pregap=pregap,
            length=length,
            files=tuple(map(self._file, footers)),
        )

    def _file(self, footer: Any) -> File:
        return File(self.text(footer.ofs_name, wide=bool(footer.is_wide)))

    def structures(self) -> list[DiscStructure]:
        """As of :class:`Parts`, and the BCA."""
        begin, size = self.header.ofs_bca, self.header.len_bca
        bca = [DiscStructure(0, 0x03, self.data[begin : begin + size])] if begin and size else []
        return bca + super().structures()


def type_byte(blocks: list[Any]) -> int:
    """The session's disc type byte, from point A0; 0 without one."""
    return next((block.pmsf[1] for block in blocks if block.point == POINT_A0), 0)


def _point(block: Any) -> TocPoint:
    return TocPoint(
        adr=block.adr_ctl >> 4,
        control=block.adr_ctl & 0x0F,
        tno=block.tno,
        point=block.point,
        msf=(block.msf[0], block.msf[1], block.msf[2]),
        zero=block.zero,
        pmsf=(block.pmsf[0], block.pmsf[1], block.pmsf[2]),
    )
