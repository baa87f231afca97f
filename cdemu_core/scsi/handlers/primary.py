"""Commands every SCSI device has: who it is, whether it is ready, what went wrong (SPC-4 section 6)."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, Final

from ..cdb import U16_AT_3, reply
from ..command import Command
from ..sense import invalid_field

if TYPE_CHECKING:
    from ..drive import DeviceId, Drive

CD_DVD_DEVICE: Final = 0x05
REMOVABLE: Final = 0x80
SPC_4: Final = 0x06
RESPONSE_FORMAT: Final = 0x32
STANDARD_LENGTH: Final = 96
VERSION_DESCRIPTORS: Final = pack(">HHH", 0x04E0, 0x0460, 0x00A0)
"""MMC-6, SPC-4, SAM-5, no version claimed (SPC-4 table 142)."""
T10_VENDOR_ID: Final = 0x01
ASCII_CODE_SET: Final = 0x02


def test_unit_ready(drive: Drive, command: Command, now: float) -> int:
    """TEST UNIT READY: the table's flags have said everything."""
    return 0


def request_sense(drive: Drive, command: Command, now: float) -> int:
    """REQUEST SENSE: pending sense data of this initiator, else an attention, else the audio status.

    Byte 1 bit 0 (DESC) asks for descriptor format.
    """
    state = drive.nexuses.meet(command.nexus)
    data = state.sense
    if data is None and state.attentions:
        data = drive.attention(state)
    if data is None:
        data = drive.idle_sense(now)
    encoded = data.descriptor() if command.cdb[1] & 1 else data.fixed()
    return reply(command, encoded, command.cdb[4])


def inquiry(drive: Drive, command: Command, now: float) -> int:
    """INQUIRY: standard data or a vital product data page."""
    page = command.cdb[2]
    (allocation,) = U16_AT_3.unpack_from(command.cdb)
    if command.cdb[1] & 1:
        build = VITAL_PRODUCT_DATA.get(page)
        if build is None:
            raise invalid_field(2)
        body = build(drive)
        return reply(command, pack(">BBH", CD_DVD_DEVICE, page, len(body)) + body, allocation)
    if page:
        raise invalid_field(2)
    return reply(command, _standard(drive.identity), allocation)


def field(text: str, width: int) -> bytes:
    """``text`` as an INQUIRY field: printable ASCII, cut or padded with spaces."""
    clean = "".join(letter if " " <= letter <= "~" else "?" for letter in text[:width])
    return clean.encode("ascii").ljust(width)


def _standard(identity: DeviceId) -> bytes:
    head = bytes([CD_DVD_DEVICE, REMOVABLE, SPC_4, RESPONSE_FORMAT, STANDARD_LENGTH - 5, 0, 0, 0])
    texts = (
        field(identity.vendor, 8)
        + field(identity.product, 16)
        + field(identity.revision, 4)
        + field(identity.vendor_specific, 20)
    )
    return (head + texts + bytes(2) + VERSION_DESCRIPTORS).ljust(STANDARD_LENGTH, b"\0")


def _supported_pages(drive: Drive) -> bytes:
    return bytes(sorted(VITAL_PRODUCT_DATA))


def _unit_serial_number(drive: Drive) -> bytes:
    return field(drive.serial, len(drive.serial))


def _device_identification(drive: Drive) -> bytes:
    product = drive.identity.product[:16]
    text = field(drive.identity.vendor, 8) + field(
        f"{product} {drive.serial}", len(product) + 1 + len(drive.serial)
    )
    return bytes([ASCII_CODE_SET, T10_VENDOR_ID, 0, len(text)]) + text


VITAL_PRODUCT_DATA: Final = {
    0x00: _supported_pages,
    0x80: _unit_serial_number,
    0x83: _device_identification,
}
"""Page code → body (SPC-4 7.8)."""
