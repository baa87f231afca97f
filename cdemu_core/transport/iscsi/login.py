"""The login phase (RFC 7143, section 6): who is it, what for, by which rules.

Stages: 0 security, 1 operational, 3 full feature. A Login Request names the current stage and may ask
for the next; text may be spread over several requests (C bit).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Container
from enum import IntEnum

import attrs

from . import text
from .chap import Chap, Credentials, RefusedError
from .pdu import FINAL, MASK, Opcode, Outbox, ProtocolError, Request
from .text import Parameters

CONTINUE = 0x40
SECURITY, OPERATIONAL, FULL_FEATURE = 0, 1, 3
PORTAL_GROUP = "1"
MOST_REQUESTS = 64  # no sane login needs more

# opcode, flags, version max, version active, data length, ISID, TSIH, task tag, reserved,
# StatSN, ExpCmdSN, MaxCmdSN, status class and detail, 10 reserved bytes
RESPONSE = struct.Struct(">BBBBI6sHIIIIIH10x")
NAME = re.compile(r"(iqn\.[a-z0-9.:_-]+|eui\.[0-9a-f]{16}|naa\.([0-9a-f]{16}|[0-9a-f]{32}))", re.I)


class LoginStatus(IntEnum):
    """Class and detail (RFC 7143, 11.13.5)."""

    SUCCESS = 0x0000
    INITIATOR_ERROR = 0x0200
    AUTHENTICATION_FAILURE = 0x0201
    NOT_FOUND = 0x0203
    UNSUPPORTED_VERSION = 0x0205
    TOO_MANY_CONNECTIONS = 0x0206
    MISSING_PARAMETER = 0x0207
    SESSION_TYPE = 0x0209
    NO_SUCH_SESSION = 0x020A
    INVALID_REQUEST = 0x020B


class LoginError(Exception):
    """The initiator is not let in."""

    def __init__(self, status: LoginStatus) -> None:
        super().__init__(status.name)
        self.status = status


@attrs.define
class Admitted:
    """What the login came to. ``target``: the target's name, "" for a discovery session."""

    initiator: str
    isid: bytes
    tsih: int
    target: str
    parameters: Parameters
    stat_sn: int
    exp_cmd_sn: int


class Login:
    """One connection's login. ``admitted`` is set when the last response is in ``out``.

    ``targets``: the names that may be logged in to. ``tsih``: the session's handle, not zero.
    ``failed`` is set when the connection is to be closed after ``out`` has been sent.
    """

    def __init__(self, targets: Container[str], tsih: int, credentials: Credentials | None) -> None:
        self.out = Outbox()
        self.admitted: Admitted | None = None
        self.failed = False
        self._targets = targets
        self._tsih = tsih
        self._chap = None if credentials is None else Chap(credentials)
        self._parameters = Parameters()
        self._stage: int | None = None
        self._text = b""
        self._stat_sn = 0
        self._cmd_sn: int | None = None
        self._isid = b""
        self._initiator = ""
        self._target = ""
        self._declared = False
        self._requests = 0

    def handle(self, request: Request) -> None:
        """Answer one PDU. Raises ProtocolError for what has no answer."""
        if request.opcode != Opcode.LOGIN or self.failed or self.admitted is not None:
            raise ProtocolError("something else than a login request before the login")
        try:
            self._step(request)
        except LoginError as error:
            self.failed = True
            self._respond(request, 0, [], error.status)

    def _step(self, request: Request) -> None:
        self._begin(request)
        flags = request.flags
        transit, current, following = bool(flags & FINAL), flags >> 2 & 3, flags & 3
        self._check_stage(transit, current, following, bool(flags & CONTINUE))
        self._text += request.data
        if len(self._text) > text.LARGEST_TEXT:
            raise LoginError(LoginStatus.INITIATOR_ERROR)
        if flags & CONTINUE:
            self._respond(request, current << 2, [])
            return
        pairs = self._take_text()
        answers = self._introduce(pairs)
        if current == SECURITY:
            answers += self._secure(pairs)
            transit = transit and self._authenticated
        else:
            answers += self._operate(pairs)
        flags = current << 2 | (FINAL | following if transit else 0)
        if transit:
            self._stage = following
        self._respond(request, flags, answers)

    def _begin(self, request: Request) -> None:
        """Check what must be so in every request of one login."""
        self._requests += 1
        version_min, isid, tsih = request.header[3], request.header[8:14], request.header[14:16]
        if self._cmd_sn is None:
            self._cmd_sn, self._isid = request.cmd_sn, isid
        if version_min > 0:
            raise LoginError(LoginStatus.UNSUPPORTED_VERSION)
        if tsih != b"\0\0":  # a further connection for a session: one is the most
            raise LoginError(LoginStatus.NO_SUCH_SESSION)
        if isid != self._isid or self._requests > MOST_REQUESTS:
            raise LoginError(LoginStatus.INVALID_REQUEST)

    def _check_stage(self, transit: bool, current: int, following: int, more: bool) -> None:
        if self._stage is None and current in (SECURITY, OPERATIONAL):
            self._stage = current
        wrong_step = transit and (following <= current or following == 2 or more)
        if current != self._stage or wrong_step:
            raise LoginError(LoginStatus.INVALID_REQUEST)
        if current != SECURITY and not self._authenticated:
            raise LoginError(LoginStatus.AUTHENTICATION_FAILURE)

    @property
    def _authenticated(self) -> bool:
        return self._chap is None or self._chap.done

    def _take_text(self) -> dict[str, str]:
        whole, self._text = self._text, b""
        try:
            return text.decode(whole)
        except ProtocolError:
            raise LoginError(LoginStatus.INITIATOR_ERROR) from None

    def _introduce(self, pairs: dict[str, str]) -> list[tuple[str, str]]:
        """The names of the first request: initiator, session type, target."""
        if self._initiator:
            return []
        self._initiator = pairs.get("InitiatorName", "")
        kind = pairs.get("SessionType", "Normal")
        if not self._initiator:
            raise LoginError(LoginStatus.MISSING_PARAMETER)
        if len(self._initiator) > 223 or not NAME.fullmatch(self._initiator):
            raise LoginError(LoginStatus.INITIATOR_ERROR)
        if kind == "Discovery":
            return []
        if kind != "Normal":
            raise LoginError(LoginStatus.SESSION_TYPE)
        self._target = pairs.get("TargetName", "")
        if not self._target:
            raise LoginError(LoginStatus.MISSING_PARAMETER)
        if self._target not in self._targets:
            raise LoginError(LoginStatus.NOT_FOUND)
        return [("TargetPortalGroupTag", PORTAL_GROUP)]

    def _secure(self, pairs: dict[str, str]) -> list[tuple[str, str]]:
        """The security stage: the method, then CHAP's steps."""
        wanted = "None" if self._chap is None else "CHAP"
        if "AuthMethod" in pairs:
            if wanted not in pairs["AuthMethod"].split(","):
                raise LoginError(LoginStatus.AUTHENTICATION_FAILURE)
            return [("AuthMethod", wanted)]
        if self._chap is None:
            return []
        try:
            return self._chap.step(pairs)
        except RefusedError:
            raise LoginError(LoginStatus.AUTHENTICATION_FAILURE) from None

    def _operate(self, pairs: dict[str, str]) -> list[tuple[str, str]]:
        """The operational stage; our own declaration goes along once."""
        offers = {key: value for key, value in pairs.items() if key not in IDENTITY}
        answers = text.negotiate(offers, self._parameters)
        if not self._declared:
            self._declared = True
            answers.append(text.OUR_DECLARATION)
        return answers

    def _respond(
        self,
        request: Request,
        flags: int,
        answers: list[tuple[str, str]],
        status: LoginStatus = LoginStatus.SUCCESS,
    ) -> None:
        body = text.encode(answers)
        last = bool(flags & FINAL) and flags & 3 == FULL_FEATURE
        tsih = self._tsih if last else 0
        cmd_sn = self._cmd_sn or 0
        header = RESPONSE.pack(
            Opcode.LOGIN_RESPONSE, flags, 0, 0, len(body), self._isid, tsih, request.itt, 0,
            self._stat_sn, cmd_sn, cmd_sn, status,
        )  # fmt: skip
        self._stat_sn = self._stat_sn + 1 & MASK
        self.out.add(header, body)
        if last:
            self.admitted = Admitted(
                self._initiator, self._isid, tsih, self._target, self._parameters, self._stat_sn, cmd_sn
            )


IDENTITY = {"InitiatorName", "InitiatorAlias", "TargetName", "SessionType", "AuthMethod"}
"""Keys of a login that are said, not negotiated."""
