"""Generated sub-channel, frames and CD-TEXT against recorded values of another implementation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cdemu_core.disc.cdtext import decode_packs, encode_packs
from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.model import (
    Control,
    Disc,
    Fragment,
    Index,
    MainChannel,
    MediumType,
    Session,
    SessionType,
    Subchannel,
    Track,
)
from cdemu_core.disc.reader import DiscReader
from cdemu_core.disc.sector import STORED, SectorParts, SectorType, SubchannelForm
from cdemu_core.stream.window import MemoryStream

Shared = Callable[[str], Path]


def sha(data: bytes | bytearray) -> str:
    return hashlib.sha256(data).hexdigest()


def records(shared: Shared) -> Iterator[dict[str, Any]]:
    """Recorded layouts of whole CDs."""
    for path in sorted((shared("golden") / "golden").glob("*.json")):
        record = json.loads(path.read_text("utf-8"))
        whole = record["max_sectors_per_track"] is None
        if whole and record["oracle"].get("medium_type") == MediumType.CD.value:
            yield record


def empty_disc(layout: dict[str, Any]) -> Disc:
    """A disc of this layout without any stored byte."""
    sessions = []
    for s in layout["sessions"]:
        tracks = tuple(
            Track(
                number=t["number"],
                sector_type=SectorType(t["sector_type"]),
                start=t["start"],
                length=t["length"],
                pregap=t["track_start"],
                control=Control(t["ctl"]),
                fragments=(Fragment(t["length"]),),
                isrc=t["isrc"],
                indices=tuple(map(Index, t["index_numbers"], t["indices"])),
            )
            for t in s["tracks"]
        )
        session = Session(
            s["number"],
            SessionType(s["type"]),
            s["start"],
            s["length"],
            s["leadout_length"],
            tracks,
            s["mcn"],
        )
        sessions.append(session)
    return Disc(MediumType.CD, layout["start"], layout["length"], tuple(sessions))


def stores_subchannel(record: dict[str, Any], track: int) -> bool:
    truth = record.get("truth") or {"sessions": []}
    tracks = [t for s in truth["sessions"] for t in s["tracks"] if t["number"] == track]
    return any(t.get(f"{kind}_sha256") for t in tracks for kind in ("q12", "pw96"))


def test_generated_subchannel(shared: Shared) -> None:
    compared = 0
    for record in records(shared):
        reader = DiscReader(empty_disc(record["oracle"]))
        expected = [t for s in record["oracle"]["sessions"] for t in s["tracks"]]
        for track, wanted in zip(reader.disc.tracks, expected, strict=True):
            if stores_subchannel(record, track.number):
                continue
            for start, end, part in (
                (track.start, track.index1, "_pregap"),
                (track.index1, track.end, ""),
            ):
                if f"pw96{part}_sha256" not in wanted:
                    continue
                where = (record["name"], track.number, part)
                pw = reader.read_subchannel(start, end - start)
                assert (where, sha(pw)) == (where, wanted[f"pw96{part}_sha256"])
                q = b"".join(reader.read_q(lba) for lba in range(start, end))
                assert (where, sha(q)) == (where, wanted[f"q12{part}_sha256"])
                compared += 1
    assert compared >= 300


def one_track(sector_type: SectorType, fragment: Fragment, **how: Any) -> DiscReader:
    builder = DiscBuilder()
    builder.add_session().add_track(sector_type, **how).add_fragment(fragment)
    return DiscReader(builder.build())


def load(shared: Shared, name: str) -> dict[str, Any]:
    path = shared("golden") / "golden" / f"{name}.json"
    return json.loads(path.read_text("utf-8"))["oracle"]["sessions"][0]["tracks"][0]


def test_frames_of_a_raw_and_of_a_user_data_image(shared: Shared) -> None:
    wanted = load(shared, "iso-2352-mode1")
    data = (shared("golden") / "images" / "iso-2352-mode1" / "image.iso").read_bytes()
    user = b"".join(data[at + 16 : at + 2064] for at in range(0, len(data), 2352))
    for size, stored in ((2352, data), (2048, user)):
        main = MainChannel(MemoryStream(stored), 0, size, STORED[SectorType.MODE1, size])
        reader = one_track(SectorType.MODE1, Fragment(40, main))
        for start, count, part in ((-150, 150, "_pregap"), (0, 40, "")):
            assert sha(reader.read_frames(start, count)) == wanted[f"raw{part}_sha256"]
            user_data = reader.read_part(start, count, SectorParts.USER_DATA)
            assert sha(user_data) == wanted[f"user{part}_sha256"]


def test_big_endian_audio_with_raw_r_to_w(shared: Shared) -> None:
    wanted = load(shared, "toc-rw-raw")
    data = (shared("golden") / "images" / "toc-rw-raw" / "image.bin").read_bytes()
    stream = MemoryStream(data)
    count = len(data) // 2448
    main = MainChannel(stream, 0, 2448, STORED[SectorType.AUDIO, 2352], swapped=True)
    sub = Subchannel(stream, 2352, 2448, SubchannelForm.RW96)
    reader = one_track(SectorType.AUDIO, Fragment(count, main, sub), control=Control(wanted["ctl"]))
    assert sha(reader.read_frames(0, count)) == wanted["raw_sha256"]
    q = b"".join(reader.read_q(lba) for lba in range(count))
    assert sha(q) == wanted["q12_sha256"]
    assert sha(reader.read_subchannel(0, count)) == wanted["pw96_sha256"]


def test_cdtext_is_encoded_alike(shared: Shared) -> None:
    compared = 0
    for record in records(shared):
        if record["name"] == "cue-sjis":  # recorded as UTF-8 under the code of ISO 8859-1
            continue
        for session in record["oracle"]["sessions"]:
            if session["cdtext"]:
                packs = bytes.fromhex(session["cdtext"])
                numbers = [track["number"] for track in session["tracks"]]
                blocks = decode_packs(packs)
                assert encode_packs(blocks, numbers[0], numbers[-1]) == packs
                compared += 1
    assert compared >= 3
