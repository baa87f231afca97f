"""WAVE and AIFF that hold CD audio already."""

from __future__ import annotations

import contextlib
import io
import struct
import wave
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdemu_core.api import CorruptImage, Evidence, ImageError, MemoryStream, StreamError, UnsupportedImage
from cdemu_core.filters.pcm import examine, open_pcm

SAMPLES = bytes(range(256)) * 20
SWAPPED = struct.pack(f">{len(SAMPLES) // 2}H", *struct.unpack(f"<{len(SAMPLES) // 2}H", SAMPLES))
GUID = bytes.fromhex("0100000000001000800000aa00389b71")


def chunk(name: bytes, data: bytes, order: str = "<", size: int | None = None) -> bytes:
    return name + struct.pack(order + "I", len(data) if size is None else size) + data + bytes(len(data) % 2)


def fmt(tag: int = 1, channels: int = 2, rate: int = 44100, bits: int = 16, more: bytes = b"") -> bytes:
    align = channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * align, align, bits) + more)


def riff(*chunks: bytes, name: bytes = b"RIFF") -> bytes:
    return chunk(name, b"WAVE" + b"".join(chunks))


def comm(rate: bytes = b"\x40\x0e\xac\x44\0\0\0\0\0\0", bits: int = 16, frames: int | None = None) -> bytes:
    return struct.pack(">HIH", 2, len(SAMPLES) // 4 if frames is None else frames, bits) + rate


def form(*chunks: bytes, kind: bytes = b"AIFF") -> bytes:
    return chunk(b"FORM", kind + b"".join(chunks), ">")


def ssnd(data: bytes, skip: int = 0) -> bytes:
    return chunk(b"SSND", struct.pack(">II", skip, 0) + bytes(skip) + data, ">")


def by_wave_module() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((2, 2, 44100, 0, "NONE", ""))
        writer.writeframes(SAMPLES)
    return file.getvalue()


DATA = chunk(b"data", SAMPLES)
GOOD = {
    "the wave module's": by_wave_module(),
    "odd chunk before": riff(chunk(b"LIST", b"odd"), fmt(), DATA, chunk(b"id3 ", b"tag")),
    "far data": riff(fmt(), chunk(b"JUNK", bytes(70_000)), DATA),
    "extensible": riff(fmt(0xFFFE, more=struct.pack("<HHI", 22, 16, 3) + GUID), DATA),
    "size 0": riff(fmt(), chunk(b"data", SAMPLES, size=0)),
    "size of streams": riff(fmt(), chunk(b"data", SAMPLES, size=0xFFFFFFFF)),
    "size past the end": riff(fmt(), chunk(b"data", SAMPLES, size=1_000_000)),
    "RF64": riff(
        chunk(b"ds64", struct.pack("<QQQI", 0, len(SAMPLES), 0, 0)),
        fmt(),
        chunk(b"data", SAMPLES, size=0xFFFFFFFF),
        chunk(b"LIST", b"after"),
        name=b"RF64",
    ),
    "AIFF": form(chunk(b"COMM", comm(), ">"), ssnd(SWAPPED)),
    "AIFF, data first": form(ssnd(SWAPPED, 6), chunk(b"COMM", comm(), ">"), chunk(b"NAME", b"abc", ">")),
    "AIFC": form(chunk(b"COMM", comm() + b"NONE\0\0", ">"), ssnd(SWAPPED), kind=b"AIFC"),
    "AIFC sowt": form(chunk(b"COMM", comm() + b"sowt\0\0", ">"), ssnd(SAMPLES), kind=b"AIFC"),
}
OTHER = {
    "48 kHz": riff(fmt(rate=48000), DATA),
    "mono": riff(fmt(channels=1), DATA),
    "24 bits": riff(fmt(bits=24), DATA),
    "float": riff(fmt(3, bits=32), DATA),
    "compressed": riff(fmt(0x55), DATA),
    "AIFF 8 bits": form(chunk(b"COMM", comm(bits=8), ">"), ssnd(SWAPPED)),
    "AIFC ima4": form(chunk(b"COMM", comm() + b"ima4\0\0", ">"), ssnd(SWAPPED), kind=b"AIFC"),
}


def evidence(data: bytes) -> Evidence:
    sound = examine(MemoryStream(data).read_at, len(data))
    return Evidence.NONE if sound is None else Evidence.PROVEN if sound.is_cd_audio else Evidence.MAGIC


@pytest.mark.parametrize("name", GOOD)
def test_samples_come_out_exactly(name: str) -> None:
    stream = open_pcm(MemoryStream(GOOD[name]))
    assert stream.size == len(SAMPLES)
    assert stream.read_at(0, len(SAMPLES) + 5) == SAMPLES
    assert evidence(GOOD[name]) is Evidence.PROVEN


@pytest.mark.parametrize("name", OTHER)
def test_other_sound_names_the_cure(name: str) -> None:
    assert evidence(OTHER[name]) is Evidence.MAGIC
    with pytest.raises(UnsupportedImage, match=r"pip install cdemu-core\[audio-files\]"):
        open_pcm(MemoryStream(OTHER[name]))


def test_an_empty_data_chunk_before_others_is_empty() -> None:
    stream = open_pcm(MemoryStream(riff(fmt(), chunk(b"data", b""), chunk(b"LIST", b"text"))))
    assert stream.size == 0


def test_a_file_cut_short_ends_where_it_ends() -> None:
    stream = open_pcm(MemoryStream(by_wave_module()[:-1001]))
    assert stream.read_at(0, 10_000) == SAMPLES[:-1001]


@pytest.mark.parametrize("data", [riff(), riff(fmt()), riff(DATA), form(), b"RIFF", b""])
def test_no_sound_is_damage(data: bytes) -> None:
    with pytest.raises(CorruptImage, match="no audio data"):
        open_pcm(MemoryStream(data))


@settings(max_examples=60)
@given(st.integers(0, len(SAMPLES) + 5), st.integers(0, 300))
def test_swapped_samples_at_any_place(offset: int, length: int) -> None:
    stream = open_pcm(MemoryStream(GOOD["AIFF"]))
    assert stream.read_at(offset, length) == SAMPLES[offset : offset + length]


@settings(max_examples=150)
@given(st.sampled_from(["odd chunk before", "RF64", "AIFC"]), st.data())
def test_mutations_raise_nothing_else(name: str, data: st.DataObject) -> None:
    damaged = bytearray(GOOD[name][: data.draw(st.integers(0, 400))])
    for _ in range(data.draw(st.integers(0, 4)) if damaged else 0):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ImageError, StreamError):
        stream = open_pcm(MemoryStream(damaged))
        assert len(stream.read_at(0, 1_000_000)) == stream.size


@pytest.mark.parametrize("name", ["AIFF", "extensible"])
def test_closing_closes_below(name: str, watched: Callable[..., Any]) -> None:
    below = watched(GOOD[name])
    open_pcm(below).close()
    assert below.closed == 1
