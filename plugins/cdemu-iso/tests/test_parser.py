"""Discs made of bare files: pregaps, incomplete sectors, notes and refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cdemu_core.api import SYNC_PATTERN, SectorType, SessionType, lba_to_msf, to_bcd
from cdemu_core.disc.reader import DiscReader
from cdemu_core.errors import ImageError
from cdemu_core.loading.loader import ImageLoader, LoadedImage, LoadRequest
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.discs import iso_payload, payload

Load = Callable[..., LoadedImage]


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """``load(name=bytes, …)``: the files, written and loaded together."""
    opened: list[LoadedImage] = []

    def load(**files: bytes) -> LoadedImage:
        paths = [tmp_path / name.replace("_", ".") for name in files]
        for path, data in zip(paths, files.values(), strict=True):
            path.write_bytes(data)
        opened.append(ImageLoader(PluginHost()).load(LoadRequest(tuple(map(str, paths)))))
        return opened[-1]

    yield load
    for image in opened:
        image.close()


def raw_frames(count: int, first_lba: int, mode: int = 1) -> bytes:
    headers = (bytes([*map(to_bcd, lba_to_msf(lba)), mode]) for lba in range(first_lba, first_lba + count))
    return b"".join(SYNC_PATTERN + header + payload(2336, n) for n, header in enumerate(headers))


def test_an_incomplete_last_sector_reads_as_zeros(load: Load) -> None:
    data = iso_payload(40)[:-100]
    image = load(a_iso=data)
    assert image.disc.length == 150 + 40
    into = bytearray(2048)
    DiscReader(image.disc).read_user_data(39, 1, memoryview(into))
    assert into == data[39 * 2048 :] + bytes(100)
    assert any("incomplete" in note for note in image.notes)


def test_a_truncated_volume_is_told(load: Load) -> None:
    image = load(a_iso=iso_payload(400)[: 40 * 2048])
    assert image.notes == ("The volume “SAMPLE” has 400 sectors and a.iso only 40: the image is truncated.",)


def test_a_stored_pregap_is_the_disc_s(load: Load) -> None:
    image = load(a_bin=raw_frames(190, -150))
    (track,) = image.disc.tracks
    assert (track.start, track.pregap, track.length) == (-150, 150, 190)
    assert DiscReader(image.disc).read_frames(0, 1)[12:16] == b"\x00\x02\x00\x01"
    assert image.notes == ()


def test_a_track_of_a_larger_disc_is_told(load: Load) -> None:
    image = load(a_bin=raw_frames(40, 5000))
    assert any("numbered from 5000" in note for note in image.notes)


def test_session_types(load: Load) -> None:
    assert load(a_bin=raw_frames(40, 0)).disc.sessions[0].type is SessionType.CD_ROM
    assert load(b_bin=raw_frames(40, 0, mode=2)).disc.sessions[0].type is SessionType.CD_ROM_XA
    assert load(c_bin=payload(300 * 2352)).disc.sessions[0].type is SessionType.CD_ROM


def test_a_further_file_is_a_track_behind_a_pregap(load: Load) -> None:
    image = load(a_iso=iso_payload(40), b_bin=payload(300 * 2352))
    first, second = image.disc.tracks
    assert (first.end, second.start, second.pregap) == (40, 40, 150)
    assert (first.sector_type, second.sector_type) == (SectorType.MODE1, SectorType.AUDIO)
    assert bytes(DiscReader(image.disc).read_frames(190, 1)) == payload(300 * 2352)[:2352]


def test_a_descriptor_under_a_foreign_name_is_enough(load: Load) -> None:
    assert load(a_mdf=iso_payload(40)).format == "iso"


def test_too_small(load: Load) -> None:
    with pytest.raises(ImageError, match="49152 bytes, too few for a disc image"):
        load(a_iso=iso_payload(24))


def test_nothing_known(load: Load) -> None:
    with pytest.raises(ImageError, match="load the descriptor"):
        load(a_iso=payload(70001))
