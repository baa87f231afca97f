"""The command table, and how a command travels.

:meth:`cdemu_core.scsi.drive.Drive.execute` looks up ``COMMANDS[cdb[0]]`` once. The row says what
holds for the whole command, so that no handler repeats it:

* ``ALLOW_UA``: carried out although a unit attention is pending (SPC-4, 5.14).
* ``NEEDS_MEDIUM``: refused with MEDIUM NOT PRESENT while the drive is empty.
* ``STOPS_AUDIO``: ends CD audio playback first, as the head is needed elsewhere.
* ``ALLOW_RESERVED``: carried out although another initiator holds a reservation (SPC-4, 5.12).

The handler gets (drive, command, now), puts its reply into ``command.data_in`` and returns the
number of bytes. To refuse it raises :class:`~cdemu_core.scsi.sense.Refused` or lets an error of
the disc fly. The last column says how many bytes the initiator sends.

``python -m cdemu_core.scsi.table`` prints the table as Markdown.
"""

from __future__ import annotations

from typing import Final

from .handlers import primary, reading
from .opcodes import OpCode as Op
from .spec import CommandSpec, Flags, Handler, Length

NONE, UA, MEDIUM, AUDIO, SHARED = (
    Flags.NONE,
    Flags.ALLOW_UA,
    Flags.NEEDS_MEDIUM,
    Flags.STOPS_AUDIO,
    Flags.ALLOW_RESERVED,
)

_ROWS: Final[tuple[tuple[Op, str, Handler, Flags, Length | None], ...]] = (
    (Op.TEST_UNIT_READY, "SPC-4 6.37", primary.test_unit_ready, MEDIUM, None),
    (Op.REQUEST_SENSE, "SPC-4 6.29", primary.request_sense, UA | SHARED, None),
    (Op.INQUIRY, "SPC-4 6.4", primary.inquiry, UA | SHARED, None),
    (Op.READ_10, "MMC-6 6.14", reading.read_10, MEDIUM | AUDIO, None),
    (Op.READ_12, "MMC-6 6.15", reading.read_12, MEDIUM | AUDIO, None),
)

SPECS: Final = tuple(CommandSpec(*row) for row in _ROWS)
COMMANDS: Final[list[CommandSpec | None]] = [None] * 256
"""Operation code → row, None where the drive knows no such command."""
for _spec in SPECS:
    COMMANDS[_spec.opcode] = _spec
