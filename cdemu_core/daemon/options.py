"""Options of a drive: one row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from ..errors import InvalidOption

Value = bool | int | tuple[str, str, str, str]

IDENTITY_WIDTHS = (8, 16, 4, 20)
"""Bytes of vendor, product, revision and vendor-specific text in INQUIRY data (SPC-4, 6.6.2)."""
DEFAULT_IDENTITY = ("CDEmu", "CD-ROM", "1.0", "cdemu.sf.net")

DAEMON_DEBUG_MASKS = (
    ("DAEMON_DEBUG_DEVICE", 0x01),
    ("DAEMON_DEBUG_MMC", 0x02),
    ("DAEMON_DEBUG_DELAY", 0x04),
    ("DAEMON_DEBUG_AUDIOPLAY", 0x08),
    ("DAEMON_DEBUG_KERNEL_IO", 0x10),
    ("DAEMON_DEBUG_RECORDING", 0x20),
    ("DAEMON_DEBUG_SLEEP_HANDLER", 0x40),
)
LIBRARY_DEBUG_MASKS = (
    ("MIRAGE_DEBUG_PARSER", 0x001),
    ("MIRAGE_DEBUG_DISC", 0x002),
    ("MIRAGE_DEBUG_SESSION", 0x004),
    ("MIRAGE_DEBUG_TRACK", 0x008),
    ("MIRAGE_DEBUG_SECTOR", 0x010),
    ("MIRAGE_DEBUG_FRAGMENT", 0x020),
    ("MIRAGE_DEBUG_CDTEXT", 0x040),
    ("MIRAGE_DEBUG_STREAM", 0x080),
    ("MIRAGE_DEBUG_IMAGE_ID", 0x100),
    ("MIRAGE_DEBUG_WRITER", 0x200),
)
DEBUG_DEVICE, DEBUG_MMC, DEBUG_DELAY, DEBUG_AUDIO, DEBUG_KERNEL_IO = 0x01, 0x02, 0x04, 0x08, 0x10
DEBUG_RECORDING = 0x20


def fit_identity(texts: Any) -> tuple[str, str, str, str]:
    """Four texts, each cut to its field's width; INQUIRY data is ASCII."""
    cut = (
        str(text).encode("ascii", "replace")[:width]
        for text, width in zip(texts, IDENTITY_WIDTHS, strict=True)
    )
    vendor, product, revision, specific = (text.decode("ascii") for text in cut)
    return vendor, product, revision, specific


def signed32(value: int) -> int:
    """A mask as the bus carries it: 32 bits, signed."""
    return (value + 0x8000_0000) % 0x1_0000_0000 - 0x8000_0000


@attrs.frozen
class DriveOption:
    """``signature``: the value's D-Bus type; ``fit`` brings a value of that type into its form."""

    name: str
    signature: str
    default: Value
    fit: Callable[[Any], Value]

    @property
    def field(self) -> str:
        """The name as an identifier."""
        return self.name.replace("-", "_")


OPTIONS: dict[str, DriveOption] = {
    option.name: option
    for option in (
        DriveOption("dpm-emulation", "b", False, bool),
        DriveOption("tr-emulation", "b", False, bool),
        DriveOption("bad-sector-emulation", "b", False, bool),
        DriveOption("dvd-report-css", "b", False, bool),
        DriveOption("device-id", "(ssss)", DEFAULT_IDENTITY, fit_identity),
        DriveOption("daemon-debug-mask", "i", 0, signed32),
        DriveOption("library-debug-mask", "i", 0, signed32),
    )
}


def find_option(name: str) -> DriveOption:
    """The row of an option.

    Raises:
        InvalidOption: there is none of this name.
    """
    if name not in OPTIONS:
        raise InvalidOption(f"There is no option “{name}”; the options are {', '.join(OPTIONS)}.")
    return OPTIONS[name]


def checked_value(name: str, signature: str, value: Any) -> Value:
    """An option's value in its form.

    Raises:
        InvalidOption: an unknown name, or a value of another type.
    """
    option = find_option(name)
    if signature != option.signature:
        raise InvalidOption(
            f"Option {name} takes a value of D-Bus type “{option.signature}”, not “{signature}”."
        )
    return option.fit(value)
