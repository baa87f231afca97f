"""CHAP (RFC 1994, RFC 7143 section 12.1.3): the initiator proves that it knows a secret, we may too."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Callable

import attrs

ALGORITHMS = {"7": "sha256", "6": "sha1", "5": "md5"}  # CHAP_A → hashlib's name
LARGEST_CHALLENGE = 1024
SHORTEST_SECRET = 12  # 96 bits (RFC 7143, 9.2.1)


class RefusedError(Exception):
    """The initiator has not proved who it is."""


@attrs.frozen
class Credentials:
    """``user`` and ``secret`` of the initiator; ``own_user`` and ``own_secret`` to prove ourselves with."""

    user: str
    secret: str = attrs.field(repr=False)
    own_user: str = ""
    own_secret: str = attrs.field(default="", repr=False)


def binary(text: str) -> bytes:
    """A large binary value, 0x… or 0b… (RFC 7143, 6.1). Raises RefusedError."""
    if len(text) > 4 * LARGEST_CHALLENGE:
        raise RefusedError("a value that is too long")
    try:
        if text[:2] in ("0x", "0X"):
            return bytes.fromhex(text[2:].rjust(len(text) - 2 + len(text) % 2, "0"))
        if text[:2] in ("0b", "0B"):
            return base64.b64decode(text[2:], validate=True)
    except (ValueError, binascii.Error):
        pass
    raise RefusedError("a value that is no binary value")


def response(algorithm: str, identifier: int, secret: str, challenge: bytes) -> bytes:
    """The proof: digest of identifier, secret, challenge."""
    digest = hashlib.new(ALGORITHMS[algorithm], usedforsecurity=False)
    digest.update(bytes([identifier]) + secret.encode() + challenge)
    return digest.digest()


class Chap:
    """The target's side of one authentication; ``done`` when the initiator has proved itself."""

    def __init__(self, credentials: Credentials, random: Callable[[int], bytes] = os.urandom) -> None:
        self._credentials = credentials
        self._random = random
        self._algorithm = ""
        self._identifier = 0
        self._challenge = b""
        self.done = False

    def step(self, pairs: dict[str, str]) -> list[tuple[str, str]]:
        """Answer the CHAP keys of one login request. Raises RefusedError."""
        if "CHAP_A" in pairs:
            return self._begin(pairs["CHAP_A"])
        if "CHAP_R" in pairs:
            return self._judge(pairs)
        return []

    def _begin(self, offer: str) -> list[tuple[str, str]]:
        if self._algorithm:
            raise RefusedError("a second beginning")
        self._algorithm = next((name for name in offer.split(",") if name in ALGORITHMS), "")
        if not self._algorithm:
            raise RefusedError(f"no algorithm in common ({offer})")
        self._identifier = self._random(1)[0]
        self._challenge = self._random(32)
        return [
            ("CHAP_A", self._algorithm),
            ("CHAP_I", str(self._identifier)),
            ("CHAP_C", "0x" + self._challenge.hex()),
        ]

    def _judge(self, pairs: dict[str, str]) -> list[tuple[str, str]]:
        if not self._challenge or self.done:
            raise RefusedError("a response without a challenge")
        expected = response(self._algorithm, self._identifier, self._credentials.secret, self._challenge)
        right_proof = hmac.compare_digest(expected, binary(pairs["CHAP_R"]))
        right_name = hmac.compare_digest(
            self._credentials.user.encode(), pairs.get("CHAP_N", "").encode("utf-8", "replace")
        )
        if not (right_proof and right_name):
            raise RefusedError("a wrong name or secret")
        self.done = True
        return self._prove(pairs) if "CHAP_I" in pairs and "CHAP_C" in pairs else []

    def _prove(self, pairs: dict[str, str]) -> list[tuple[str, str]]:
        """Prove ourselves; never with the initiator's own challenge turned back (RFC 7143, 9.2.1)."""
        if not self._credentials.own_secret:
            raise RefusedError("a question back, but there is no secret of our own")
        challenge = binary(pairs["CHAP_C"])
        identifier = pairs["CHAP_I"]
        if not identifier.isascii() or not identifier.isdigit() or int(identifier[:4]) > 255:
            raise RefusedError("an identifier that is no byte")
        if challenge == self._challenge or not 0 < len(challenge) <= LARGEST_CHALLENGE:
            raise RefusedError("an unusable challenge")
        proof = response(self._algorithm, int(identifier), self._credentials.own_secret, challenge)
        return [("CHAP_N", self._credentials.own_user), ("CHAP_R", "0x" + proof.hex())]
