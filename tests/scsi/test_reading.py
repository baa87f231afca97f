"""READ, READ CD, VERIFY and SEEK."""

from __future__ import annotations

import numpy as np
import pytest

from cdemu_core.disc import lec
from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.model import Disc, Fragment, MainChannel, MediumType
from cdemu_core.disc.reader import DiscReader
from cdemu_core.disc.sector import STORED, SectorType
from cdemu_core.scsi.command import Status
from cdemu_core.scsi.drive import Drive
from cdemu_core.stream.window import MemoryStream
from cdemu_core.testing.discs import data_disc, mixed_disc
from cdemu_core.testing.initiator import Initiator, direct

ROWS = (
    ("data", "28 00 00 00 00 00 00 00 00 00", ""),
    ("data", "28 00 00 00 01 2C 00 00 01 00", "5/21/00"),
    ("data", "28 00 00 00 01 2B 00 00 02 00", "5/21/00"),
    ("data", "28 00 FF FF FF 69 00 00 01 00", "5/21/00"),
    ("audio", "28 00 00 00 00 00 00 00 01 00", "5/64/00"),
    ("audio", "28 00 00 00 02 57 00 00 02 00", "5/64/00"),
    ("mixed", "A8 00 00 00 01 2B 00 00 00 02 00 00", "5/64/00"),
    ("empty", "A8 00 00 00 00 00 00 00 00 01 00 00", "2/3A/00"),
    ("data", "A8 00 00 00 00 00 FF FF FF FF 00 00", "5/21/00"),
    ("data", "88 00 00 00 00 00 FF FF FF FF 00 00 00 01 00 00", "5/21/00"),
    ("data", "88 00 00 00 00 00 00 00 00 10 00 00 00 01 00 00", "01" + b"CD001".hex() + "…"),
    ("data", "2B 00 00 00 01 2B 00 00 00 00", ""),
    ("data", "2B 00 00 00 01 2C 00 00 00 00", "5/21/00"),
    ("data", "2B 00 FF FF FF FF 00 00 00 00", ""),
    ("data", "88 00" + "FF" * 8 + "00 00 00 01 00 00", "5/21/00"),
    ("data", "88 00" + "FF" * 8 + "00 00 00 00 00 00", "5/21/00"),
    ("data", "88 00 80 00 00 00 00 00 00 00 00 00 00 01 00 00", "5/21/00"),
    ("data", "88 00 00 00 00 00 00 00 00 00 FF FF FF FF 00 00", "5/21/00"),
    ("data", "88 00 00 00 00 00 00 00 01 2C 00 00 00 00 00 00", ""),
    ("data", "88 00 00 00 00 00 00 00 01 2D 00 00 00 00 00 00", "5/21/00"),
    ("data", "A8 00 7F FF FF FF 00 00 00 01 00 00", "5/21/00"),
    ("data", "A8 00 FF FF FF 69 00 00 00 01 00 00", "5/21/00"),
    ("data", "A8 00 00 00 00 00 FF FF FF FF 00 00", "5/21/00"),
    ("data", "2F 00 FF FF FF FF 00 00 01 00", "5/21/00"),
    ("data", "2F 00 FF FF FF FF 00 00 00 00", "5/21/00"),
    ("data", "2F 00 80 00 00 00 00 00 01 00", "5/21/00"),
    ("data", "2F 00 00 00 01 2C 00 00 00 00", ""),
    ("data", "2F 00 00 00 01 2D 00 00 00 00", "5/21/00"),
    ("data", "AF 00 FF FF FF FF FF FF FF FF 00 00", "5/21/00"),
    ("data", "AF 00 00 00 00 00 FF FF FF FF 00 00", "5/21/00"),
    ("data", "28 00 00 0F 00 00 00 00 00 00", ""),
    ("data", "A8 00 00 0F 00 00 00 00 00 00 00 00", ""),
    ("data", "2F 00 00 00 00 00 00 01 2C 00", ""),
    ("data", "2F 00 00 00 00 00 00 01 2D 00", "5/21/00"),
    ("audio", "2F 00 00 00 00 00 00 00 01 00", "5/64/00"),
    ("data", "AF 00 00 00 00 00 00 00 01 2C 00 00", ""),
    ("data", "BE 00 00 00 00 10 00 00 01 20 00 00", "00 02 16 01"),
    (
        "data",
        "BE 00 00 00 00 10 00 00 01 F8 00 00",
        "00" + "FF" * 10 + "00 00 02 16 01 01" + b"CD001".hex() + "…",
    ),
    ("data", "BE 00 00 00 00 00 00 00 01 00 02 00", "41 01 01 00 00 00 00 00 02 00 28 32 00 00 00 00"),
    ("data", "BE 00 00 00 00 00 00 00 00 F8 00 00", ""),
    ("data", "BE 00 00 00 01 2C 00 00 00 F8 00 00", "5/21/00"),
    ("data", "BE 04 00 00 00 00 00 00 01 F8 00 00", "5/64/00"),
    ("data", "BE 08 00 00 00 00 00 00 01 20 00 00", "00 02 00 01"),
    ("data", "BE 18 00 00 00 00 00 00 01 F8 00 00", "5/24/00"),
    ("data", "BE 00 00 00 00 00 00 00 01 F8 03 00", "5/24/00"),
    ("data", "BE 00 00 00 00 00 00 00 01 00 00 00", ""),
    ("dvd", "BE 00 00 00 00 00 00 00 01 F8 00 00", "5/24/00"),
    ("bd", "BE 00 00 00 00 00 00 00 01 F8 00 00", "5/24/00"),
    ("empty", "BE 00 00 00 00 00 00 00 00 F8 00 00", "2/3A/00"),
    ("data", "B9 00 00 00 02 10 00 02 11 20 00 00", "00 02 16 01"),
    ("data", "B9 00 00 00 02 10 00 02 10 F8 00 00", ""),
    ("data", "B9 00 00 00 02 10 00 02 00 F8 00 00", ""),
    ("data", "B9 00 00 00 06 00 00 06 01 F8 00 00", "5/21/00"),
)


@pytest.mark.parametrize(("state", "cdb", "answer"), ROWS)
def test_rows(bench, state: str, cdb: str, answer: str) -> None:
    bench(state).expect(cdb, answer)


@pytest.mark.parametrize("first", [0, 17, 236])
def test_read_10_and_12_give_the_user_data(bench, first: int) -> None:
    drive = bench("data")
    expected = bytearray(64 * 2048)
    DiscReader(drive.drive.disc).read_user_data(first, 64, memoryview(expected))
    assert drive.host.read_10(first, 64).data == expected
    assert drive.host.read_12(first, 64).data == expected
    assert drive.drive.address == first + 63


def test_information_names_the_first_sector_in_the_way(bench) -> None:
    drive = bench("mixed")
    past_data = drive.host.read_10(290, 64)
    assert past_data.codes == (5, 0x64, 0)
    assert past_data.sense[0] == 0xF0
    assert past_data.sense[2] == 0x25
    assert past_data.sense[3:7] == (300).to_bytes(4, "big")
    last = bench("data").host.read_10(299, 5)
    assert last.sense[3:7] == (300).to_bytes(4, "big")
    before = bench("data").host.read_10(-151, 1)
    assert before.sense[3:7] == (-151 & 0xFFFFFFFF).to_bytes(4, "big")


def test_a_short_buffer_takes_what_fits(bench) -> None:
    drive = bench("data")
    whole = drive.host.read_10(16, 2).data
    assert drive.send("28 00 00 00 00 10 00 00 02 00", room=3000).data == whole[:3000]
    assert drive.send("28 00 00 00 01 2B 00 00 02 00", room=10).codes == (5, 0x21, 0)
    raw = drive.host.read_cd(16, 80).data
    assert drive.send("BE 00 00 00 00 10 00 00 50 F8 00 00", room=80 * 2352 - 1).data == raw[:-1]


def test_read_cd_passes_through_tracks_of_different_types(bench) -> None:
    drive = bench("mixed")
    data = drive.host.read_cd(298, 4, 0x10).data
    assert len(data) == 2 * 2048 + 2 * 2352
    reader = drive.drive.reader
    assert data[: 2 * 2048] == drive.host.read_10(298, 2).data
    assert data[2 * 2048 :] == reader.read_frames(300, 2)


@pytest.mark.parametrize("sub", [0, 1, 2])
@pytest.mark.parametrize("flags", [0x00, 0x10, 0xF8, 0xFA, 0xFC])
def test_read_cd_puts_c2_and_subchannel_after_the_frame(bench, flags: int, sub: int) -> None:
    drive = bench("audio")
    reader = drive.drive.reader
    frame = bytes(reader.read_frames(5, 1)) if flags & 0xF8 else b""
    pw = bytes(reader.read_subchannel(5, 1))
    extra = {0: b"", 1: pw, 2: reader.read_q(5) + bytes(4)}[sub]
    c2 = bytes({0: 0, 1: 294, 2: 296}[flags >> 1 & 3])
    assert drive.host.read_cd(5, 1, flags, sub).data == frame + c2 + extra


@pytest.mark.parametrize("sub", [3, 4, 5, 6, 7])
def test_sub_channels_that_the_drive_does_not_make_are_refused(bench, sub: int) -> None:
    drive = bench("audio")
    drive.expect(f"BE 00 00 00 00 05 00 00 01 F8 {sub:02X} 00", "5/24/00")
    drive.expect(f"B9 00 00 00 02 05 00 02 06 F8 {sub:02X} 00", "5/24/00")
    flags = drive.send("5A 00 2A 00 00 00 00 00 40 00").data[8 + 5]
    assert flags & 0x0C == 0x04, "R-W can be read, but is not de-interleaved and corrected"


def test_verify_compares(bench) -> None:
    drive = bench("data")
    sector = drive.host.read_10(16, 1).data.hex()
    drive.expect("2F 02 00 00 00 10 00 00 01 00", "", sector)
    drive.expect("2F 02 00 00 00 11 00 00 01 00", "E/1D/00", sector)
    drive.expect("2F 02 00 00 00 10 00 00 01 00", "E/1D/00", sector[:100])


def damaged_disc(*places: tuple[int, int]) -> Disc:
    """A raw Mode 1 disc of 100 sectors, with (sector, byte) inverted."""
    frames = DiscReader(data_disc(100)).read_frames(0, 100)
    for sector, byte in places:
        frames[sector * 2352 + byte] ^= 0xFF
    builder = DiscBuilder(MediumType.CD)
    track = builder.add_session().add_track(SectorType.MODE1)
    main = MainChannel(MemoryStream(frames), 0, 2352, STORED[SectorType.MODE1, 2352])
    track.add_fragment(Fragment(100, main))
    return builder.build()


def bad_sector_host(*places: tuple[int, int]) -> tuple[Drive, Initiator]:
    drive = Drive()
    drive.bad_sector_emulation = True
    drive.insert(damaged_disc(*places))
    host = Initiator(direct(drive))
    host.test_unit_ready()
    return drive, host


@pytest.mark.parametrize("byte", [100, 2064, 2076, 2351], ids=["data", "EDC", "ECC P", "ECC Q"])
def test_bad_sectors_are_errors_where_they_are(byte: int) -> None:
    _, host = bad_sector_host((70, byte))
    assert host.read_10(0, 70).status == Status.GOOD
    for answer in (host.read_10(60, 20), host.read_12(70, 1), host.read_cd(0, 71), host.read_cd(70, 1, 0x10)):
        assert answer.codes == (3, 0x11, 0)
        assert answer.sense[0] == 0xF0
        assert answer.sense[3:7] == (70).to_bytes(4, "big")
    assert host.read_10(71, 29).status == Status.GOOD
    assert host.command(bytes.fromhex("2F 00 00 00 00 00 00 00 64 00")).codes == (3, 0x11, 0)


def test_bad_sectors_are_read_with_the_option_off_or_dcr_set() -> None:
    drive, host = bad_sector_host((70, 100))
    host.mode_select_10(bytes.fromhex("01 0A 01 01") + bytes(8))
    assert host.read_10(60, 20).status == Status.GOOD
    c2 = host.read_cd(70, 1, 0xFA).data[2352:]
    assert len(c2) == 294
    assert any(c2)
    host.mode_select_10(bytes.fromhex("01 0A 00 01") + bytes(8))
    assert host.read_10(60, 20).codes == (3, 0x11, 0)
    drive.bad_sector_emulation = False
    assert host.read_10(60, 20).status == Status.GOOD


def test_bad_sector_emulation_keeps_good_data_and_other_errors() -> None:
    _, host = bad_sector_host((99, 100))
    plain = Drive()
    plain.insert(damaged_disc((99, 100)))
    reference = Initiator(direct(plain))
    reference.test_unit_ready()
    assert host.read_10(0, 99).data == reference.read_10(0, 99).data
    assert host.read_cd(-3, 90).data == reference.read_cd(-3, 90).data
    assert host.read_10(98, 5).codes == (3, 0x11, 0)
    assert host.read_10(100, 1).codes == (5, 0x21, 0)
    drive = Drive()
    drive.bad_sector_emulation = True
    drive.insert(mixed_disc(300, 300))
    mixed = Initiator(direct(drive))
    mixed.test_unit_ready()
    assert mixed.read_10(290, 64).sense[3:7] == (300).to_bytes(4, "big")


def test_a_file_that_became_shorter_is_a_medium_error() -> None:
    class Torn(MemoryStream):
        def readv_at(self, offset: int, buffers) -> int:  # type: ignore[no-untyped-def]
            return 0

    builder = DiscBuilder(MediumType.CD)
    track = builder.add_session().add_track(SectorType.MODE1)
    stored = STORED[SectorType.MODE1, 2048]
    track.add_fragment(Fragment(20, MainChannel(Torn(bytes(20 * 2048)), 0, 2048, stored)))
    drive = Drive()
    drive.insert(builder.build())
    host = Initiator(direct(drive))
    host.test_unit_ready()
    answer = host.read_10(3, 2)
    assert answer.codes == (3, 0x11, 0)
    assert answer.sense[3:7] == (3).to_bytes(4, "big")


def test_a_comparison_beyond_the_end_is_refused_before_anything_is_compared(bench) -> None:
    drive = bench("data")
    drive.expect("2F 02 00 00 01 2B 00 00 02 00", "5/21/00", "55" * 4096)


def test_an_address_wider_than_the_field_is_told_in_descriptor_format_only(bench) -> None:
    drive = bench("data")
    fixed = drive.send("88 00" + "FF" * 8 + "00 00 00 01 00 00").sense
    assert fixed[0] == 0x70
    assert fixed[3:7] == bytes(4)
    drive.expect("55 10 00 00 00 00 00 00 14 00", "", "00" * 8 + "0A 0A 04" + "00" * 9)
    told = drive.send("88 00" + "FF" * 8 + "00 00 00 01 00 00").sense
    assert told == bytes.fromhex("72 05 21 00 00 00 00 0C  00 0A 80 00" + "FF" * 8)


def test_c2_marks_the_damaged_bytes_of_a_stored_frame() -> None:
    frames = np.zeros((3, 2352), np.uint8)
    frames[:, 16:2064] = np.arange(3 * 2048, dtype=np.uint32).reshape(3, 2048) % 251
    lec.write_sync(frames)
    lec.write_headers(frames, 0, SectorType.MODE1)
    lec.write_edc_ecc(frames, SectorType.MODE1)
    frames[1, 500] ^= 0x10
    builder = DiscBuilder(MediumType.CD)
    track = builder.add_session().add_track(SectorType.MODE1)
    main = MainChannel(MemoryStream(frames.tobytes()), 0, 2352, STORED[SectorType.MODE1, 2352])
    track.add_fragment(Fragment(3, main))
    drive = Drive()
    drive.insert(builder.build())
    host = Initiator(direct(drive))
    host.test_unit_ready()
    for flags, size in ((0x02, 294), (0x04, 296)):
        answer = host.command(bytes([0xBE, 0, *bytes(4), 0, 0, 3, flags, 0, 0]), 4096).data
        rows = np.frombuffer(answer, np.uint8).reshape(3, size)
        assert not rows[[0, 2]].any()
        marked = np.flatnonzero(np.unpackbits(rows[1, size - 294 :]))
        assert 500 in marked
        assert len(marked) < 100
        if size == 296:
            assert rows[1, 0] == np.bitwise_or.reduce(rows[1, 2:])
            assert rows[1, 1] == 0
