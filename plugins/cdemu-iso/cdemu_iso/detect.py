"""What a file without any header of its own is, judged by what stands in its sectors.

The proofs, best first: an audio file's signature; a volume descriptor at one of the sectors it
may stand in, for every known layout; the UDF anchor; the signature of a console's file system;
sync patterns or sub-headers that repeat; the size together with the suffix.

A volume descriptor proves a file system, not that nothing surrounds it: containers with a trailer
hold one at the same place. So no file is more than MAGIC here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from cdemu_core.api import SYNC_PATTERN, Evidence, MediumType, SectorType, from_bcd, msf_to_lba

from .layouts import LAYOUTS, MAX_STRIDE, RAW_TYPES, TRAILERS, USER, Layout, bare, raw
from .subchannel import count_valid_q

Read = Callable[[int, int], bytes]

MIN_SIZE: Final = 25 * 2048
"""No ISO 9660 volume is complete in less: 16 system sectors, descriptors, path tables, a directory."""
MIN_AUDIO_SECTORS: Final = 300
"""A track lasts four seconds at least (Red Book)."""
FIRST_DESCRIPTOR: Final = 16
DESCRIPTOR_SECTORS: Final = range(FIRST_DESCRIPTOR, 32)
IDENTIFIERS: Final = frozenset(
    {b"CD001", b"BEA01", b"NSR02", b"NSR03", b"TEA01", b"BOOT2", b"CDW02", b"CD-I "}
)
HIGH_SIERRA: Final = b"CDROM"
TERMINATOR: Final = 255
ANCHORS: Final = (256, -257, -1)
"""Sectors of the UDF anchor, from the start or the end (ECMA-167, 3/8.4.2.1: 256, N−256, N)."""

# name, offset, signature, medium
CONSOLES: Final = (
    ("GameCube", 0x1C, b"\xc2\x33\x9f\x3d", MediumType.DVD),
    ("Wii", 0x18, b"\x5d\x1c\x9e\xa3", MediumType.DVD),
    ("Xbox", 32 * 2048, b"MICROSOFT*XBOX*MEDIA", MediumType.DVD),
    ("Xbox", 0x18300000 + 32 * 2048, b"MICROSOFT*XBOX*MEDIA", MediumType.DVD),
    ("Xbox 360", 0x0FD90000 + 32 * 2048, b"MICROSOFT*XBOX*MEDIA", MediumType.DVD),
    ("Xbox 360", 0x02080000 + 32 * 2048, b"MICROSOFT*XBOX*MEDIA", MediumType.DVD),
    ("3DO", 0, b"\x01ZZZZZ\x01", MediumType.CD),
    ("Mega-CD", 0, b"SEGADISC", MediumType.CD),
    ("Saturn", 0, b"SEGA SEGASATURN", MediumType.CD),
    ("Dreamcast", 0, b"SEGA SEGAKATANA", MediumType.CD),
)
# first bytes, further bytes at 8
AUDIO_FILES: Final = (
    (b"RIFF", b"WAVE"),
    (b"RF64", b"WAVE"),
    (b"FORM", b"AIFF"),
    (b"FORM", b"AIFC"),
    (b"fLaC", b""),
    (b"OggS", b""),
)
USER_SUFFIXES: Final = frozenset({".iso", ".img", ".bin"})
RAW_SUFFIXES: Final = frozenset({".bin", ".raw", ".img", ".iso"})
MODE_BYTE: Final = 15
"""Offset of the mode in a frame, behind sync and address (ECMA-130, 14.2)."""
CHECKED: Final = range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + 4)
"""Sectors at which patterns must repeat."""


class Found(NamedTuple):
    """The verdict; no ``layout``: an audio file that a filter decodes."""

    evidence: Evidence
    what: str
    layout: Layout | None
    medium: MediumType | None = None
    first_lba: int = 0
    """Address of the file's first sector, as its headers say."""
    descriptor: int | None = None
    """Sector of the first volume descriptor."""


def detect(read: Read, size: int, suffix: str) -> Found | None:
    """What the ``size`` bytes behind ``read(offset, length)`` are; None: nothing we know."""
    head = read(0, MAX_STRIDE * (DESCRIPTOR_SECTORS.stop + 1))
    if any(head.startswith(first) and head[8:].startswith(then) for first, then in AUDIO_FILES):
        return Found(Evidence.MAGIC, "audio file", None)
    found = _by_descriptor(head, size)
    if found or size < MIN_SIZE:
        return found
    return (
        _by_console(read, size)
        or _by_anchor(read, size)
        or _by_sync(head)
        or _by_subheader(head, size)
        or _by_size(read, size, suffix)
    )


def identify(block: bytes) -> str | None:
    """The identifier of the volume descriptor that begins with ``block`` (16 bytes or more)."""
    if block[1:6] in IDENTIFIERS and 1 <= block[6] <= 2:
        return block[1:6].decode("ascii").strip()
    if block[9:14] == HIGH_SIERRA and block[14:15] == b"\x01":
        return HIGH_SIERRA.decode("ascii")
    return None


def _by_descriptor(head: bytes, size: int) -> Found | None:
    if not any(name in head for name in (*IDENTIFIERS, HIGH_SIERRA)):
        return None
    candidates = list(_descriptors(head, size))
    if not candidates:
        return None
    _, sector, name, layout = max(candidates, key=lambda candidate: candidate[0])
    first = _first_lba(head, layout.stride)
    return Found(Evidence.MAGIC, name, layout, first_lba=first, descriptor=sector)


def _descriptors(head: bytes, size: int) -> Iterator[tuple[tuple[bool, bool, int], int, str, Layout]]:
    """For each layout its first descriptor, ranked by: followed by another, size fits, early."""
    for layout in LAYOUTS:
        for sector in DESCRIPTOR_SECTORS:
            at = sector * layout.stride + layout.user_at
            name = identify(head[at : at + 16])
            if name:
                following = head[at + layout.stride : at + layout.stride + 16]
                chained = head[at] == TERMINATOR or identify(following) is not None
                yield (chained, size % layout.stride == 0, -sector), sector, name, layout
                break


def _by_console(read: Read, size: int) -> Found | None:
    for name, offset, signature, medium in CONSOLES:
        if offset < size and read(offset, len(signature)) == signature:
            return Found(Evidence.MAGIC, name, USER, medium)
    return None


def _by_anchor(read: Read, size: int) -> Found | None:
    for layout in LAYOUTS:
        if size % layout.stride:
            continue
        for anchor in ANCHORS:
            sector = anchor if anchor >= 0 else size // layout.stride + anchor
            block = read(sector * layout.stride + layout.user_at, 32) if sector >= 0 else b""
            if block.startswith(b"\x02\x00") and _is_anchor(block, sector):
                return Found(Evidence.MAGIC, "UDF", layout)
    return None


def _is_anchor(block: bytes, sector: int) -> bool:
    from .volume import is_anchor

    return is_anchor(block, sector)


def _by_sync(head: bytes) -> Found | None:
    """Sync patterns: 2352-byte frames with a trailer, or frames cut behind the user data."""
    for trailer in TRAILERS:
        layout = raw(SectorType.MODE1, trailer)
        if _syncs(head, layout.stride):
            mode = head[FIRST_DESCRIPTOR * layout.stride + MODE_BYTE]
            layout = raw(RAW_TYPES.get(mode, SectorType.MODE1), trailer)
            first = _first_lba(head, layout.stride)
            return Found(Evidence.SHAPE, "raw sectors", layout, MediumType.CD, first)
    for sector_type, size in ((SectorType.MODE1, 2064), (SectorType.MODE2_FORM1, 2072)):
        if _syncs(head, size):
            return Found(Evidence.SHAPE, "raw sectors without EDC", bare(sector_type, size), MediumType.CD)
    return None


def _syncs(head: bytes, stride: int) -> bool:
    return all(head.startswith(SYNC_PATTERN, sector * stride) for sector in CHECKED)


def _first_lba(head: bytes, stride: int) -> int:
    """Address of the first sector, counted back from sector 16's header; 0 where that is no BCD time."""
    at = FIRST_DESCRIPTOR * stride
    bcd = head[at + len(SYNC_PATTERN) : at + MODE_BYTE]
    minute, second, frame = map(from_bcd, bcd)
    valid = all(byte >> 4 <= 9 and byte & 15 <= 9 for byte in bcd) and second < 60 and frame < 75
    if not valid or not head.startswith(SYNC_PATTERN, at):
        return 0
    return msf_to_lba((minute, second, frame)) - FIRST_DESCRIPTOR


def _by_subheader(head: bytes, size: int) -> Found | None:
    """Mode 2 frames from the sub-header on (it is stored twice), or MPEG packs of Form 2 sectors."""
    for stride in (2336, 2332):
        heads = [head[sector * stride : sector * stride + 8] for sector in CHECKED]
        if size % stride == 0 and all(sub[:4] == sub[4:] and any(sub) for sub in heads):
            return Found(
                Evidence.SHAPE, "Mode 2 sectors", bare(SectorType.MODE2_MIXED, stride), MediumType.CD
            )
    packs = [head.startswith(b"\x00\x00\x01\xba", sector * 2324) for sector in CHECKED]
    if size % 2324 == 0 and all(packs):
        return Found(Evidence.SHAPE, "MPEG sectors", bare(SectorType.MODE2_FORM2, 2324), MediumType.CD)
    return None


def _by_size(read: Read, size: int, suffix: str) -> Found | None:
    """Audio by its multiples of 2352 bytes (sub-channel by its CRCs), data without file system by 2048."""
    for trailer in TRAILERS:
        layout = raw(SectorType.AUDIO, trailer)
        sectors, rest = divmod(size, layout.stride)
        if not rest and layout.sub_size and count_valid_q(read, layout, sectors):
            return Found(Evidence.SHAPE, "audio with sub-channel", layout, MediumType.CD)
    data = Found(Evidence.SHAPE, "sectors without a known file system", USER)
    if suffix in USER_SUFFIXES - {".bin"} and size % 2048 == 0:
        return data
    if size % 2352 == 0 and size >= MIN_AUDIO_SECTORS * 2352:
        evidence = Evidence.SHAPE if suffix in RAW_SUFFIXES else Evidence.SUFFIX
        return Found(evidence, "audio", raw(SectorType.AUDIO), MediumType.CD)
    return data if suffix in USER_SUFFIXES and size % 2048 == 0 else None
