"""Blank media written by commands: tracks, sessions at once, DVD; what is refused."""

from __future__ import annotations

from collections.abc import Callable
from struct import pack, unpack_from

import pytest

from cdemu_core.disc.model import Control, Disc, MainChannel, MediumType, SessionType, Subchannel
from cdemu_core.disc.reader import DiscReader
from cdemu_core.disc.sector import SectorType, Span, SubchannelForm
from cdemu_core.errors import StreamError
from cdemu_core.scsi.drive import Drive
from cdemu_core.scsi.events import ImageWritten, RecordingFailed
from cdemu_core.scsi.profiles import Profile
from cdemu_core.scsi.recorder import Recorder
from cdemu_core.stream.base import Stream
from cdemu_core.testing.discs import payload
from cdemu_core.testing.initiator import Answer, Initiator, direct
from cdemu_core.units import frames_to_msf

CD80 = 360_000
TAO, SAO = 1, 2
AUDIO_BLOCK, MODE1_BLOCK = 0, 8
FULL, ADDRESS, PROTECTED = (5, 0x63, 0), (5, 0x21, 2), (7, 0x27, 0)


class Memory(Stream):
    """A store in memory that remembers the discs it was to make images of."""

    def __init__(self) -> None:
        self.name, self.data = "memory", bytearray()
        self.made: list[Disc] = []
        self.broken = False

    @property
    def size(self) -> int:  # type: ignore[override]
        return len(self.data)

    def read_at(self, offset: int, length: int) -> bytes:
        return bytes(self.data[offset : offset + length])

    def append(self, data: bytes | memoryview) -> int:
        if self.broken:
            raise StreamError("The disk is full.")
        self.data += data
        return len(self.data) - len(data)

    def main(self, offset: int, stride: int, stored: Span) -> MainChannel:
        return MainChannel(self, offset, stride, stored)

    def sub(self, offset: int, stride: int, form: SubchannelForm) -> Subchannel:
        return Subchannel(self, offset, stride, form)

    def clear(self) -> None:
        self.data.clear()

    def sync(self) -> None:
        self.append(b"")

    def finish(self, disc: Disc) -> None:
        self.sync()
        self.made.append(disc)


class Burner:
    """A host with a burning program, and the drive it writes in."""

    def __init__(
        self,
        capacity: int = CD80,
        profile: Profile = Profile.CD_R,
        medium: MediumType = MediumType.CD,
    ) -> None:
        self.store = Memory()
        self.drive = Drive()
        self.medium = Recorder(profile, medium, capacity, self.store)
        self.host = Initiator(direct(self.drive))
        self.drive.insert(self.medium.disc(), recordable=self.medium)
        self.host.test_unit_ready()
        self.drive.take_events()

    def send(self, cdb: str, data_out: bytes = b"", room: int = 4096) -> Answer:
        return self.host.command(bytes.fromhex(cdb), room, data_out)

    def mode(
        self,
        write_type: int = TAO,
        block: int = MODE1_BLOCK,
        *,
        multi: bool = False,
        test: bool = False,
        mcn: bytes = b"",
        isrc: bytes = b"",
        subheader: bytes = bytes(4),
    ) -> Answer:
        page = bytearray(self.host.mode_sense_10(5).data[8:])
        page[2] = write_type | (0x10 if test else 0)
        page[3] = (0xC0 if multi else 0) | (0 if block == AUDIO_BLOCK else 4)
        page[4] = block
        page[16:32] = (b"\x80" + mcn).ljust(16, b"\0") if mcn else bytes(16)
        page[32:48] = (b"\x80" + isrc).ljust(16, b"\0") if isrc else bytes(16)
        page[48:52] = subheader
        return self.host.mode_select_10(bytes(page))

    def write(self, lba: int, data: bytes, size: int = 2048) -> tuple[int, int, int]:
        count = len(data) // size
        return self.host.command(pack(">BBixHB", 0x2A, 0, lba, count, 0), 0, data).codes

    def close(self, function: int) -> tuple[int, int, int]:
        return self.host.command(bytes([0x5B, 0, function, 0, 0, 0, 0, 0, 0, 0])).codes

    def next_address(self) -> int:
        return int(unpack_from(">i", self.host.read_track_information(0xFF).data, 12)[0])

    def disc_state(self) -> tuple[int, int, int, int]:
        """Status, last session's state, sessions, last track."""
        data = self.host.read_disc_information().data
        return data[2] & 3, data[2] >> 2 & 3, data[4], data[6]


@pytest.fixture
def good() -> tuple[int, int, int]:
    return (0, 0, 0)


ROWS = (
    ("04 00 00 00 00 00", PROTECTED),
    ("A1 01 00 00 00 00 00 00 00 00 00 00", PROTECTED),
    ("2E 00 00 00 00 00 00 00 01 00", PROTECTED),
    ("54 01 00 00 00 00 00 00 00 00", PROTECTED),
    ("AA 00 00 00 00 00 00 00 00 01 00 00", PROTECTED),
)


@pytest.mark.parametrize(("cdb", "codes"), ROWS)
def test_a_pressed_disc_is_read_only(bench: Callable[..., object], cdb: str, codes: object) -> None:
    assert bench("data").send(cdb).codes == codes  # type: ignore[attr-defined]
    assert bench("empty").send(cdb).codes == (2, 0x3A, 0)  # type: ignore[attr-defined]


def test_a_blank_cd_says_so() -> None:
    burner = Burner()
    assert burner.disc_state() == (0, 0, 1, 1)
    data = burner.host.read_disc_information().data
    assert data[16:24] == bytes((0, 97, 34, 23, 0, *frames_to_msf(CD80 - 2)))
    track = burner.host.read_track_information(0xFF).data
    assert (track[2], track[3], track[6], track[7]) == (1, 1, 0x41, 1)
    assert unpack_from(">iiI", track, 8) == (0, 0, CD80 - 150)
    assert burner.host.read_toc().codes == (5, 0x24, 0)
    assert burner.host.read_toc(4).data[:15] == bytes.fromhex("00 1A 00 00 C0 00 98 00 61 22 17 00 4F 3B 49")
    assert burner.host.read_capacity().data == pack(">II", 0, 2048)
    assert burner.host.read_10(0, 1).codes == (5, 0x21, 0)
    assert burner.host.read_sub_channel(2).codes == (0, 0, 0)
    assert burner.send("23 00 00 00 00 00 00 00 0C 00").data[8] == 1
    assert burner.host.get_configuration().data[6:8] == b"\0\x09"
    assert burner.host.get_performance(write=True).data[8:12] == bytes(4)


def test_one_data_track_reads_back_and_becomes_the_image(good: tuple[int, int, int]) -> None:
    burner, data = Burner(), payload(400 * 2048)
    assert burner.write(0, data[: 100 * 2048]) == good
    assert burner.host.read_10(50, 50).data == data[50 * 2048 : 100 * 2048]
    assert burner.write(100, data[100 * 2048 :]) == good
    assert burner.next_address() == 400
    assert burner.send("35 00 00 00 00 00 00 00 00 00").codes == good
    assert burner.disc_state() == (1, 1, 1, 1)
    assert burner.close(1) == good
    assert burner.next_address() == 550
    assert burner.close(2) == good
    assert burner.disc_state() == (2, 3, 1, 1)
    assert burner.drive.take_events() == [ImageWritten()]
    [disc] = burner.store.made
    assert [(t.sector_type, t.start, t.length, t.pregap) for t in disc.tracks] == [
        (SectorType.MODE1, -150, 550, 150)
    ]
    assert burner.host.read_10(0, 400).data == data
    assert burner.host.get_event_status().data[4] == 2
    assert burner.write(550, bytes(2048)) == PROTECTED
    assert burner.close(2) == good
    assert len(burner.store.made) == 1


def test_two_audio_tracks_with_their_codes(good: tuple[int, int, int]) -> None:
    burner, sound = Burner(), payload(600 * 2352)
    burner.mode(block=AUDIO_BLOCK, mcn=b"1234567890123", isrc=b"DEABC2600001")
    assert burner.write(0, sound[: 300 * 2352], 2352) == good
    assert burner.close(1) == good
    burner.mode(block=AUDIO_BLOCK, isrc=b"DEABC2600002")
    assert burner.next_address() == 450
    assert burner.write(450, sound[300 * 2352 :], 2352) == good
    assert burner.close(1) == good
    assert burner.close(2) == good
    [disc] = burner.store.made
    assert [(t.isrc, t.index1, t.length - t.pregap, t.pregap) for t in disc.tracks] == [
        ("DEABC2600001", 0, 300, 150),
        ("DEABC2600002", 450, 300, 150),
    ]
    assert disc.sessions[0].mcn == "1234567890123"
    assert disc.sessions[0].type is SessionType.CD_DA
    assert burner.host.read_cd(450, 300, 0x10).data == sound[300 * 2352 :]
    assert not any(burner.host.read_cd(300, 150, 0x10).data)


def cue(*entries: str) -> bytes:
    return bytes.fromhex("".join(entries))


SHEET = cue(
    "02 31 32 33 34 35 36 37  02 38 39 30 31 32 33 00",
    "01 00 00 01 00 00 00 00",
    "03 01 44 45 41 42 43 32  03 01 36 30 30 30 30 31",
    "01 01 00 00 00 00 00 00  01 01 01 00 00 00 02 00",
    "21 02 00 00 00 00 04 00  21 02 01 00 00 00 06 00  21 02 02 00 00 00 07 00",
    "01 AA 01 01 00 00 09 00",
)


def test_a_session_at_once_with_pregaps_and_indices(good: tuple[int, int, int]) -> None:
    burner, sound = Burner(), payload(675 * 2352)
    burner.mode(SAO, AUDIO_BLOCK)
    assert burner.write(-150, sound[:2352], 2352) == (5, 0x2C, 0)
    assert burner.send(f"5D 00 00 00 00 00 {len(SHEET):06X} 00", SHEET).codes == good
    assert burner.next_address() == -150
    assert burner.write(0, sound[:2352], 2352) == ADDRESS
    for first in range(0, 675, 27):
        assert burner.write(first - 150, sound[first * 2352 : (first + 27) * 2352], 2352) == good
    assert burner.disc_state()[0] == 2
    [disc] = burner.store.made
    one, two = disc.tracks
    assert (one.start, one.pregap, one.length, one.isrc) == (-150, 150, 300, "DEABC2600001")
    assert (two.start, two.pregap, two.length, two.control) == (150, 150, 375, Control.COPY_PERMITTED)
    assert [(index.number, index.address) for index in two.indices] == [(2, 225)]
    assert disc.sessions[0].mcn == "1234567890123"
    assert DiscReader(disc).read_frames(-150, 675) == sound


MIXED = cue(
    "41 00 00 14 00 00 00 00  41 01 00 14 00 00 00 00  41 01 01 10 00 00 02 00",
    "01 02 00 01 00 00 04 00  01 02 01 00 00 00 06 00  01 AA 01 01 00 00 08 00",
)


def test_of_silent_pregaps_the_host_sends_nothing(good: tuple[int, int, int]) -> None:
    burner, data, sound = Burner(), payload(150 * 2048), payload(150 * 2352)
    burner.mode(SAO)
    assert burner.send(f"5D 00 00 00 00 00 {len(MIXED):06X} 00", MIXED).codes == good
    assert burner.next_address() == 0
    cdb = bytes.fromhex("2A 00 00 00 00 00 00 00 96 00")
    assert burner.drive.data_out_length(cdb) == 150 * 2048
    assert burner.write(0, data) == good
    assert burner.next_address() == 300
    assert burner.drive.data_out_length(bytes.fromhex("2A 00 00 00 01 2C 00 00 96 00")) == 150 * 2352
    assert burner.write(300, sound, 2352) == good
    [disc] = burner.store.made
    assert [(t.sector_type, t.start, t.pregap, t.length) for t in disc.tracks] == [
        (SectorType.MODE1, -150, 150, 300),
        (SectorType.AUDIO, 150, 150, 300),
    ]
    assert burner.host.read_10(0, 150).data == data
    assert burner.host.read_cd(300, 150, 0x10).data == sound


BAD_SHEETS = (
    SHEET[:-8],
    SHEET[:24] + b"\x04" + SHEET[25:],
    SHEET[:43] + b"\x3f" + SHEET[44:],
    SHEET[:-8] + SHEET[40:48],
    b"\x01\x01\x01\0\0\0\2\0",
)


@pytest.mark.parametrize("sheet", BAD_SHEETS)
def test_a_wrong_sheet_is_refused(sheet: bytes) -> None:
    burner = Burner()
    assert burner.send(f"5D 00 00 00 00 00 {len(sheet):06X} 00", sheet).codes == (5, 0x2C, 0)
    burner.mode(SAO, AUDIO_BLOCK)
    assert burner.send(f"5D 00 00 00 00 00 {len(sheet):06X} 00", sheet).codes == (5, 0x26, 0)
    assert burner.medium.blank


def test_a_session_that_does_not_fit_is_refused_at_once() -> None:
    burner = Burner(600)
    burner.mode(SAO, AUDIO_BLOCK)
    assert burner.send(f"5D 00 00 00 00 00 {len(SHEET):06X} 00", SHEET).codes == FULL


def test_sessions_follow_while_the_page_says_so(good: tuple[int, int, int]) -> None:
    burner, data = Burner(), payload(600 * 2048)
    burner.mode(multi=True)
    assert burner.write(0, data[: 300 * 2048]) == good
    assert burner.close(2) == good
    assert burner.disc_state() == (1, 0, 2, 2)
    assert burner.next_address() == 300 + 11250 + 150
    assert burner.host.read_toc(1).data[3] == 1
    burner.mode()
    assert burner.write(11700, data[300 * 2048 :]) == good
    assert burner.close(2) == good
    assert [len(disc.sessions) for disc in burner.store.made] == [1, 2]
    assert burner.host.read_10(11700, 300).data == data[300 * 2048 :]
    assert burner.disc_state() == (2, 3, 2, 2)


@pytest.mark.parametrize(
    ("profile", "medium", "capacity"),
    [
        (Profile.DVD_PLUS_R, MediumType.DVD, 2_295_104),
        (Profile.DVD_R, MediumType.DVD, 2_298_496),
        (Profile.BD_R_SRM, MediumType.BD, 12_219_392),
    ],
)
def test_dvd_and_bd_are_written_one_sector_after_another(
    profile: Profile, medium: MediumType, capacity: int, good: tuple[int, int, int]
) -> None:
    burner, data = Burner(capacity, profile, medium), payload(320 * 2048)
    burner.mode(SAO, AUDIO_BLOCK)  # of no account here
    assert burner.send("53 00 00 00 00 00 00 01 40 00").codes == good
    assert burner.send("53 00 00 00 00 0F FF FF FF 00").codes == FULL
    assert burner.next_address() == 0
    for first in range(0, 320, 16):
        assert burner.write(first, data[first * 2048 : (first + 16) * 2048]) == good
    track = burner.host.read_track_information(1).data
    assert unpack_from(">iiI", track, 8) == (0, 320, capacity - 320)
    assert burner.close(1) == good
    burner.mode(0, multi=True)  # in packets: of these media only a DVD-R heeds the page
    assert burner.close(2) == good
    assert burner.disc_state()[:2] == (1, 0)
    burner.mode(0)
    assert burner.close(6) == good
    assert burner.disc_state()[:2] == (2, 3)
    assert burner.host.read_10(0, 320).data == data
    assert burner.store.made[-1].medium is medium
    assert burner.store.made[-1].sessions[0].leadout == 320


def test_the_address_and_the_end_are_checked(good: tuple[int, int, int]) -> None:
    burner = Burner(160)
    assert burner.write(5, bytes(2048)) == ADDRESS
    assert burner.write(0, bytes(11 * 2048)) == FULL
    assert burner.write(0, bytes(10 * 2048)) == good
    assert burner.write(10, bytes(2048)) == FULL
    answer = burner.send("2A 00 00 00 00 00 00 00 01 00", bytes(2048))
    assert answer.codes == ADDRESS
    assert answer.sense[0] & 0x80
    assert burner.send("2A 00 00 00 00 0A 00 00 02 00", bytes(2048)).codes == (5, 0x1A, 0)
    assert burner.send("5B 00 03 00 00 00 00 00 00 00").codes == (5, 0x24, 0)


def test_a_track_keeps_its_type() -> None:
    burner = Burner()
    burner.write(0, bytes(2048))
    burner.mode(block=AUDIO_BLOCK)
    assert burner.write(1, bytes(2352), 2352) == (5, 0x64, 0)


@pytest.mark.parametrize(
    ("block", "size", "kind"),
    [
        (9, 2336, SectorType.MODE2),
        (10, 2048, SectorType.MODE2_FORM1),
        (11, 2056, SectorType.MODE2_FORM1),
        (12, 2324, SectorType.MODE2_FORM2),
        (13, 2332, SectorType.MODE2_MIXED),
    ],
)
def test_every_data_block_type(block: int, size: int, kind: SectorType) -> None:
    burner = Burner()
    sectors = payload(8 * size)
    burner.mode(block=block)
    assert burner.write(0, sectors, size) == (0, 0, 0)
    assert burner.close(2) == (0, 0, 0)
    [disc] = burner.store.made
    assert disc.tracks[0].sector_type is kind
    frames = DiscReader(disc).read_frames(0, 8)
    at = {2048: 24, 2324: 24}.get(size, 16)
    stored = size if size != 2332 else 8  # a random sub-header may say Form 1, whose codes are generated
    assert [frames[n * 2352 + at :][:stored] for n in range(8)] == [
        sectors[n * size :][:stored] for n in range(8)
    ]


def test_the_sub_header_of_the_page_is_written() -> None:
    burner = Burner()
    burner.mode(block=10, subheader=b"\1\2\x08\3")
    assert burner.write(0, bytes(4 * 2048)) == (0, 0, 0)
    assert burner.host.read_cd(0, 4, 0x40).data == b"\1\2\x08\3" * 8


def test_raw_sectors_with_sub_channel_are_what_they_show() -> None:
    burner, sub = Burner(), payload(4 * 96)
    other = Burner()
    other.write(0, payload(4 * 2048))
    frames = other.host.read_cd(0, 4).data
    burner.mode(block=3)
    sectors = b"".join(frames[n * 2352 :][:2352] + sub[n * 96 :][:96] for n in range(4))
    assert burner.write(0, sectors, 2448) == (0, 0, 0)
    assert burner.host.read_10(0, 4).data == payload(4 * 2048)
    assert burner.host.read_cd(0, 4, 0, 1).data == sub


def test_a_test_write_leaves_the_medium_blank(good: tuple[int, int, int]) -> None:
    burner = Burner()
    burner.mode(test=True)
    assert burner.write(0, payload(300 * 2048)) == good
    assert burner.next_address() == 300
    assert burner.close(1) == good
    assert burner.next_address() == 0
    assert burner.close(2) == good
    assert burner.disc_state() == (0, 0, 1, 1)
    burner.mode(SAO, AUDIO_BLOCK, test=True)
    assert burner.send(f"5D 00 00 00 00 00 {len(SHEET):06X} 00", SHEET).codes == good
    assert burner.write(-150, bytes(675 * 2352), 2352) == good
    assert burner.disc_state() == (0, 0, 1, 1)
    assert not burner.store.data
    assert not burner.store.made


def test_a_store_that_fails_is_a_write_error() -> None:
    burner = Burner()
    burner.store.broken = True
    assert burner.write(0, bytes(2048)) == (3, 0x0C, 0)
    assert burner.drive.take_events() == [RecordingFailed("The disk is full.")]
    burner.store.broken = False
    assert burner.write(0, bytes(2048)) == (0, 0, 0)
    burner.store.broken = True
    assert burner.close(2) == (3, 0x0C, 0)
    assert not burner.store.made
    burner.store.broken = False
    burner.medium.keep()  # the disc leaves: the closed session is not lost
    assert len(burner.store.made) == 1


def test_what_is_complete_is_kept_when_the_disc_leaves() -> None:
    burner = Burner()
    burner.write(0, bytes(300 * 2048))
    burner.close(1)
    burner.write(450, bytes(2048))
    burner.medium.keep()
    [disc] = burner.store.made
    assert [track.length for track in disc.tracks] == [450]


def test_cd_text_in_the_lead_in_is_kept(good: tuple[int, int, int]) -> None:
    from cdemu_core.disc.cdtext import encode_packs, text_block
    from cdemu_core.disc.model import PackType

    block = text_block(texts={(PackType.TITLE, 0): "Album", (PackType.TITLE, 1): "One"})
    packs = encode_packs([block], 1, 2)
    packs = packs.ljust(-(-len(packs) // 72) * 72, b"\0")
    bits = int.from_bytes(packs, "big")
    total = len(packs) * 8 // 6
    symbols = bytes(bits >> 6 * (total - 1 - n) & 0x3F for n in range(total))
    sheet = SHEET.replace(bytes.fromhex("01 00 00 01 00 00 00 00"), bytes.fromhex("01 00 00 41 00 00 00 00"))
    burner = Burner()
    burner.mode(SAO, AUDIO_BLOCK)
    assert burner.send(f"5D 00 00 00 00 00 {len(sheet):06X} 00", sheet).codes == good
    for lba in range(-11077, -11077 + 3):
        assert burner.write(lba, symbols, 96) == good
    assert burner.write(-150, bytes(675 * 2352), 2352) == good
    [disc] = burner.store.made
    assert dict(disc.sessions[0].cdtext[0].texts)[PackType.TITLE, 0] == b"Album"
    assert burner.host.read_toc(5).data[4:] == packs[: len(encode_packs([block], 1, 2))]


def test_a_cd_rw_is_blanked_and_written_again(good: tuple[int, int, int]) -> None:
    burner = Burner(profile=Profile.CD_RW)
    assert burner.host.read_toc(4).data[6] & 0x40
    for seed in (1, 2):
        assert burner.write(0, payload(300 * 2048, seed)) == good
        assert burner.close(2) == good
        assert burner.host.read_disc_information().data[2] == 0x1E
        assert burner.write(300, bytes(2048)) == PROTECTED
        assert burner.host.read_10(0, 300).data == payload(300 * 2048, seed)
        assert burner.send("A1 04 00 00 00 00 00 00 00 00 00 00").codes == (5, 0x24, 0)
        assert burner.send("A1 01 00 00 00 00 00 00 00 00 00 00").codes == good
        assert burner.host.read_disc_information().data[2] == 0x10
        assert burner.host.read_10(0, 1).codes == (5, 0x21, 0)
        assert not burner.store.data
    assert len(burner.store.made) == 2


def test_a_cd_is_written_by_tracks_or_sessions_only() -> None:
    burner = Burner()
    assert burner.send("46 02 00 2E 00 00 00 00 FF 00").data[8:] == bytes.fromhex("00 2E 05 04 27 00 10 00")
    assert [burner.mode(kind).codes for kind in (0, 1, 2, 3, 4)] == [
        (5, 0x26, 0),
        (0, 0, 0),
        (0, 0, 0),
        (5, 0x26, 0),
        (5, 0x26, 0),
    ]


def test_only_a_blank_bd_r_is_formatted(good: tuple[int, int, int]) -> None:
    burner = Burner(12_219_392, Profile.BD_R_SRM, MediumType.BD)
    formats = burner.send("23 00 00 00 00 00 00 00 14 00").data
    assert formats == pack(">IIIII", 16, 12_219_392, 0x0100_0800, 12_219_392, 0x32 << 26)
    assert burner.send("04 11 00 00 00 00", bytes(12)).codes == good
    assert burner.write(0, bytes(2048)) == good
    assert burner.send("04 11 00 00 00 00", bytes(12)).codes == (5, 0x30, 5)
    assert Burner().send("04 11 00 00 00 00", bytes(12)).codes == (5, 0x30, 5)
