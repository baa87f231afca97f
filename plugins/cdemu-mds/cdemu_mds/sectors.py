"""Which sector type a track block means, by its mode and, for Mode 2, by what the sectors hold."""

from __future__ import annotations

from cdemu_core.api import CorruptImage, SectorType, Stream

from .descriptor import Block

MODES = {
    1: SectorType.AUDIO,
    2: SectorType.MODE1,
    3: SectorType.MODE2,
    4: SectorType.MODE2_FORM1,
    5: SectorType.MODE2_FORM2,
    7: SectorType.MODE2,
}
"""Low three bits of the mode byte; the upper bits repeat what the sector size says."""

SUBHEADER_AT = {2336: 0, 2332: 0, 2340: 4, 2352: 16}
"""Where the sub-header lies in a stored Mode 2 sector, by its size."""
SAMPLES = 64
FORM2 = 0x20


def _subheaders(stream: Stream, block: Block, length: int, main: int) -> list[bytes]:
    """Sub-headers of sectors spread over the track."""
    at = SUBHEADER_AT[main]
    step = max(1, length // SAMPLES)
    places = range(0, length, step)
    return [stream.read_at(block.offset + n * block.sector_size + at, 8) for n in places]


def sector_type(stream: Stream, block: Block, length: int, main: int) -> SectorType:
    """The type of a track's sectors.

    Mode 2 whose sectors all repeat their sub-header is per-sector form; the label Form 1 or 2 stays
    where every sample agrees with it.
    """
    kind = MODES.get(block.mode & 7)
    if kind is None:
        raise CorruptImage(
            f"Track {block.point} has the unknown mode {block.mode:#x}.", structure=f"track {block.point}"
        )
    if kind in (SectorType.AUDIO, SectorType.MODE1) or main not in SUBHEADER_AT:
        return kind
    heads = _subheaders(stream, block, length, main)
    if not all(head[:4] == head[4:] and len(head) == 8 for head in heads):
        return kind
    forms = {bool(head[2] & FORM2) for head in heads}
    if kind is SectorType.MODE2_FORM1 and forms == {False}:
        return kind
    if kind is SectorType.MODE2_FORM2 and forms == {True}:
        return kind
    return SectorType.MODE2_MIXED
