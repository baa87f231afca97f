"""Recorded compressed images come out as the discs they hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdemu_core.api import ImageSource
from cdemu_core.filters.plugin import FILTERS
from cdemu_core.stream.base import Stream
from cdemu_core.stream.file import FileStream

SETS = ("flt-gz", "flt-gz-xz-stack", "flt-xz-multi", "flt-xz-2streams", "big-cd-90min-xz")
SECTOR = 2048
PREGAP = 150


def undone(path: Path, source: ImageSource) -> Stream:
    stream: Stream = FileStream(path)
    while layer := next((f for f in FILTERS if f.magics and _claims(f.magics[0].signature, stream)), None):
        stream = layer.open(stream, source)
    return stream


def _claims(signature: bytes, stream: Stream) -> bool:
    return stream.read_at(0, len(signature)) == signature


@pytest.mark.parametrize("name", SETS)
def test_size_and_bytes(name: str, shared: Callable[[str], Path], source: ImageSource) -> None:
    golden = shared("golden")
    expected: dict[str, Any] = json.loads((golden / "golden" / f"{name}.json").read_text())
    stream = undone(golden / "images" / name / expected["load"][0], source)
    truth = expected["truth"]
    assert stream.size == (truth["length"] - PREGAP) * SECTOR
    for lba, digest in truth.get("marks", {}).items():
        assert hashlib.sha256(stream.read_at(int(lba) * SECTOR, SECTOR)).hexdigest() == digest
    if "sessions" in truth:
        digest = truth["sessions"][0]["tracks"][0]["user_sha256"]
        assert hashlib.sha256(stream.read_at(0, stream.size)).hexdigest() == digest
    stream.close()
