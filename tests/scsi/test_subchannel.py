"""READ SUB-CHANNEL."""

from __future__ import annotations

import pytest

from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.model import Fragment, MediumType, Subchannel
from cdemu_core.disc.qchannel import encode_isrc, encode_mcn, with_crc
from cdemu_core.disc.sector import SectorType, SubchannelForm
from cdemu_core.scsi.drive import Drive
from cdemu_core.stream.window import MemoryStream
from cdemu_core.testing.initiator import Initiator, direct

ROWS = (
    ("mixed", "42 02 00 01 00 00 00 00 10 00", "00 15 00 00"),
    ("mixed", "42 02 40 01 00 00 00 00 10 00", "00 15 00 0C 01 14 01 01 00 00 02 00 00 00 00 00"),
    ("mixed", "42 00 40 01 00 00 00 00 10 00", "00 15 00 0C 01 14 01 01 00 00 00 00 00 00 00 00"),
    ("mixed", "42 00 40 01 00 00 00 00 04 00", "00 15 00 0C"),
    ("mixed", "42 00 40 02 00 00 00 00 18 00", "00 15 00 14 02 00 00 00" + "00" * 16),
    ("mixed", "42 00 40 03 00 00 02 00 18 00", "00 15 00 14 03 10 02 00" + "00" * 16),
    ("mixed", "42 00 40 03 00 00 03 00 18 00", "5/24/00"),
    ("mixed", "42 00 40 00 00 00 00 00 18 00", "5/24/00"),
    ("mixed", "42 00 40 04 00 00 00 00 18 00", "5/24/00"),
    ("empty", "42 00 40 01 00 00 00 00 18 00", "2/3A/00"),
)


@pytest.mark.parametrize(("state", "cdb", "answer"), ROWS)
def test_rows(bench, state: str, cdb: str, answer: str) -> None:
    bench(state).expect(cdb, answer)


def host_of(
    frames: list[bytes] | None = None, *, mcn: str | None = None, isrc: str | None = None
) -> Initiator:
    """A host of a disc with one audio track, whose Q is ``frames`` (generated without)."""
    builder = DiscBuilder(MediumType.CD)
    session = builder.add_session()
    session.mcn = mcn
    track = session.add_track(SectorType.AUDIO, isrc=isrc)
    sub = None
    if frames is not None:
        data = b"".join(frame + bytes(4) for frame in frames)
        sub = Subchannel(MemoryStream(data), 0, 16, SubchannelForm.Q16)
    track.add_fragment(Fragment(200 if frames is None else len(frames), sub=sub))
    drive = Drive()
    drive.insert(builder.build())
    host = Initiator(direct(drive))
    host.test_unit_ready()
    return host


def test_codes_of_the_layout() -> None:
    host = host_of(mcn="0123456789012", isrc="DEABC0700001")
    assert host.read_sub_channel(2).data[4:] == b"\x02\0\0\0\x800123456789012\0\0"
    assert host.read_sub_channel(3, 1).data[4:] == b"\x03\x30\x01\0\x80DEABC0700001\0\0\0"


def position_q(lba: int, track: int = 1, index: int = 1) -> bytes:
    second, frame = divmod(lba, 75)
    times = bytes.fromhex(f"00{second:02d}{frame:02d}00 00{second + 2:02d}{frame:02d}")
    return with_crc(bytes([0x01, track, index]) + times)


def test_codes_of_the_subchannel() -> None:
    frames = [position_q(lba) for lba in range(100)]
    mcn, isrc = encode_mcn("4006381333931"), encode_isrc("GBAYE0601477")
    assert mcn is not None
    assert isrc is not None
    frames[40] = with_crc(b"\x02" + mcn + b"\x40")
    frames[41] = with_crc(b"\x03" + isrc + b"\x41")
    host = host_of(frames)
    assert host.read_sub_channel(2).data[8:22] == b"\x804006381333931"
    assert host.read_sub_channel(3, 1).data[8:21] == b"\x80GBAYE0601477"
    frames[40] = frames[40][:10] + b"\0\0"
    assert host_of(frames).read_sub_channel(2).data[8:22] == bytes(14)


def test_a_sector_without_position_borrows_from_the_next() -> None:
    frames = [position_q(lba) for lba in range(60)]
    mcn = encode_mcn("4006381333931")
    assert mcn is not None
    frames[30] = frames[31] = with_crc(b"\x02" + mcn + b"\x30")
    host = host_of(frames)
    host.seek_10(30)
    assert host.read_sub_channel(1, msf=True).data[4:] == bytes([1, 0x10, 1, 1, 0, 0, 2, 30, 0, 0, 0, 30])
    assert host.read_sub_channel(1).data[4:] == bytes([1, 0x10, 1, 1, 0, 0, 0, 30, 0, 0, 0, 30])


def test_impossible_times_are_passed_on() -> None:
    frames = [position_q(lba) for lba in range(20)]
    frames[10] = with_crc(bytes.fromhex("01 01 01 99 75 80 00 88 66 79"))
    host = host_of(frames)
    host.seek_10(10)
    assert host.read_sub_channel(1, msf=True).data[8:] == bytes([0, 88, 66, 79, 0, 99, 75, 80])


def test_no_position_anywhere_is_a_medium_error() -> None:
    host = host_of([with_crc(b"\x02" + bytes(9))] * 150)
    assert host.read_sub_channel(1).codes == (3, 0x11, 0)
