"""The conformance kit finds what it is there to find."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import attrs
import pytest

from cdemu_core.api import Evidence, Fragment, ImageFormat, ProbeView, SectorType
from cdemu_core.disc.model import MediumType
from cdemu_core.testing import limits
from cdemu_core.testing.damage import EDGE, mutations, scratch_copy, truncations
from cdemu_core.testing.discs import audio_disc, data_disc, iso_payload, mixed_disc, payload
from cdemu_core.testing.facts import DiscFacts, FilterSample, Sample, disc_digest
from cdemu_core.testing.formats import ImageFormatTests, check_fragments, read_a_little
from cdemu_core.testing.kit import check_probe_is_total, noise
from cdemu_core.testing.writers import broken

FACTS = DiscFacts.of(data_disc())


@pytest.mark.parametrize(
    "wrong",
    [
        attrs.evolve(FACTS, tracks=((1, SectorType.MODE1, 0, 299),)),
        attrs.evolve(FACTS, medium=MediumType.DVD),
        attrs.evolve(FACTS, sha256="0" * 64),
        attrs.evolve(FACTS, mcn="0000000000000"),
        attrs.evolve(FACTS, isrcs=("USRC17607839",)),
    ],
)
def test_wrong_facts_fail(wrong: DiscFacts) -> None:
    FACTS.check(data_disc())
    with pytest.raises(AssertionError):
        wrong.check(data_disc())


def test_facts_of_the_sample_discs() -> None:
    assert FACTS.tracks == ((1, SectorType.MODE1, 0, 300),)
    assert DiscFacts.of(audio_disc(2, 300)).tracks == (
        (1, SectorType.AUDIO, 0, 300),
        (1, SectorType.AUDIO, 300, 300),
    )
    assert DiscFacts.of(mixed_disc(300, 310)).tracks == (
        (1, SectorType.MODE1, 0, 300),
        (1, SectorType.AUDIO, 450, 310),
    )
    assert disc_digest(data_disc(seed=1)) != disc_digest(data_disc(seed=2))


def test_a_wrong_content_fails() -> None:
    FilterSample(content=lambda: b"abc").check(b"abc")
    for sample in (FilterSample(content=lambda: b"abd"), FilterSample(sha256="00")):
        with pytest.raises(AssertionError):
            sample.check(b"abc")


def test_iso_payload_has_its_volume_descriptor() -> None:
    data = iso_payload(20, volume="NAME")
    assert data[32768:32774] == b"\x01CD001"
    assert data[32768 + 40 : 32768 + 44] == b"NAME"
    assert len(data) == 20 * 2048


def test_mutations_are_repeatable_and_undone(tmp_path: Path) -> None:
    path = tmp_path / "x"
    original = payload(5 * EDGE)
    path.write_bytes(original)
    first = [(change, path.read_bytes()) for change in mutations(path, 100)]
    assert path.read_bytes() == original
    assert [(change, path.read_bytes()) for change in mutations(path, 100)] == first
    assert all(len(data) == len(original) for _, data in first)
    assert sum(data != original for _, data in first) > 90


def test_truncations(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(payload(50))
    assert [(length, path.stat().st_size) for length in truncations(path, 100)] == [
        (length, length) for length in reversed(range(50))
    ]
    path.write_bytes(payload(5000))
    lengths = list(truncations(path, 100))
    assert 60 < len(lengths) <= 100
    assert {0, 1, 4999} <= set(lengths)


def test_scratch_copies_bring_their_neighbours(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "x.cue").write_bytes(b"sheet")
    (folder / "x.bin").write_bytes(b"data")
    copy = scratch_copy(folder / "x.cue", tmp_path / "b")
    copy.write_bytes(b"changed")
    assert (folder / "x.cue").read_bytes() == b"sheet"
    assert (copy.parent / "x.bin").read_bytes() == b"data"


def test_limits_are_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOAD_SECONDS", 0.0)
    with pytest.raises(AssertionError, match="the sleeper took"), limits.bounded_time("the sleeper"):
        time.sleep(0.001)
    monkeypatch.setattr(limits, "GROWTH_KIB", -1)
    with pytest.raises(AssertionError, match="grew"), limits.bounded_memory():
        pass


def test_a_descriptor_left_open_is_found() -> None:
    left = -1
    with pytest.raises(AssertionError), limits.no_descriptor_left():
        left = os.open(__file__, os.O_RDONLY)
    os.close(left)


def test_fragments_outside_their_stream_are_found() -> None:
    disc = data_disc()
    check_fragments(disc)
    track = disc.tracks[0]
    longer = Fragment(301, track.fragments[-1].main)
    bad = attrs.evolve(track, fragments=(*track.fragments[:-1], longer), length=track.length + 1)
    with pytest.raises(AssertionError):
        check_fragments(attrs.evolve(disc, sessions=(attrs.evolve(disc.sessions[0], tracks=(bad,)),)))


def test_a_stream_that_breaks_is_tolerated_when_reading() -> None:
    read_a_little(broken(data_disc()))


def _greedy(view: ProbeView) -> Evidence:
    for _ in range(9):
        view.read(0, 1 << 20)
    return Evidence.NONE


@pytest.mark.parametrize("probe", [lambda view: Evidence(view.head[100]), lambda view: None, _greedy])
def test_bad_probes_are_found(probe: Any) -> None:
    fmt = ImageFormat(
        name="x", title="", suffixes=(), mime_types=(), parse=lambda s: data_disc(), probe=probe
    )
    contents = [*noise(), payload(2 << 20)]
    with pytest.raises((AssertionError, IndexError, ValueError)):
        check_probe_is_total(fmt, iter(contents))


def test_bugs_in_parsers_are_found(tmp_path: Path) -> None:
    from cdemu_core.errors import PluginBroken

    def load(sample: Sample, path: Path) -> Any:
        raise PluginBroken("KeyError")

    path = tmp_path / "x"
    with pytest.raises(pytest.fail.Exception, match="cut: PluginBroken"):
        ImageFormatTests()._load_damaged(load, Sample(), path, "cut")


def test_samples_are_required() -> None:
    class Empty(ImageFormatTests):
        image_format = "x"

    class Metafunc:
        fixturenames = ("sample",)

    with pytest.raises(AssertionError, match="lists no samples"):
        Empty().pytest_generate_tests(Metafunc())  # type: ignore[arg-type]
