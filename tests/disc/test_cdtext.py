"""CD-TEXT: values to packs and back, and packs as they are found."""

from __future__ import annotations

import pytest
from fastcrc import crc16
from hypothesis import given, settings
from hypothesis import strategies as st

from cdemu_core.disc.cdtext import block_text, decode_packs, encode_packs, text_block
from cdemu_core.disc.model import CdTextBlock, PackType

K = PackType
LATIN_KINDS = [*range(K.TITLE, K.DISC_ID), K.CLOSED_INFO, K.UPC_ISRC]

keys = st.tuples(st.sampled_from([K(kind) for kind in LATIN_KINDS]), st.integers(0, 20))
texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), min_size=1, max_size=40)
blocks = st.lists(
    st.builds(text_block, st.integers(0, 127), st.just(0), st.dictionaries(keys, texts, max_size=12)),
    min_size=1,
    max_size=8,
)


def with_range(block: CdTextBlock, first: int, last: int) -> CdTextBlock:
    return CdTextBlock(block.language, block.charset, block.texts, first, last, block.copyright_flags)


@settings(max_examples=80, deadline=None)
@given(blocks)
def test_round_trip(given_blocks: list[CdTextBlock]) -> None:
    packs = encode_packs(given_blocks, 1, 20)
    assert len(packs) % 18 == 0
    assert all(
        crc16.gsm(packs[at : at + 16]) == int.from_bytes(packs[at + 16 : at + 18], "big")
        for at in range(0, len(packs), 18)
    )
    expected = tuple(with_range(block, 1, 20) for block in given_blocks)
    assert decode_packs(packs) == expected
    header = (len(packs) + 2).to_bytes(2, "big") + b"\0\0"
    assert decode_packs(header + packs + b"\0") == expected


def test_layout_of_packs() -> None:
    block = text_block(
        9, 0, {(K.TITLE, 0): "Album", (K.TITLE, 1): "A long title of a track", (K.TITLE, 3): "C"}
    )
    packs = encode_packs([block], 1, 3)
    assert [packs[at : at + 16].hex(" ") for at in range(0, len(packs), 18)] == [
        "80 00 00 00 41 6c 62 75 6d 00 41 20 6c 6f 6e 67",
        "80 01 01 06 20 74 69 74 6c 65 20 6f 66 20 61 20",
        "80 01 02 0f 74 72 61 63 6b 00 00 43 00 00 00 00",
        "8f 00 03 00 00 01 03 03 03 00 00 00 00 00 00 00",
        "8f 01 04 00 00 00 00 00 00 00 00 03 05 00 00 00",
        "8f 02 05 00 00 00 00 00 09 00 00 00 00 00 00 00",
    ]


def test_double_byte_text() -> None:
    block = text_block(
        0x69, 0, {(K.TITLE, 0): "音楽", (K.TITLE, 1): "歌のアルバムです", (K.UPC_ISRC, 0): "4912345678904"}
    )
    assert block.charset == 0x80
    packs = encode_packs([block], 1, 1)
    assert packs[:16].hex(" ") == "80 00 00 80 89 b9 8a 79 00 00 89 cc 82 cc 83 41"
    assert packs[18:22].hex(" ") == "80 01 01 83"
    assert packs[36:40].hex(" ") == "8e 00 02 00"
    decoded = decode_packs(packs)[0]
    assert decoded.texts == block.texts
    assert block_text(decoded, K.TITLE, 1) == "歌のアルバムです"
    assert block_text(decoded, K.UPC_ISRC, 0) == "4912345678904"
    assert block_text(decoded, K.PERFORMER, 0) is None


@pytest.mark.parametrize(
    ("text", "charset"), [("é", 0), ("한국어", 0x81), ("简体字", 0x82), ("Ω日本", 0x80), ("\U0001f600", 0)]
)
def test_character_set_is_the_first_that_holds_the_text(text: str, charset: int) -> None:
    block = text_block(9, 0, {(K.TITLE, 0): text})
    assert block.charset == charset
    assert block_text(block, K.TITLE, 0) == ("?" if text == "\U0001f600" else text)


def pack(kind: int, track: int, sequence: int, position: int, payload: bytes) -> bytes:
    body = bytes((kind, track, sequence, position)) + payload.ljust(12, b"\0")
    return body + crc16.gsm(body).to_bytes(2, "big")


def test_tab_repeats_the_track_before() -> None:
    data = pack(K.PERFORMER, 0, 0, 0, b"BB\0\t\0\t\0X\0\t\0")
    assert decode_packs(data)[0].texts == {
        (K.PERFORMER, 0): b"BB",
        (K.PERFORMER, 1): b"BB",
        (K.PERFORMER, 2): b"BB",
        (K.PERFORMER, 3): b"X",
        (K.PERFORMER, 4): b"X",
    }
    data = pack(K.TITLE, 1, 0, 0x80, b"\x82\xa0\0\0\t\t\0\0")
    assert decode_packs(data)[0].texts == {(K.TITLE, 1): b"\x82\xa0", (K.TITLE, 2): b"\x82\xa0"}


def test_bad_packs_are_dropped_and_later_tracks_kept() -> None:
    block = text_block(9, 0, {(K.TITLE, n): f"Title of track {n}" for n in range(1, 8)})
    packs = bytearray(encode_packs([block], 1, 7))
    packs[18 * 3 + 7] ^= 1
    found = decode_packs(bytes(packs))[0].texts
    lost = {key for key in block.texts if found.get(key) != block.texts[key]}
    assert lost <= {(K.TITLE, 2), (K.TITLE, 3), (K.TITLE, 4)}
    assert len(lost) <= 2
    assert found[K.TITLE, 7] == b"Title of track 7"


def test_empty_strings_do_not_end_a_type() -> None:
    data = pack(K.TITLE, 0, 0, 0, b"\0\0B\0C\0")
    assert decode_packs(data)[0].texts == {(K.TITLE, 2): b"B", (K.TITLE, 3): b"C"}


def test_binary_packs_are_not_split() -> None:
    toc = bytes(range(12))
    data = (
        pack(K.GENRE, 0, 0, 0, b"\0\x02Rock\0")
        + pack(K.TOC_INFO, 0, 1, 0, toc)
        + pack(K.TOC_INFO, 1, 2, 0, bytes(12))
    )
    block = decode_packs(data)[0]
    assert block.texts == {(K.GENRE, 0): b"\0\x02Rock", (K.TOC_INFO, 0): toc, (K.TOC_INFO, 1): bytes(12)}
    assert block_text(block, K.GENRE, 0) == "Rock"
    assert block_text(block, K.TOC_INFO, 0) is None
    assert encode_packs([block], 1, 1)[: 3 * 18] == data


def test_unknown_and_extended_packs_are_dropped() -> None:
    assert decode_packs(pack(0x8A, 0, 0, 0, b"x")) == ()
    assert decode_packs(pack(K.TITLE, 0x81, 0, 0, b"x")) == ()
    assert decode_packs(b"") == ()
    assert decode_packs(b"\0\2\0\0") == ()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=18 * 12), st.integers(0, 255))
def test_decoding_is_total(data: bytes, kind: int) -> None:
    decode_packs(data)
    valid = b"".join(
        pack(kind | 0x80, *data[at : at + 3], data[at + 3 : at + 15]) for at in range(0, len(data) - 3, 18)
    )
    for block in decode_packs(valid):
        encode_packs([block], 1, 99)


def test_too_much_text_is_cut() -> None:
    block = text_block(9, 0, {(K.MESSAGE, n): "x" * 200 for n in range(99)})
    packs = encode_packs([block] * 9, 1, 99)
    assert len(packs) == 8 * 256 * 18
    decoded = decode_packs(packs)
    assert len(decoded) == 8
    assert all(block.last_track == 99 for block in decoded)
