"""Login, negotiation and authentication against a real portal."""

from __future__ import annotations

import hashlib

import pytest

from cdemu_core.errors import PortUnavailable
from cdemu_core.transport.iscsi import text
from cdemu_core.transport.iscsi.chap import Credentials
from cdemu_core.transport.iscsi.pdu import ProtocolError
from cdemu_core.transport.iscsi.port import IscsiRoad
from cdemu_core.transport.iscsi.portal import IscsiSettings

NAME = "iqn.2020-01.test:initiator"


def status(response) -> int:
    return int.from_bytes(response.header[36:38], "big")


def test_operational_login_answers_every_key(connect, where):
    offers = {
        "InitiatorName": NAME, "TargetName": where[1], "SessionType": "Normal", "HeaderDigest": "CRC32C,None",
        "DataDigest": "None", "MaxConnections": "8", "InitialR2T": "No", "ImmediateData": "Yes",
        "MaxRecvDataSegmentLength": "65536", "MaxBurstLength": "0x4000000", "FirstBurstLength": "262144",
        "DefaultTime2Wait": "0", "DefaultTime2Retain": "20", "MaxOutstandingR2T": "4", "DataPDUInOrder": "No",
        "DataSequenceInOrder": "Yes", "ErrorRecoveryLevel": "2", "IFMarker": "Yes", "IFMarkInt": "1~2",
        "X-org.example.colour": "blue",
    }  # fmt: skip
    response = connect().login_pdu(offers, 0x87)
    assert status(response) == 0
    assert response.header[14:16] != b"\0\0"
    assert response.keys == {
        "TargetPortalGroupTag": "1", "HeaderDigest": "CRC32C", "DataDigest": "None", "MaxConnections": "1",
        "InitialR2T": "No", "ImmediateData": "Yes", "MaxBurstLength": "Reject", "FirstBurstLength": "65536",
        "DefaultTime2Wait": "2", "DefaultTime2Retain": "0", "MaxOutstandingR2T": "1", "DataPDUInOrder": "Yes",
        "DataSequenceInOrder": "Yes", "ErrorRecoveryLevel": "0", "IFMarker": "No", "IFMarkInt": "Irrelevant",
        "X-org.example.colour": "NotUnderstood", "MaxRecvDataSegmentLength": "262144",
    }  # fmt: skip


def test_security_stage_then_operational_stage(connect, where):
    initiator = connect()
    first = initiator.login_pdu(
        {"InitiatorName": NAME, "TargetName": where[1], "AuthMethod": "CHAP,None"}, 0x81
    )
    assert (first.flags, first.keys["AuthMethod"]) == (0x81, "None")
    second = initiator.login_pdu({"ErrorRecoveryLevel": "0"}, 0x04)
    assert (second.flags, second.keys["ErrorRecoveryLevel"]) == (0x04, "0")
    third = initiator.login_pdu({}, 0x87)
    assert (third.flags, third.keys) == (0x87, {})
    assert [pdu.u32(24) for pdu in (first, second, third)] == [0, 1, 2]
    assert initiator.command(bytes(6)).status == 2


def test_text_spread_over_several_requests(connect, where):
    initiator = connect()
    assert initiator.login_pdu({"InitiatorName": NAME}, 0x44).flags == 0x04
    response = initiator.login_pdu({"TargetName": where[1]}, 0x87)
    assert response.flags == 0x87
    assert response.keys["TargetPortalGroupTag"] == "1"


@pytest.mark.parametrize(
    ("keys", "flags", "extra", "expected"),
    [
        ({}, 0x87, {}, 0x0207),
        ({"InitiatorName": NAME}, 0x87, {}, 0x0207),
        ({"InitiatorName": "me", "SessionType": "Discovery"}, 0x87, {}, 0x0200),
        ({"InitiatorName": NAME, "TargetName": "iqn.2020-01.test:nothing"}, 0x87, {}, 0x0203),
        ({"InitiatorName": NAME, "SessionType": "Party"}, 0x87, {}, 0x0209),
        ({"InitiatorName": NAME, "SessionType": "Discovery"}, 0x87, {"version_min": 1}, 0x0205),
        ({"InitiatorName": NAME, "SessionType": "Discovery"}, 0x87, {"tsih": 5}, 0x020A),
        ({"InitiatorName": NAME, "SessionType": "Discovery"}, 0x84, {}, 0x020B),
        ({"InitiatorName": NAME, "SessionType": "Discovery"}, 0x86, {}, 0x020B),
        ({"InitiatorName": NAME, "SessionType": "Discovery"}, 0x0C, {}, 0x020B),
        ({"InitiatorName": NAME, "SessionType": "Discovery", "AuthMethod": "SRP"}, 0x81, {}, 0x0201),
        ({"bad key\0nonsense": "x"}, 0x87, {}, 0x0200),
    ],
)
def test_refusals(connect, keys, flags, extra, expected):
    initiator = connect()
    assert status(initiator.login_pdu(keys, flags, **extra)) == expected
    assert initiator.closed()


def test_something_else_than_a_login_closes(connect):
    initiator = connect()
    initiator.send(initiator.header(1, 0xC0, tail=bytes(16)))
    assert initiator.closed()


def test_data_of_a_login_is_bounded(connect):
    initiator = connect()
    initiator.socket.sendall(bytes([0x43, 0x87, 0, 0, 0, 0xFF, 0xFF, 0xFF]) + bytes(40))
    assert initiator.closed()


def test_discovery_lists_all_drives(road, drive, connect, where):
    second = road.port(1)
    second.open()
    initiator = connect()
    initiator.login(None)
    initiator.send(initiator.header(4, word20=0xFFFFFFFF), b"SendTargets=All\0")
    response = initiator.receive()
    address = f"127.0.0.1:{where[0][1]},1"
    expected = "".join(
        f"TargetName=iqn.2026-01.net.sf.cdemu:drive{n}\0TargetAddress={address}\0" for n in (0, 1)
    )
    assert (response.opcode, response.flags, response.data.decode()) == (0x24, 0x80, expected)
    initiator.send(initiator.header(1, 0xC0, word20=36, tail=b"\x12" + bytes(15)))
    assert initiator.receive().opcode == 0x3F
    initiator.send(initiator.header(6))
    assert initiator.receive().opcode == 0x26
    assert initiator.closed()
    second.close()


def test_long_discovery_comes_in_parts(road, drive, connect):
    ports = [road.port(number) for number in range(1, 12)]
    for port in ports:
        port.open()
    initiator = connect()
    initiator.segment = 512
    initiator.login(None)
    whole, tag = b"", 0xFFFFFFFF
    initiator.send(initiator.header(4, word20=tag), b"SendTargets=All\0")
    while True:
        response = initiator.receive()
        assert len(response.data) <= 512
        whole += response.data
        if response.flags & 0x80:
            break
        initiator.send(initiator.header(4, word20=response.u32(20)))
    assert whole.count(b"TargetName=") == 12
    for port in ports:
        port.close()


SECRET = "correct horse battery"
OWN = "a secret of our own"


class TestChap:
    @pytest.fixture
    def settings(self) -> IscsiSettings:
        return IscsiSettings(port=0, credentials=Credentials("alice", SECRET, "drive", OWN))

    def begin(self, initiator, where, algorithms: str = "5"):
        names = {"InitiatorName": NAME, "TargetName": where[1], "AuthMethod": "None,CHAP"}
        first = initiator.login_pdu(names, 0x81)
        assert (first.flags, first.keys["AuthMethod"]) == (0x00, "CHAP")
        second = initiator.login_pdu({"CHAP_A": algorithms}, 0x00)
        return second.keys

    @staticmethod
    def proof(name: str, identifier: str, secret: str, challenge: str) -> str:
        text = bytes([int(identifier)]) + secret.encode() + bytes.fromhex(challenge[2:])
        return "0x" + hashlib.new(name, text).hexdigest()

    @pytest.mark.parametrize(("number", "name"), [("5", "md5"), ("7", "sha256"), ("6", "sha1")])
    def test_right_secret(self, connect, where, number, name):
        initiator = connect()
        keys = self.begin(initiator, where, f"99,{number}")
        assert keys["CHAP_A"] == number
        answer = self.proof(name, keys["CHAP_I"], SECRET, keys["CHAP_C"])
        response = initiator.login_pdu({"CHAP_N": "alice", "CHAP_R": answer}, 0x81)
        assert (response.flags, response.keys) == (0x81, {})
        assert initiator.login_pdu({}, 0x87).flags == 0x87
        assert initiator.command(bytes(6)).status == 2

    def test_mutual(self, connect, where):
        initiator = connect()
        keys = self.begin(initiator, where)
        answer = self.proof("md5", keys["CHAP_I"], SECRET, keys["CHAP_C"])
        question = {"CHAP_I": "17", "CHAP_C": "0b" + "QUJDRA=="}
        response = initiator.login_pdu({"CHAP_N": "alice", "CHAP_R": answer, **question}, 0x83)
        assert response.flags == 0x83
        assert response.keys == {"CHAP_N": "drive", "CHAP_R": self.proof("md5", "17", OWN, "0x41424344")}

    @pytest.mark.parametrize(
        ("name", "secret", "more"),
        [
            ("alice", "wrong", {}),
            ("bob", SECRET, {}),
            ("alice", SECRET, {"CHAP_I": "17", "CHAP_C": "reflected"}),
            ("alice", SECRET, {"CHAP_I": "300", "CHAP_C": "0x01"}),
            ("alice", SECRET, {"CHAP_I": "3", "CHAP_C": "zz"}),
        ],
    )
    def test_wrong_proof(self, connect, where, name, secret, more):
        initiator = connect()
        keys = self.begin(initiator, where)
        if more.get("CHAP_C") == "reflected":
            more = {**more, "CHAP_C": keys["CHAP_C"]}
        answer = self.proof("md5", keys["CHAP_I"], secret, keys["CHAP_C"])
        response = initiator.login_pdu({"CHAP_N": name, "CHAP_R": answer, **more}, 0x81)
        assert status(response) == 0x0201
        assert initiator.closed()

    @pytest.mark.parametrize("flags", [0x87, 0x04])
    def test_no_way_round(self, connect, where, flags):
        initiator = connect()
        response = initiator.login_pdu({"InitiatorName": NAME, "TargetName": where[1]}, flags)
        assert status(response) == 0x0201

    def test_skipping_the_proof(self, connect, where):
        initiator = connect()
        self.begin(initiator, where)
        assert initiator.login_pdu({}, 0x81).flags == 0x00
        assert status(initiator.login_pdu({}, 0x87)) == 0x020B

    def test_response_without_challenge_and_unknown_algorithm(self, connect, where):
        for keys in ({"CHAP_R": "0x00"}, {"CHAP_A": "42"}):
            initiator = connect()
            names = {"InitiatorName": NAME, "TargetName": where[1], "AuthMethod": "CHAP"}
            initiator.login_pdu(names, 0x00)
            assert status(initiator.login_pdu(keys, 0x00)) == 0x0201


def test_other_machines_need_chap():
    road = IscsiRoad(IscsiSettings(address="0.0.0.0", port=0))
    assert not road.probe().available
    port = road.port(0)
    with pytest.raises(PortUnavailable, match="no CHAP credentials") as caught:
        port.open()
    assert "CHAP" in (caught.value.cure or "")
    assert port.mapping().url == ""


def test_listening_everywhere_with_chap():
    road = IscsiRoad(IscsiSettings("0.0.0.0", 0, credentials=Credentials("alice", SECRET)))
    port = road.port(3)
    port.open()
    assert port.mapping().url.startswith("iscsi://127.0.0.1:")
    assert port.mapping().url.endswith("/iqn.2026-01.net.sf.cdemu:drive3/0")
    port.close()


def test_short_secrets_are_refused():
    state = IscsiRoad(IscsiSettings(port=0, credentials=Credentials("alice", "short"))).probe()
    assert (state.available, state.cure) == (False, "use a secret of at least 12 characters")


def test_a_taken_port_says_so(drive, where):
    other = IscsiRoad(IscsiSettings(port=where[0][1])).port(0)
    with pytest.raises(PortUnavailable, match="Address already in use") as caught:
        other.open()
    assert "another iSCSI port" in (caught.value.cure or "")


def test_unknown_host_says_so():
    assert not IscsiRoad(IscsiSettings(address="no.such.host.invalid")).probe().available


@pytest.mark.parametrize(
    "data", [b"novalue\0", b"=x\0", b"a=1\0a=2\0", b"k\xff=1\0", b"v=\xff\0", b"k" * 64 + b"=\0"]
)
def test_text_that_is_none(data):
    with pytest.raises(ProtocolError):
        text.decode(data)


@pytest.mark.parametrize(
    ("spelling", "value"),
    [("512", 512), ("0x200", 512), ("0X200", 512), ("511", None), ("", None), ("-1", None), ("1_000", None),
     ("0x", None), ("9" * 30, None), ("٥١٢", None)],
)  # fmt: skip
def test_numbers(spelling, value):
    assert text.number(spelling, 512, 16777215) == value
