"""Who the drive is, whether it is ready, what went wrong; diagnostics, buffers, reservations."""

from __future__ import annotations

import pytest

from cdemu_core.scsi.drive import DeviceId, Drive
from cdemu_core.testing.initiator import Initiator, direct

ROWS = (
    ("empty", "00 00 00 00 00 00", "2/3A/00"),
    ("fresh", "00 00 00 00 00 00", "6/28/00"),
    ("data", "00 00 00 00 00 00", ""),
    ("data", "03 00 00 00 12 00", "70 00 00 00 00 00 00 0A 00 00 00 00 00 15 00 00 00 00"),
    ("fresh", "03 00 00 00 12 00", "70 00 06 00 00 00 00 0A 00 00 00 00 28 00 00 00 00 00"),
    ("data", "03 01 00 00 FC 00", "72 00 00 15 00 00 00 00"),
    ("data", "03 00 00 00 04 00", "70 00 00 00"),
    ("empty", "12 00 00 00 24 00", "05 80 06 32 5B 00 00 00" + b"CDEmu   CD-ROM          1.0 ".hex()),
    ("fresh", "12 00 00 00 05 00", "05 80 06 32 5B"),
    ("empty", "12 01 00 00 FF 00", "05 00 00 03 00 80 83"),
    ("empty", "12 01 80 00 FF 00", "05 80 00 03 30 30 30"),
    ("empty", "12 01 83 00 FF 00", "05 83 00 16 02 01 00 12" + b"CDEmu   CD-ROM 000".hex()),
    ("empty", "12 01 81 00 FF 00", "5/24/00"),
    ("empty", "12 00 80 00 FF 00", "5/24/00"),
    ("empty", "A0 00 00 00 00 00 00 00 00 10 00 00", "00 00 00 08" + "00" * 12),
    ("empty", "A0 00 01 00 00 00 00 00 00 10 00 00", "00" * 8),
    ("empty", "A0 00 03 00 00 00 00 00 00 10 00 00", "5/24/00"),
    ("empty", "1D 04 00 00 00 00", ""),
    ("empty", "1D 20 00 00 00 00", "5/24/00"),
    ("empty", "1D 10 00 00 04 00", "5/24/00"),
    ("empty", "4D 00 40 00 00 00 00 00 FF 00", "00 00 00 01 00"),
    ("empty", "4D 00 4D 00 00 00 00 00 FF 00", "5/24/00"),
    ("empty", "4D 00 40 01 00 00 00 00 FF 00", "5/24/00"),
    ("empty", "4D 01 40 00 00 00 00 00 FF 00", "5/24/00"),
    ("empty", "3C 03 00 00 00 00 00 00 04 00", "00 01 00 00"),
    ("empty", "3C 02 00 00 00 00 00 00 02 00", "00 00"),
    ("empty", "3C 01 00 00 00 00 00 00 04 00", "5/24/00"),
    ("empty", "3C 02 01 00 00 00 00 00 04 00", "5/24/00"),
    ("empty", "3C 02 00 01 00 01 00 00 04 00", "5/24/00"),
    ("empty", "16 00 00 00 00 00", ""),
    ("empty", "17 00 00 00 00 00", ""),
    ("empty", "56 00 00 00 00 00 00 00 00 00", ""),
    ("empty", "57 00 00 00 00 00 00 00 00 00", ""),
    ("empty", "16 01 00 00 00 00", "5/24/00"),
    ("empty", "17 01 00 00 00 00", "5/24/00"),
    ("empty", "A3 0C 01 28 00 00 00 00 00 40 00 00", "00 03 00 0A 28 FF FF FF FF FF FF FF FF 00"),
    ("empty", "A3 0C 01 FD 00 00 00 00 00 40 00 00", "00 01 00 00"),
    ("empty", "A3 0C 02 28 00 00 00 00 00 40 00 00", "5/24/00"),
    ("empty", "A3 0C 01 9E 00 00 00 00 00 40 00 00", "5/24/00"),
    ("empty", "A3 0C 02 9E 00 10 00 00 00 40 00 00", "00 03 00 10 9E" + "FF" * 14 + "00"),
    ("empty", "A3 0C 02 9E 00 11 00 00 00 40 00 00", "00 01 00 00"),
    (
        "empty",
        "A3 0C 81 00 00 00 00 00 00 40 00 00",
        "00 83 00 06 00 FF FF FF FF 00 00 0A 00 00 00000000 0000003C",
    ),
    ("empty", "A3 0D 00 00 00 00 00 00 00 40 00 00", "5/24/00"),
    ("data", "85 08 0E 00 00 00 01 00 00 00 00 00 00 00 EC 00", "5/20/00"),
    ("empty", "FF 00 00 00 00 00", "5/20/00"),
)


@pytest.mark.parametrize(("state", "cdb", "answer"), ROWS)
def test_rows(bench, state: str, cdb: str, answer: str) -> None:
    bench(state).expect(cdb, answer)


def test_identity_is_cut_padded_and_printable() -> None:
    drive = Drive(DeviceId("ACME\nLtd & Sons", "Drive", "ä.0", "x" * 30), "S/N é")
    host = Initiator(direct(drive))
    data = host.inquiry(length=96).data
    assert data[8:36] == b"ACME?LtdDrive           ?.0 "
    assert data[36:56] == b"x" * 20
    assert data[58:64] == bytes.fromhex("04E0 0460 00A0")
    assert host.inquiry(0x80).data[4:] == b"S/N ?"


def test_every_command_is_reported_as_supported(bench) -> None:
    data = bench().send("A3 0C 00 00 00 00 00 00 FF FF 00 00").data
    assert int.from_bytes(data[:4], "big") == len(data) - 4
    codes = [data[at] for at in range(4, len(data), 8)]
    assert codes == sorted(codes)
    assert [code for code in set(codes) if codes.count(code) > 1] == [0xA3], "SEND KEY and this command"
    assert {0x00, 0x12, 0x28, 0xBE} <= set(codes)


def test_commands_are_listed_with_their_timeouts_when_asked(bench) -> None:
    data = bench().send("A3 0C 80 00 00 00 00 00 FF FF 00 00").data
    assert int.from_bytes(data[:4], "big") == len(data) - 4
    entries = [data[at : at + 20] for at in range(4, len(data), 20)]
    assert all(
        entry[5] & 2 and entry[8:] == bytes.fromhex("000A 0000 00000000 0000003C") for entry in entries
    )
    assert {entry[0]: entry[5] & 1 for entry in entries if entry[5] & 1} == {0x9E: 1, 0xA3: 1}


def test_what_write_buffer_takes_read_buffer_gives(bench) -> None:
    drive = bench()
    drive.expect("3B 02 00 00 00 02 00 00 04 00", "", "DE AD BE EF")
    drive.expect("3C 02 00 00 00 00 00 00 07 00", "00 00 DE AD BE EF 00")
    drive.expect("3B 00 00 00 00 00 00 00 06 00", "", "00 00 00 00 01 02")
    drive.expect("3C 00 00 00 00 00 00 00 08 00", "00 01 00 00 01 02 DE AD")
    drive.expect("3B 02 00 00 FF FE 00 00 04 00", "5/24/00", "00 00 00 00")


def test_request_sense_gives_the_last_error_once(bench) -> None:
    drive = bench("data")
    drive.expect("28 00 7F FF FF FF 00 00 01 00", "5/21/00")
    assert drive.drive.last_sense()[2:7] == bytes.fromhex("05 7F FF FF FF")
    drive.expect("03 00 00 00 12 00", "F0 00 05 7F FF FF FF 0A 00 00 00 00 21 00 00 00 00 00")
    assert drive.drive.last_sense() == bytes.fromhex("70 00 00 00 00 00 00 0A") + bytes(10)
    drive.expect("03 00 00 00 12 00", "70 00 00 00 00 00 00 0A 00 00 00 00 00 15 00 00 00 00")
