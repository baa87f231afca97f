"""The grammar: every statement, as people and programs write them."""

from __future__ import annotations

import contextlib

import pytest
from cdemu_cue.modes import MODES
from cdemu_cue.reader import SheetReader
from cdemu_cue.sheet import Sheet
from hypothesis import given
from hypothesis import strategies as st

from cdemu_core.api import Control, CorruptImage, MediumType, PackType


def read(text: str, notes: list[str] | None = None) -> Sheet:
    return SheetReader("x.cue", ([] if notes is None else notes).append).read(text)


TRACK = 'FILE "a.bin" BINARY\nTRACK 01 AUDIO\n'


@pytest.mark.parametrize(
    ("line", "name", "kind"),
    [
        ('FILE "a b.bin" BINARY', "a b.bin", "BINARY"),
        ("file a.bin motorola", "a.bin", "MOTOROLA"),
        ("FILE my song.wav WAVE", "my song.wav", "WAVE"),
        ('\tFILE\t"a.mp3"\tMP3  ', "a.mp3", "MP3"),
        ('FILE "say "hi".bin" BINARY', 'say "hi".bin', "BINARY"),
        ('FILE "a.flac"', "a.flac", ""),
        ("FILE a.flac", "a.flac", ""),
        (r'FILE "C:\rips\a.bin" BINARY', r"C:\rips\a.bin", "BINARY"),
    ],
)
def test_file(line: str, name: str, kind: str) -> None:
    (file,) = read(line).files
    assert (file.name, file.type) == (name, kind)


@pytest.mark.parametrize("mode", MODES)
def test_track_modes(mode: str) -> None:
    (track,) = read(f"TRACK 7 {mode.lower()}").tracks
    assert (track.number, track.mode) == (7, MODES[mode])
    assert 2048 <= track.mode.stride <= 2448
    assert track.mode.stored.length == track.mode.size


def test_indices_and_gaps() -> None:
    sheet = read(
        TRACK + "PREGAP 00:02:00\nINDEX 0 0:0:0\nINDEX 01 00:01:05\nINDEX 07 100:00:00\nPOSTGAP 00:00:10"
    )
    (track,) = sheet.tracks
    assert [(point.number, point.address) for point in track.points] == [(0, 0), (1, 80), (7, 450_000)]
    assert (track.pregap, track.postgap) == (150, 10)


@pytest.mark.parametrize(
    ("words", "control"),
    [
        ("DCP", Control.COPY_PERMITTED),
        ("pre 4ch", Control.PRE_EMPHASIS | Control.FOUR_CHANNEL),
        ("SCMS DATA", Control.NONE),
    ],
)
def test_flags(words: str, control: Control) -> None:
    assert read(TRACK + f"FLAGS {words}").tracks[0].control == control


@pytest.mark.parametrize(
    ("text", "mcn"),
    [
        ("0000000000017", "0000000000017"),
        ('"0000000000017"', "0000000000017"),
        ("000-000-000-0017", "0000000000017"),
        ("724384260910", "0724384260910"),
        ("123", None),
        ("00000000000b7", None),
        ("", None),
    ],
)
def test_catalog(text: str, mcn: str | None) -> None:
    notes: list[str] = []
    assert read(f"CATALOG {text}", notes).mcn == mcn
    assert len(notes) == (mcn is None)


@pytest.mark.parametrize(
    ("text", "isrc"),
    [("USRC17607839", "USRC17607839"), ("us-rc1-76-07839", "USRC17607839"), ("SHORT", None), ("", None)],
)
def test_isrc(text: str, isrc: str | None) -> None:
    assert read(TRACK + f"ISRC {text}").tracks[0].isrc == isrc


def test_texts() -> None:
    sheet = read(
        'TITLE "Album"\nPERFORMER Plain words\nREM COMPOSER "Someone"\n'
        + TRACK
        + 'TITLE "A "quoted" song"\nREM COMPOSER ""\nSONGWRITER "W"\nARRANGER "A"\nMESSAGE "M"\n'
    )
    assert sheet.texts == {
        PackType.TITLE: "Album",
        PackType.PERFORMER: "Plain words",
        PackType.COMPOSER: "Someone",
    }
    assert sheet.tracks[0].texts == {
        PackType.TITLE: 'A "quoted" song',
        PackType.SONGWRITER: "W",
        PackType.ARRANGER: "A",
        PackType.MESSAGE: "M",
    }


def test_sessions_and_areas() -> None:
    sheet = read(
        "REM SESSION 01\n"
        + TRACK
        + "INDEX 01 00:00:00\nREM LEAD-OUT 01:30:00\nREM SESSION 02\nREM LEAD-IN 01:00:00\n"
        + "REM PREGAP 00:02:00\n"
        + "TRACK 02 MODE1/2352\nINDEX 01 01:00:00"
    )
    first, second = sheet.sessions
    assert (first.lead_out, second.lead_in, second.pregap) == (6750, 4500, 150)
    assert [track.session for track in sheet.tracks] == [0, 1]


def test_high_density_area() -> None:
    sheet = read(
        "REM SINGLE-DENSITY AREA\n" + TRACK + "INDEX 01 00:00:00\nREM HIGH-DENSITY AREA\nTRACK 02 AUDIO"
    )
    assert [session.index1 for session in sheet.sessions] == [None, 45_000]
    assert sheet.medium is MediumType.CD


@pytest.mark.parametrize(
    ("kind", "medium"),
    [
        ("CD-RW", MediumType.CD),
        ("DVD+R DL", MediumType.DVD),
        ("HD DVD-R", MediumType.HD_DVD),
        ("BD-RE", MediumType.BD),
    ],
)
def test_original_medium(kind: str, medium: MediumType) -> None:
    assert read(f"REM ORIGINAL MEDIA-TYPE: {kind}").medium is medium


def test_comments_blank_lines_and_remarks_are_silent() -> None:
    notes: list[str] = []
    read("; comment\n// another\n\n  \nREM DATE 1999\nREM\nGENRE x\n\x1a", notes)
    assert notes == []


def test_unknown_lines_are_told_once() -> None:
    notes: list[str] = []
    read("NONSENSE\nTITLE x\nMORE nonsense", notes)
    assert notes == ["What x.cue says on line 1, 3 is not known and was ignored."]


def test_tracks_that_do_not_count_up_are_renumbered() -> None:
    notes: list[str] = []
    sheet = read("TRACK 05 AUDIO\nTRACK 06 AUDIO\nTRACK 06 AUDIO", notes)
    assert [track.number for track in sheet.tracks] == [5, 6, 7]
    assert notes == ["Track 06 on line 3 of x.cue is taken as track 7."]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FILE", "Line 1 of x.cue: FILE names no file"),
        ("\nTRACK xx AUDIO", "Line 2 of x.cue: “xx” is no track number"),
        ("TRACK 01 MODEX/2XXX", "Line 1 of x.cue: “MODEX/2XXX” is no track mode"),
        ("TRACK 01", "Line 1 of x.cue: “” is no track mode"),
        ("INDEX 01 00:00:00", "Line 1 of x.cue: INDEX stands before the first TRACK"),
        ("TRACK 01 AUDIO\nINDEX 01 00:00:00", "Line 2 of x.cue: INDEX stands before the first FILE"),
        (TRACK + "INDEX 01 00:00", "Line 3 of x.cue: “00:00” is no time"),
        (TRACK + "INDEX 01", "Line 3 of x.cue: “” is no time"),
        (TRACK + "INDEX 02 00:00:00", "Line 3 of x.cue: track 1 has no INDEX 01"),
        (TRACK + "INDEX 01 00:00:00\nINDEX 01 00:00:01", "Line 4 of x.cue: INDEX 01 follows INDEX 01"),
        (TRACK + "PREGAP x", "Line 3 of x.cue: “x” is no time"),
    ],
)
def test_refusals_name_their_line(text: str, message: str) -> None:
    with pytest.raises(CorruptImage) as problem:
        read(text)
    assert str(problem.value).startswith(message)


@given(st.text())
def test_any_text_is_a_sheet_or_a_refusal(text: str) -> None:
    with contextlib.suppress(CorruptImage):
        assert all(track.session < len(sheet.sessions) for sheet in [read(text)] for track in sheet.tracks)


WORDS = st.sampled_from(
    [
        "FILE",
        "TRACK",
        "INDEX",
        "PREGAP",
        "REM",
        "SESSION",
        "01",
        "02",
        "AUDIO",
        "MODE1/2352",
        "00:00:00",
        '"',
        "a.bin",
    ]
)


@given(st.lists(st.lists(WORDS, max_size=4), max_size=12))
def test_any_statements_are_a_sheet_or_a_refusal(lines: list[list[str]]) -> None:
    with contextlib.suppress(CorruptImage):
        sheet = read("\n".join(" ".join(line) for line in lines))
        numbers = [track.number for track in sheet.tracks]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True
