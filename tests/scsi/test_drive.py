"""What holds for every command: attentions, reservations, errors, events, resets."""

from __future__ import annotations

import pytest

from cdemu_core.errors import AlreadyLoaded, NotLoaded
from cdemu_core.scsi.command import Command, Status
from cdemu_core.scsi.drive import Drive
from cdemu_core.scsi.events import InternalError, MediumChanged
from cdemu_core.scsi.opcodes import OpCode
from cdemu_core.scsi.spec import CommandSpec, Flags
from cdemu_core.scsi.table import SPECS
from cdemu_core.testing.discs import audio_disc, data_disc
from cdemu_core.testing.initiator import Initiator, direct

TUR = "00 00 00 00 00 00"


def test_events_are_taken_once(bench) -> None:
    drive = Drive()
    assert drive.take_events() == []
    drive.insert(data_disc())
    drive.remove()
    drive.remove()
    assert drive.take_events() == [MediumChanged(loaded=True), MediumChanged(loaded=False)]
    assert drive.take_events() == []


def test_a_loaded_drive_takes_no_second_disc(bench) -> None:
    drive = bench("data").drive
    disc = drive.disc
    with pytest.raises(AlreadyLoaded):
        drive.insert(audio_disc())
    assert drive.disc is disc
    drive.remove()
    with pytest.raises(NotLoaded):
        _ = drive.medium


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.opcode.name)
def test_attention_and_medium_gates_are_the_tables(bench, spec: CommandSpec) -> None:
    cdb = bytes([spec.opcode]) + bytes(spec.length - 1)
    fresh = bench("fresh")
    codes = fresh.host.command(cdb, 64).codes
    reported = codes == (6, 0x28, 0)
    assert reported is not spec.allow_ua
    if spec.opcode is not OpCode.REQUEST_SENSE:
        assert bool(fresh.drive.nexuses.meet(None).attentions) is spec.allow_ua
    if spec.needs_medium:
        assert bench().host.command(cdb, 64).codes == (2, 0x3A, 0)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.opcode.name)
def test_a_reservation_keeps_others_out(spec: CommandSpec) -> None:
    drive = Drive()
    one, two = (Initiator(direct(drive, nexus=name)) for name in "ab")
    assert one.command(b"\x16" + bytes(5)).status == Status.GOOD
    cdb = bytes([spec.opcode]) + bytes(spec.length - 1)
    expected = bool(spec.flags & Flags.ALLOW_RESERVED)
    assert (two.command(cdb, 64).status != Status.RESERVATION_CONFLICT) is expected
    assert one.test_unit_ready().codes == (2, 0x3A, 0)


def test_a_reservation_ends_with_release_session_or_reset() -> None:
    drive = Drive()
    one, two = (Initiator(direct(drive, nexus=name)) for name in "ab")
    for end in (
        lambda: one.command(b"\x57" + bytes(9)),
        lambda: drive.forget("a"),
        drive.reset,
    ):
        one.command(b"\x56" + bytes(9))
        assert two.test_unit_ready().status == Status.RESERVATION_CONFLICT
        two.command(b"\x17" + bytes(5))
        assert two.test_unit_ready().status == Status.RESERVATION_CONFLICT
        end()
        assert two.test_unit_ready().status == Status.CHECK_CONDITION


def test_each_initiator_locks_for_itself() -> None:
    drive = Drive()
    drive.insert(data_disc())
    one, two = (Initiator(direct(drive, nexus=name)) for name in "ab")
    one.prevent_allow(True)
    two.prevent_allow(True)
    one.prevent_allow(False)
    assert drive.locked
    drive.forget("b")
    assert not drive.locked


def test_power_on_is_told_to_everybody_where_wanted() -> None:
    drive = Drive(power_on_attention=True)
    for name in (None, "a", "b"):
        host = Initiator(direct(drive, nexus=name))
        assert host.test_unit_ready().codes == (6, 0x29, 0)
        assert host.test_unit_ready().codes == (2, 0x3A, 0)
    drive.forget("a")
    assert Initiator(direct(drive, nexus="a")).test_unit_ready().codes == (6, 0x29, 0)
    assert Initiator(direct(Drive())).test_unit_ready().codes == (2, 0x3A, 0)


def test_a_reset_clears_what_was_set_up_and_keeps_the_disc(bench) -> None:
    drive = bench("audio")
    drive.host.prevent_allow(True)
    drive.host.mode_select_10(bytes.fromhex("01 0A 01 01") + bytes(8))
    drive.host.play_audio_10(0, 100)
    drive.drive.reset()
    assert drive.drive.disc is not None
    assert not drive.drive.locked
    assert drive.host.test_unit_ready().codes == (6, 0x29, 0)
    assert drive.host.read_sub_channel(sub_q=False).data[1] == 0x15
    assert drive.host.mode_sense_10(1).data[10] == 0
    assert drive.host.test_unit_ready().status == Status.GOOD


def test_attentions_queue_in_order_and_once(bench) -> None:
    drive = bench("fresh")
    drive.drive.remove()
    drive.drive.insert(data_disc())
    drive.drive.nexuses.meet(None).attend(drive.drive.nexuses.meet(None).attentions[0])
    drive.expect(TUR, "6/28/00")
    drive.expect(TUR, "")


def test_an_unexpected_exception_costs_one_command(bench) -> None:
    drive = bench("data")
    problem = RuntimeError("a mistake of ours")

    def broken(*_: object) -> int:
        raise problem

    drive.drive.commands = list(drive.drive.commands)
    drive.drive.commands[0] = CommandSpec(OpCode.TEST_UNIT_READY, "here", broken, Flags.NONE)
    drive.expect(TUR, "4/44/00")
    assert drive.drive.take_events() == [InternalError(0, problem)]
    drive.expect("25 00 00 00 00 00 00 00 00 00", "00 00 01 2B 00 00 08 00")


def test_short_cdbs_are_filled_with_zeros(bench) -> None:
    drive = bench("data")
    assert drive.send("12").status == Status.GOOD
    drive.expect("43 02 00 00 00 00 00 00 04", "00 12 01 01")
    empty = drive.drive.execute(Command(b"", memoryview(b"")), 0.0)
    assert empty.status == Status.CHECK_CONDITION


def test_a_command_that_failed_has_no_data_and_no_delay(bench) -> None:
    drive = bench("data").drive
    drive.dpm_emulation = drive.tr_emulation = True
    command = Command(bytes.fromhex("28 00 00 00 01 2C 00 00 01 00"), memoryview(bytearray(4096)))
    completion = drive.execute(command, 5.0)
    assert (completion.status, completion.length, completion.ready_at) == (Status.CHECK_CONDITION, 0, 0.0)
    assert len(completion.sense) == 18
