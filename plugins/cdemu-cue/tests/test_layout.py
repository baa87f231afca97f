"""Where tracks come to lie: gaps, several files, several sessions, sector sizes, what is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cdemu_core.api import (
    SYNC_PATTERN,
    Control,
    CorruptImage,
    Disc,
    Fragment,
    MediumType,
    MissingFile,
    PackType,
    SectorType,
    SessionType,
    SubchannelForm,
    encode_packs,
    text_block,
)
from cdemu_core.disc.reader import DiscReader
from cdemu_core.errors import ImageError
from cdemu_core.loading.loader import LoadedImage
from cdemu_core.testing.discs import payload

Load = Callable[..., LoadedImage]
SECTOR = 2352


def shape(disc: Disc) -> list[tuple[int, int, int, int]]:
    """(track, start, index 1, end) of all tracks."""
    return [(track.number, track.start, track.index1, track.end) for track in disc.tracks]


def stored(disc: Disc) -> list[list[tuple[int, int]]]:
    """Per track its fragments: (offset or −1 if generated, length)."""
    return [[(_offset(fragment), fragment.length) for fragment in track.fragments] for track in disc.tracks]


def _offset(fragment: Fragment) -> int:
    return -1 if fragment.main is None else fragment.main.offset


def sheet(*lines: str) -> str:
    return "\n".join(['FILE "a.bin" BINARY', *lines])


def test_gaps_in_one_file(load: Load) -> None:
    text = sheet(
        "TRACK 01 AUDIO", "INDEX 01 00:00:00",
        "TRACK 02 AUDIO", "INDEX 00 00:02:00", "INDEX 01 00:04:00", "INDEX 02 00:05:00",
        "TRACK 03 AUDIO", "PREGAP 00:01:00", "INDEX 01 00:06:00", "POSTGAP 00:00:20",
    )  # fmt: skip
    disc = load(text, {"a.bin": 500 * SECTOR}).disc
    assert shape(disc) == [(1, -150, 0, 150), (2, 150, 300, 450), (3, 450, 525, 595)]
    assert stored(disc)[2] == [(-1, 75), (450 * SECTOR, 50), (-1, 20)]
    assert [(index.number, index.address) for index in disc.tracks[1].indices] == [(2, 225)]


def test_data_before_the_first_index_is_a_hidden_pregap(load: Load) -> None:
    disc = load(sheet("TRACK 01 AUDIO", "INDEX 01 00:32:00"), {"a.bin": 3000 * SECTOR}).disc
    assert shape(disc) == [(1, -150, 2400, 3000)]
    assert stored(disc) == [[(-1, 150), (0, 3000)]]


def test_an_index_behind_the_start_of_a_later_file_is_honoured(load: Load) -> None:
    text = (
        sheet("TRACK 01 AUDIO", "INDEX 01 00:00:00")
        + '\nFILE "b.bin" BINARY\nTRACK 02 AUDIO\nINDEX 01 00:01:00'
    )
    disc = load(text, {"a.bin": 10 * SECTOR, "b.bin": 100 * SECTOR}).disc
    assert stored(disc)[1] == [(75 * SECTOR, 25)]


def test_a_pregap_at_the_end_of_the_file_before(load: Load) -> None:
    text = (
        sheet("TRACK 01 AUDIO", "INDEX 01 00:00:00", "TRACK 02 AUDIO", "INDEX 00 00:01:00")
        + '\nFILE "b.bin" BINARY\nINDEX 01 00:00:00\nINDEX 02 00:00:10'
    )
    disc = load(text, {"a.bin": 100 * SECTOR, "b.bin": 50 * SECTOR}).disc
    assert shape(disc) == [(1, -150, 0, 75), (2, 75, 100, 150)]
    assert stored(disc)[1] == [(75 * SECTOR, 25), (0, 50)]
    assert disc.tracks[1].indices[0].address == 35


def test_a_repeated_file_is_one_file(load: Load) -> None:
    text = (
        sheet("TRACK 01 AUDIO", "INDEX 01 00:00:00")
        + '\nFILE "A.BIN" BINARY\nTRACK 02 AUDIO\nINDEX 01 00:01:00'
    )
    disc = load(text, {"a.bin": 100 * SECTOR}).disc
    assert shape(disc) == [(1, -150, 0, 75), (2, 75, 75, 100)]


def test_offsets_count_bytes_where_sector_sizes_differ(load: Load) -> None:
    text = sheet("TRACK 01 MODE1/2048", "INDEX 01 00:00:00", "TRACK 02 AUDIO", "INDEX 01 00:01:00")
    disc = load(text, {"a.bin": 75 * 2048 + 30 * SECTOR}).disc
    assert stored(disc) == [[(-1, 150), (0, 75)], [(75 * 2048, 30)]]
    assert disc.sessions[0].type is SessionType.CD_ROM


def test_offsets_beyond_four_gigabytes(load: Load) -> None:
    text = sheet("TRACK 01 MODE1/2048", "INDEX 01 00:00:00")
    disc = load("REM ORIGINAL MEDIA-TYPE: DVD+R DL\n" + text, {"a.bin": 3_000_000 * 2048}).disc
    assert (disc.medium, disc.start, disc.length) == (MediumType.DVD, 0, 3_000_000)


@pytest.mark.parametrize(
    ("mode", "stride", "found", "session"),
    [
        ("MODE0/2352", 2352, SectorType.MODE0, SessionType.CD_ROM),
        ("MODE1/2048", 2048, SectorType.MODE1, SessionType.CD_ROM),
        ("MODE2/2048", 2048, SectorType.MODE2_FORM1, SessionType.CD_ROM_XA),
        ("MODE2/2324", 2324, SectorType.MODE2_FORM2, SessionType.CD_ROM_XA),
        ("MODE2/2332", 2332, SectorType.MODE2_MIXED, SessionType.CD_ROM_XA),
        ("MODE2/2336", 2336, SectorType.MODE2_MIXED, SessionType.CD_ROM_XA),
        ("CDI/2336", 2336, SectorType.MODE2_MIXED, SessionType.CD_I),
        ("CDG", 2448, SectorType.AUDIO, SessionType.CD_DA),
        ("MODE1/2448", 2448, SectorType.MODE1, SessionType.CD_ROM),
    ],
)
def test_modes(load: Load, mode: str, stride: int, found: SectorType, session: SessionType) -> None:
    disc = load(sheet(f"TRACK 01 {mode}", "INDEX 01 00:00:00"), {"a.bin": 20 * stride}).disc
    assert disc.tracks[0].sector_type is found
    assert disc.tracks[0].length == 170
    assert disc.sessions[0].type is session


def test_a_raw_header_overrules_the_declared_mode(load: Load) -> None:
    frame = SYNC_PATTERN + b"\x00\x02\x00\x01" + bytes(2336)
    image = load(sheet("TRACK 01 MODE2/2352", "INDEX 01 00:00:00"), {"a.bin": frame * 20})
    assert image.disc.tracks[0].sector_type is SectorType.MODE1
    assert image.notes == ("Track 1 is declared as MODE2_MIXED, but its sectors are MODE1.",)


def test_subchannel_without_valid_q_keeps_r_to_w(load: Load) -> None:
    disc = load(sheet("TRACK 01 CDG", "INDEX 01 00:00:00"), {"a.bin": 20 * 2448}).disc
    sub = disc.tracks[0].fragments[1].sub
    assert sub is not None
    assert (sub.form, sub.offset, sub.stride) == (SubchannelForm.RW96, 2352, 2448)


def test_motorola_is_swapped(load: Load) -> None:
    data = payload(20 * SECTOR)
    disc = load('FILE "a.bin" MOTOROLA\nTRACK 01 AUDIO\nINDEX 01 00:00:00', {"a.bin": data}).disc
    frame = bytes(DiscReader(disc).read_frames(0, 1))
    assert frame[0::2] == data[1:SECTOR:2]
    assert frame[1::2] == data[0:SECTOR:2]


def test_wave(load: Load, wave: Callable[[bytes], bytes]) -> None:
    pcm = payload(30 * SECTOR - 1000)
    image = load(
        'FILE "a.wav" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 01 00:00:20',
        {"a.wav": wave(pcm)},
    )
    assert shape(image.disc) == [(1, -150, 0, 20), (2, 20, 20, 30)]
    assert bytes(DiscReader(image.disc).read_frames(0, 30)) == pcm + bytes(1000)
    assert image.notes == ()


def test_wave_called_binary_and_a_converted_file(load: Load, wave: Callable[[bytes], bytes]) -> None:
    pcm = payload(20 * SECTOR)
    image = load('FILE "a.ape" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00', {"a.wav": wave(pcm)})
    assert bytes(DiscReader(image.disc).read_frames(0, 20)) == pcm
    assert image.notes == ("“a.ape” is not there; “a.wav” is taken for it.",)
    image = load('FILE "a.wav" BINARY\nTRACK 01 AUDIO\nINDEX 01 00:00:00')
    assert bytes(DiscReader(image.disc).read_frames(0, 20)) == pcm


def test_control_isrc_mcn_and_first_number(load: Load) -> None:
    text = "CATALOG 0000000000017\n" + sheet(
        "TRACK 03 AUDIO", "FLAGS DCP PRE", "ISRC USRC17607839", "INDEX 01 00:00:00"
    )
    disc = load(text, {"a.bin": 10 * SECTOR}).disc
    (track,) = disc.tracks
    assert (track.number, track.isrc) == (3, "USRC17607839")
    assert track.control == Control.COPY_PERMITTED | Control.PRE_EMPHASIS
    assert disc.sessions[0].mcn == "0000000000017"


def test_an_explicit_pregap_of_track_1_is_the_red_book_s(load: Load) -> None:
    disc = load(sheet("TRACK 01 AUDIO", "PREGAP 00:02:00", "INDEX 01 00:00:00"), {"a.bin": 10 * SECTOR}).disc
    assert shape(disc) == [(1, -150, 0, 10)]


def test_sessions_with_durations(load: Load) -> None:
    text = (
        "REM SESSION 01\n"
        + sheet("TRACK 01 AUDIO", "INDEX 01 00:00:00")
        + "\nREM LEAD-OUT 01:30:00\nREM SESSION 02\nREM LEAD-IN 01:00:00\nREM PREGAP 00:02:00\n"
        + 'FILE "b.bin" BINARY\nTRACK 02 MODE2/2352\nINDEX 01 00:00:00'
    )
    disc = load(text, {"a.bin": 100 * SECTOR, "b.bin": 50 * SECTOR}).disc
    assert [(session.start, session.leadout, session.leadout_length) for session in disc.sessions] == [
        (-150, 100, 11_250),
        (11_350, 11_550, 0),
    ]
    assert shape(disc) == [(1, -150, 0, 100), (2, 11_350, 11_500, 11_550)]


@pytest.mark.parametrize("remark", ["", "REM LEAD-OUT 00:01:25\n"])
def test_sessions_in_one_file_that_keeps_the_gap(load: Load, remark: str) -> None:
    text = (
        sheet("TRACK 01 AUDIO", "INDEX 01 00:00:00")
        + f"\n{remark}REM SESSION 02\nTRACK 02 AUDIO\nINDEX 01 02:33:25"
    )
    disc = load(text, {"a.bin": 11_520 * SECTOR}).disc
    assert shape(disc) == [(1, -150, 0, 100), (2, 11_350, 11_500, 11_520)]
    assert stored(disc)[1] == [(-1, 150), (11_500 * SECTOR, 20)]


def test_sessions_in_one_file_without_the_gap(load: Load) -> None:
    text = (
        sheet("TRACK 01 AUDIO", "INDEX 01 00:00:00") + "\nREM SESSION 02\nTRACK 02 AUDIO\nINDEX 01 00:01:25"
    )
    disc = load(text, {"a.bin": 120 * SECTOR}).disc
    assert shape(disc) == [(1, -150, 0, 100), (2, 11_350, 11_500, 11_520)]


def test_high_density_area_begins_at_45000(load: Load) -> None:
    text = (
        "REM SINGLE-DENSITY AREA\n"
        + sheet("TRACK 01 MODE1/2352", "INDEX 01 00:00:00")
        + '\nREM HIGH-DENSITY AREA\nFILE "b.bin" BINARY\nTRACK 02 MODE1/2352\nINDEX 01 00:00:00'
    )
    disc = load(text, {"a.bin": 600 * SECTOR, "b.bin": 500_000 * SECTOR}).disc
    assert disc.medium is MediumType.CD
    assert [(track.number, track.index1, track.end) for track in disc.tracks] == [
        (1, 0, 600),
        (2, 45_000, 545_000),
    ]


def test_cdtext_of_the_sheet_and_of_a_file(load: Load) -> None:
    text = 'TITLE "Älbum"\n' + sheet("TRACK 01 AUDIO", 'TITLE "Söng"', "INDEX 01 00:00:00")
    (block,) = load(text, {"a.bin": 10 * SECTOR}).disc.sessions[0].cdtext
    assert dict(block.texts) == {(PackType.TITLE, 0): b"\xc4lbum", (PackType.TITLE, 1): b"S\xf6ng"}
    packs = encode_packs([text_block(texts={(PackType.TITLE, 1): "From the file"})], 1, 1)
    (block,) = load('CDTEXTFILE "a.cdt"\n' + text, {"a.cdt": packs + b"\0"}).disc.sessions[0].cdtext
    assert dict(block.texts) == {(PackType.TITLE, 1): b"From the file"}
    image = load('CDTEXTFILE "none.cdt"\n' + text)
    assert image.disc.sessions[0].cdtext[0].texts[PackType.TITLE, 1] == b"S\xf6ng"
    assert any("none.cdt" in note for note in image.notes)


@pytest.mark.parametrize("ends", ["\r", "\r\n", " \t\n"])
def test_line_ends(load: Load, ends: str) -> None:
    text = ends.join(["\ufeff" + 'file "a.bin" binary', "track 01 audio", "index 01 00:00:00", ""])
    assert load(text, {"a.bin": 10 * SECTOR}).format == "cue"


def test_the_last_sector_is_filled_up(load: Load) -> None:
    data = payload(10 * SECTOR - 52)
    image = load(sheet("TRACK 01 AUDIO", "INDEX 01 00:00:00"), {"a.bin": data})
    assert bytes(DiscReader(image.disc).read_frames(0, 10)) == data + bytes(52)
    assert image.notes == ("The last sector of “a.bin” is incomplete, 52 bytes read as zeros.",)


@pytest.mark.parametrize(
    ("lines", "error", "message"),
    [
        (["TRACK 01 AUDIO"], CorruptImage, "Line 2 of disc.cue: track 1 has no INDEX 01"),
        (["TRACK 01 AUDIO", "INDEX 00 00:00:00"], CorruptImage, "track 1 has no INDEX 01"),
        (["TRACK 01 AUDIO", "INDEX 01 00:01:00"], CorruptImage, "lies behind the end of “a.bin”"),
        (
            ["TRACK 01 AUDIO", "INDEX 01 00:00:05", "TRACK 02 AUDIO", "INDEX 01 00:00:03"],
            CorruptImage,
            "Line 5 of the CUE sheet: INDEX 01 at 00:00:03 lies before 00:00:05 on line 3",
        ),
        (
            ["TRACK 01 AUDIO", "INDEX 01 00:00:05", "INDEX 02 00:00:03"],
            CorruptImage,
            "Line 4 of the CUE sheet",
        ),
        (["TITLE x"], CorruptImage, "has no TRACK statement"),
        (
            [
                "TRACK 01 AUDIO",
                "INDEX 01 00:00:00",
                "FILE gone.bin BINARY",
                "TRACK 02 AUDIO",
                "INDEX 01 00:00:00",
            ],
            MissingFile,
            "gone.bin",
        ),
    ],
)
def test_refusals(load: Load, lines: list[str], error: type[ImageError], message: str) -> None:
    with pytest.raises(error, match=message.replace("(", r"\(")):
        load(sheet(*lines), {"a.bin": 10 * SECTOR})
