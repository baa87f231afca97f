"""describe: layouts and digests as JSON members."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from cdemu_core.api import (
    STORED,
    Control,
    Disc,
    DiscBuilder,
    DiscStructure,
    Dpm,
    Fragment,
    MainChannel,
    MediumType,
    MemoryStream,
    PackType,
    SectorType,
    Stream,
    text_block,
)
from cdemu_core.errors import CorruptImage, StreamError, UnknownImage
from cdemu_core.loading.describe import describe, describe_disc, describe_error
from cdemu_core.loading.digest import BATCH
from cdemu_core.loading.loader import LoadRequest
from cdemu_core.testing.discs import audio_disc, data_disc, iso_payload, mixed_disc, payload

NOTHING = hashlib.sha256().hexdigest()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def track_of(disc: Disc, number: int = 0, **options: Any) -> dict[str, Any]:
    return describe_disc(disc, **options)["sessions"][0]["tracks"][number]  # type: ignore[no-any-return]


def test_a_mixed_disc() -> None:
    shown = describe_disc(mixed_disc(300, 310))
    assert json.loads(json.dumps(shown)) == shown
    assert shown["medium_type"] == "cd"
    assert (shown["start"], shown["length"]) == (-150, 150 + 300 + 150 + 310)
    (session,) = shown["sessions"]
    assert (session["type"], session["mcn"], session["cdtext"]) == ("cd-rom", None, None)
    data, audio = session["tracks"]
    assert (data["sector_type"], data["ctl"], data["flags"]) == ("mode1", 4, 0)
    assert (audio["sector_type"], audio["start"], audio["track_start"]) == ("audio", 300, 150)
    assert "user_sha256" not in data


def test_texts_flags_and_indices() -> None:
    builder = DiscBuilder(MediumType.CD)
    session = builder.add_session()
    session.mcn = "1234567890123"
    session.cdtext = (
        text_block(
            language=9,
            texts={(PackType.TITLE, 0): "Album", (PackType.TITLE, 1): "One", (PackType.PERFORMER, 1): "Band"},
        ),
        text_block(language=0x69, texts={(PackType.TITLE, 1): "音楽"}),
    )
    track = session.add_track(
        SectorType.AUDIO, control=Control.COPY_PERMITTED | Control.PRE_EMPHASIS, isrc="USRC17607839"
    )
    track.add_fragment(Fragment(600))
    track.add_index(2, 100)
    shown = describe_disc(builder.build())["sessions"][0]
    assert shown["mcn"] == "1234567890123"
    assert bytes.fromhex(shown["cdtext"])[0] == PackType.TITLE
    assert shown["languages"] == [{"code": 9, "packs": {"80": b"Album\0".hex()}, "texts": {"title": "Album"}}]
    (one,) = shown["tracks"]
    assert (one["flags"], one["ctl"], one["isrc"]) == (6, 3, "USRC17607839")
    assert (one["indices"], one["index_numbers"]) == ([250], [2])
    assert one["languages"] == [
        {
            "code": 9,
            "packs": {"80": b"One\0".hex(), "81": b"Band\0".hex()},
            "texts": {"title": "One", "performer": "Band"},
        },
        {
            "code": 0x69,
            "packs": {"80": ("音楽".encode("cp932") + b"\0\0").hex()},
            "texts": {"title": "音楽"},
        },
    ]


def test_dpm_and_structures() -> None:
    disc = attrs.evolve(
        data_disc(),
        dpm=Dpm(0, 50, (7, 9)),
        structures=(DiscStructure(0, 4, bytes(2048)),),
    )
    shown = describe_disc(disc)
    assert shown["dpm"] == {"start": 0, "resolution": 50, "entries": 2, "values": [7, 9]}
    assert shown["structures"] == [{"layer": 0, "type": 4, "length": 2048, "sha256": sha(bytes(2048))}]
    assert describe_disc(data_disc())["dpm"] == {"start": 0, "resolution": 0, "entries": 0, "values": []}


def test_digest_of_data() -> None:
    track = track_of(data_disc(300), digest=True)
    assert track["user_sha256"] == sha(iso_payload(300))
    assert track["user_pregap_sha256"] == sha(bytes(150 * 2048))
    assert (track["read"], track["unreadable"], track["bad_lec"]) == (450, 0, 0)
    assert track["types"] == {"mode1": 450}


def test_digest_of_audio() -> None:
    track = track_of(audio_disc(2, 300), 1, digest=True)
    assert track["user_sha256"] == track["raw_sha256"] == sha(payload(300 * 2352, 2))
    assert track["user_pregap_sha256"] == track["pw96_pregap_sha256"] == NOTHING


@pytest.mark.parametrize("limit", [1, 150, 151, BATCH + 200])
def test_digest_of_the_first_sectors(limit: int) -> None:
    track = track_of(data_disc(600), digest=True, digest_sectors=limit)
    assert track["read"] == limit
    assert track["user_pregap_sha256"] == sha(bytes(min(150, limit) * 2048))
    assert track["user_sha256"] == sha(iso_payload(600)[: max(0, limit - 150) * 2048])


def test_digest_of_a_dvd_has_no_frames() -> None:
    track = track_of(data_disc(300, medium=MediumType.DVD), digest=True)
    assert track["user_sha256"] == sha(iso_payload(300))
    assert track["types"] == {"mode1": 300}
    assert "raw_sha256" not in track


def one_track(sector_type: SectorType, data: bytes, stride: int) -> Disc:
    builder = DiscBuilder(MediumType.CD)
    track = builder.add_session().add_track(sector_type)
    main = MainChannel(MemoryStream(data), 0, stride, STORED[sector_type, stride])
    track.add_fragment(Fragment(len(data) // stride, main))
    return builder.build()


def test_forms_are_told_apart() -> None:
    form1 = bytes([0, 0, 8, 0] * 2) + b"1" * 2328
    form2 = bytes([0, 0, 0x20, 0] * 2) + b"2" * 2328
    data = (form1 * 2 + form2 * 3) * 100
    track = track_of(one_track(SectorType.MODE2_MIXED, data, 2336), digest=True)
    assert track["types"]["mode2-form2"] == 300
    assert track["user_sha256"] == sha((b"1" * 4096 + b"2" * (3 * 2324)) * 100)
    assert track["bad_lec"] == 200


def test_unreadable_sectors_enter_no_digest() -> None:
    class Holed(Stream):
        name, size = "holed", 600 * 2048

        def read_at(self, offset: int, length: int) -> bytes:
            if offset <= 400 * 2048 + 100 < offset + length:
                raise StreamError("bad spot", offset=400 * 2048 + 100)
            return bytes(length)

    builder = DiscBuilder(MediumType.CD)
    track = builder.add_session().add_track(SectorType.MODE1)
    track.add_fragment(Fragment(600, MainChannel(Holed(), 0, 2048, STORED[SectorType.MODE1, 2048])))
    shown = track_of(builder.build(), digest=True)
    assert (shown["read"], shown["unreadable"]) == (749, 1)
    assert shown["user_sha256"] == sha(bytes(599 * 2048))


def test_a_loaded_image(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "disc.plain"
    path.write_bytes(iso_payload(300))
    loaded = make.loader(make.format()).load(LoadRequest((str(path),)))
    shown = describe(loaded, digest=True)
    loaded.close()
    assert (shown["format"], shown["files"], shown["notes"]) == ("plain", [str(path)], [])
    assert shown["sessions"][0]["tracks"][0]["user_sha256"] == sha(iso_payload(300))


def test_a_refused_image() -> None:
    assert describe_error(CorruptImage("Cut off.")) == {"error": "Cut off.", "kind": "CorruptImage"}


def test_an_unknown_image_shows_what_was_tried() -> None:
    problem = UnknownImage("Nobody knows it.", tried=(("iso", "none", "the content does not fit"),))
    assert describe_error(problem)["tried"] == [
        {"format": "iso", "evidence": "none", "reason": "the content does not fit"}
    ]
