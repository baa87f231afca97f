"""The command table, and how a command travels.

:meth:`cdemu_core.scsi.drive.Drive.execute` looks up ``COMMANDS[cdb[0]]`` once. The row says what
holds for the whole command, so that no handler repeats it:

* ``UA``: carried out although a unit attention is pending (SPC-4, 5.14).
* ``MEDIUM``: refused with MEDIUM NOT PRESENT while the drive is empty.
* ``AUDIO``: ends CD audio playback first, as the head is needed elsewhere.
* ``SHARED``: carried out although another initiator holds a reservation (SPC-2, 5.5.1).

The handler gets (drive, command, now), puts its reply into ``command.data_in`` and returns the
number of bytes. To refuse it raises :class:`~cdemu_core.scsi.sense.Refused` or lets an error of
the disc fly. How many bytes an initiator sends is in :mod:`cdemu_core.scsi.dataout`.

``python -m cdemu_core.scsi.table`` prints the table as Markdown.
"""

from __future__ import annotations

from typing import Final

from .handlers import (
    audio,
    capability,
    information,
    maintenance,
    modes,
    primary,
    reading,
    recording,
    security,
    subchannel,
    tray,
)
from .opcodes import OpCode as Op
from .spec import CommandSpec, Flags, Handler

UA, MEDIUM, AUDIO, SHARED = Flags
NONE = Flags.NONE

_ROWS: Final[tuple[tuple[Op, str, Handler, Flags], ...]] = (
    (Op.TEST_UNIT_READY, "SPC-4 6.37", primary.test_unit_ready, MEDIUM),
    (Op.REQUEST_SENSE, "SPC-4 6.29", primary.request_sense, UA | SHARED),
    (Op.FORMAT_UNIT, "MMC-6, FORMAT UNIT", recording.format_unit, MEDIUM | AUDIO),
    (Op.INQUIRY, "SPC-4 6.4", primary.inquiry, UA | SHARED),
    (Op.MODE_SELECT_6, "SPC-4 6.9", modes.mode_select_6, NONE),
    (Op.RESERVE_6, "SPC-2 7.21", maintenance.reserve, NONE),
    (Op.RELEASE_6, "SPC-2 7.16", maintenance.release, SHARED),
    (Op.MODE_SENSE_6, "SPC-4 6.11", modes.mode_sense_6, NONE),
    (Op.START_STOP_UNIT, "MMC-6, START STOP UNIT", tray.start_stop_unit, AUDIO),
    (Op.SEND_DIAGNOSTIC, "SPC-4, SEND DIAGNOSTIC", maintenance.send_diagnostic, NONE),
    (Op.PREVENT_ALLOW_MEDIUM_REMOVAL, "MMC-6 6.13", tray.prevent_allow_medium_removal, NONE),
    (Op.READ_FORMAT_CAPACITIES, "MMC-6 6.23", information.read_format_capacities, NONE),
    (Op.READ_CAPACITY_10, "MMC-6 6.18", information.read_capacity_10, MEDIUM),
    (Op.READ_10, "MMC-6 6.14", reading.read_10, MEDIUM | AUDIO),
    (Op.WRITE_10, "MMC-6, WRITE (10)", recording.write, MEDIUM | AUDIO),
    (Op.SEEK_10, "MMC-6, SEEK (10)", reading.seek_10, MEDIUM | AUDIO),
    (Op.WRITE_AND_VERIFY_10, "MMC-6, WRITE AND VERIFY (10)", recording.write, MEDIUM | AUDIO),
    (Op.VERIFY_10, "MMC-6, VERIFY (10)", reading.verify_10, MEDIUM | AUDIO),
    (Op.SYNCHRONIZE_CACHE_10, "MMC-6, SYNCHRONIZE CACHE", recording.synchronize_cache, NONE),
    (Op.WRITE_BUFFER, "SPC-4, WRITE BUFFER", maintenance.write_buffer, NONE),
    (Op.READ_BUFFER, "SPC-4, READ BUFFER", maintenance.read_buffer, NONE),
    (Op.READ_SUB_CHANNEL, "MMC-3, READ SUB-CHANNEL", subchannel.read_sub_channel, MEDIUM),
    (Op.READ_TOC_PMA_ATIP, "MMC-6 6.25", information.read_toc_pma_atip, MEDIUM),
    (Op.PLAY_AUDIO_10, "MMC-3, PLAY AUDIO (10)", audio.play_audio_10, MEDIUM | AUDIO),
    (Op.GET_CONFIGURATION, "MMC-6 6.5", capability.get_configuration, UA | SHARED),
    (Op.PLAY_AUDIO_MSF, "MMC-3, PLAY AUDIO MSF", audio.play_audio_msf, MEDIUM | AUDIO),
    (Op.PLAY_AUDIO_TRACK_INDEX, "SCSI-2 14.2.4", audio.play_audio_track_index, MEDIUM | AUDIO),
    (Op.GET_EVENT_STATUS_NOTIFICATION, "MMC-6 6.6", capability.get_event_status_notification, UA | SHARED),
    (Op.PAUSE_RESUME, "MMC-3, PAUSE/RESUME", audio.pause_resume, NONE),
    (Op.LOG_SENSE, "SPC-4, LOG SENSE", maintenance.log_sense, NONE),
    (Op.STOP_PLAY_SCAN, "MMC-3, STOP PLAY/SCAN", audio.stop_play_scan, MEDIUM | AUDIO),
    (Op.READ_DISC_INFORMATION, "MMC-6 6.21", information.read_disc_information, MEDIUM | AUDIO),
    (Op.READ_TRACK_INFORMATION, "MMC-6 6.26", information.read_track_information, MEDIUM | AUDIO),
    (Op.RESERVE_TRACK, "MMC-6, RESERVE TRACK", recording.reserve_track, MEDIUM | AUDIO),
    (Op.SEND_OPC_INFORMATION, "MMC-6, SEND OPC INFORMATION", recording.send_opc_information, MEDIUM | AUDIO),
    (Op.MODE_SELECT_10, "SPC-4 6.10", modes.mode_select_10, NONE),
    (Op.RESERVE_10, "SPC-2 7.22", maintenance.reserve, NONE),
    (Op.RELEASE_10, "SPC-2 7.17", maintenance.release, SHARED),
    (Op.MODE_SENSE_10, "SPC-4 6.12", modes.mode_sense_10, NONE),
    (Op.CLOSE_TRACK_SESSION, "MMC-6 6.3", recording.close_track_session, MEDIUM | AUDIO),
    (Op.READ_BUFFER_CAPACITY, "MMC-6 6.17", capability.read_buffer_capacity, MEDIUM),
    (Op.SEND_CUE_SHEET, "MMC-6, SEND CUE SHEET", recording.send_cue_sheet, MEDIUM | AUDIO),
    (Op.READ_16, "SBC-3 5.14", reading.read_16, MEDIUM | AUDIO),
    (Op.SERVICE_ACTION_IN_16, "SBC-3 5.16", information.read_capacity_16, NONE),
    (Op.REPORT_LUNS, "SPC-4 6.33", maintenance.report_luns, UA | SHARED),
    (Op.BLANK, "MMC-6, BLANK", recording.blank, MEDIUM | AUDIO),
    (Op.SEND_EVENT, "MMC-3, SEND EVENT", capability.send_event, NONE),
    (Op.SEND_KEY, "MMC-6, SEND KEY; SPC-4 6.27", security.send_key, NONE),
    (Op.REPORT_KEY, "MMC-6, REPORT KEY", security.report_key, AUDIO),
    (Op.PLAY_AUDIO_12, "MMC-3, PLAY AUDIO (12)", audio.play_audio_12, MEDIUM | AUDIO),
    (Op.LOAD_UNLOAD_MEDIUM, "MMC-6 6.9", tray.load_unload_medium, AUDIO),
    (Op.SET_READ_AHEAD, "MMC-6, SET READ AHEAD", capability.set_read_ahead, MEDIUM),
    (Op.READ_12, "MMC-6 6.15", reading.read_12, MEDIUM | AUDIO),
    (Op.WRITE_12, "MMC-6, WRITE (12)", recording.write, MEDIUM | AUDIO),
    (Op.GET_PERFORMANCE, "MMC-6 6.7", capability.get_performance, NONE),
    (Op.READ_DISC_STRUCTURE, "MMC-6 6.22", information.read_disc_structure, MEDIUM | AUDIO),
    (Op.VERIFY_12, "SBC-3 5.33", reading.verify_12, MEDIUM | AUDIO),
    (Op.SET_STREAMING, "MMC-6, SET STREAMING", capability.set_streaming, AUDIO),
    (Op.READ_CD_MSF, "MMC-6 6.20", reading.read_cd_msf, MEDIUM),
    (Op.SCAN, "MMC-3, SCAN", audio.scan, MEDIUM | AUDIO),
    (Op.SET_CD_SPEED, "MMC-6, SET CD SPEED", capability.set_cd_speed, AUDIO),
    (Op.MECHANISM_STATUS, "MMC-6 6.10", tray.mechanism_status, NONE),
    (Op.READ_CD, "MMC-6 6.19", reading.read_cd, MEDIUM),
)

SPECS: Final = tuple(CommandSpec(*row) for row in _ROWS)
COMMANDS: Final[list[CommandSpec | None]] = [None] * 256
"""Operation code → row, None where the drive knows no such command."""
for _spec in SPECS:
    COMMANDS[_spec.opcode] = _spec


def markdown() -> str:
    """The table as a page for people."""
    lines = [
        "# Commands",
        "",
        "Printed from the command table by `python -m cdemu_core.scsi.table`; edit the table, not this page.",
        "",
        "- **medium**: answered with 2/3A/00 (MEDIUM NOT PRESENT) while the drive is empty",
        "- **attention**: carried out although a unit attention is pending",
        "- **audio**: ends audio playback",
        "- **shared**: carried out although another initiator has reserved the drive",
        "",
        "| code | command | section | medium | attention | audio | shared |",
        "|---|---|---|---|---|---|---|",
    ]
    for spec in SPECS:
        marks = (spec.needs_medium, spec.allow_ua, spec.stops_audio, spec.allow_reserved)
        cells = " | ".join("yes" if mark else "" for mark in marks)
        name = spec.opcode.name.replace("_", " ")
        lines.append(f"| {spec.opcode:02X} | {name} | {spec.section} | {cells} |")
    lines += ["", "Every other operation code ends with 5/20/00 (INVALID COMMAND OPERATION CODE)."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(markdown(), end="")
