"""CloneCD's descriptor of a DVD: the layer break and the name of the image of 2048-byte sectors."""

from __future__ import annotations

import os
import re

from cdemu_core.api import (
    STORED,
    CorruptImage,
    Disc,
    DiscBuilder,
    DiscStructure,
    Fragment,
    ImageSource,
    MainChannel,
    MediumType,
    SectorType,
    physical_format,
)

SECTOR = 2048
PHYSICAL_FORMAT = 0x00
"""Format code of the physical format information (MMC-6, READ DISC STRUCTURE)."""
_BREAK = re.compile(r"LayerBreak\s*=\s*(0x[0-9a-f]+|\d+)\s*", re.IGNORECASE)


def looks_like_dvd(head: bytes) -> bool:
    """Whether the first line is ``LayerBreak=…``, in any of the encodings text descriptors come in."""
    text = head[:128].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return bool(_BREAK.match(text.decode("ascii", "replace")))


def parse(source: ImageSource) -> Disc:
    """One track of user data; with a layer break, the physical format says where layer 1 begins.

    Raises:
        CorruptImage: the image holds no whole sector, or the descriptor no layer break.
        MissingFile: the image is not there.
    """
    layer_break, name = _read(source)
    stream = source.open(name)
    sectors, rest = divmod(stream.size, SECTOR)
    if not sectors:
        raise CorruptImage(f"{name} has {stream.size} bytes, less than a sector.", path=name)
    if rest:
        source.note(f"The last {rest} bytes of {name} are no whole sector and are left out.")
    builder = DiscBuilder(MediumType.DVD)
    track = builder.add_session().add_track(SectorType.MODE1)
    track.add_fragment(Fragment(sectors, MainChannel(stream, 0, SECTOR, STORED[SectorType.MODE1, SECTOR])))
    if 0 < layer_break < sectors:
        builder.structures.append(DiscStructure(0, PHYSICAL_FORMAT, physical_format(sectors, layer_break)))
    elif layer_break:
        source.note(f"The layer break at sector {layer_break} lies behind the end of {name} and is ignored.")
    return builder.build()


def _read(source: ImageSource) -> tuple[int, str]:
    """Layer break and file name; without a name, the descriptor's with ``.iso``."""
    lines = [line.strip() for line in source.text().splitlines() if line.strip()]
    found = [match for line in lines if (match := _BREAK.fullmatch(line))]
    if not found:
        raise CorruptImage("The DVD descriptor has no LayerBreak line.", structure="LayerBreak")
    names = [line for line in lines if "=" not in line or not _BREAK.match(line)]
    stem = os.path.splitext(os.path.basename(source.path))[0]
    return int(found[0][1], 0), names[0] if names else f"{stem}.iso"
