"""``cdemu probe``: the matrix of files and formats, over formats made for the test and the installed ones."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from cdemu_core.cli.main import main
from cdemu_core.cli.verbs.probe import as_dict, cells
from cdemu_core.loading.matrix import probe_file
from cdemu_core.plugin.descriptors import Evidence, ImageFormat, StreamFilter
from cdemu_core.plugin.source import ProbeView
from cdemu_core.stream.window import WindowStream
from cdemu_core.testing.discs import iso_payload


@attrs.define
class Host:
    """A host of made-up descriptors."""

    formats: dict[str, ImageFormat]
    filters: dict[str, StreamFilter]

    def owner(self, _: object) -> None:
        """Nobody's."""


def fmt(name: str, evidence: Evidence | Exception, suffix: str = ".x") -> ImageFormat:
    """A format whose probe says ``evidence``, or raises it."""

    def probe(_: ProbeView) -> Evidence:
        if isinstance(evidence, Exception):
            raise evidence
        return evidence

    return ImageFormat(
        name, name, (suffix,), (), parse=lambda _: pytest.fail("nothing is loaded"), probe=probe
    )


def cutter() -> StreamFilter:
    """Takes four bytes ``wrap`` off."""
    from cdemu_core.plugin.descriptors import Magic

    return StreamFilter(
        "wrap", "wrap", (".w",), (), magics=(Magic(0, b"wrap"),),
        open=lambda stream, _: WindowStream(stream, 4, stream.size - 4),
    )  # fmt: skip


@pytest.fixture
def host() -> Host:
    formats = (fmt("best", Evidence.PROVEN), fmt("other", Evidence.SHAPE), fmt("rude", ValueError("oh")))
    return Host({f.name: f for f in formats}, {"wrap": cutter()})


def test_every_format_is_asked_and_the_best_wins(host: Host, tmp_path: Path) -> None:
    (tmp_path / "a.x.w").write_bytes(b"wrapwrap and content")
    row = probe_file(host, str(tmp_path / "a.x.w"))  # type: ignore[arg-type]
    assert (row.filters, row.winner, row.rivals, row.error) == (("wrap", "wrap"), "best", (), None)
    assert row.claims() == {"best": Evidence.PROVEN, "other": Evidence.SHAPE}
    assert row.claims(Evidence.MAGIC) == {"best": Evidence.PROVEN}
    assert cells(row, ["best", "other", "rude"])[1:] == ("wrap wrap", "PROVEN*", "SHAPE", "-", "best")
    assert as_dict(row)["formats"]["rude"] == {
        "evidence": "none",
        "reason": "its probe failed: ValueError: oh",
    }


def test_equal_claims_have_no_winner(host: Host, tmp_path: Path) -> None:
    host.formats["twin"] = fmt("twin", Evidence.PROVEN)
    (tmp_path / "a.x").write_bytes(b"content")
    row = probe_file(host, str(tmp_path / "a.x"))  # type: ignore[arg-type]
    assert (row.winner, row.rivals) == (None, ("best", "twin"))
    assert cells(row, ["best"])[-1] == "claimed equally by best and twin"


def test_the_suffix_breaks_a_tie(host: Host, tmp_path: Path) -> None:
    from cdemu_core.plugin.descriptors import Magic

    host.formats = {
        "named": fmt("named", Evidence.MAGIC),
        "signed": attrs.evolve(fmt("signed", Evidence.MAGIC, ".y"), magics=(Magic(0, b"content"),)),
    }
    (tmp_path / "a.x").write_bytes(b"content")
    row = probe_file(host, str(tmp_path / "a.x"))  # type: ignore[arg-type]
    assert len(row.claims(Evidence.MAGIC)) == 2
    assert row.winner == "named"


def test_nobody_and_no_file(host: Host, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"content")
    row = probe_file(host, str(tmp_path / "a.txt"))  # type: ignore[arg-type]
    assert cells(row, ["best"])[1:] == ("-", "-", "claimed by no format")
    row = probe_file(host, str(tmp_path / "none"))  # type: ignore[arg-type]
    assert row.error == f"There is no file “{tmp_path}/none”."
    assert cells(row, ["best"])[1:] == ("-", "-", row.error)


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    path = tmp_path / "disc.iso"
    path.write_bytes(iso_payload(40))
    return path


def test_the_verb_prints_a_table(disc: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", str(disc)]) == 0
    title, head, row = capsys.readouterr().out.splitlines()
    assert title == "Evidence (* wins):"
    assert head.split()[:2] == ["FILE", "FILTERS"]
    column = head.index(" ISO ") + 1
    assert row[column:].startswith("MAGIC*")
    assert row.split()[-1] == "iso"


def test_the_verb_prints_json_and_one_bad_file_fails(disc: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (disc.parent / "noise").write_bytes(b"nobody's")
    files = [str(disc), str(disc.parent / "noise"), str(disc.parent)]
    assert main(["probe", "--json", *files]) == 1
    good, unknown, folder = json.loads(capsys.readouterr().out)
    assert (good["file"], good["winner"], good["filters"]) == (files[0], "iso", [])
    assert good["formats"]["iso"]["evidence"] == "magic"
    assert (unknown["winner"], unknown["rivals"], unknown["error"]) == (None, [], None)
    assert "folder" in folder["error"]
    assert folder["formats"] == {}


def test_an_unreadable_password_file_is_said(disc: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", "--password-file", str(disc.parent / "none"), str(disc)]) == 1
    assert "password file" in capsys.readouterr().err
