"""Detection of every layout, and of what has no volume descriptor."""

from __future__ import annotations

import struct

import pytest
from cdemu_iso.detect import MIN_SIZE, Found, detect
from cdemu_iso.layouts import LAYOUTS, RAW_TYPES, TRAILERS, Layout, raw
from cdemu_iso.subchannel import form

from cdemu_core.api import SYNC_PATTERN, Evidence, MediumType, SectorType, SubchannelForm, lba_to_msf, to_bcd
from cdemu_core.disc.reader import DiscReader
from cdemu_core.testing.discs import audio_disc, iso_payload, payload


def found(data: bytes, suffix: str = ".iso") -> Found | None:
    return detect(lambda offset, length: data[offset : offset + length], len(data), suffix)


def laid_out(layout: Layout, user: bytes) -> bytes:
    """2048-byte blocks of ``user`` as sectors of ``layout``; everything else is noise."""
    sectors = []
    for at in range(0, len(user), 2048):
        sector = bytearray(payload(layout.stride, at))
        sector[layout.user_at : layout.user_at + 2048] = user[at : at + 2048]
        sectors.append(bytes(sector))
    return b"".join(sectors)


def frames(count: int, mode: int, first_lba: int, extra: int = 0) -> bytes:
    """Whole frames with sync and header around noise."""
    sectors = []
    for lba in range(first_lba, first_lba + count):
        header = bytes([*map(to_bcd, lba_to_msf(lba)), mode])
        sectors.append(SYNC_PATTERN + header + payload(2336 + extra, lba & 0xFFFF))
    return b"".join(sectors)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: f"{layout.sector_type.name}-{layout.stride}")
def test_every_layout_by_its_descriptor(layout: Layout) -> None:
    result = found(laid_out(layout, iso_payload(40)), suffix="")
    assert result is not None
    assert result.layout == layout
    assert result.evidence is Evidence.MAGIC
    assert result.descriptor == 16


def with_blocks(sectors: int, blocks: dict[int, bytes]) -> bytes:
    data = bytearray(payload(sectors * 2048))
    for sector, block in blocks.items():
        data[sector * 2048 : sector * 2048 + len(block)] = block
    return bytes(data)


@pytest.mark.parametrize(
    ("what", "blocks"),
    [
        ("CD001", {16: b"\x00CD001\x01", 17: b"\x01CD001\x01", 18: b"\xffCD001\x01"}),
        ("BEA01", {16: b"\x00BEA01\x01", 17: b"\x00NSR02\x01", 18: b"\x00TEA01\x01"}),
        ("NSR03", {20: b"\x00NSR03\x01", 21: b"\x00TEA01\x01"}),
        ("CD-I", {16: b"\x01CD-I \x01"}),
        ("CDROM", {16: struct.pack("<I", 16) + struct.pack(">I", 16) + b"\x01CDROM\x01"}),
    ],
)
def test_volume_recognition(what: str, blocks: dict[int, bytes]) -> None:
    result = found(with_blocks(40, blocks), suffix="")
    assert result is not None
    assert (result.what, result.evidence, result.descriptor) == (what, Evidence.MAGIC, min(blocks))


def anchor(sector: int) -> bytes:
    tag = bytearray(struct.pack("<HHBBHHHI", 2, 2, 0, 0, 1, 0, 0, sector))
    tag[4] = sum(tag) & 0xFF
    return bytes(tag) + struct.pack("<II", 32768, 257)


@pytest.mark.parametrize("sector", [256, 300 - 257, 299])
def test_udf_by_its_anchor_alone(sector: int) -> None:
    result = found(with_blocks(300, {sector: anchor(sector)}), suffix="")
    assert result is not None
    assert (result.what, result.evidence) == ("UDF", Evidence.MAGIC)


def test_an_anchor_with_a_wrong_checksum_or_place_is_none() -> None:
    block = bytearray(anchor(256))
    block[4] ^= 1
    assert found(with_blocks(300, {256: bytes(block)}), suffix="") is None
    assert found(with_blocks(300, {256: anchor(255)}), suffix="") is None


@pytest.mark.parametrize(
    ("what", "offset", "signature", "medium"),
    [
        ("GameCube", 0x1C, b"\xc2\x33\x9f\x3d", MediumType.DVD),
        ("Wii", 0x18, b"\x5d\x1c\x9e\xa3", MediumType.DVD),
        ("Xbox", 65536, b"MICROSOFT*XBOX*MEDIA", MediumType.DVD),
        ("3DO", 0, b"\x01ZZZZZ\x01", MediumType.CD),
    ],
)
def test_consoles(what: str, offset: int, signature: bytes, medium: MediumType) -> None:
    data = bytearray(payload(60 * 2048))
    data[offset : offset + len(signature)] = signature
    result = found(bytes(data), suffix="")
    assert result is not None
    assert (result.what, result.medium, result.evidence) == (what, medium, Evidence.MAGIC)


@pytest.mark.parametrize("mode", [0, 1, 2])
@pytest.mark.parametrize("trailer", TRAILERS, ids=str)
def test_raw_frames_by_their_sync(mode: int, trailer: tuple[int, int, int]) -> None:
    result = found(frames(30, mode, 0, trailer[0]), suffix="")
    assert result is not None
    assert (result.evidence, result.layout) == (Evidence.SHAPE, raw(RAW_TYPES[mode], trailer))


@pytest.mark.parametrize("first", [-150, 0, 1000])
def test_raw_frames_say_where_they_begin(first: int) -> None:
    result = found(frames(30, 1, first))
    assert result is not None
    assert result.first_lba == first


def test_mode2_by_its_doubled_subheader() -> None:
    sub = b"\x01\x00\x08\x00" * 2
    data = b"".join(sub + payload(2328, n) for n in range(30))
    result = found(data, suffix="")
    assert result is not None
    assert result.layout is not None
    assert (result.layout.sector_type, result.layout.stride) == (SectorType.MODE2_MIXED, 2336)


@pytest.mark.parametrize(
    ("size", "suffix", "expected"),
    [
        (300 * 2352, ".bin", SectorType.AUDIO),
        (299 * 2352, ".bin", None),
        (300 * 2048, ".iso", SectorType.MODE1),
        (300 * 2048, ".dat", None),
        (147 * 2048, ".iso", SectorType.MODE1),  # also 128 × 2352 bytes
        (300 * 2048 + 1, ".iso", None),
        (MIN_SIZE - 2048, ".iso", None),
    ],
)
def test_by_size_and_suffix(size: int, suffix: str, expected: SectorType | None) -> None:
    result = found(payload(size), suffix)
    layout = result.layout if result else None
    assert (layout.sector_type if layout else None) is expected


@pytest.mark.parametrize("kind", [SubchannelForm.PW96_INTERLEAVED, SubchannelForm.PW96_LINEAR])
def test_form_of_the_subchannel(kind: SubchannelForm) -> None:
    layout = raw(SectorType.AUDIO, (96, 0, 96))
    sub = bytes(DiscReader(audio_disc(1, 30)).read_subchannel(0, 30))
    sectors = []
    for n in range(30):
        part = sub[n * 96 : (n + 1) * 96]
        if kind is SubchannelForm.PW96_LINEAR:
            bits = ["".join(str(byte >> (7 - channel) & 1) for byte in part) for channel in range(8)]
            part = b"".join(int(row, 2).to_bytes(12, "big") for row in bits)
        sectors.append(payload(2352, n) + part)
    data = b"".join(sectors)
    assert form(lambda offset, length: data[offset : offset + length], layout, 30) is kind
    result = found(data, suffix="")
    assert result is not None
    assert result.layout == layout
