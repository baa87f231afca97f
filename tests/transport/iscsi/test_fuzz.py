"""Whatever bytes arrive: an answer, or a clean end of the connection; memory stays bounded."""

from __future__ import annotations

import itertools
import struct
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cdemu_core.transport.iscsi.chap import Credentials
from cdemu_core.transport.iscsi.line import WINDOW
from cdemu_core.transport.iscsi.login import Admitted, Login
from cdemu_core.transport.iscsi.pdu import LARGEST_SEGMENT, Inbox, Outbox, ProtocolError, Request
from cdemu_core.transport.iscsi.session import Session
from cdemu_core.transport.iscsi.text import Parameters

NAME = "iqn.2020-01.test:drive0"
WORDS = st.sampled_from(
    [0, 1, 2, 3, 4, 7, 8, 512, 2048, 5000, 0xFFFF, 1 << 24, 1 << 31, 0xFFFFFFFE, 0xFFFFFFFF]
)
OPCODES = [0, 1, 2, 4, 5, 6, 0x10, 0x40, 0x41, 0x42, 0x43, 0x44, 0x3F]
CDBS = [b"\x12\0\0\0\x24\0", b"\x28" + bytes(7) + b"\x04\0", b"\x55" + bytes(9), b"\xff" * 16, bytes(16)]


def framed(header: bytes, data: bytes) -> bytes:
    return header[:4] + len(data).to_bytes(4, "big") + header[8:] + data + bytes(-len(data) & 3)


@st.composite
def pdus(draw: Any) -> bytes:
    """PDUs that are nearly right."""
    header = struct.pack(
        ">BBHIQIIII16s",
        draw(st.sampled_from(OPCODES)),
        draw(st.integers(0, 255)),
        0,
        0,
        draw(st.sampled_from([0, 0, 0, 1 << 48])),
        draw(st.sampled_from([1, 2, 3, 0xFFFFFFFF])),
        draw(WORDS),
        draw(st.integers(0, 40)),
        0,
        draw(st.sampled_from(CDBS)).ljust(16, b"\0")
        if draw(st.booleans())
        else draw(st.binary(min_size=16, max_size=16)),
    )
    texts = [b"", b"SendTargets=All\0", b"a=b\0", b"junk", b"MaxRecvDataSegmentLength=512\0", b"x" * 5000]
    return framed(header, draw(st.sampled_from(texts)))


def feed(inbox: Inbox, stream: bytes, sizes: list[int]) -> list[Request]:
    """Put ``stream`` in by pieces of ``sizes``; every whole PDU's copy."""
    out, pieces = [], itertools.cycle(sizes)
    while stream:
        space = inbox.space()
        count = min(len(space), next(pieces), len(stream))
        assert count, "the inbox is full without a whole PDU"
        space[:count] = stream[:count]
        inbox.received(count)
        stream = stream[count:]
        while (request := inbox.next()) is not None:
            out.append(Request(request.header, memoryview(bytes(request.data))))
    return out


def sent(out: Outbox) -> bytes:
    whole: list[bytes] = []
    assert out.send(lambda parts: whole.append(b"".join(parts)) or sum(map(len, parts)))
    return b"".join(whole)


def well_formed(stream: bytes, largest: int) -> int:
    """The number of PDUs in ``stream``, whose lengths must be right."""
    count = 0
    while stream:
        length = int.from_bytes(stream[5:8], "big")
        assert length <= largest
        stream = stream[48 + length + (-length & 3) :]
        count += 1
    return count


@settings(max_examples=60, deadline=None)
@given(st.lists(pdus(), max_size=12), st.lists(st.integers(1, 9000), min_size=1, max_size=5))
def test_framing_does_not_depend_on_the_pieces(items, sizes):
    inbox = Inbox()
    inbox.limit = LARGEST_SEGMENT
    requests = feed(inbox, b"".join(items), sizes)
    assert [framed(request.header, bytes(request.data)) for request in requests] == items


def test_largest_pdus_fit():
    inbox = Inbox()
    inbox.limit = LARGEST_SEGMENT
    one = (
        bytes([5, 0x80, 0, 0, 255])
        + LARGEST_SEGMENT.to_bytes(3, "big")
        + bytes(40 + 255 * 4 + LARGEST_SEGMENT)
    )
    assert len(feed(inbox, one * 3, [1000, 300_000])) == 3


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 100), min_size=1), st.lists(st.binary(max_size=50), min_size=1, max_size=100))
def test_partial_sends_lose_nothing(sizes, datas):
    out, whole, pieces = Outbox(), bytearray(), itertools.cycle(sizes)
    expected = b""
    for data in datas:
        out.add(b"H" * 48, memoryview(data))
        expected += b"H" * 48 + data + bytes(-len(data) & 3)

    def sendmsg(parts):
        joined = b"".join(parts)[: next(pieces)]
        whole.extend(joined)
        return len(joined)

    assert out.send(sendmsg)
    assert whole == expected


def session() -> Session:
    """One that has just logged in."""
    parameters = Parameters(initial_r2t=False, peer_segment=512)
    admitted = Admitted("iqn.2020-01.test:me", bytes(6), 1, NAME, parameters, 1, 0)
    return Session(admitted, lambda: [(NAME, "127.0.0.1:3260")])


def run(machine: Any, items: list[bytes], *arguments: Any) -> None:
    """Feed ``items`` until the connection ends; what is sent must be well formed."""
    inbox = Inbox()
    inbox.limit = LARGEST_SEGMENT
    for request in feed(inbox, b"".join(items), [100_000]):
        try:
            machine.handle(request, *arguments)
        except ProtocolError:
            return
        well_formed(sent(machine.out), 8192)


@settings(max_examples=300, deadline=None)
@given(items=st.lists(pdus(), max_size=40), delay=st.sampled_from([0.0, 1.0]))
def test_session_survives_any_pdus(make_target, items, delay):
    target, one = make_target(), session()
    target.delay = delay
    run(one, items, target, 1.0)
    assert len(one.commands._gathering) + len(one.commands._waiting) <= WINDOW
    one.commands.tick(5.0)
    well_formed(sent(one.out), 8192)


@settings(max_examples=100, deadline=None)
@given(items=st.lists(pdus(), max_size=20))
def test_discovery_survives_any_pdus(items):
    one = session()
    run(one, items, None, 1.0)


@settings(max_examples=150, deadline=None)
@given(stream=st.binary(min_size=48, max_size=3000))
def test_noise_is_framed_or_refused(make_target, stream):
    inbox, one, target = Inbox(), session(), make_target()
    try:
        for request in feed(inbox, stream, [len(stream)]):
            one.handle(request, target, 1.0)
            sent(one.out)
    except ProtocolError:
        pass


CHAP_KEYS = ["AuthMethod", "CHAP_A", "CHAP_R", "CHAP_N", "CHAP_C", "CHAP_I"]
KEYS = [*CHAP_KEYS, "InitiatorName", "TargetName", "SessionType", "MaxBurstLength", "HeaderDigest", "Unknown"]
WORDS_OF_KEYS = ["Normal", "Discovery", "None", "CHAP", "5", "0x00", "0bAA==", "Yes", "CRC32C", "65536", "é"]
VALUES = [*WORDS_OF_KEYS, "iqn.2020-01.test:me", NAME, "", "x" * 300]


@settings(max_examples=200, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 255),
            st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=6),
        ),
        max_size=6,
    ),
    secret=st.sampled_from([None, Credentials("alice", "a long enough secret")]),
)
def test_login_survives_any_keys(steps, secret):
    login = Login({NAME}, 1, secret)
    items = []
    for flags, pairs in steps:
        header = struct.pack(">BBHIQIIII16x", 0x43, flags, 0, 0, 0, 1, 0, 1, 0)
        items.append(framed(header, b"".join(f"{key}={value}\0".encode() for key, value in pairs.items())))
    run(login, items)
    if secret is not None:
        assert login.admitted is None, "nobody gets in without the secret"
    if login.admitted is not None:
        assert login.admitted.initiator == "iqn.2020-01.test:me"
        assert login.admitted.target in ("", NAME)
