"""The device behind a USB/IP connection: the default pipe, and where URBs go (USB 3.2, chapter 9)."""

from __future__ import annotations

import struct

from ...scsi.command import Target
from .bulk import Bulk
from .descriptors import BULK_IN, BULK_OUT, descriptors
from .wire import IN, STALL, UNLINK, Outbox, Urb

SETUP = struct.Struct("<BBHHH")  # request type, request, value, index, length
FROM_DEVICE = 0x80
GET_DESCRIPTOR, GET_STATUS = (0x80, 6), 0
SET_CONFIGURATION, CLEAR_ENDPOINT = (0x00, 9), (0x02, 1)
BULK_ONLY_RESET = (0x21, 0xFF)  # Bulk-Only, 3.1
ANSWERS = {
    (0x80, 8): b"\x01",  # GET_CONFIGURATION: the only one
    (0x81, 10): b"\x00",  # GET_INTERFACE: the only setting
    (0xA1, 0xFE): b"\x00",  # Get Max LUN (Bulk-Only, 3.2): one unit
}
STATUS = {0x80: b"\x01\x00", 0x81: b"\x00\x00", 0x82: b"\x00\x00"}  # self powered; nothing halted
ACCEPTED = {
    (0x00, 1),  # CLEAR_FEATURE
    (0x00, 3),  # SET_FEATURE
    (0x01, 3),
    (0x00, 0x30),  # SET_SEL
    (0x00, 0x31),  # SET_ISOCH_DELAY
    (0x01, 11),  # SET_INTERFACE
    SET_CONFIGURATION,
    CLEAR_ENDPOINT,
    BULK_ONLY_RESET,
}
VOIDING = {SET_CONFIGURATION, CLEAR_ENDPOINT, BULK_ONLY_RESET}
"""Requests after which older commands are void; the first also follows a port reset."""


class Device:
    """One drive as a USB device. Replies are appended to ``out``."""

    def __init__(self, number: int) -> None:
        self.out = Outbox()
        self.bulk = Bulk(self.out)
        self._descriptors = descriptors(number)

    def handle(self, urb: Urb, target: Target, now: float) -> None:
        """Serve one URB. What was appended to ``out`` before must have left."""
        if urb.command == UNLINK:
            self.bulk.unlink(urb)
        elif urb.endpoint == 0:
            self._control(urb, target)
        elif urb.endpoint == BULK_IN & 0x0F and urb.direction == IN:
            self.bulk.read(urb, now)
        elif urb.endpoint == BULK_OUT and urb.direction != IN:
            self.bulk.write(urb, target, now)
        else:
            self.out.complete(urb.seqnum, status=STALL)

    def _control(self, urb: Urb, target: Target) -> None:
        kind, request, value, _, length = SETUP.unpack(urb.setup)
        if kind & FROM_DEVICE:
            answer = self._asked(kind, request, value)
            if answer is None:
                self.out.complete(urb.seqnum, status=STALL)
            else:
                self.out.complete(urb.seqnum, data=answer[: min(length, urb.length)])
            return
        if (kind, request) in VOIDING:
            self.bulk.reset()
        if (kind, request) == BULK_ONLY_RESET:
            target.reset()
        accepted = (kind, request) in ACCEPTED
        self.out.complete(urb.seqnum, urb.length if accepted else 0, status=0 if accepted else STALL)

    def _asked(self, kind: int, request: int, value: int) -> bytes | None:
        """What a request from the device to the host gets; None: nothing of that kind."""
        if (kind, request) == GET_DESCRIPTOR:
            return self._descriptors.get((value >> 8, value & 0xFF))
        if request == GET_STATUS:
            return STATUS.get(kind)
        return ANSWERS.get((kind, request))
