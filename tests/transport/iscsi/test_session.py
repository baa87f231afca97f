"""Commands, data transfer and serial numbers over a real socket."""

from __future__ import annotations

import os

import pytest

TEST_UNIT_READY = bytes(6)


def read_10(lba: int, count: int) -> bytes:
    return b"\x28\0" + lba.to_bytes(4, "big") + b"\0" + count.to_bytes(2, "big") + b"\0"


def inquiry(length: int) -> bytes:
    return b"\x12\0\0" + length.to_bytes(2, "big") + b"\0"


def mode_select(length: int) -> bytes:
    return b"\x55" + bytes(6) + length.to_bytes(2, "big") + b"\0"


def test_data_in_is_cut_as_the_initiator_wants(login, sector):
    initiator = login(segment=4096, MaxBurstLength="8192")
    result = initiator.command(read_10(5, 9), 9 * 2048)
    assert result.data == b"".join(map(sector, range(5, 14)))
    assert [len(pdu.data) for pdu in result.pdus] == [4096, 4096, 4096, 4096, 2048]
    assert [pdu.flags for pdu in result.pdus] == [0x00, 0x80, 0x00, 0x80, 0x81]
    assert [pdu.u32(36) for pdu in result.pdus] == [0, 1, 2, 3, 4]
    assert all(pdu.u32(20) == 0xFFFFFFFF for pdu in result.pdus)
    assert result.residual == 0


def test_megabytes_pass(login, sector):
    initiator = login(segment=262144)
    result = initiator.command(read_10(1, 4000), 4000 * 2048)
    assert result.data == b"".join(map(sector, range(1, 4001)))


@pytest.mark.parametrize(
    ("expected", "flags", "data", "residual"),
    [
        (2048, 0xC0, 2048, 0),
        (10000, 0xC0, 2048, -7952),
        (200, 0xC0, 200, 1848),
        (1023, 0xC0, 1023, 1025),
        (0, 0xC0, 0, 2048),
        (0, 0x80, 0, 2048),
    ],
)
def test_residuals_of_reads(login, expected, flags, data, residual):
    result = login().command(read_10(3, 1), expected, flags=flags)
    assert (result.status, result.data, result.residual) == (0, bytes([0, 0, 0, 3] * 512)[:data], residual)


def test_residuals_of_writes(login, target):
    initiator = login()
    assert initiator.command(mode_select(12), data=b"abcdefghijkl").residual == 0
    assert initiator.command(mode_select(12), data=b"abcdefghijklmnop").residual == -4
    assert initiator.command(mode_select(12), data=b"abcdefgh").residual == 4
    assert [len(data) for data in target.written] == [12, 16, 8]


def test_sense_and_underflow_of_a_failed_read(login):
    result = login().command(b"\xee" + bytes(9), 512)
    assert (result.status, result.data, result.residual) == (2, b"", -512)
    assert (len(result.sense), result.sense[2], result.sense[12]) == (18, 5, 0x20)
    assert [pdu.opcode for pdu in result.pdus] == [0x21]


@pytest.mark.parametrize(("opcode", "length"), [(0x00, 6), (0x28, 10), (0xA8, 12), (0x9E, 16), (0xBE, 12)])
def test_cdb_has_its_groups_length(login, target, opcode, length):
    login().command(bytes([opcode]) + bytes(15))
    assert len(target.commands[0]) == length


def test_all_immediate(login, target):
    data = os.urandom(4099)
    result = login().command(mode_select(4099), data=data, immediate=4099)
    assert (result.status, target.written) == (0, [data])
    assert [pdu.opcode for pdu in result.pdus] == [0x21]


def test_r2t_by_bursts(login, target):
    initiator = login(MaxBurstLength="65536")
    data = os.urandom(200_001)
    result = initiator.command(b"\x55" + bytes(9), data=data, immediate=1000)
    asked = [(pdu.u32(36), pdu.u32(40), pdu.u32(44)) for pdu in result.pdus if pdu.opcode == 0x31]
    assert asked == [(0, 1000, 65536), (1, 66536, 65536), (2, 132072, 65536), (3, 197608, 2393)]
    assert target.written == [data]


def test_unsolicited_data_then_r2t(login, target):
    initiator = login(InitialR2T="No", FirstBurstLength="8192", MaxBurstLength="8192")
    data = os.urandom(20_000)
    header = initiator.header(1, 0x20, word20=len(data), tail=b"\x55" + bytes(9))
    itt = int.from_bytes(header[16:20], "big")
    initiator.send(header, data[:1000])
    initiator.data_out(itt, 0xFFFFFFFF, data[1000:5000], 1000, final=False)
    initiator.data_out(itt, 0xFFFFFFFF, data[5000:8192], 5000)
    result = initiator.finish(itt, data)
    assert [(p.u32(40), p.u32(44)) for p in result.pdus if p.opcode == 0x31] == [(8192, 8192), (16384, 3616)]
    assert target.written == [data]


def test_only_one_command_is_asked_for_data_at_a_time(login, target):
    initiator = login()
    headers = [initiator.header(1, 0xA0, word20=5000, tail=b"\x55" + bytes(9)) for _ in range(2)]
    first, second = (int.from_bytes(header[16:20], "big") for header in headers)
    for header in headers:
        initiator.send(header)
    r2t = initiator.receive()
    assert (r2t.opcode, r2t.itt) == (0x31, first)
    assert initiator.command(TEST_UNIT_READY).status == 2  # and others pass
    initiator.data_out(first, r2t.u32(20), b"a" * 5000, 0)
    assert initiator.receive().itt == first
    assert initiator.finish(second, b"b" * 5000).status == 0
    assert target.written == [b"a" * 5000, b"b" * 5000]


@pytest.mark.parametrize("fault", ["tag", "offset", "length", "unsolicited", "immediate", "reused", "read"])
def test_wrong_data_ends_the_session(login, target, fault):
    initiator = login(ImmediateData="No" if fault == "immediate" else "Yes")
    flags = 0x20 if fault == "unsolicited" else 0xC0 if fault == "read" else 0xA0
    header = initiator.header(1, flags, word20=5000, tail=b"\x55" + bytes(9))
    itt = int.from_bytes(header[16:20], "big")
    initiator.send(header, b"early" if fault in ("immediate", "read") else b"")
    if fault in ("tag", "offset", "length"):
        tag = initiator.receive().u32(20) + (fault == "tag")
        data = b"x" * (5001 if fault == "length" else 5000)
        initiator.data_out(itt, tag, data, 4 if fault == "offset" else 0)
    if fault == "reused":
        initiator.receive()
        initiator.send(initiator.header(1, 0xA0, itt=itt, word20=5000, tail=b"\x55" + bytes(9)))
    assert initiator.closed()
    assert target.written == []


def test_transfers_have_a_bound(login):
    initiator = login()
    header = initiator.header(1, 0xA0, word20=(16 << 20) + 1, tail=b"\x55" + bytes(9))
    initiator.send(header)
    response = initiator.receive()
    assert (response.opcode, response.u8(3), response.data[2:][12]) == (0x21, 2, 0x24)
    assert initiator.command(read_10(0, 1), 0xFFFFFFFF).residual == 2048 - 0xFFFFFFFF


def test_serial_numbers_outside_the_window_get_no_answer(login, target):
    initiator = login()
    for wrong in (
        initiator.cmd_sn - 1,
        initiator.cmd_sn + 1,
        initiator.cmd_sn + 32,
        initiator.cmd_sn + 0x80000000,
    ):
        header = initiator.header(1, 0x80, cmd_sn=wrong & 0xFFFFFFFF, tail=TEST_UNIT_READY)
        initiator.send(header)
    result = initiator.command(inquiry(36), 36)
    assert result.data[8:12] == b"TEST"
    assert len(target.commands) == 1
    answer = result.pdus[-1]
    assert answer.u32(28) == initiator.cmd_sn
    assert answer.u32(32) == initiator.cmd_sn + 31


def test_window_shrinks_with_commands_under_way_and_wraps(connect, where, target):
    initiator = connect()
    initiator.cmd_sn = 0xFFFFFFFE
    initiator.login(where[1])
    headers = [
        initiator.header(1, 0xA0, word20=8, cmd_sn=(0xFFFFFFFE + i) & 0xFFFFFFFF, tail=mode_select(8))
        for i in range(33)
    ]
    for header in headers:
        initiator.send(header)
    first = initiator.receive()
    assert first.opcode == 0x31
    assert (first.u32(32) - first.u32(28) + 1) & 0xFFFFFFFF == 31
    immediate = initiator.header(0x41, 0xA0, word20=8, cmd_sn=5, tail=mode_select(8))
    initiator.send(immediate)
    reject = initiator.receive()
    assert (reject.opcode, reject.u8(2), reject.data[:1]) == (0x3F, 6, immediate[:1])
    initiator.data_out(first.itt, first.u32(20), b"12345678", 0)
    done, second = initiator.receive(), initiator.receive()
    assert (done.opcode, done.itt, second.opcode) == (0x21, first.itt, 0x31)
    assert (second.u32(32) - second.u32(28) + 1) & 0xFFFFFFFF == 1
    assert second.u32(28) == (0xFFFFFFFE + 32) & 0xFFFFFFFF


def test_status_numbers_count_answers_only(login):
    initiator = login(segment=512)
    numbers = []
    for _ in range(3):
        numbers.append(initiator.command(read_10(0, 1), 2048).pdus[-1].u32(24))
        numbers.append(initiator.command(TEST_UNIT_READY).pdus[-1].u32(24))
    assert numbers == list(range(numbers[0], numbers[0] + 6))
