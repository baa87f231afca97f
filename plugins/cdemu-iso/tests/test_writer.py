"""Bare files that we write, against the conformance kit."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdemu_core.disc.reader import DiscReader
from cdemu_core.loading.loader import ImageLoader, LoadRequest
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.rich import album_disc, cooked_disc, sessions_disc
from cdemu_core.testing.writers import ImageWriterTests, defaults


class TestWriter(ImageWriterTests):
    image_writer = "iso"
    discs = (cooked_disc,)


@pytest.mark.parametrize("suffix", ["wav", "aiff", "flac"])
def test_audio_tracks_become_sound_files(suffix: str, tmp_path: Path) -> None:
    host, disc = PluginHost(), album_disc()
    writer = host.writers["iso"]
    parameters = defaults(writer) | {"writer.audio_file_suffix": suffix}
    files = writer.write(disc, str(tmp_path / "album.iso"), parameters)
    assert [Path(file).name for file in files] == [f"album-{n:02d}.{suffix}" for n in (1, 2, 3, 4)]
    loaded = ImageLoader(host).load(LoadRequest(tuple(files), format="iso"))
    for track, written in zip(disc.tracks, loaded.disc.tracks, strict=True):
        assert track.length - track.pregap == written.length - written.pregap
        expected = DiscReader(disc).read_frames(track.index1, 50)
        assert DiscReader(loaded.disc).read_frames(written.index1, 50) == expected
    loaded.close()


def test_files_of_several_sessions_carry_both_numbers(tmp_path: Path) -> None:
    writer = PluginHost().writers["iso"]
    files = writer.write(sessions_disc(), str(tmp_path / "x.iso"), defaults(writer))
    assert [Path(file).name for file in files] == ["x-01-01.wav", "x-01-02.wav", "x-02-03.bin"]
    assert Path(files[2]).stat().st_size == 330 * 2336


def test_raw_with_subchannel(tmp_path: Path) -> None:
    writer, disc = PluginHost().writers["iso"], cooked_disc()
    parameters = defaults(writer) | {"writer.write_subchannel": True}
    (file,) = writer.write(disc, str(tmp_path / "x.bin"), parameters)
    data, reader = Path(file).read_bytes(), DiscReader(disc)
    assert len(data) == 330 * 2448
    assert data[2448 * 7 : 2448 * 8] == bytes(reader.read_frames(7, 1) + reader.read_subchannel(7, 1))
