"""CD-TEXT: 18-byte packs ⇄ values (MMC-3 annex J; Sony CD-TEXT).

A pack is: type, track of its first character, sequence number in the block, DBCC bit with block number
and character position, 12 bytes of payload, CRC-16 (inverted, big-endian).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from fastcrc import crc16

from .model import CdTextBlock, PackType

PACK: Final = 18
PAYLOAD: Final = 12
MAX_BLOCKS: Final = 8
MAX_POSITION: Final = 15
MAX_PACKS: Final = 256 - 3
"""Packs of a block before its three SIZE_INFO packs; sequence numbers are one byte."""
HEADER: Final = 4
"""Bytes READ TOC/PMA/ATIP puts before the packs."""
EXTENSION: Final = 0x80
DBCC: Final = 0x80

LATIN1, ASCII, MS_JIS, KOREAN, MANDARIN = 0x00, 0x01, 0x80, 0x81, 0x82
CODECS: Final = {
    LATIN1: "latin-1",
    ASCII: "ascii",
    MS_JIS: "cp932",
    KOREAN: "euc_kr",
    MANDARIN: "gb2312",
}
"""Python codecs of the SIZE_INFO character codes."""

TEXT_TYPES: Final = frozenset(range(PackType.TITLE, PackType.MESSAGE + 1))
"""Types written in the block's character set; the other texts are ISO 8859-1."""
BINARY_TYPES: Final = frozenset({PackType.TOC_INFO, PackType.TOC_INFO2})
"""Types whose packs are numbers: kept as they are, by the track number of each pack."""
GENRE_CODE: Final = 2
"""Bytes of the genre code before its text."""


class SizeInfo(NamedTuple):
    """What a block's three SIZE_INFO packs say."""

    charset: int
    first_track: int
    last_track: int
    copyright_flags: int
    languages: bytes


def text_block(
    language: int = 9,
    charset: int = LATIN1,
    texts: Mapping[tuple[PackType, int], str | bytes] | None = None,
) -> CdTextBlock:
    """A block of texts by (type, track; 0 = album); empty ones are left out.

    ``bytes`` are taken as stored. Strings are encoded for ``charset``; where ISO 8859-1 cannot hold
    one, the block takes the first of MS-JIS, Korean and Mandarin that holds all, else signs it
    cannot hold become question marks.
    """
    given = {key: text for key, text in (texts or {}).items() if text}
    strings = [text for (kind, _), text in given.items() if isinstance(text, str) and kind in TEXT_TYPES]
    if charset == LATIN1:
        choices = (LATIN1, MS_JIS, KOREAN, MANDARIN)
        charset = next((code for code in choices if _fits(strings, CODECS[code])), LATIN1)
    codec = CODECS.get(charset, CODECS[LATIN1])
    encoded = {
        (kind, track): text
        if isinstance(text, bytes)
        else text.encode(codec if kind in TEXT_TYPES else CODECS[LATIN1], "replace")
        for (kind, track), text in given.items()
    }
    return CdTextBlock(language, charset, encoded)


def _fits(strings: Iterable[str], codec: str) -> bool:
    try:
        for text in strings:
            text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def block_text(block: CdTextBlock, kind: PackType, track: int) -> str | None:
    """The text of ``kind`` for ``track`` (0 = album), decoded, or None; a genre's code is left out."""
    data = block.texts.get((kind, track))
    if data is None or kind in BINARY_TYPES:
        return None
    if kind is PackType.GENRE:
        data = data[GENRE_CODE:]
    charset = block.charset if kind in TEXT_TYPES else LATIN1
    return data.decode(CODECS.get(charset, CODECS[LATIN1]), "replace")


def encode_packs(blocks: Sequence[CdTextBlock], first_track: int, last_track: int) -> bytes:
    """The packs of up to eight ``blocks``, each closed by its SIZE_INFO; what does not fit is cut.

    ``first_track`` and ``last_track`` stand for blocks that do not say their own.
    """
    bodies = [list(_block_packs(block))[:MAX_PACKS] for block in blocks[:MAX_BLOCKS]]
    last_numbers = bytes(len(body) + 2 for body in bodies).ljust(MAX_BLOCKS, b"\0")
    languages = bytes(block.language for block in blocks[:MAX_BLOCKS]).ljust(MAX_BLOCKS, b"\0")
    out = bytearray()
    for number, (block, body) in enumerate(zip(blocks, bodies, strict=False)):
        tracks = (block.first_track or first_track, block.last_track or last_track)
        info = bytes([block.charset, *tracks, block.copyright_flags, *_pack_counts(body)])
        info += last_numbers + languages
        body += [(PackType.SIZE_INFO, part, 0, payload) for part, payload in enumerate(_payloads(info))]
        for sequence, (kind, track, position, payload) in enumerate(body):
            pack = bytes([kind, track, sequence, position | number << 4]) + payload
            out += pack + crc16.gsm(pack).to_bytes(2, "big")
    return bytes(out)


Pack = tuple[int, int, int, bytes]
"""Type, track, position byte without the block number, payload."""


def _pack_counts(body: Sequence[Pack]) -> bytes:
    """Packs of each type 0x80 … 0x8F, SIZE_INFO's three counted."""
    counts = bytearray(16)
    for kind, *_ in body:
        counts[kind & 0x0F] += 1
    counts[PackType.SIZE_INFO & 0x0F] = 3
    return bytes(counts)


def _block_packs(block: CdTextBlock) -> Iterator[Pack]:
    for kind in sorted({kind for kind, _ in block.texts}):
        texts = {track: text for (of, track), text in block.texts.items() if of == kind and text}
        if kind in BINARY_TYPES:
            for track, data in sorted(texts.items()):
                yield from ((kind, track, 0, payload) for payload in _payloads(data))
        elif texts and kind != PackType.SIZE_INFO:
            yield from _text_packs(kind, texts, double=block.charset >= MS_JIS and kind in TEXT_TYPES)


def _text_packs(kind: int, texts: Mapping[int, bytes], *, double: bool) -> Iterator[Pack]:
    """Packs of all strings of one type, back to back; tracks without one get an empty string."""
    terminator = b"\0\0" if double else b"\0"
    stream = bytearray()
    owners: list[tuple[int, int]] = []  # for each byte, its track and position
    for track in range(min(texts), max(texts) + 1):
        text = texts.get(track, b"") + terminator
        stream += text
        owners += [(track, place // len(terminator)) for place in range(len(text))]
    for number, payload in enumerate(_payloads(stream)):
        track, position = owners[number * PAYLOAD]
        yield kind, track, min(position, MAX_POSITION) | (DBCC if double else 0), payload


def _payloads(data: bytes | bytearray) -> list[bytes]:
    return [bytes(data[at : at + PAYLOAD]).ljust(PAYLOAD, b"\0") for at in range(0, len(data), PAYLOAD)]


def decode_packs(data: bytes) -> tuple[CdTextBlock, ...]:
    """The blocks of stored packs, in block order.

    A READ TOC header before and an incomplete pack after them are tolerated; packs with a wrong CRC or
    an unknown type are dropped. A TAB (two in double-byte text) repeats the text of the track before.
    """
    blocks: dict[int, list[bytes]] = {}
    for pack in _good_packs(data):
        blocks.setdefault(pack[3] >> 4 & 7, []).append(pack)
    return tuple(_decode_block(number, blocks[number]) for number in sorted(blocks))


def _good_packs(data: bytes) -> Iterator[bytes]:
    known = set(PackType)
    if data[:1] and data[0] not in known and data[HEADER : HEADER + 1] and data[HEADER] in known:
        data = data[HEADER:]
    for at in range(0, len(data) - PACK + 1, PACK):
        pack = data[at : at + PACK]
        good = crc16.gsm(pack[:16]) == int.from_bytes(pack[16:], "big")
        if good and pack[0] in known and not pack[1] & EXTENSION:
            yield pack


def _decode_block(number: int, packs: list[bytes]) -> CdTextBlock:
    info = _size_info(packs)
    texts: dict[tuple[PackType, int], bytes] = {}
    for kind in PackType:
        chosen = sorted((pack for pack in packs if pack[0] == kind), key=lambda pack: pack[2])
        if not chosen or kind is PackType.SIZE_INFO:
            continue
        if kind in BINARY_TYPES:
            for pack in chosen:
                texts[kind, pack[1]] = texts.get((kind, pack[1]), b"") + pack[4:16]
        elif kind is PackType.GENRE:
            genre = b"".join(pack[4:16] for pack in chosen)
            texts[kind, 0] = genre[:GENRE_CODE] + genre[GENRE_CODE:].rstrip(b"\0")
        else:
            texts.update(((kind, track), text) for track, text in _strings(chosen))
    if info is None:
        return CdTextBlock(texts=texts)
    return CdTextBlock(
        language=info.languages[number],
        charset=info.charset,
        texts=texts,
        first_track=info.first_track,
        last_track=info.last_track,
        copyright_flags=info.copyright_flags,
    )


def _size_info(packs: list[bytes]) -> SizeInfo | None:
    parts = {pack[1]: pack[4:16] for pack in packs if pack[0] == PackType.SIZE_INFO}
    if not parts.keys() >= {0, 1, 2}:
        return None
    data = parts[0] + parts[1] + parts[2]
    return SizeInfo(data[0], data[1], data[2], data[3], languages=data[28:36])


def _strings(packs: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """(track, text) of each string that is not empty, in packs of one text type."""
    terminator = b"\0\0" if packs[0][3] & DBCC else b"\0"
    repeat = b"\t" * len(terminator)
    previous = b""
    for stretch in _unbroken(packs):
        track = stretch[0][1]
        rest = b"".join(pack[4:16] for pack in stretch)
        if stretch[0][3] & MAX_POSITION:
            rest = rest.partition(terminator)[2]
            track += 1
        while rest:
            text, _, rest = rest.partition(terminator)
            if text == repeat:
                text = previous
            if text.strip(b"\0") and track < EXTENSION:
                yield track, text
            previous = text
            track += 1


def _unbroken(packs: list[bytes]) -> Iterator[list[bytes]]:
    """``packs`` cut where a sequence number is missing: the string begun there is lost."""
    stretch: list[bytes] = []
    for pack in packs:
        if stretch and pack[2] != stretch[-1][2] + 1:
            yield stretch
            stretch = []
        stretch.append(pack)
    if stretch:
        yield stretch
