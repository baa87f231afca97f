"""Mode pages: default bytes and changeable bits as data (MMC-6 section 7, SPC-4 section 7.5).

The tables hold whole pages, header included. Values are encoded for MODE SENSE and checked for
MODE SELECT by :class:`ModePages`, which knows no page by name but the few bytes below.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .profiles import CD, speeds_for
from .sense import (
    PARAMETER_LIST_LENGTH_ERROR,
    SAVING_PARAMETERS_NOT_SUPPORTED,
    Refused,
    invalid_field,
    invalid_parameter,
)

ERROR_RECOVERY: Final = 0x01
WRITE_PARAMETERS: Final = 0x05
CACHING: Final = 0x08
CONTROL: Final = 0x0A
CD_PARAMETERS: Final = 0x0D
CD_AUDIO: Final = 0x0E
POWER_CONDITION: Final = 0x1A
EXCEPTIONS: Final = 0x1C
TIMEOUT: Final = 0x1D
CAPABILITIES: Final = 0x2A
ALL_PAGES: Final = 0x3F

DCR: Final = 0x01
"""Page 01 byte 2 bit 0, Disable Correction: read errors are not reported (MMC-6, 7.2)."""
D_SENSE: Final = 0x04
"""Page 0A byte 2 bit 2: sense data in descriptor format (SPC-4, 7.5.8)."""
LOCK_STATE: Final = 0x02
"""Page 2A byte 6 bit 1: the tray is locked."""
_CD_WRITE_TYPES: Final = {1, 2}
"""Page 05: track at once, session at once."""
_WRITE_TYPES: Final = {0, *_CD_WRITE_TYPES}
"""The same of DVD and BD, which may also be written in packets (incrementally)."""
_NO_DATA_BLOCK: Final = {2, 4, 5, 6, 7, 14, 15}
"""Page 05: data block types that are reserved or need an R-W encoder (MMC-6 table 628)."""


class ModePage(NamedTuple):
    """A page as it powers up and the bits MODE SELECT may change."""

    default: bytes
    changeable: bytes


def _page(default: str, changeable: str = "") -> ModePage:
    value = bytes.fromhex(default)
    mask = bytes.fromhex(changeable)
    return ModePage(value, value[:2] + mask.ljust(len(value) - 2, b"\0"))


PAGES: Final[dict[int, ModePage]] = {
    ERROR_RECOVERY: _page("01 0A 00 01" + "00" * 8, "01 FF"),
    WRITE_PARAMETERS: _page(
        "05 32 21 05 08 07 00 00 00 00 00 00 00 10 00 96" + "00" * 36,
        "7F FF 0F FF 00 3F FF 00" + "FF" * 42,
    ),
    CACHING: _page("08 0A" + "00" * 10),
    CONTROL: _page("0A 0A" + "00" * 10, "04"),
    CD_PARAMETERS: _page("0D 06 00 00 00 3C 00 4B"),
    CD_AUDIO: _page(
        "0E 0E 00 00 00 00 4B 4B 01 FF 02 FF 00 00 00 00",
        "02 00 00 00 00 00 0F FF 0F FF 0F FF 0F FF",
    ),
    POWER_CONDITION: _page("1A 0A" + "00" * 10, "00 03" + "FF" * 8),
    EXCEPTIONS: _page("1C 0A" + "00" * 10),
    TIMEOUT: _page("1D 0A 00 00 00 00 00 3C 00 3C 00 00"),
    CAPABILITIES: _page(
        "2A 1E 1F 37 71 F7 29 23 21 13 01 00 01 00 21 13 00 00 21 13 21 13 00 01 00 00 00 01 21 13 00 00"
    ),
}
"""Page code → page. Page 05 powers up with test write off; page 2A's speeds are those of a 48x drive."""


class ModePages:
    """The current values of one drive."""

    def __init__(self) -> None:
        self._current = {code: bytearray(page.default) for code, page in PAGES.items()}
        self.correction_disabled = False
        self.descriptor_sense = False
        self.set_profile(0)

    def __getitem__(self, code: int) -> bytearray:
        """The current page as MODE SENSE gives it, without page 2A's appended speeds."""
        return self._current[code]

    @property
    def audio_ports(self) -> bytes:
        """Page 0E's four pairs of channel selection and volume."""
        return bytes(self._current[CD_AUDIO][8:16])

    def set_locked(self, locked: bool) -> None:
        """Show the tray's lock in page 2A."""
        flags = self._current[CAPABILITIES]
        flags[6] = flags[6] | LOCK_STATE if locked else flags[6] & ~LOCK_STATE

    def set_speeds(self, read: int | None, write: int | None) -> None:
        """Current speeds in kB/s; None = the fastest (MMC-6, SET CD SPEED)."""
        page = self._current[CAPABILITIES]
        page[14:16] = page[8:10] if read is None else read.to_bytes(2, "big")
        page[20:22] = page[18:20] if write is None else write.to_bytes(2, "big")
        page[28:30] = page[20:22]

    def set_profile(self, profile: int) -> None:
        """Choose the write types of page 05 and the write speed descriptors that page 2A appends."""
        self._write_types = _CD_WRITE_TYPES if profile in CD or not profile else _WRITE_TYPES
        speeds = speeds_for(profile)[:6]
        self._speeds = b"".join(speed.to_bytes(4, "big") for speed in speeds)

    def sense(self, control: int, code: int, subpage: int) -> bytes:
        """Pages for MODE SENSE: ``control`` 0 current, 1 changeable, 2 default, 3 saved (SPC-4, 6.11)."""
        if control == 3:
            raise Refused(SAVING_PARAMETERS_NOT_SUPPORTED)
        if subpage not in (0, 0xFF) or (subpage == 0xFF and code != ALL_PAGES):
            raise invalid_field(3)
        if code == ALL_PAGES:
            return b"".join(self._encode(control, each) for each in PAGES)
        if code not in PAGES:
            raise invalid_field(2, 5)
        return self._encode(control, code)

    def _encode(self, control: int, code: int) -> bytes:
        if control:
            page = PAGES[code]
            return page.changeable if control == 1 else page.default
        if code != CAPABILITIES:
            return bytes(self._current[code])
        page_2a = self._current[code] + self._speeds
        page_2a[1] += len(self._speeds)
        page_2a[30:32] = (len(self._speeds) // 4).to_bytes(2, "big")
        return bytes(page_2a)

    def select(self, parameters: bytes, offset: int) -> bool:
        """Take the pages that follow the header in a MODE SELECT list; return whether anything changed.

        All pages are checked before the first is taken. Raises Refused: INVALID FIELD IN PARAMETER
        LIST, or PARAMETER LIST LENGTH ERROR for a page cut short (SPC-4, 6.9).
        """
        accepted: list[tuple[int, bytes]] = []
        while offset < len(parameters):
            code = parameters[offset] & 0x3F
            if offset + 2 > len(parameters):
                raise Refused(PARAMETER_LIST_LENGTH_ERROR)
            end = offset + 2 + parameters[offset + 1]
            if code not in PAGES or parameters[offset] & 0x40:
                raise invalid_parameter(offset, 5)
            if code != CAPABILITIES and end != offset + len(PAGES[code].default):
                raise invalid_parameter(offset + 1)
            if end > len(parameters):
                raise Refused(PARAMETER_LIST_LENGTH_ERROR)
            accepted.append((code, self._check(code, parameters[offset:end], offset)))
            offset = end
        changed = any(self._current[code] != page for code, page in accepted)
        for code, page in accepted:
            self._current[code][:] = page
        self.correction_disabled = bool(self._current[ERROR_RECOVERY][2] & DCR)
        self.descriptor_sense = bool(self._current[CONTROL][2] & D_SENSE)
        return changed

    def _check(self, code: int, page: bytes, offset: int) -> bytes:
        """The page to store, or Refused at the first byte with a bit that may not change."""
        if code == CAPABILITIES:
            if page != self._encode(0, code):
                raise invalid_parameter(offset)
            return bytes(self._current[code])
        current, mask = self._current[code], PAGES[code].changeable
        for index in range(2, len(current)):
            if (page[index] ^ current[index]) & ~mask[index]:
                raise invalid_parameter(offset + index)
        if code == WRITE_PARAMETERS:
            if page[2] & 0x0F not in self._write_types:
                raise invalid_parameter(offset + 2, 3)
            if page[4] & 0x0F in _NO_DATA_BLOCK:
                raise invalid_parameter(offset + 4, 3)
        return bytes([code]) + page[1:]
