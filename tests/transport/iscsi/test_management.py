"""Management of sessions over a real socket: ping, text, tasks, digests, logout, many initiators, removal."""

from __future__ import annotations

import os
import threading
import time

import pytest

from cdemu_core.transport.iscsi import port as iscsi_port
from cdemu_core.transport.port import Mapping

TEST_UNIT_READY = bytes(6)


def read_10(lba: int, count: int) -> bytes:
    return b"\x28\0" + lba.to_bytes(4, "big") + b"\0" + count.to_bytes(2, "big") + b"\0"


def inquiry(length: int) -> bytes:
    return b"\x12\0\0" + length.to_bytes(2, "big") + b"\0"


def mode_select(length: int) -> bytes:
    return b"\x55" + bytes(6) + length.to_bytes(2, "big") + b"\0"


def test_ping_is_echoed(login):
    initiator = login(segment=512)
    initiator.send(initiator.header(0x40, word20=0xFFFFFFFF), b"x" * 600)
    answer = initiator.receive()
    assert (answer.opcode, answer.itt, answer.u32(20), answer.data) == (
        0x20,
        initiator.itt,
        0xFFFFFFFF,
        b"x" * 512,
    )
    initiator.send(initiator.header(0x40, itt=0xFFFFFFFF, word20=1))  # an answer gets none
    assert initiator.command(TEST_UNIT_READY).status == 2


def test_silent_initiators_are_pinged_and_given_up(login, monkeypatch, eventually, target):
    monkeypatch.setattr(iscsi_port, "QUIET_TIME", 0.1)
    initiator = login()
    ping = initiator.receive()
    assert (ping.opcode, ping.itt) == (0x20, 0xFFFFFFFF)
    assert ping.u32(20) != 0xFFFFFFFF
    initiator.send(initiator.header(0x40, itt=0xFFFFFFFF, word20=ping.u32(20)))
    assert initiator.receive().opcode == 0x20
    assert initiator.closed()
    eventually(lambda: target.forgotten == [("iqn.2020-01.test:initiator", bytes.fromhex("400000010000"))])


def test_text_in_full_feature(login, where):
    initiator = login()
    initiator.send(initiator.header(4, word20=0xFFFFFFFF), b"SendTargets=\0X-y=1\0MaxBurstLength=512\0")
    response = initiator.receive()
    assert response.keys["TargetName"] == where[1]
    assert response.keys["X-y"] == "NotUnderstood"
    assert response.keys["MaxBurstLength"] == "Reject"
    initiator.send(initiator.header(4, word20=77))
    assert initiator.receive().opcode == 0x3F
    initiator.send(initiator.header(4, word20=0xFFFFFFFF), b"no text")
    assert initiator.closed()


@pytest.mark.parametrize("function", [5, 6, 7])
def test_resets(login, target, function):
    initiator, other = login(), login(name="iqn.2020-01.test:other")
    for each in (initiator, other):
        each.send(each.header(1, 0xA0, word20=100, tail=mode_select(100)))
        assert each.receive().opcode == 0x31
    initiator.send(initiator.header(0x42, 0x80 | function, word20=0xFFFFFFFF))
    answer = initiator.receive()
    assert (answer.opcode, answer.u8(2)) == (0x22, 0)
    assert target.resets == [None]
    for each in (initiator, other):
        each.data_out(each.itt if each is other else each.itt - 1, 1, b"late", 0)
        assert each.command(TEST_UNIT_READY).status == 2
    assert target.written == []


def test_abort_of_a_delayed_command(login, target, eventually):
    initiator = login()
    target.delay = 0.2
    header = initiator.header(1, 0xC0, word20=2048, tail=read_10(0, 1))
    itt = int.from_bytes(header[16:20], "big")
    initiator.send(header)
    eventually(lambda: target.commands)
    target.delay = 0.0
    for expected in (0, 1):  # the second time there is no such task
        initiator.send(initiator.header(0x42, 0x81, word20=itt))
        answer = initiator.receive()
        assert (answer.opcode, answer.u8(2)) == (0x22, expected)
    time.sleep(0.3)
    assert initiator.command(TEST_UNIT_READY).status == 2


def test_other_task_management(login):
    initiator = login()
    for function, expected in ((2, 0), (4, 0), (3, 5), (8, 4), (99, 5)):
        initiator.send(initiator.header(2, 0x80 | function))
        answer = initiator.receive()
        assert (answer.opcode, answer.u8(2)) == (0x22, expected)


def test_delayed_answers_leave_in_time_and_others_pass(login, target, sector, eventually):
    initiator = login()
    target.delay = 0.2
    started = time.monotonic()
    slow = initiator.header(1, 0xC0, word20=2048, tail=read_10(9, 1))
    initiator.send(slow)
    eventually(lambda: target.commands)
    target.delay = 0.0
    assert initiator.command(inquiry(36), 36).data[8:12] == b"TEST"
    assert time.monotonic() - started < 0.19
    result = initiator.finish(int.from_bytes(slow[16:20], "big"))
    assert result.data == sector(9)
    assert time.monotonic() - started >= 0.199


def test_other_logical_units(login, target):
    initiator = login()
    lun = 1 << 48
    result = initiator.command(inquiry(36), 96, lun=lun)
    assert (result.status, result.data[0], len(result.data), result.residual) == (0, 0x7F, 36, -60)
    assert initiator.command(read_10(0, 1), 2048, lun=lun).sense[12] == 0x25
    assert initiator.command(b"\x03\0\0\0\x12\0", 18, lun=lun).data[12] == 0x25
    assert target.commands == []
    initiator.command(b"\xa0" + bytes(11), 16, lun=lun)
    assert len(target.commands) == 1


def test_digests(login, sector):
    initiator = login(HeaderDigest="CRC32C", DataDigest="CRC32C", segment=4096)
    assert initiator.command(read_10(1, 5), 10240).data == b"".join(map(sector, range(1, 6)))
    assert initiator.command(mode_select(7), data=b"odd one", immediate=7).status == 0
    initiator.digests = False
    initiator.socket.sendall(initiator.header(1, 0x80, tail=TEST_UNIT_READY) + b"nope")
    assert initiator.closed()


@pytest.mark.parametrize(("opcode", "reason"), [(0x10, 3), (0x1C, 5), (0x03, 5)])
def test_unknown_pdus_are_rejected(login, opcode, reason):
    initiator = login()
    header = initiator.header(0x40 | opcode)
    initiator.send(header)
    reject = initiator.receive()
    assert (reject.opcode, reject.u8(2), reject.itt) == (0x3F, reason, 0xFFFFFFFF)
    assert reject.data == header
    assert initiator.command(TEST_UNIT_READY).status == 2


def test_logout(login):
    initiator = login()
    initiator.send(initiator.header(6, 0x82))
    assert (initiator.receive().u8(2)) == 2
    initiator.send(initiator.header(6, 0x80))
    answer = initiator.receive()
    assert (answer.opcode, answer.u8(2)) == (0x26, 0)
    assert initiator.closed()


def test_several_initiators(login, target, sector):
    others = [login(name=f"iqn.2020-01.test:host{n}") for n in range(3)]
    for n, initiator in enumerate(others):
        assert initiator.command(read_10(n, 1), 2048).data == sector(n)
    assert len(set(target.nexuses)) == 3
    assert target.threads == {"cdemu-drive-0"}


def test_the_same_initiator_again_replaces_its_session(login):
    first = login()
    second = login()
    assert second.command(TEST_UNIT_READY).status == 2
    assert first.closed()


def test_removal_is_announced(drive, login, road):
    initiator = login()
    initiator.command(TEST_UNIT_READY)
    drive.stop()
    message = initiator.receive()
    assert (message.opcode, message.u8(36), message.itt) == (0x32, 3, 0xFFFFFFFF)
    assert initiator.closed()


def test_suspend_and_resume_keep_the_address(drive, login, connect, where):
    login().command(TEST_UNIT_READY)
    drive.suspend()
    assert drive.mapping() == Mapping()
    with pytest.raises(ConnectionRefusedError):
        connect()
    drive.resume()
    assert login().command(inquiry(36), 36).status == 0


def test_pipelined_with_the_login(connect, where):
    """Commands may sit in the same segment as the last login request."""
    initiator = connect()
    names = {"InitiatorName": "iqn.2020-01.test:hasty", "TargetName": where[1]}
    sent: list[bytes] = []
    plain = initiator.socket
    initiator.socket = type("Tap", (), {"sendall": staticmethod(sent.append)})()  # type: ignore[assignment]
    initiator.login_send(names, 0x87)
    headers = [initiator.header(1, 0xC0, word20=2048, tail=read_10(n, 1)) for n in range(20)]
    for header in headers:
        initiator.send(header)
    initiator.socket = plain
    plain.sendall(b"".join(sent))
    assert initiator.receive().flags == 0x87
    for header in headers:
        assert initiator.finish(int.from_bytes(header[16:20], "big")).status == 0


def test_a_reader_that_does_not_read_holds_up_nobody(login, target, sector):
    lazy, other = login(segment=262144), login(name="iqn.2020-01.test:other")
    for n in range(16):
        lazy.send(lazy.header(1, 0xC0, word20=1 << 20, itt=n, tail=read_10(n, 512)))
    assert other.command(read_10(1, 1), 2048).data == sector(1)
    for n in range(16):
        assert lazy.finish(n).data[:2048] == sector(n)


def test_many_connections_leave_nothing_behind(connect, where, drive, eventually):
    before = len(os.listdir("/proc/self/fd"))
    threads = threading.active_count()
    for n in range(30):
        initiator = connect()
        if n % 3:
            initiator.login(where[1])
        if n % 3 == 2:
            initiator.socket.sendall(os.urandom(100))
        initiator.socket.close()
    eventually(lambda: len(os.listdir("/proc/self/fd")) == before)
    assert threading.active_count() == threads


def test_logins_from_many_threads_at_once(connect, where, drive):
    """Sessions arrive while others are served: none is lost, none disturbs the drive's thread."""
    results: list[int] = []

    def visit(number: int) -> None:
        for _ in range(10):
            initiator = connect()
            initiator.login(where[1], name=f"iqn.2020-01.test:thread{number}")
            results.append(initiator.command(inquiry(36), 36).status)

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert results == [0] * 60
