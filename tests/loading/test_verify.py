"""Verification: faults that are there are found where they are, and no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.model import Disc, MediumType
from cdemu_core.disc.reader import DiscReader
from cdemu_core.disc.sector import SectorType
from cdemu_core.loading.verify import verify
from cdemu_core.stream.base import Stream
from cdemu_core.testing.discs import audio_disc, payload
from cdemu_core.testing.rich import RICH, faulty_disc, graphics_disc, mode1_frames, store, xa_frames
from cdemu_core.testing.writers import broken
from cdemu_core.units import from_bcd

RAW = 2352


def faults(disc: Disc, track: int = 0) -> dict[str, list[int]]:
    found: dict[str, Any] = verify(disc)["tracks"][track]["faults"]
    assert all(fault["count"] >= len(fault["lbas"]) for fault in found.values())
    return {kind: fault["lbas"] for kind, fault in found.items()}


def one_track(kind: SectorType, frames: bytes, sub: bytes | None = None) -> Disc:
    builder = DiscBuilder(MediumType.CD)
    store(builder.add_session().add_track(kind), frames, RAW, sub=sub)
    return builder.build()


@pytest.mark.parametrize("make", [make for make in RICH if make is not faulty_disc], ids=lambda m: m.__name__)
def test_good_discs_have_no_fault(make: Callable[[], Disc]) -> None:
    report = verify(make())
    assert report["ok"]
    assert all(track["digests"]["user_sha256"] for track in report["tracks"])


def test_edc_and_ecc_are_told_apart() -> None:
    assert faults(faulty_disc()) == {"edc": [40], "ecc": [50]}
    assert not verify(faulty_disc())["ok"]


def test_headers_and_sync() -> None:
    frames = bytearray(mode1_frames(0, payload(20 * 2048)))
    frames[3 * RAW + 5] ^= 0xFF
    frames[7 * RAW + 14] ^= 1
    assert faults(one_track(SectorType.MODE1, bytes(frames))) == {"edc": [3, 7], "sync": [3], "header": [7]}


def test_form_2_without_edc_is_no_fault() -> None:
    frames = bytearray(xa_frames(0, 9))
    for sector in (2, 5):
        frames[sector * RAW + 2348 : (sector + 1) * RAW] = bytes(4)
    report = verify(one_track(SectorType.MODE2_MIXED, bytes(frames)))
    assert report["ok"]
    assert report["tracks"][0]["no_edc"] == 2


def test_subchannel_crc_and_position() -> None:
    plain = audio_disc(1, 300)
    sub = DiscReader(plain).read_subchannel(0, 300)
    sub[10 * 96 + 40] ^= 0x40
    sub[20 * 96 : 21 * 96] = sub[30 * 96 : 31 * 96]
    found = faults(one_track(SectorType.AUDIO, payload(300 * RAW), bytes(sub)))
    assert found == {"q-crc": [10], "q-position": [20]}
    assert faults(graphics_disc()) == {}


def test_unreadable_sectors_are_listed() -> None:
    found = verify(broken(faulty_disc()))["tracks"][0]
    assert found["faults"]["unreadable"]["count"] == 165
    assert found["faults"]["unreadable"]["lbas"][0] == 165
    assert found["faults"]["edc"]["lbas"] == [40]


def test_progress() -> None:
    shares: list[float] = []
    verify(audio_disc(), shares.append)
    assert shares[-1] == 1.0


LABELS = (
    ("invalid_sync", "sync"),
    ("edc_error", "edc"),
    ("truncated", "edc"),
    ("_ecc_p", "ecc"),
    ("_ecc_q", "ecc"),
)
"""Words in the names of real sectors, and the fault each means."""


@pytest.mark.foreign
def test_labelled_faults_of_real_sectors(shared: Callable[[str], Path]) -> None:
    paths = sorted((shared("corpus") / "sectors").glob("*sector*.bin"))
    assert len(paths) > 15
    for path in paths:
        frame = path.read_bytes()
        expected = {kind for word, kind in LABELS if word in path.name}
        if path.name.endswith("invalid_sync_valid_mode1.bin"):
            expected.add("edc")  # which covers the sync pattern in Mode 1
        assert set(faults(_at_its_place(frame))) == expected, path.name


def _at_its_place(frame: bytes) -> Disc:
    """A disc of one track whose only stored sector lies where its header says."""
    minute, second, number = map(from_bcd, frame[12:15])
    lba = (minute * 60 + second) * 75 + number - 150
    kind = SectorType.MODE1 if frame[15] == 1 else SectorType.MODE2_MIXED
    builder = DiscBuilder(MediumType.CD)
    session = builder.add_session()
    session.lead_pregap = 150 + lba
    store(session.add_track(kind), frame, RAW)
    return builder.build()


def test_streams_are_not_closed_by_verify() -> None:
    closed: list[str] = []

    class Told(Stream):
        name, size = "told", 300 * RAW

        def read_at(self, offset: int, length: int) -> bytes:
            return bytes(max(0, min(length, self.size - offset)))

        def close(self) -> None:
            closed.append(self.name)

    disc = audio_disc(1, 300)
    (track,) = disc.tracks
    fragment = attrs.evolve(track.fragments[-1], main=attrs.evolve(track.fragments[-1].main, stream=Told()))
    session = attrs.evolve(
        disc.sessions[0], tracks=(attrs.evolve(track, fragments=(*track.fragments[:-1], fragment)),)
    )
    assert verify(attrs.evolve(disc, sessions=(session,)))["ok"]
    assert closed == []
