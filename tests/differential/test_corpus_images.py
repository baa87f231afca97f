"""Foreign images: what Aaru, maxcso and libmodi say of them, layout, bytes, sub-channel and TOC.

``EXPECT.tsv`` beside the images holds the judges' words: image, tool, item, bytes, SHA-1, note. Where a judge
is known to be wrong, or to mean something else, a table says so with the reason; a row that is no longer
needed fails, to be struck off.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from cdemu_core.disc.model import Disc, MediumType, Track
from cdemu_core.disc.reader import DiscReader
from cdemu_core.disc.sector import SectorType, SubchannelForm
from cdemu_core.disc.toc import encode_full_toc
from cdemu_core.errors import StreamError
from cdemu_core.loading.source import LoadContext
from cdemu_core.plugin.host import PluginHost

CORPUS = Path(os.environ.get("CDEMU_CORPUS", "/nonexistent"))
USER = 2048


class Words(NamedTuple):
    """One row of EXPECT.tsv."""

    image: str
    tool: str
    item: str
    size: int
    sha1: str
    note: str


@cache
def words() -> tuple[Words, ...]:
    """All rows about images that are there."""
    table = CORPUS / "EXPECT.tsv"
    if not table.is_file():
        return ()
    rows = (line.split("\t") for line in table.read_text("utf-8").splitlines()[1:])
    said = (Words(row[0], row[1], row[2], int(row[3]), row[4], row[5]) for row in rows)
    return tuple(row for row in said if (CORPUS / row.image).is_file())


def images_of(tool: str, item: str) -> list[str]:
    """Images of which ``tool`` says something about ``item``."""
    return list(
        dict.fromkeys(row.image for row in words() if row.tool.startswith(tool) and row.item.startswith(item))
    )


# --- Aaru: layout --------------------------------------------------------------------------------


class TrackWords(NamedTuple):
    """A track as Aaru tells it; without ``flags`` (DVD) neither flags nor indices are told."""

    number: int
    session: int
    kind: str
    start: int
    end: int
    pregap: int
    sub: str
    flags: int | None
    isrc: str | None
    indices: tuple[tuple[int, int], ...]


TRACK = re.compile(
    r"track (\d+) ses (\d+) (\w+) start (\d+) end (\d+) pregap (\d+) bps \S+ sub (\w+) "
    r"flags (\S+) isrc (\S+) idx ?(\S*)"
)
TAG = re.compile(r"tag (\w+) ([0-9a-f]+)")
KINDS = {
    "Audio": {SectorType.AUDIO},
    "CdMode1": {SectorType.MODE1},
    "CdMode2Formless": {SectorType.MODE2, SectorType.MODE2_MIXED},
    "CdMode2Form1": {SectorType.MODE2_FORM1, SectorType.MODE2_MIXED},
    "Data": set(SectorType) - {SectorType.AUDIO},
}
"""Sector types that Aaru's words may stand for: it judges a Mode 2 track by one sector, or not at all."""
SUBS = {"None": None, "RawInterleaved": SubchannelForm.PW96_INTERLEAVED, "Raw": SubchannelForm.PW96_LINEAR}
MS = "takes the second session to begin where the first one's file ends: no lead-out, lead-in and pregap"
QUIRKS: dict[tuple[str, str], str] = {
    ("gen/master/ms.cue", "layout"): MS,
    ("gen/master/ms.cue", "track02.bin"): "reads from another place than the second file's beginning",
    ("gen/aaru/mixed1-ccd-sub/mixed1.ccd", "layout"): "tells flags 00 for a data track whose TOC entry it "
    "tells with control 4",
}
"""(image, item): what Aaru means otherwise."""
TWINS = {
    "gen/aaru/mixed1-mds-sub-NEGATIVE-LENGTH/mixed1.mds": "gen/aaru/mixed1-ccd-sub/mixed1.ccd",
}
"""Images of which the judge says nothing (it wrote a length that underflowed), and the disc they are of."""


def parse_track(text: str) -> TrackWords:
    """The words of one ``track`` row."""
    found = TRACK.match(text)
    assert found, text
    number, session, kind, start, end, pregap, sub, flags, isrc, idx = found.groups()
    pairs = (part.split(":") for part in idx.split(",") if part)
    return TrackWords(
        int(number),
        int(session),
        kind,
        int(start),
        int(end),
        int(pregap),
        sub,
        None if flags == "-" else int(flags, 16),
        None if isrc == "-" else isrc,
        tuple((int(index), int(lba)) for index, lba in pairs),
    )


def first_stored(track: Track) -> int:
    """Where a track begins for one who does not count generated pregaps."""
    lba = track.start
    for fragment in track.fragments:
        if fragment.main is not None:
            break
        lba += fragment.length
    return lba


def as_words(disc: Disc, told: TrackWords) -> TrackWords:
    """Our track in the judge's words; the kind is the judge's where it fits."""
    session, track = next((s, t) for s in disc.sessions for t in s.tracks if t.number == told.number)
    kind = told.kind if track.sector_type in KINDS[told.kind] else track.sector_type.name
    forms = {f.sub.form if f.sub else None for f in track.fragments if f.main}
    sub = next((name for name, form in SUBS.items() if forms == {form}), str(forms))
    zero = [(0, track.start)] if track.pregap else []
    later = [(index.number, track.start + index.address) for index in track.indices]
    silent = told.flags is None
    return TrackWords(
        track.number,
        session.number,
        kind,
        first_stored(track),
        track.end - 1,
        track.pregap,
        sub,
        None if silent else int(track.control),
        track.isrc,
        () if silent else (*zero, (1, track.index1), *later),
    )


def told_tracks(image: str) -> list[TrackWords]:
    """What Aaru says of an image's tracks."""
    return [
        parse_track(row.note)
        for row in words()
        if row.image == image and row.item == "layout" and row.note.startswith("track ")
        and row.tool.startswith("Aaru")
    ]  # fmt: skip


@pytest.mark.parametrize("image", images_of("Aaru", "layout"))
def test_tracks_lie_where_aaru_sees_them(image: str, load: Callable[[Path], Disc]) -> None:
    disc = load(CORPUS / image)
    told = told_tracks(image)
    assert len(told) == len(disc.tracks)
    equal = [as_words(disc, track) == track for track in told]
    if (image, "layout") in QUIRKS:
        assert not all(equal), f"no longer so: {QUIRKS[image, 'layout']}"
        return
    assert [as_words(disc, track) for track in told] == told


@pytest.mark.parametrize(("image", "twin"), TWINS.items() if CORPUS.is_dir() else [])
def test_an_image_with_a_wrong_length_reads_as_its_twin(
    image: str, twin: str, load: Callable[[Path], Disc]
) -> None:
    ours, other = load(CORPUS / image), load(CORPUS / twin)
    assert [(t.number, t.start, t.index1, t.end, t.control) for t in ours.tracks] == [
        (t.number, t.start, t.index1, t.end, t.control) for t in other.tracks
    ]
    for mine, theirs in zip(ours.tracks, other.tracks, strict=True):
        for subchannel in (False, True):
            assert read_track(ours, mine, subchannel=subchannel) == read_track(
                other, theirs, subchannel=subchannel
            )


# --- Aaru: bytes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("image", images_of("Aaru", "track"))
def test_bytes_and_subchannel_are_what_aaru_reads(image: str, load: Callable[[Path], Disc]) -> None:
    disc = load(CORPUS / image)
    told = {row.item: row for row in words() if row.image == image and row.item.startswith("track")}
    assert told
    for item, row in told.items():
        track = next(t for t in disc.tracks if t.number == int(item[5:7]))
        data = read_track(disc, track, subchannel=item.endswith(".sub"))
        assert (item, len(data)) == (item, row.size)
        equal = sha1(data) == row.sha1
        assert equal != ((image, item) in QUIRKS), f"{item}: {QUIRKS.get((image, item), 'other bytes')}"


def sha1(data: bytes) -> str:
    """As the table gives it."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def read_track(disc: Disc, track: Track, *, subchannel: bool) -> bytes:
    """Frames, user data of a DVD, or interleaved P–W of a track from where it is stored."""
    reader, begin = DiscReader(disc), first_stored(track)
    count = track.end - begin
    if subchannel:
        return bytes(reader.read_subchannel(begin, count))
    if disc.medium is MediumType.CD:
        return bytes(reader.read_frames(begin, count))
    data = bytearray(count * USER)
    reader.read_user_data(begin, count, memoryview(data))
    return bytes(data)


# --- Aaru: TOC and MCN ---------------------------------------------------------------------------

POINT_SIZE = 11
POINTS_WITHOUT_CONTROL = {0xA1, 0xA2}
"""Aaru keeps the control bits that the image gives points A1 and A2; a drive here makes them itself: those of
the last track, and none."""


def comparable(toc: bytes) -> list[bytes]:
    """Header and points of a full TOC without what is not compared."""
    points = [bytearray(toc[at : at + POINT_SIZE]) for at in range(2, len(toc), POINT_SIZE)]
    for point in points:
        if point[3] in POINTS_WITHOUT_CONTROL:
            point[1] &= 0xF0
    return [toc[:2], *map(bytes, points)]


def tag(image: str, name: str) -> bytes:
    """A tag that Aaru tells of an image."""
    notes = (row.note for row in words() if row.image == image and row.note.startswith(f"tag {name} "))
    found = TAG.match(next(notes))
    assert found
    return bytes.fromhex(found[2])


def images_with(name: str) -> list[str]:
    """Images for which Aaru tells the tag."""
    return [row.image for row in words() if row.note.startswith(f"tag {name} ")]


@pytest.mark.parametrize("image", images_with("CD_FullTOC"))
def test_full_toc_is_what_aaru_keeps(image: str, load: Callable[[Path], Disc]) -> None:
    ours = encode_full_toc(load(CORPUS / image))[2:]
    assert comparable(ours) == comparable(tag(image, "CD_FullTOC"))


@pytest.mark.parametrize("image", images_with("CD_MCN"))
def test_mcn_is_what_aaru_reads(image: str, load: Callable[[Path], Disc]) -> None:
    assert load(CORPUS / image).sessions[0].mcn == tag(image, "CD_MCN").decode("ascii")


# --- containers ----------------------------------------------------------------------------------

CONTAINERS = [
    row
    for row in words()
    if (row.tool.startswith("maxcso") and row.item == "iso")
    or (row.tool.startswith("libmodi") and row.item == "raw")
]


@pytest.fixture(scope="module")
def host() -> PluginHost:
    return PluginHost()


def undone(host: PluginHost, path: Path) -> bytes:
    """What the one filter around a file gives."""
    chain = LoadContext(host, {}, None).chain
    try:
        opened = chain.open(str(path))
        assert opened.filters in {("cso",), ("dax",), ("dmg",)}
        return opened.stream.read_at(0, opened.stream.size)
    finally:
        chain.close()


@pytest.mark.parametrize("row", CONTAINERS, ids=lambda row: row.image)
def test_containers_undo_to_what_others_undo_them_to(row: Words, host: PluginHost) -> None:
    if "lzfse" in row.image and find_spec("liblzfse") is None:  # an extra: the cure is named
        with pytest.raises(StreamError, match=r"cdemu-containers\[lzfse\]"):
            undone(host, CORPUS / row.image)
        return
    data = undone(host, CORPUS / row.image)
    assert (len(data), sha1(data)) == (row.size, row.sha1)


# --- descriptors without data --------------------------------------------------------------------

FRAME = 2352
DATA_FILE = {"ccd": ".img", "mds": ".mdf", "toc": ".bin"}
LAYOUTS = [
    (form, path.name.removesuffix(".aaru.txt"))
    for path in sorted((CORPUS / "gen" / "layout" / "cue").glob("*.aaru.txt"))
    for form in DATA_FILE
]


WITHOUT_PREGAPS = {"toc": "the writer leaves START out, so that index 1 lies where the pregap began"}
"""Descriptors that place index 1 elsewhere than their source did."""


def dumped_layout(form: str, name: str) -> tuple[list[tuple[int, bool, int]], int]:
    """Of a layout dump: number, whether audio, LBA of index 1 of every track; the number of sectors."""
    text = (CORPUS / "gen" / "layout" / "cue" / f"{name}.aaru.txt").read_text("utf-8")
    tracks = [parse_track(line.replace("\t", " ")) for line in text.splitlines() if line.startswith("track")]
    sectors = re.search(r"sectors (\d+)", text)
    assert sectors
    places = [t.start if form in WITHOUT_PREGAPS else dict(t.indices)[1] for t in tracks]
    rows = [(t.number, t.kind == "Audio", place) for t, place in zip(tracks, places, strict=True)]
    return rows, int(sectors[1])


@pytest.mark.parametrize(("form", "name"), LAYOUTS)
def test_descriptors_place_tracks_where_their_source_did(
    form: str, name: str, tmp_path: Path, load: Callable[[Path], Disc]
) -> None:
    """Written by Aaru from sheets whose layout it told; the data files are holes of the right size."""
    source = CORPUS / "gen" / "layout" / form / f"{name}.{form}"
    image = tmp_path / source.name
    image.write_bytes(source.read_bytes())
    tracks, sectors = dumped_layout(form, name)
    with image.with_suffix(DATA_FILE[form]).open("wb") as data:
        data.truncate(sectors * FRAME)
    disc = load(image)
    ours = [(t.number, t.sector_type is SectorType.AUDIO, t.index1) for t in disc.tracks]
    assert (ours, disc.end) == (tracks, sectors)


def test_there_is_something_to_compare(shared: Callable[[str], Path]) -> None:
    assert shared("corpus").is_dir()
    assert len(images_of("Aaru", "layout")) >= 12
    assert len(images_with("CD_FullTOC")) >= 7
    assert len(CONTAINERS) >= 16
    assert len(LAYOUTS) >= 140
