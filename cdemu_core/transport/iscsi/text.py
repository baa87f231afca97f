"""Text keys and their negotiation (RFC 7143, sections 6 and 13)."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from .pdu import LARGEST_SEGMENT, ProtocolError

LARGEST_KEY = 63
LARGEST_VALUE = 255
LARGEST_TEXT = 64 * 1024  # of one negotiation, over all its PDUs
MOST_KEYS = 128

NOT_UNDERSTOOD = "NotUnderstood"
REJECT = "Reject"
IRRELEVANT = "Irrelevant"


def decode(data: bytes | memoryview) -> dict[str, str]:
    """The keys of a text segment, in order. Raises ProtocolError for what is no key=value list."""
    pairs: dict[str, str] = {}
    for item in bytes(data).split(b"\0"):
        if not item:
            continue
        key, separator, value = item.partition(b"=")
        if not separator or not 0 < len(key) <= LARGEST_KEY or len(pairs) >= MOST_KEYS:
            raise ProtocolError("a text segment that is no list of keys")
        try:
            name, content = key.decode("ascii"), value.decode("utf-8")
        except UnicodeDecodeError:
            raise ProtocolError("a text key that is no text") from None
        if name in pairs:
            raise ProtocolError(f"key {name} twice")
        pairs[name] = content
    return pairs


def encode(pairs: list[tuple[str, str]]) -> bytes:
    """The text segment of ``pairs``."""
    return b"".join(f"{key}={value}\0".encode() for key, value in pairs)


@attrs.define
class Parameters:
    """What a session has agreed on; at first the defaults of RFC 7143, section 13."""

    header_digest: str = "None"
    data_digest: str = "None"
    initial_r2t: bool = True
    immediate_data: bool = True
    peer_segment: int = 8192
    max_burst: int = 262144
    first_burst: int = 65536


Rule = Callable[[str], "str | int | bool | None"]
"""From the offered value to the agreed one; None: the offer breaks the key's form."""


def number(text: str, low: int, high: int) -> int | None:
    """A decimal or 0x number in range, else None (RFC 7143, 6.1)."""
    if len(text) > 20:
        return None
    digits, base = (text[2:], 16) if text[:2] in ("0x", "0X") else (text, 10)
    if not digits.isascii() or not digits.isalnum():
        return None
    try:
        value = int(digits, base)
    except ValueError:
        return None
    return value if low <= value <= high else None


def _smaller(ours: int, low: int, high: int) -> Rule:
    def rule(text: str) -> int | None:
        value = number(text, low, high)
        return None if value is None else min(value, ours)

    return rule


def _larger(ours: int, low: int, high: int) -> Rule:
    def rule(text: str) -> int | None:
        value = number(text, low, high)
        return None if value is None else max(value, ours)

    return rule


BOOLEANS = {"Yes": True, "No": False}


def _both(ours: bool) -> Rule:
    return lambda text: BOOLEANS[text] and ours if text in BOOLEANS else None


def _either(ours: bool) -> Rule:
    return lambda text: BOOLEANS[text] or ours if text in BOOLEANS else None


def _first_of(*ours: str) -> Rule:
    return lambda text: next((offer for offer in text.split(",") if offer in ours), None)


def _declared(low: int, high: int) -> Rule:
    return lambda text: number(text, low, high)


OUR_MAX_BURST = 1 << 20
OUR_FIRST_BURST = 1 << 16
LENGTHS = (512, (1 << 24) - 1)
SECONDS = (0, 3600)

OPERATIONAL: dict[str, Rule] = {
    "HeaderDigest": _first_of("None", "CRC32C"),  # 13.1
    "DataDigest": _first_of("None", "CRC32C"),  # 13.1
    "MaxConnections": _smaller(1, 1, 65535),  # 13.2
    "InitialR2T": _either(False),  # 13.10
    "ImmediateData": _both(True),  # 13.11
    "MaxRecvDataSegmentLength": _declared(*LENGTHS),  # 13.12
    "MaxBurstLength": _smaller(OUR_MAX_BURST, *LENGTHS),  # 13.13
    "FirstBurstLength": _smaller(OUR_FIRST_BURST, *LENGTHS),  # 13.14
    "DefaultTime2Wait": _larger(2, *SECONDS),  # 13.15
    "DefaultTime2Retain": _smaller(0, *SECONDS),  # 13.16
    "MaxOutstandingR2T": _smaller(1, 1, 65535),  # 13.17
    "DataPDUInOrder": _either(True),  # 13.18
    "DataSequenceInOrder": _either(True),  # 13.19
    "ErrorRecoveryLevel": _smaller(0, 0, 2),  # 13.20
    "TaskReporting": _first_of("RFC3720"),  # 13.23
    "iSCSIProtocolLevel": _smaller(1, 0, 31),  # RFC 7144
    "IFMarker": _both(False),  # obsolete, RFC 3720
    "OFMarker": _both(False),
}
ATTRIBUTES = {
    "HeaderDigest": "header_digest",
    "DataDigest": "data_digest",
    "InitialR2T": "initial_r2t",
    "ImmediateData": "immediate_data",
    "MaxRecvDataSegmentLength": "peer_segment",
    "MaxBurstLength": "max_burst",
    "FirstBurstLength": "first_burst",
}
DECLARATIONS = {"MaxRecvDataSegmentLength"}  # each side says its own; there is nothing to answer
OBSOLETE = {"IFMarkInt", "OFMarkInt"}
OUR_DECLARATION = ("MaxRecvDataSegmentLength", str(LARGEST_SEGMENT))


def negotiate(pairs: dict[str, str], parameters: Parameters) -> list[tuple[str, str]]:
    """Agree on the operational keys of ``pairs``; what is agreed goes into ``parameters``.

    Returns the answers in the keys' order; an unknown key is NotUnderstood, a value out of form Reject.
    """
    answers: list[tuple[str, str]] = []
    for key, text in pairs.items():
        rule = OPERATIONAL.get(key)
        if rule is None:
            if text not in (NOT_UNDERSTOOD, REJECT, IRRELEVANT):
                answers.append((key, IRRELEVANT if key in OBSOLETE else NOT_UNDERSTOOD))
            continue
        value = rule(text) if len(text) <= LARGEST_VALUE else None
        if value is None:
            answers.append((key, REJECT))
            continue
        if key in ATTRIBUTES:
            setattr(parameters, ATTRIBUTES[key], value)
        if key not in DECLARATIONS:
            answers.append((key, _spelled(value)))
    parameters.first_burst = min(parameters.first_burst, parameters.max_burst)
    return answers


def _spelled(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value)
