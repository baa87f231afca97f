"""Sectors as image writers store them: a part of each frame, its byte order, sub-channel behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..errors import UnsupportedImage
from ..units import RAW_SECTOR, SUBCHANNEL_SIZE
from .model import Track
from .sector import SectorParts, SectorType

if TYPE_CHECKING:
    from .reader import DiscReader

BATCH: Final = 256
"""Sectors read at once."""

P, T = SectorParts, SectorType
XA: Final = P.SUBHEADER | P.USER_DATA | P.EDC_ECC
CUTS: Final[dict[tuple[SectorType, int], SectorParts]] = {
    (T.MODE0, 2336): P.USER_DATA,
    (T.MODE1, 2048): P.USER_DATA,
    (T.MODE2, 2336): P.USER_DATA,
    (T.MODE2_FORM1, 2048): P.USER_DATA,
    (T.MODE2_FORM1, 2336): XA,
    (T.MODE2_FORM2, 2324): P.USER_DATA,
    (T.MODE2_FORM2, 2336): XA,
    (T.MODE2_MIXED, 2336): XA,
}
"""READ CD parts that make a stored sector of a type and size; 2352 bytes are whole frames of any type."""
del P, T


def stored_sectors(
    reader: DiscReader,
    track: Track,
    start: int,
    count: int,
    *,
    size: int = RAW_SECTOR,
    sub: bool = False,
    swap: bool = False,
) -> Iterator[bytearray]:
    """``count`` sectors of ``track`` from LBA ``start``, in batches: ``size`` bytes of main channel each,
    with ``sub`` 96 bytes of interleaved P–W behind them, with ``swap`` the main channel byte-swapped.

    Raises:
        UnsupportedImage: sectors of this type have no such part.
        StreamError, UnreadableSector: as the reader raises them.
    """
    if size != RAW_SECTOR and (track.sector_type, size) not in CUTS:
        raise UnsupportedImage(
            f"{track.sector_type.title} sectors cannot be stored in {size} bytes each; write them raw.",
            feature="sector size",
        )
    parts = SectorParts.ALL if size == RAW_SECTOR else CUTS[track.sector_type, size]
    stride = size + (SUBCHANNEL_SIZE if sub else 0)
    for lba in range(start, start + count, BATCH):
        length = min(BATCH, start + count - lba)
        data = bytearray(length * stride)
        with memoryview(data) as view:
            reader.read_cd(lba, length, parts, view, sub="pw" if sub else None)
        if swap:
            _swap(data, stride, size)
        yield data


def has_subchannel(track: Track) -> bool:
    """Whether an image stores the sub-channel of some of the track's sectors."""
    return any(fragment.sub is not None for fragment in track.fragments)


def generated_lead(track: Track) -> int:
    """Sectors at the start of ``track`` that no image stores."""
    count = 0
    for fragment in track.fragments:
        if fragment.main is not None or fragment.sub is not None:
            break
        count += fragment.length
    return count


def _swap(data: bytearray, stride: int, size: int) -> None:
    import numpy as np

    main = np.frombuffer(data, np.uint8).reshape(-1, stride)[:, :size]
    main[:, 0::2], main[:, 1::2] = main[:, 1::2].copy(), main[:, 0::2].copy()
