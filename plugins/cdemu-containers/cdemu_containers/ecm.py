"""ECM: raw images without what can be computed; records of raw bytes and of stripped sectors."""

from __future__ import annotations

from array import array

import attrs

from cdemu_core.api import SYNC_PATTERN, BlockStream, CorruptImage, SectorType, Stream, complete_frames

RAW, MODE1, FORM1, FORM2 = range(4)
FRAME = 2352
SECTORS_PER_BLOCK = 32
RAW_PER_BLOCK = 1 << 16
MAX_HEADER = 5
MAX_BLOCKS = 1 << 24


@attrs.frozen
class Kind:
    """A sector record: bytes stored, bytes restored, where those begin in the frame."""

    stored: int
    restored: int
    begin: int
    sector_type: SectorType


KINDS = {
    MODE1: Kind(3 + 2048, FRAME, 0, SectorType.MODE1),
    FORM1: Kind(4 + 2048, 2336, 16, SectorType.MODE2_FORM1),
    FORM2: Kind(4 + 2324, 2336, 16, SectorType.MODE2_FORM2),
}


class EcmStream(BlockStream):
    """Blocks of a few sectors or of raw bytes, found by one walk over the record headers."""

    def __init__(self, inner: Stream) -> None:
        self._kinds = bytearray()
        self._places = array("Q")
        starts = array("Q")
        size = 0
        for kind, count, place in _records(inner):
            per_block = RAW_PER_BLOCK if kind == RAW else SECTORS_PER_BLOCK
            stored, restored = (1, 1) if kind == RAW else (KINDS[kind].stored, KINDS[kind].restored)
            if len(starts) + count // per_block > MAX_BLOCKS:
                raise CorruptImage(f"{inner.name} describes an impossibly large image.", structure="records")
            for first in range(0, count, per_block):
                self._kinds.append(kind)
                self._places.append(place + first * stored)
                starts.append(size + first * restored)
            size += count * restored
        super().__init__(inner, starts, size)

    def decode(self, block: int) -> bytes:
        """One block: raw bytes as they are, sectors with all parts restored."""
        begin, end = self.span(block)
        kind, place = self._kinds[block], self._places[block]
        if kind == RAW:
            return self.inner.read_at(place, end - begin)
        row = KINDS[kind]
        count = (end - begin) // row.restored
        stored = self.inner.read_at(place, count * row.stored)
        if len(stored) != count * row.stored:
            raise ValueError("the file ends early")
        frames = bytearray(count * FRAME)
        for number in range(count):
            at = number * FRAME
            record = stored[number * row.stored : (number + 1) * row.stored]
            if kind == MODE1:
                frames[at : at + 16] = SYNC_PATTERN + record[:3] + b"\1"
                frames[at + 16 : at + 2064] = record[3:]
            else:
                frames[at + 16 : at + 24] = record[:4] * 2
                frames[at + 24 : at + 20 + row.stored] = record[4:]
        complete_frames(frames, row.sector_type)
        if row.begin == 0:
            return bytes(frames)
        return b"".join(frames[at + row.begin : at + FRAME] for at in range(0, len(frames), FRAME))


def _records(stream: Stream) -> list[tuple[int, int, int]]:
    """(type, count, place of the data) of every record."""
    found: list[tuple[int, int, int]] = []
    at = 4
    while True:
        head = stream.read_at(at, MAX_HEADER)
        if not head:
            raise CorruptImage(f"{stream.name} has no end record; it is cut off.", structure="records")
        kind, count, used = _header(head, stream.name)
        at += used
        if count == 0:
            return found
        found.append((kind, count, at))
        at += count * (1 if kind == RAW else KINDS[kind].stored)
        if at > stream.size:
            raise CorruptImage(f"{stream.name} is cut off inside a record.", offset=at, structure="records")


def _header(head: bytes, name: str) -> tuple[int, int, int]:
    """(type, count, bytes used); the end record has count 0: its stored value is 2³² − 1."""
    kind, value = head[0] & 3, head[0] >> 2 & 0x1F
    used, shift = 1, 5
    while head[used - 1] & 0x80:
        if used >= len(head):
            raise CorruptImage(f"{name} has a damaged record header.", structure="records")
        value |= (head[used] & 0x7F) << shift
        used, shift = used + 1, shift + 7
    return kind, (value + 1) & 0xFFFF_FFFF, used


def open_ecm(stream: Stream) -> Stream:
    """The image inside ``stream``.

    Raises:
        CorruptImage: the records lead outside the file.
    """
    return EcmStream(stream)
