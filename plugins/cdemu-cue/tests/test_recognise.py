"""What is taken for a CUE sheet."""

from __future__ import annotations

import pytest
from cdemu_cue.recognise import recognise

from cdemu_core.api import Evidence, MemoryStream
from cdemu_core.loading.view import StreamView

SHEET = 'TITLE "Ä"\r\nFILE "a.bin" BINARY\r\n  TRACK 01 AUDIO\r\n    INDEX 01 00:00:00\r\n'


def evidence(data: bytes, name: str = "x.txt") -> Evidence:
    return recognise(StreamView(MemoryStream(data), name))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
def test_sheets(encoding: str, ends: str) -> None:
    assert evidence(SHEET.replace("\r\n", ends).encode(encoding)) is Evidence.TEXT


def test_half_a_sheet_needs_its_suffix() -> None:
    half = b"TRACK 01 AUDIO\nINDEX 01 00:00:00\n"
    assert evidence(half) is Evidence.NONE
    assert evidence(half, "x.cue") is Evidence.TEXT
    assert evidence(b"", "x.cue") is Evidence.SUFFIX


@pytest.mark.parametrize(
    "text",
    [
        b'CD_DA\nTRACK AUDIO\nFILE "a.bin" 0 00:10:00\n',  # cdrdao
        b"track = 1\nfile = a.wav\n",  # X-CD-Roast
        b"[TRACK 1]\nMODE=1\nINDEX 1=0\n",  # CloneCD
    ],
)
def test_other_descriptors(text: bytes) -> None:
    assert evidence(text) is Evidence.NONE
