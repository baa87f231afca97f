"""Files that appear together or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdemu_core.errors import StreamError
from cdemu_core.stream.output import Output
from cdemu_core.testing.limits import no_descriptor_left


def test_files_appear_at_the_end(tmp_path: Path) -> None:
    with no_descriptor_left(), Output() as output:
        head, body = output.create(str(tmp_path / "a.cue")), output.create(str(tmp_path / "a.bin"))
        body.write_all([b"12", bytearray(b"34")])
        head.write(b"0000")
        head.seek(0)
        head.write(b"99")
        assert (head.position, body.position) == (2, 4)
        assert not (tmp_path / "a.cue").exists()
    assert output.paths == [str(tmp_path / "a.cue"), str(tmp_path / "a.bin")]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a.cue": b"9900",
        "a.bin": b"1234",
    }


def test_an_exception_removes_everything(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def work() -> None:
        with Output() as output:
            output.create(str(tmp_path / "a")).write(b"new")
            output.create(str(tmp_path / "b"))
            raise KeyboardInterrupt

    with no_descriptor_left(), pytest.raises(KeyboardInterrupt):
        work()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}


def test_a_name_that_cannot_be_given_takes_the_others_back(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()

    def work() -> None:
        with Output() as output:
            output.create(str(tmp_path / "a")).write(b"1")
            output.create(str(tmp_path / "b")).write(b"2")

    with no_descriptor_left(), pytest.raises(StreamError, match="“a” cannot be written: Is a directory"):
        work()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with Output() as output, pytest.raises(StreamError, match="No such file or directory"):
        output.create(str(tmp_path / "gone" / "a"))
    assert output.paths == []


def test_permissions_are_the_user_s(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with Output() as output:
        output.create(str(tmp_path / "a"))
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode
