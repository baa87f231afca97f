"""Audio tracks as sound files."""

from __future__ import annotations

import builtins
import sys
import wave
from pathlib import Path

import pytest

from cdemu_core.disc.reader import DiscReader
from cdemu_core.errors import ImageError, UnsupportedImage
from cdemu_core.loading.loader import ImageLoader, LoadRequest
from cdemu_core.loading.rip import rip
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.discs import mixed_disc
from cdemu_core.testing.rich import album_disc, pregap_disc


def samples(number: int) -> bytes:
    """What track ``number`` of the album holds from index 1."""
    disc = album_disc()
    track = disc.tracks[number - 1]
    return bytes(DiscReader(disc).read_frames(track.index1, track.end - track.index1))


def test_wave_is_read_by_the_standard_library(tmp_path: Path) -> None:
    path = tmp_path / "two.wav"
    assert rip(album_disc(), 2, str(path)) == 330
    with wave.open(str(path)) as sound:
        assert sound.getparams()[:4] == (2, 2, 44100, 330 * 588)
        assert sound.readframes(330 * 588) == samples(2)
    assert path.stat().st_size == 44 + 330 * 2352


@pytest.mark.parametrize("suffix", [".wav", ".aiff", ".flac"])
def test_formats_read_back_the_same(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"one{suffix}"
    rip(album_disc(), 1, str(path))
    image = ImageLoader(PluginHost()).load(LoadRequest((str(path),), format="iso"))
    try:
        assert bytes(DiscReader(image.disc).read_frames(0, 330)) == samples(1)
    finally:
        image.close()


def test_raw_samples(tmp_path: Path) -> None:
    rip(album_disc(), 1, str(tmp_path / "one.cdr"))
    assert (tmp_path / "one.cdr").read_bytes() == samples(1)


def test_the_pregap_is_left_out(tmp_path: Path) -> None:
    assert rip(pregap_disc(), 3, str(tmp_path / "3.wav")) == 330
    assert (tmp_path / "3.wav").read_bytes()[44:] == samples(3)


def test_progress(tmp_path: Path) -> None:
    shares: list[float] = []
    rip(album_disc(), 1, str(tmp_path / "1.wav"), progress=shares.append)
    assert shares
    assert shares == sorted(shares)


def test_refusals_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="no track 9; the disc has tracks 1 to 4"):
        rip(album_disc(), 9, str(tmp_path / "x.wav"))
    with pytest.raises(UnsupportedImage, match="Track 1 is data, not audio; audio are 2"):
        rip(mixed_disc(), 1, str(tmp_path / "x.wav"))
    with pytest.raises(UnsupportedImage, match="let it end in"):
        rip(album_disc(), 1, str(tmp_path / "x.mp3"))
    (tmp_path / "x.wav").write_bytes(b"mine")
    with pytest.raises(ImageError, match="is there already"):
        rip(album_disc(), 1, str(tmp_path / "x.wav"))
    assert (tmp_path / "x.wav").read_bytes() == b"mine"
    rip(album_disc(), 1, str(tmp_path / "x.wav"), overwrite=True)
    assert (tmp_path / "x.wav").stat().st_size > 44
    assert [path.name for path in tmp_path.iterdir()] == ["x.wav"]


def test_without_libsndfile_the_cure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: object, **more: object) -> object:
        if name == "soundfile":
            raise ImportError(name)
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.delitem(sys.modules, "soundfile", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(UnsupportedImage, match="install cdemu-sndfile, or write"):
        rip(album_disc(), 1, str(tmp_path / "x.flac"))
    assert list(tmp_path.iterdir()) == []
