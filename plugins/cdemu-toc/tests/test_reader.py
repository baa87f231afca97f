"""The grammar and what it makes of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cdemu_toc.reader import TocReader
from cdemu_toc.sheet import Toc
from cdemu_toc.tokens import escape, unescape
from hypothesis import given
from hypothesis import strategies as st

from cdemu_core.api import (
    Control,
    CorruptImage,
    PackType,
    SectorType,
    SessionType,
    SubchannelForm,
    UnsupportedImage,
)
from cdemu_core.disc.reader import DiscReader
from cdemu_core.loading.loader import ImageLoader, LoadedImage, LoadRequest
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.discs import payload

Load = Callable[..., LoadedImage]


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """``load(text, {name: content})``: the image."""
    opened: list[LoadedImage] = []

    def load(text: str | list[str], files: dict[str, bytes] | None = None) -> LoadedImage:
        for name, content in (files or {}).items():
            (tmp_path / name).write_bytes(content)
        texts = [text] if isinstance(text, str) else text
        paths = [tmp_path / f"disc{number}.toc" for number in range(len(texts))]
        for path, one in zip(paths, texts, strict=True):
            path.write_text(one)
        opened.append(ImageLoader(PluginHost()).load(LoadRequest(tuple(map(str, paths)), format="toc")))
        return opened[-1]

    yield load
    for image in opened:
        image.close()


def read(text: str, notes: list[str] | None = None) -> Toc:
    return TocReader(text, "x.toc", ([] if notes is None else notes).append).read()


def swapped(data: bytes) -> bytes:
    out = bytearray(data)
    out[0::2], out[1::2] = data[1::2], data[0::2]
    return bytes(out)


@pytest.mark.parametrize("kind", list(SessionType))
def test_session_types(kind: SessionType) -> None:
    assert read(f"{kind.name}\nTRACK AUDIO\nSILENCE 0:1:0").type is kind


@pytest.mark.parametrize(
    ("mode", "size", "kind"),
    [
        ("MODE0", 2336, SectorType.MODE0),
        ("MODE1", 2048, SectorType.MODE1),
        ("MODE1_RAW", 2352, SectorType.MODE1),
        ("MODE2", 2336, SectorType.MODE2),
        ("MODE2_RAW", 2352, SectorType.MODE2_MIXED),
        ("MODE2_FORM1", 2048, SectorType.MODE2_FORM1),
        ("MODE2_FORM2", 2324, SectorType.MODE2_FORM2),
        ("MODE2_FORM_MIX", 2336, SectorType.MODE2_MIXED),
        ("AUDIO", 2352, SectorType.AUDIO),
    ],
)
@pytest.mark.parametrize("sub", ["", " RW", " RW_RAW"])
def test_modes(mode: str, size: int, kind: SectorType, sub: str, load: Load) -> None:
    stride = size + (96 if sub else 0)
    image = load(f'TRACK {mode}{sub}\nDATAFILE "a.bin" 0:0:20', {"a.bin": payload(30 * stride)})
    (track,) = image.disc.tracks
    assert (track.sector_type, track.index1, track.end) == (kind, 0, 20)
    main = track.fragments[-1].main
    assert main is not None
    assert (main.stride, main.stored.length) == (stride, size)
    found = track.fragments[-1].sub
    assert (found and found.form) == (SubchannelForm.RW96 if sub else None)


def test_flags_and_codes() -> None:
    notes: list[str] = []
    toc = read(
        'CATALOG "0000000000017" FIRST_TRACK_NO 5 TRACK AUDIO COPY PRE_EMPHASIS FOUR_CHANNEL_AUDIO '
        'ISRC "US-RC1-76-07839" SILENCE 0:1:0 TRACK AUDIO NO COPY NO PRE_EMPHASIS TWO_CHANNEL_AUDIO '
        'ISRC "short" SILENCE 0:1:0',
        notes,
    )
    first, second = toc.tracks
    assert (toc.mcn, toc.first_track) == ("0000000000017", 5)
    assert first.control == Control.COPY_PERMITTED | Control.PRE_EMPHASIS | Control.FOUR_CHANNEL
    assert (first.isrc, second.control, second.isrc) == ("USRC17607839", Control.NONE, None)
    assert notes == ["The ISRC “SHORT” of x.toc is not 5 letters and 7 digits: left out."]


def test_audio_is_big_endian_and_swap_undoes_it(load: Load) -> None:
    data = payload(40 * 2352)
    text = 'TRACK AUDIO FILE "a.bin" 0 0:0:20 FILE "a.bin" SWAP 0:0:20 FILE "a.cdr" 588 588'
    reader = DiscReader(load(text, {"a.bin": data, "a.cdr": data}).disc)
    half = 20 * 2352
    assert reader.read_frames(0, 20) == swapped(data[:half])
    assert reader.read_frames(20, 20) == data[half:]
    assert reader.read_frames(40, 1) == swapped(data[2352:4704])


def test_wave_files_are_little_endian(load: Load) -> None:
    from cdemu_core.stream.sound import wave_header

    data = payload(20 * 2352)
    reader = DiscReader(
        load('TRACK AUDIO AUDIOFILE "a.wav" 0', {"a.wav": wave_header(len(data)) + data}).disc
    )
    assert reader.read_frames(0, 20) == data


def test_parts_need_not_be_whole_sectors(load: Load) -> None:
    data = payload(10 * 2352)
    image = load('TRACK AUDIO FILE "a.bin" 10 100 SILENCE 50 FILE "a.bin" 200 1000', {"a.bin": data})
    (track,) = image.disc.tracks
    assert track.end == 2  # 1,150 samples
    expected = swapped(data[40:440]) + bytes(200) + swapped(data[800:4800])
    assert DiscReader(image.disc).read_frames(0, 2) == expected.ljust(2 * 2352, b"\0")


def test_offsets(load: Load) -> None:
    data = payload(30 * 2048)
    text = 'TRACK MODE1 DATAFILE "a.bin" 0:0:10 DATAFILE "a.bin" 20480 DATAFILE "a.bin" #2048 0:0:1'
    image = load(text, {"a.bin": data})
    user = bytearray(21 * 2048)
    DiscReader(image.disc).read_user_data(0, 21, memoryview(user))
    assert user == data[: 20 * 2048] + data[2048:4096]


@pytest.mark.parametrize(
    ("text", "pregap", "length"),
    [
        ("PREGAP 0:0:30 SILENCE 0:1:0", 30, 105),
        ("SILENCE 0:0:30 START SILENCE 0:1:0", 30, 105),
        ("SILENCE 0:1:0 START 0:0:40 END 0:0:70", 40, 75),
        ("START 0:0:40 SILENCE 0:1:0", 40, 75),
        ("ZERO AUDIO RW_RAW 0:1:0", 0, 75),
    ],
)
def test_gaps(text: str, pregap: int, length: int, load: Load) -> None:
    image = load(f"TRACK AUDIO SILENCE 0:1:0 TRACK AUDIO {text} INDEX 0:0:5 INDEX 0:0:7")
    track = image.disc.tracks[1]
    assert (track.pregap, track.length) == (pregap, length)
    assert [(index.number, index.address) for index in track.indices] == [(2, pregap + 5), (3, pregap + 7)]


def test_cdtext(load: Load) -> None:
    image = load(
        """CD_TEXT { LANGUAGE_MAP { 0 : EN, 1 : 105 }
           LANGUAGE 0 { TITLE "A \\"b\\" \\\\ \\344" GENRE { 0, 3, 65, 0 } DISC_ID "X" RESERVED1 "" }
           LANGUAGE 1 { ENCODING_MS_JIS TITLE { 130, 160 } } }
           TRACK AUDIO CD_TEXT { LANGUAGE 0 { TITLE "T" ISRC "USRC17607839" PERFORMER "" } } SILENCE 0:1:0"""
    )
    english, japanese = image.disc.sessions[0].cdtext
    assert english.texts == {
        (PackType.TITLE, 0): b'A "b" \\ \xe4',
        (PackType.GENRE, 0): bytes([0, 3, 65, 0]),
        (PackType.DISC_ID, 0): b"X",
        (PackType.TITLE, 1): b"T",
        (PackType.UPC_ISRC, 1): b"USRC17607839",
    }
    assert (english.language, japanese.language, japanese.charset) == (9, 105, 0x80)
    assert japanese.texts == {(PackType.TITLE, 0): bytes([130, 160])}


def test_several_files_are_several_sessions(load: Load) -> None:
    title = (
        'CD_TEXT { LANGUAGE 0 { TITLE "S" } } TRACK AUDIO CD_TEXT { LANGUAGE 0 { TITLE "T" } } SILENCE 0:2:0'
    )
    image = load([f"CD_DA FIRST_TRACK_NO 3 {title} TRACK AUDIO SILENCE 0:2:0", f"CD_DA {title}"])
    assert [track.number for track in image.disc.tracks] == [3, 4, 5]
    assert [track.index1 for track in image.disc.tracks] == [0, 150, 300 + 11_400]
    assert [set(session.cdtext[0].texts) for session in image.disc.sessions] == [
        {(PackType.TITLE, 0), (PackType.TITLE, 3)},
        {(PackType.TITLE, 0), (PackType.TITLE, 5)},
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("TRACK AUDIO\nSILENCE 0:1:75", "Line 2 of x.toc: 0:1:75 is no time"),
        ("TRACK MODE9", "Line 1 of x.toc: “MODE9” is no track mode"),
        ("\nSILENCE 0:1:0", "Line 2 of x.toc: “SILENCE” is no statement that may stand here"),
        ("TRACK AUDIO\nCATALOG", "Line 2 of x.toc: “CATALOG” is no statement"),
        ("CD_DA\nCATALOG 167890123", "Line 2 of x.toc: The catalogue number in quotes is expected"),
        ("TRACK AUDIO FILE a.bin 0", "Line 1 of x.toc: “.bin 0” cannot be read."),
        ('TRACK AUDIO FIFO "p" 0:1:0', "Line 1 of x.toc: FIFO names a pipe"),
        ("CD_TEXT { LANGUAGE 0 { TITLE } }", "Line 1 of x.toc: “{” is expected before “}”"),
        ("CD_TEXT { LANGUAGE 0 { GENRE { 256 } } }", "Line 1 of x.toc: 256 is no byte"),
        ("CD_TEXT { LANGUAGE 0 { TITLE", "Line 1 of x.toc: “{” is expected before “the end of the file”"),
    ],
)
def test_refusals_name_their_line(text: str, message: str) -> None:
    with pytest.raises(CorruptImage) as problem:
        read(text)
    assert str(problem.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CD_DA", "has no TRACK"),
        ('TRACK AUDIO FILE "a.bin" 0:0:20', "begins behind the end of “a.bin”"),
        ('TRACK AUDIO FILE "a.bin" 0 0:0:30', "ends 23520 bytes before the part does"),
        ("TRACK AUDIO START 0:2:0 SILENCE 0:1:0", "begins at sector 150"),
        ("TRACK AUDIO SILENCE 4000000000", "longer than a disc"),
        ('TRACK AUDIO FILE "a.bin" 0 1 FILE "a.bin" SWAP 0 1', "both byte orders"),
    ],
)
def test_refused_discs(text: str, message: str, load: Load) -> None:
    with pytest.raises(CorruptImage, match=message):
        load(text, {"a.bin": payload(20 * 2352)})


def test_unknown_audio_files_name_the_cure(load: Load) -> None:
    with pytest.raises(UnsupportedImage, match="cdemu-sndfile"):
        load('TRACK AUDIO FILE "a.xyz" 0', {"a.xyz": payload(5000)})


@given(st.binary(max_size=40))
def test_escapes_round_trip(data: bytes) -> None:
    found = unescape(escape(data)[1:-1])
    assert (found if isinstance(found, bytes) else found.encode()) == data


VOCABULARY = [
    "CD_DA", "TRACK", "AUDIO", "MODE1", "FILE", "a.bin", "0", "#5", "0:0:1", "START", "CD_TEXT", "LANGUAGE",
    "LANGUAGE_MAP", "{", "}", ":", ",", "TITLE", "SILENCE", "INDEX", "PREGAP", "NO", "COPY", "DATAFILE",
    "ISRC", "ZERO", '"', '"a"',
]  # fmt: skip
WORDS = st.sampled_from([*VOCABULARY, "//x\n"])


@given(st.lists(WORDS, max_size=25))
def test_any_words_are_a_file_or_a_refusal(words: list[str]) -> None:
    with contextlib.suppress(CorruptImage):
        assert isinstance(read(" ".join(words)), Toc)


@given(st.text())
def test_any_text_is_a_file_or_a_refusal(text: str) -> None:
    with contextlib.suppress(CorruptImage):
        assert isinstance(read(text), Toc)
