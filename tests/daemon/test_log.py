"""Lines of the log."""

from __future__ import annotations

import io
import json
import logging
import os
from pathlib import Path

import pytest

from cdemu_core.daemon.log import DriveLog, Log, choose_format
from cdemu_core.errors import ConfigError


def test_lines_have_their_prefix(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("old\n", "utf-8")
    log = Log(str(path), "text")
    log.logger.info("Hello.")
    drive = DriveLog(log.logger, 3, lambda: 0x02)
    drive.debug(0x02, "Seen.")
    drive.debug(0x01, "Not seen.")
    drive.warning("Careful.")
    assert path.read_text("utf-8").splitlines() == [
        "cdemu: Hello.",
        "cdemu3: Seen.",
        "cdemu3: warning: Careful.",
    ]
    log.close()


def test_traces_and_other_libraries_come_through(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = Log(str(path), "text")
    try:
        raise KeyError("x")
    except KeyError:
        logging.getLogger("some.library").exception("It broke.")
    log.close()
    logging.getLogger("some.library").warning("After the end.")
    text = path.read_text("utf-8")
    assert text.startswith("cdemu: error: It broke.\nTraceback")
    assert "After the end" not in text


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = Log(str(path), "json")
    log.logger.bind(device=1).warning("Ä.")
    log.close()
    line = json.loads(path.read_text("utf-8"))
    assert (line["event"], line["device"], line["level"]) == ("Ä.", 1, "warning")


def test_journal_lines_carry_priorities(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = Log(str(path), "journal")
    log.logger.error("First.\nSecond.")
    log.close()
    assert path.read_text("utf-8") == "<3>cdemu: error: First.\n<3>Second.\n"


def test_auto_is_the_journal_where_it_is_connected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(tmp_path / "stream", "w", encoding="utf-8") as file:
        state = os.fstat(file.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{state.st_dev}:{state.st_ino}")
        assert choose_format("auto", file) == "journal"
        monkeypatch.setenv("JOURNAL_STREAM", "1:1")
        assert choose_format("auto", file) == "text"
    assert choose_format("auto", io.StringIO()) == "text"


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="log file"):
        Log(str(tmp_path / "none" / "log"))
