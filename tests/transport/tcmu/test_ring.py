"""The ring shared with target_core_user, against a kernel's side made of bytes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdemu_core.errors import PortLost
from cdemu_core.transport.tcmu.ring import READ_LENGTH, UNKNOWN_OP, Ring

INQUIRY = bytes([0x12, 0, 0, 0, 36, 0])
NOT_READY = bytes(6)
RING_AT, RING_SIZE = 128, 1024


def read_10(lba: int, count: int) -> bytes:
    return struct.pack(">BBIBHB", 0x28, 0, lba, 0, count, 0)


def serve(ring: Ring, target, now: float = 0.0) -> bool:
    while ring.pending():
        ring.serve(target, now)
    return ring.flush(now)


def test_data_status_and_sense(kernel, target, sector):
    ring = Ring(kernel.memory)
    kernel.command(7, read_10(5, 2), 4096)
    kernel.command(8, NOT_READY)
    assert serve(ring, target)
    read, refused = kernel.answers()
    assert (read.identity, read.status, read.flags, read.data) == (7, 0, 0, sector(5) + sector(6))
    assert (refused.identity, refused.status) == (8, 2)
    assert refused.sense[:18].hex() == "700002000000000a000000003a0000000000"
    assert not any(refused.sense[18:])


def test_short_data_says_its_length(kernel, make_kernel, target):
    kernel.command(1, INQUIRY, 255)
    serve(Ring(kernel.memory), target)
    (answer,) = kernel.answers()
    assert (answer.flags, answer.length, answer.data[0]) == (READ_LENGTH, 36, 5)
    old = make_kernel(flags=0)  # a kernel that does not know of lengths
    old.command(1, INQUIRY, 255)
    serve(Ring(old.memory), target)
    assert old.answers()[0].flags == 0


@pytest.mark.parametrize("apart", [False, True])
def test_data_in_many_pieces(kernel, target, sector, apart):
    kernel.command(1, read_10(0, 7), 7 * 2048, apart=apart)
    serve(Ring(kernel.memory), target)
    (answer,) = kernel.answers()
    assert answer.data == b"".join(map(sector, range(7)))


@pytest.mark.parametrize("apart", [False, True])
def test_data_out_is_known_by_the_command(kernel, target, apart):
    data = bytes(range(256)) * 40
    kernel.command(1, struct.pack(">BBIBHB", 0x2A, 0, 0, 0, 5, 0), out=data, apart=apart)
    serve(Ring(kernel.memory), target)
    assert target.written == [data]
    (answer,) = kernel.answers()
    assert (answer.status, answer.length, answer.data) == (0, 0, data)


@pytest.mark.parametrize(
    ("opcode", "length"), [(0x12, 6), (0x28, 10), (0x5A, 10), (0x88, 16), (0xA8, 12), (0xBE, 12), (0xC0, 10)]
)
def test_length_of_the_command_block_by_its_group(kernel, target, opcode, length):
    kernel.command(1, bytes([opcode]) + bytes(15))
    serve(Ring(kernel.memory), target)
    assert [len(cdb) for cdb in target.commands] == [length]


def test_entries_wrap_and_pads_are_passed(kernel, target, sector):
    ring = Ring(kernel.memory)
    for number in range(100):
        kernel.command(number, read_10(number, 1), 2048)
        assert serve(ring, target)
        (answer,) = kernel.answers()
        assert (answer.identity, answer.data) == (number, sector(number))


def test_an_unknown_entry_is_marked(kernel, target):
    kernel.entry(5, 64, 3)
    assert serve(Ring(kernel.memory), target)
    (answer,) = kernel.answers()
    assert answer.flags == UNKNOWN_OP
    assert target.commands == []


def test_delayed_answers_leave_in_time_and_in_order(kernel, target):
    ring = Ring(kernel.memory)
    target.delay = 2.0
    kernel.command(1, INQUIRY, 36)
    assert not serve(ring, target, 10.0)
    assert ring.due() == 12.0
    target.delay = 0.0
    kernel.command(2, INQUIRY, 36)
    assert not serve(ring, target, 11.0)
    assert kernel.answers() == []
    assert ring.flush(12.0)
    assert [answer.identity for answer in kernel.answers()] == [1, 2]
    assert ring.due() is None


@pytest.mark.parametrize(("function", "resets"), [(1, 0), (5, 1), (6, 1)])
def test_task_management(kernel, target, function, resets):
    ring = Ring(kernel.memory)
    target.delay = 60.0
    for number in (1, 2, 3):
        kernel.command(number, INQUIRY, 36)
    serve(ring, target)
    kernel.manage(function, [1, 2])
    assert serve(ring, target)
    assert [answer.identity for answer in kernel.answers()] == [1, 2]
    assert ring.due() == 60.0
    assert len(target.resets) == resets


def test_a_ring_is_taken_over_where_the_last_owner_stopped(kernel, target, sector):
    first = Ring(kernel.memory)
    kernel.command(1, read_10(1, 1), 2048)
    serve(first, target)
    kernel.answers()
    kernel.command(2, read_10(2, 1), 2048)
    first.serve(target, 0.0)  # and dies before it answers
    serve(Ring(kernel.memory), target)
    (answer,) = kernel.answers()
    assert (answer.identity, answer.data) == (2, sector(2))


def damage(at: int, form: str, *values: int):
    return lambda memory: struct.pack_into(form, memory, at, *values)


@pytest.mark.parametrize(
    "harm",
    [
        damage(0, "=H", 1),
        damage(4, "=I", 1 << 20),
        damage(4, "=I", 0),
        damage(8, "=I", 0),
        damage(12, "=I", RING_SIZE),
        damage(12, "=I", 3),
        damage(64, "=I", 1 << 31),
        damage(RING_AT, "=I", 0 | 1),
        damage(RING_AT, "=I", 64 | 1),
        damage(RING_AT, "=I", 4096 | 1),
        damage(RING_AT + 8, "=I", 1000),
        damage(RING_AT + 24, "=Q", 1 << 40),
        damage(RING_AT + 24, "=Q", 65535),
        damage(RING_AT + 48, "=Q", 0),
        damage(RING_AT + 48, "=Q", (1 << 64) - 8),
        damage(RING_AT + 56, "=Q", 1 << 40),
        damage(RING_AT, "=I", 24 | 2),
        lambda memory: (damage(RING_AT, "=I", 112 | 2)(memory), damage(RING_AT + 12, "=I", 500)(memory)),
    ],
)
def test_a_damaged_ring_is_a_lost_port(kernel, target, harm):
    kernel.command(1, b"\xa8" + bytes(11), 2048)
    harm(kernel.memory)
    with pytest.raises(PortLost, match="target_core_user"):
        serve(Ring(kernel.memory), target)


def test_memory_too_small_for_a_mailbox():
    with pytest.raises(PortLost, match="shorter"):
        Ring(bytearray(60))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.booleans()), max_size=40))
def test_every_command_is_answered_once_and_in_order(make_kernel, make_target, script):
    kernel, target = make_kernel(), make_target()
    ring = Ring(kernel.memory)
    given_back, now, sent = [], 0.0, 0
    for kind, delay, turn in script:
        target.delay = float(delay)
        if len(kernel.places) < 4:
            kernel.command(
                sent, [INQUIRY, NOT_READY, read_10(sent, 1), b"\xff" * 10][kind], 2048 * (kind == 2)
            )
            sent += 1
        while turn and ring.pending():
            ring.serve(target, now)
        now += 1
        ring.flush(now)
        given_back += kernel.answers()
    while ring.pending():
        ring.serve(target, now)
    ring.flush(float("inf"))
    given_back += kernel.answers()
    assert [answer.identity for answer in given_back] == list(range(sent))
