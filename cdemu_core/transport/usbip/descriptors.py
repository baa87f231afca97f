"""What the device says of itself: a super-speed mass-storage device (USB 3.2, chapter 9; Bulk-Only 1.0)."""

from __future__ import annotations

import struct

VENDOR, PRODUCT, RELEASE = 0x1D6B, 0x0104, 0x0100
BULK_IN, BULK_OUT = 0x81, 0x02
PACKET = 1024  # of a super-speed bulk endpoint
BURST = 15

DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = 1, 2, 3, 4, 5
BOS, CAPABILITY, COMPANION = 15, 16, 48
MASS_STORAGE, SCSI_TRANSPARENT, BULK_ONLY = 8, 6, 0x50
SELF_POWERED = 0xC0


def _described(kind: int, body: bytes) -> bytes:
    return bytes([len(body) + 2, kind]) + body


def _endpoint(address: int) -> bytes:
    endpoint = _described(ENDPOINT, struct.pack("<BBHB", address, 2, PACKET, 0))
    return endpoint + _described(COMPANION, struct.pack("<BBH", BURST, 0, 0))


def _configuration() -> bytes:
    interface = struct.pack("<7B", 0, 0, 2, MASS_STORAGE, SCSI_TRANSPARENT, BULK_ONLY, 0)
    body = _described(INTERFACE, interface) + _endpoint(BULK_IN) + _endpoint(BULK_OUT)
    head = struct.pack("<HBBBBB", 9 + len(body), 1, 1, 0, SELF_POWERED, 0)
    return _described(CONFIGURATION, head) + body


def _bos() -> bytes:
    usb2 = _described(CAPABILITY, struct.pack("<BI", 2, 0))
    # super speed: no LTM; full, high and super speed; works from high speed on; exit latencies U1, U2
    superspeed = _described(CAPABILITY, struct.pack("<BBHBBH", 3, 0, 0x000E, 1, 10, 2047))
    head = struct.pack("<HB", 5 + len(usb2) + len(superspeed), 2)
    return _described(BOS, head) + usb2 + superspeed


def _text(text: str) -> bytes:
    return _described(STRING, text.encode("utf-16-le"))


def descriptors(number: int) -> dict[tuple[int, int], bytes]:
    """(type, index) → descriptor of drive ``number``. The serial number has 12 digits (Bulk-Only, 4.1.1)."""
    device = struct.pack("<HBBBBHHHBBBB", 0x0300, 0, 0, 0, 9, VENDOR, PRODUCT, RELEASE, 1, 2, 3, 1)
    return {
        (DEVICE, 0): _described(DEVICE, device),
        (CONFIGURATION, 0): _configuration(),
        (BOS, 0): _bos(),
        (STRING, 0): _described(STRING, struct.pack("<H", 0x0409)),
        (STRING, 1): _text("CDEmu"),
        (STRING, 2): _text("Virtual optical drive"),
        (STRING, 3): _text(f"{0x00CDE0000000 + number:012X}"),
    }
