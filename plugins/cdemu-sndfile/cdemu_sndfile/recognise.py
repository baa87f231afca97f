"""Which files are for this plugin: compressed audio, and WAVE or AIFF that is not CD audio already."""

from __future__ import annotations

import struct
from typing import Literal

from cdemu_core.api import Evidence, ProbeView

_SIGNATURES = (b"fLaC", b"OggS", b"ID3", b"caff", b".snd", b"riff\x2e\x91\xcf\x11")
"""FLAC, Ogg, ID3 (before MP3), Core Audio, Sun/NeXT, Sony Wave64."""
_MOST_CHUNKS = 1000
_CD_WAVE = struct.pack("<HHIIHH", 1, 2, 44100, 176400, 4, 16)
_CD_EXTENSIBLE = struct.pack("<HHIIHH", 0xFFFE, 2, 44100, 176400, 4, 16)
_CD_RATE = bytes.fromhex("400eac44000000000000")
"""44100 as an 80-bit extended float."""


def probe(view: ProbeView) -> Evidence:
    """PROVEN for WAVE and AIFF that must be converted, MAGIC for the other kinds."""
    head = view.head
    if head[8:12] == b"WAVE" and head[:4] in (b"RIFF", b"RF64"):
        return Evidence.NONE if _is_cd_wave(_chunk(view, b"fmt ", "little")) else Evidence.PROVEN
    if head[8:12] in (b"AIFF", b"AIFC") and head[:4] == b"FORM":
        return Evidence.NONE if _is_cd_aiff(_chunk(view, b"COMM", "big")) else Evidence.PROVEN
    if head.startswith(_SIGNATURES) or (view.suffix == ".mp3" and _is_mpeg(head)):
        return Evidence.MAGIC
    return Evidence.NONE


def _chunk(view: ProbeView, name: bytes, order: Literal["little", "big"]) -> bytes:
    """The first 40 bytes of a chunk, or nothing."""
    at = 12
    for _ in range(_MOST_CHUNKS):
        head = view.read(at, 48)
        if len(head) < 8:
            break
        length = int.from_bytes(head[4:8], order)
        if head[:4] == name:
            return head[8 : 8 + min(length, 40)]
        at += 8 + length + length % 2
    return b""


def _is_cd_wave(fmt: bytes) -> bool:
    return fmt[:16] == _CD_WAVE or (fmt[:16] == _CD_EXTENSIBLE and fmt[18:26] == b"\x10\0\x03\0\0\0\1\0")


def _is_cd_aiff(comm: bytes) -> bool:
    shape = comm[:2] == b"\0\2" and comm[6:18] == b"\0\x10" + _CD_RATE
    return shape and comm[18:22] in (b"", b"NONE", b"twos", b"sowt")


def _is_mpeg(head: bytes) -> bool:
    """An MPEG audio frame header (ISO 11172-3, 2.4.1.3): sync, layer III, a bit rate and a sampling rate."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return False
    return head[2] >> 4 not in (0, 15) and head[2] & 0x0C != 0x0C
