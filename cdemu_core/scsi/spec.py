"""A row of the command table: what a command needs and who carries it out."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntFlag
from typing import TYPE_CHECKING, Final

from .command import Command
from .opcodes import OpCode

if TYPE_CHECKING:
    from .drive import Drive

Handler = Callable[["Drive", Command, float], int]
"""(drive, command, now) → bytes put into ``command.data_in``."""

CDB_LENGTH: Final = (6, 10, 10, 0, 16, 12, 0, 0)
"""CDB bytes by group code, the top three bits of the operation code (SPC-4, 4.3.5.1)."""


class Flags(IntFlag):
    """Properties of a command; :mod:`cdemu_core.scsi.table` says what they mean."""

    NONE = 0
    ALLOW_UA = 1
    NEEDS_MEDIUM = 2
    STOPS_AUDIO = 4
    ALLOW_RESERVED = 8


class CommandSpec:
    """One row; flags are spread into booleans because they are asked for every command."""

    __slots__ = (
        "allow_reserved",
        "allow_ua",
        "flags",
        "handler",
        "length",
        "needs_medium",
        "opcode",
        "section",
        "stops_audio",
    )

    def __init__(self, opcode: OpCode, section: str, handler: Handler, flags: Flags) -> None:
        self.opcode = opcode
        self.section = section
        self.handler = handler
        self.flags = flags
        self.length = CDB_LENGTH[opcode >> 5]
        self.allow_ua = bool(flags & Flags.ALLOW_UA)
        self.needs_medium = bool(flags & Flags.NEEDS_MEDIUM)
        self.stops_audio = bool(flags & Flags.STOPS_AUDIO)
        self.allow_reserved = bool(flags & Flags.ALLOW_RESERVED)
