"""Conversion: what the plan foresees is what is lost, and nothing else is."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.model import Disc, MediumType
from cdemu_core.disc.sector import SectorType
from cdemu_core.errors import ImageError, InvalidWriterParameter, StreamError, UnsupportedImage
from cdemu_core.loading.compare import DiscsDiffer, compare
from cdemu_core.loading.convert import LossyConversion, Permission, convert, unplanned
from cdemu_core.loading.loader import ImageLoader, LoadedImage, LoadRequest
from cdemu_core.loading.plan import plan
from cdemu_core.loading.source import LoadContext
from cdemu_core.loading.survey import survey
from cdemu_core.plugin.descriptors import Feature
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.discs import audio_disc, data_disc, iso_payload, payload
from cdemu_core.testing.limits import no_descriptor_left
from cdemu_core.testing.rich import RICH, album_disc, faulty_disc, graphics_disc, pregap_disc, store

HOST = PluginHost()
FORMATS = ("iso", "toc", "cue", "ccd", "mds", "nrg")
ANYTHING = Permission(allow_loss=True)


def image_of(disc: Disc) -> LoadedImage:
    """``disc`` as if it had been loaded."""
    return LoadedImage(disc, "made", (), (), LoadContext(HOST, {}, None))


def target(folder: Path, name: str) -> str:
    return str(folder / f"out{HOST.writers[name].suffixes[0]}")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("make", RICH, ids=lambda make: make.__name__)
def test_what_is_lost_was_planned(make: Callable[[], Disc], name: str, tmp_path: Path) -> None:
    disc, writer = make(), HOST.writers[name]
    if disc.medium.name.lower() not in writer.media:
        with pytest.raises(UnsupportedImage):
            convert(image_of(disc), writer, target(tmp_path, name), HOST)
        return
    with no_descriptor_left():
        report = convert(image_of(disc), writer, target(tmp_path, name), HOST, permission=ANYTHING)
    assert unplanned(report) == set()
    assert {Path(file) for file in report.files} == set(tmp_path.iterdir())
    if name != "iso":  # of bare files some pregaps and tracks happen to come back
        assert {loss.feature for loss in report.found} == {loss.feature for loss in report.plan.losses}
    if report.plan.lossless:
        assert report.found == ()


LOSSLESS = {
    "iso": {"cooked_disc"},
    "toc": {"cooked_disc", "album_disc", "pregap_disc", "mixed_disc", "xa_disc", "sessions_disc"}
    | {"faulty_disc", "graphics_disc"},
    "cue": {make.__name__ for make in RICH} - {"measured_dvd"},
    "ccd": {make.__name__ for make in RICH} - {"dvd_disc", "measured_dvd"},
    "mds": {make.__name__ for make in RICH} - {"album_disc", "pregap_disc"},
    "nrg": {make.__name__ for make in RICH} - {"measured_dvd"},
}


@pytest.mark.parametrize("name", FORMATS)
def test_which_discs_a_format_keeps_whole(name: str) -> None:
    writer, whole = HOST.writers[name], set()
    for make in RICH:
        disc = make()
        if disc.medium.name.lower() in writer.media and plan(disc, writer).lossless:
            whole.add(make.__name__)
    assert whole == LOSSLESS[name]


def test_the_plan_says_what_and_why() -> None:
    found = plan(pregap_disc(), HOST.writers["mds"]).as_dict()
    assert not found["lossless"]
    assert [loss["feature"] for loss in found["losses"]] == [
        "cd-text",
        "indices",
        "isrc",
        "mcn",
        "pregap-data",
    ]
    assert found["losses"][3]["detail"] == "Session 1 has the catalogue number 1234567890128."


def test_parameters_are_set_where_the_disc_needs_them() -> None:
    writer = HOST.writers["toc"]
    assert plan(data_disc(), writer).parameters["writer.write_raw"] is False
    assert plan(faulty_disc(), writer).parameters["writer.write_raw"] is True
    assert plan(graphics_disc(), writer).parameters["writer.write_subchannel"] is True
    stubborn = plan(faulty_disc(), writer, {"writer.write_raw": "no"})
    assert [loss.feature for loss in stubborn.losses] == [Feature.RAW_SECTORS]
    bare = plan(faulty_disc(), HOST.writers["iso"])  # a raw file is not what its user expects unasked
    assert [loss.feature for loss in bare.losses] == [Feature.RAW_SECTORS]
    assert plan(faulty_disc(), HOST.writers["iso"], {"writer.write_raw": "yes"}).lossless


def test_parameters_are_checked() -> None:
    writer = HOST.writers["iso"]
    for given in (
        {"writer.nonsense": "1"},
        {"writer.write_raw": "maybe"},
        {"writer.audio_file_suffix": "mp3"},
    ):
        with pytest.raises(InvalidWriterParameter):
            plan(data_disc(), writer, given)


def test_a_loss_needs_a_permission(tmp_path: Path) -> None:
    with pytest.raises(LossyConversion) as problem:
        convert(image_of(album_disc()), HOST.writers["mds"], target(tmp_path, "mds"), HOST)
    assert {loss.feature for loss in problem.value.losses} == {
        Feature.CD_TEXT,
        Feature.INDICES,
        Feature.ISRC,
        Feature.MCN,
    }
    assert "catalogue number 1234567890128" in str(problem.value)
    assert list(tmp_path.iterdir()) == []


def test_strict_refuses_what_was_allowed(tmp_path: Path) -> None:
    permission = Permission(allow_loss=True, strict=True)
    with pytest.raises(LossyConversion):
        convert(
            image_of(album_disc()), HOST.writers["mds"], target(tmp_path, "mds"), HOST, permission=permission
        )


def test_files_that_exist_stay(tmp_path: Path) -> None:
    (tmp_path / "out.bin").write_bytes(b"mine")
    with pytest.raises(ImageError, match="is there already"):
        convert(image_of(audio_disc()), HOST.writers["cue"], target(tmp_path, "cue"), HOST)
    assert [path.name for path in tmp_path.iterdir()] == ["out.bin"]
    assert (tmp_path / "out.bin").read_bytes() == b"mine"
    permission = Permission(overwrite=True)
    convert(image_of(audio_disc()), HOST.writers["cue"], target(tmp_path, "cue"), HOST, permission=permission)
    assert (tmp_path / "out.bin").stat().st_size == 600 * 2352


def test_the_source_is_never_replaced(tmp_path: Path) -> None:
    report = convert(image_of(audio_disc()), HOST.writers["cue"], target(tmp_path, "cue"), HOST)
    image = ImageLoader(HOST).load(LoadRequest((report.files[0],)))
    try:
        with pytest.raises(ImageError, match="belongs to the image"):
            convert(image, HOST.writers["cue"], report.files[0], HOST, permission=Permission(overwrite=True))
    finally:
        image.close()


@pytest.mark.parametrize("name", FORMATS)
def test_a_full_disk_leaves_nothing(name: str, tmp_path: Path) -> None:
    disc, before = data_disc(600), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        with no_descriptor_left(), pytest.raises(StreamError, match="cannot be written"):
            HOST.writers[name].write(
                disc, target(tmp_path, name), {p.id: p.default for p in HOST.writers[name].parameters}
            )
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(StreamError, match="cannot be written"):
            convert(image_of(disc), HOST.writers[name], target(tmp_path, name), HOST)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_progress_rises_to_the_end_and_may_stop_the_work(tmp_path: Path) -> None:
    shares: list[float] = []
    convert(
        image_of(audio_disc(2, 900)),
        HOST.writers["nrg"],
        str(tmp_path / "a.nrg"),
        HOST,
        progress=shares.append,
    )
    assert shares == sorted(shares)
    assert len(shares) > 4
    assert shares[-1] == 1.0

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(image_of(audio_disc()), HOST.writers["nrg"], str(tmp_path / "b.nrg"), HOST, progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["a.nrg"]


def form1_disc() -> Disc:
    builder = DiscBuilder(MediumType.CD)
    store(builder.add_session().add_track(SectorType.MODE2_FORM1), iso_payload(330), 2048)
    return builder.build()


def test_bare_sectors_do_not_tell_the_mode(tmp_path: Path) -> None:
    image, writer = image_of(form1_disc()), HOST.writers["iso"]
    report = convert(image, writer, str(tmp_path / "a.iso"), HOST, permission=ANYTHING)
    assert {loss.feature for loss in report.found} == {Feature.MODE2}
    report = convert(image, writer, str(tmp_path / "b.bin"), HOST, parameters={"writer.write_raw": "yes"})
    assert report.found == ()


def test_what_cannot_be_loaded_again_is_not_left(tmp_path: Path) -> None:
    builder = DiscBuilder(MediumType.CD)
    store(builder.add_session().add_track(SectorType.MODE2), payload(330 * 2336), 2336)
    with pytest.raises(ImageError, match="cannot be loaded again"):
        convert(
            image_of(builder.build()),
            HOST.writers["iso"],
            str(tmp_path / "a.iso"),
            HOST,
            permission=ANYTHING,
        )
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_sector_is_found() -> None:
    with pytest.raises(DiscsDiffer):
        compare(data_disc(seed=1), data_disc(seed=2))
    assert set(compare(audio_disc(seed=1), audio_disc(seed=2))) == {Feature.AUDIO}
    assert compare(album_disc(), album_disc()) == {}


def test_survey_of_a_plain_disc() -> None:
    assert survey(data_disc()) == {}
    assert set(survey(data_disc(medium=MediumType.BD))) == {Feature.MEDIUM}
    assert set(survey(audio_disc(1))) == {Feature.AUDIO}
