"""``cdemu convert``, ``verify`` and ``rip`` as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cdemu_core.cli.main import main
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.discs import mixed_disc
from cdemu_core.testing.rich import album_disc, faulty_disc
from cdemu_core.testing.writers import defaults


@pytest.fixture
def album(tmp_path: Path) -> str:
    """An album as a CUE sheet."""
    writer = PluginHost().writers["cue"]
    return writer.write(album_disc(), str(tmp_path / "album.cue"), defaults(writer))[0]


@pytest.fixture
def faulty(tmp_path: Path) -> str:
    """A data disc with two faults."""
    writer = PluginHost().writers["nrg"]
    return writer.write(faulty_disc(), str(tmp_path / "faulty.nrg"), defaults(writer))[0]


def test_convert_by_suffix(album: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", album, str(tmp_path / "new.nrg")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'new.nrg'}\n"
    assert main(["convert", str(tmp_path / "new.nrg"), str(tmp_path / "back.toc")]) == 0
    assert (tmp_path / "back-04.bin").stat().st_size == 330 * 2352


def test_convert_refuses_a_loss(album: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = set(tmp_path.iterdir())
    assert main(["convert", album, str(tmp_path / "new.mds")]) == 1
    message = capsys.readouterr().err
    assert "would lose cd-text, indices, isrc, mcn" in message
    assert "allow the loss" in message
    assert set(tmp_path.iterdir()) == before
    assert main(["convert", album, str(tmp_path / "new.mds"), "--allow-loss"]) == 0
    assert "Lost (mcn): Session 1 has the catalogue number 1234567890128." in capsys.readouterr().out


def test_convert_json(album: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", album, str(tmp_path / "a.mds"), "--json"]) == 1
    refused = json.loads(capsys.readouterr().out)
    assert refused["kind"] == "LossyConversion"
    assert {loss["feature"] for loss in refused["losses"]} == {"cd-text", "indices", "isrc", "mcn"}
    arguments = ["convert", album, str(tmp_path / "b.iso"), "--to", "iso", "--allow-loss", "--json"]
    assert main([*arguments, "--param", "audio_file_suffix=flac"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["files"] == [str(tmp_path / f"b-{n:02d}.flac") for n in (1, 2, 3, 4)]
    assert report["parameters"]["writer.audio_file_suffix"] == "flac"
    assert not report["lossless"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["x.xyz"], "The suffix “.xyz” does not tell the format; give it with --to (ccd, cue, iso, mds, nrg"),
        (["x.nrg", "--to", "zip"], "There is no format “zip” that can be written"),
        (["x.nrg", "--param", "raw"], "“raw” is no parameter; write NAME=VALUE."),
        (["x.nrg", "--param", "raw=1"], "The format “nrg” has no parameter “writer.raw”"),
    ],
)
def test_convert_says_what_is_wrong(
    arguments: list[str], sentence: str, album: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *rest = arguments
    assert main(["convert", album, str(tmp_path / name), *rest]) == 1
    assert sentence in capsys.readouterr().err


def test_verify(album: str, faulty: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", album]) == 0
    assert main(["verify", faulty]) == 1
    assert "edc: 1 (first 40), ecc: 1 (first 50)" in capsys.readouterr().out
    assert main(["verify", faulty, "--json"]) == 1
    (track,) = json.loads(capsys.readouterr().out)["tracks"]
    assert track["faults"] == {"edc": {"count": 1, "lbas": [40]}, "ecc": {"count": 1, "lbas": [50]}}
    assert len(track["digests"]["raw_sha256"]) == 64


def test_verify_of_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path / "gone.iso")]) == 1
    assert "gone.iso" in capsys.readouterr().err
    assert main(["verify", str(tmp_path / "gone.iso"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["kind"] == "MissingFile"


def test_rip(album: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "two.wav"
    assert main(["rip", album, "--track", "2", str(target)]) == 0
    assert capsys.readouterr().out == f"{target}: 330 sectors\n"
    assert target.stat().st_size == 44 + 330 * 2352
    assert main(["rip", album, str(target), "--track", "2", "--json"]) == 1
    assert "is there already" in json.loads(capsys.readouterr().out)["error"]
    assert main(["rip", album, str(target), "--track", "2", "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"file": str(target), "track": 2, "sectors": 330}


def test_rip_of_a_data_track(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writer = PluginHost().writers["nrg"]
    (image,) = writer.write(mixed_disc(), str(tmp_path / "m.nrg"), defaults(writer))
    assert main(["rip", image, "--track", "1", str(tmp_path / "x.wav")]) == 1
    assert "Track 1 is data" in capsys.readouterr().err
    assert not (tmp_path / "x.wav").exists()
