"""How sectors travel when they are written: data block types of mode page 05, data forms of cue sheets.

A :class:`BlockForm` says how many bytes the host sends for a sector and which of them the medium keeps;
what it does not keep (sync, header, error codes) is generated when it is read.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ..disc.sector import MODE_OFFSET, SYNC_PATTERN, SectorType, Span, SubchannelForm
from ..units import RAW_SECTOR, SUBCHANNEL_SIZE


class BlockForm(NamedTuple):
    """``size`` bytes a sector, of which those from ``skip`` on are ``stored`` of the frame (None: nothing).

    The sub-channel, if ``sub`` says there is one, ends the sector.
    """

    sector_type: SectorType
    size: int
    stored: Span | None
    skip: int = 0
    sub: SubchannelForm | None = None


T = SectorType
_RAW: Final = Span(0, RAW_SECTOR)
DATA_BLOCKS: Final[dict[int, BlockForm]] = {
    0: BlockForm(T.AUDIO, 2352, _RAW),
    1: BlockForm(T.AUDIO, 2368, _RAW, 0, SubchannelForm.Q16),
    3: BlockForm(T.AUDIO, 2448, _RAW, 0, SubchannelForm.PW96_INTERLEAVED),
    8: BlockForm(T.MODE1, 2048, Span(16, 2048)),
    9: BlockForm(T.MODE2, 2336, Span(16, 2336)),
    10: BlockForm(T.MODE2_FORM1, 2048, Span(24, 2048)),
    11: BlockForm(T.MODE2_FORM1, 2056, Span(16, 2056)),
    12: BlockForm(T.MODE2_FORM2, 2324, Span(24, 2324)),
    13: BlockForm(T.MODE2_MIXED, 2332, Span(16, 2332)),
}
"""Data block types (MMC-6 table 628); of raw ones the first sector says what they hold."""
RAW_BLOCKS: Final = (0, 1, 3)
BARE_BLOCKS: Final = (10, 12)
"""Types whose sub-header is that of mode page 05."""
PLAIN_BLOCK: Final = DATA_BLOCKS[8]
"""What DVD and BD are written in."""

DATA_FORMS: Final[dict[int, BlockForm]] = {
    0x00: BlockForm(T.AUDIO, 2352, _RAW),
    0x01: BlockForm(T.AUDIO, 0, None),
    0x10: BlockForm(T.MODE1, 2048, Span(16, 2048)),
    0x11: BlockForm(T.MODE1, 2352, Span(16, 2048), 16),
    0x12: BlockForm(T.MODE1, 2048, None),
    0x13: BlockForm(T.MODE1, 2352, None),
    0x14: BlockForm(T.MODE1, 0, None),
    0x20: BlockForm(T.MODE2_MIXED, 2336, Span(16, 2332)),
    0x21: BlockForm(T.MODE2_MIXED, 2352, Span(16, 2332), 16),
    0x22: BlockForm(T.MODE2_MIXED, 2336, None),
    0x23: BlockForm(T.MODE2_MIXED, 2352, None),
    0x24: BlockForm(T.MODE2_MIXED, 0, None),
    0x30: BlockForm(T.MODE2, 2336, Span(16, 2336)),
    0x31: BlockForm(T.MODE2, 2352, Span(16, 2336), 16),
    0x32: BlockForm(T.MODE2, 2336, None),
    0x33: BlockForm(T.MODE2, 2352, None),
    0x34: BlockForm(T.MODE2, 0, None),
}
"""Main data forms of a cue sheet (MMC-6, SEND CUE SHEET, Data Form); the error codes are generated."""
SUB_FORMS: Final = {0: None, 1: SubchannelForm.PW96_INTERLEAVED, 3: SubchannelForm.RW96}
"""The top two bits of a data form."""
del T


def data_form(code: int) -> BlockForm | None:
    """The form of a cue sheet's data form byte; None for a reserved one."""
    main = DATA_FORMS.get(code & 0x3F)
    if main is None or code >> 6 not in SUB_FORMS:
        return None
    sub = SUB_FORMS[code >> 6]
    return main if sub is None else main._replace(size=main.size + SUBCHANNEL_SIZE, sub=sub)


def resolved(form: BlockForm, sector: bytes | memoryview, *, data: bool) -> BlockForm:
    """A raw ``form`` with the type its first ``sector`` shows; a track that is not ``data`` is audio."""
    kind = SectorType.AUDIO
    if data and bytes(sector[: len(SYNC_PATTERN)]) == SYNC_PATTERN:
        mode = sector[MODE_OFFSET] & 3
        kind = {0: SectorType.MODE0, 1: SectorType.MODE1}.get(mode, SectorType.MODE2_MIXED)
    return form._replace(sector_type=kind)


def with_subheader(form: BlockForm, data: memoryview, subheader: bytes) -> tuple[BlockForm, memoryview]:
    """Sectors that came without a sub-header, behind one: its four bytes stand there twice."""
    head = subheader * 2
    rows = (head + data[at : at + form.size] for at in range(0, len(data), form.size))
    size = form.size + len(head)
    return form._replace(size=size, stored=Span(16, size)), memoryview(b"".join(rows))
