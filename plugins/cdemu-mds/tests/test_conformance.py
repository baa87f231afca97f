"""Media descriptors against the conformance kit."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from cdemu_mds.crypt import BLOCK, Keys, _tweaks, _xor, derive, lrw, salt_password
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from cdemu_core.api import Control, MediumType, SectorType
from cdemu_core.disc.reader import DiscReader
from cdemu_core.errors import PasswordRequired
from cdemu_core.loading.loader import ImageLoader, LoadRequest
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.discs import payload
from cdemu_core.testing.facts import DiscFacts, Sample
from cdemu_core.testing.formats import ImageFormatTests

MAGIC = b"MEDIA DESCRIPTOR"


def mds(
    tracks: list[tuple[int, int, int, int, int, int, int]],
    end: int,
    *,
    medium: int = 0,
    names: tuple[bytes, ...] = (b"*.mdf\0",),
    wide: bool = False,
    start: int = -150,
) -> bytes:
    """A version 1 descriptor; rows: mode, sub, CTL, sector size, LBA, offset, (pregap<<32 | length)."""
    session_at = 88
    blocks_at = session_at + 24
    extra_at = blocks_at + 80 * len(tracks)
    footer_at = extra_at + 8 * len(tracks)
    name_at = footer_at + 16 * len(names)
    out = MAGIC + bytes([1, 3]) + struct.pack("<HH", medium, 1) + bytes(80 - 22)
    out += struct.pack("<II", session_at, 0)
    out += struct.pack("<iiHBBHH4xI", start, end, 1, len(tracks), 0, 1, len(tracks), blocks_at)
    for number, (mode, sub, ctl, size, lba, offset, lengths) in enumerate(tracks):
        extra = extra_at + 8 * number if medium < 0x10 else lengths & 0xFFFF_FFFF
        out += struct.pack(
            "<BBBBB7xIH18xiQII24x",
            mode,
            sub,
            0x10 | ctl,
            0,
            number + 1,
            extra,
            size,
            lba,
            offset,
            len(names),
            footer_at,
        )
    for row in tracks:
        out += struct.pack("<II", row[6] >> 32, row[6] & 0xFFFF_FFFF)
    at = name_at
    for name in names:
        out += struct.pack("<II8x", at, wide)
        at += len(name)
    return out + b"".join(names)


def alcohol(folder: Path) -> Path:
    """Mode 1 raw with sub-channel, then audio behind a pregap."""
    data = payload(40 * 2448, 1) + payload(30 * 2448, 2)
    (folder / "disc.mdf").write_bytes(data)
    rows = [(0xAA, 8, 4, 2448, 0, 0, 150 << 32 | 40), (0xA9, 8, 2, 2448, 190, 40 * 2448, 150 << 32 | 30)]
    (folder / "disc.mds").write_bytes(mds(rows, 220))
    return folder / "disc.mds"


def stored_pregap(folder: Path) -> Path:
    """As other programs write it: the pregap between two tracks lies between them in the file, too."""
    data = payload(40 * 2352, 1) + payload((150 + 30) * 2352, 2)
    (folder / "disc.mdf").write_bytes(data)
    rows = [(0xAA, 0, 4, 2352, 0, 0, 150 << 32 | 40), (0xA9, 0, 2, 2352, 190, 190 * 2352, 150 << 32 | 30)]
    (folder / "disc.mds").write_bytes(mds(rows, 220))
    return folder / "disc.mds"


def split_dvd(folder: Path) -> Path:
    """A DVD in two parts with wide-character names."""
    (folder / "film.mdf").write_bytes(payload(30 * 2048, 3))
    (folder / "film.md1").write_bytes(payload(20 * 2048, 4))
    names = tuple((name + "\0").encode("utf-16-le") for name in ("film.mdf", "film.md1"))
    row = (0x02, 0, 4, 2048, 0, 0, 50)
    (folder / "film.mds").write_bytes(mds([row], 50, medium=0x10, names=names, wide=True, start=0))
    return folder / "film.mds"


class TestMds(ImageFormatTests):
    image_format = "mds"
    samples = (
        Sample(
            make=alcohol,
            facts=DiscFacts(((1, SectorType.MODE1, 0, 40), (1, SectorType.AUDIO, 190, 30))),
        ),
        Sample(
            make=stored_pregap,
            facts=DiscFacts(((1, SectorType.MODE1, 0, 40), (1, SectorType.AUDIO, 190, 30))),
        ),
        Sample(make=split_dvd, facts=DiscFacts(((1, SectorType.MODE1, 0, 50),), MediumType.DVD)),
    )


def sealed_cbc(data: bytes, key: bytes, vector: bytes) -> bytes:
    """Whitened CBC, the other way round."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return _xor(encryptor.update(data), vector[8:16] * (len(data) // 8))


def sealed_lrw(data: bytes, key: bytes, tweak: bytes, first: int) -> bytes:
    """LRW, the other way round."""
    whole = len(data) // BLOCK * BLOCK
    masks = _tweaks(tweak, first, whole // BLOCK)
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return _xor(encryptor.update(_xor(data[:whole], masks)), masks) + data[whole:]


def key_header(key_data: bytes, packed: int, unpacked: int) -> bytes:
    head = struct.pack("<IIHHI", zlib.crc32(key_data), 0x54525545, 1, 0x100, 0) + key_data
    return (head + struct.pack("<II", packed, unpacked)).ljust(448, b"\0")


KEY_DATA = payload(256, 9)
SALT = payload(64, 8)


def mdx(sectors: bytes, *, group: int = 0, password: str | None = None) -> bytes:
    """A single-file image of one Mode 1 track of 2048-byte sectors, compressed by ``group``, encrypted."""
    count = len(sectors) // 2048
    body, table_at = sectors, 0
    keys = Keys(KEY_DATA, 0, 0)
    if group:
        table, parts = [], []
        for number in range(0, count, group):
            data = sectors[number * 2048 : (number + group) * 2048]
            packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed = packer.compress(data) + packer.flush()
            plain = len(packed) >= len(data)
            stored = data if plain else packed
            if password is not None:
                step = group * 2048 // BLOCK
                stored = sealed_lrw(stored, keys.cipher, keys.tweak, 1 + number // group * step)
            table.append(0 if plain else len(packed))
            parts.append(stored)
        body = b"".join(parts)
        table_at = len(body)
        body += zlib.compress(struct.pack(f"<{len(table)}H", *table))
    prefix = MAGIC + bytes([2, 1])
    session_at, block_at, extra_at, footer_at, end = 96, 128, 208, 216, 248
    inner = struct.pack("<HH8xH8xI20xI12xIII4x", 0, 1, 0, 0, 0, session_at, 0, end if password else 0)
    inner = prefix + inner
    inner += struct.pack("<qHBBHH4xIq", -150, 1, 1, 0, 1, 1, block_at, count)
    inner += struct.pack("<BBBBB7xIH18xiQIIqQ8x", 2, 0, 0x14, 0, 1, extra_at, 2048, 0, 64, 1, footer_at, 0, 0)
    inner += struct.pack("<II", 150, count)
    inner += struct.pack("<IB7xIQQ", 0, 1 if group else 0, group, count, table_at)
    if password is not None:
        material = derive(password.encode(), SALT)
        inner += SALT + sealed_lrw(key_header(KEY_DATA, 0, 0), material[32:64], material[:16], 1)
    packed = zlib.compress(inner[18:])
    padded = packed + bytes(-len(packed) % 16)
    sealed = b"".join(
        sealed_cbc(padded[at : at + 512], keys.cipher, keys.tweak) for at in range(0, len(padded), 512)
    )
    material = derive(salt_password(SALT), SALT)
    header = SALT + sealed_cbc(
        key_header(KEY_DATA, len(packed), len(inner) - 18), material[32:64], material[:16]
    )
    head = prefix + bytes(26) + struct.pack("<IQQ", 0xFFFF_FFFF, 64 + len(body), len(sealed) + 64)
    return head + body + sealed + header


def sectors(count: int) -> bytes:
    """Sectors of which some compress well."""
    return b"".join(bytes([n]) * 2048 if n % 3 else payload(2048, n) for n in range(count))


def plain(folder: Path) -> Path:
    (folder / "plain.mdx").write_bytes(mdx(sectors(40)))
    return folder / "plain.mdx"


def sealed(folder: Path) -> Path:
    (folder / "sealed.mdx").write_bytes(mdx(sectors(45), group=8, password="secret"))
    return folder / "sealed.mdx"


class TestMdx(ImageFormatTests):
    image_format = "mdx"
    samples = (
        Sample(make=plain, facts=DiscFacts(((1, SectorType.MODE1, 0, 40),))),
        Sample(make=sealed, password="secret", facts=DiscFacts(((1, SectorType.MODE1, 0, 45),))),
    )


def load(path: Path, password: str | None = None):
    return ImageLoader(PluginHost()).load(LoadRequest((str(path),), password=password))


@pytest.mark.parametrize("make", [plain, sealed])
def test_data_comes_out_as_it_went_in(make, tmp_path: Path) -> None:
    from cdemu_core.disc.reader import DiscReader

    loaded = load(make(tmp_path), "secret")
    count = loaded.disc.tracks[0].length - 150
    data = bytearray(count * 2048)
    DiscReader(loaded.disc).read_user_data(0, count, memoryview(data))
    assert hashlib.sha256(data).digest() == hashlib.sha256(sectors(count)).digest()
    loaded.close()


@pytest.mark.parametrize("password", [None, "wrong"])
def test_no_or_a_wrong_password_asks_for_one(tmp_path: Path, password: str | None) -> None:
    with pytest.raises(PasswordRequired):
        load(sealed(tmp_path), password)


def test_lrw_undoes_itself_across_sectors() -> None:
    data = payload(5 * 2352 + 4)
    again = lrw(sealed_lrw(data, KEY_DATA[32:64], KEY_DATA[:16], 7), KEY_DATA[32:64], KEY_DATA[:16], 7)
    assert again == data


def test_a_length_that_underflowed_is_taken_from_the_next_track(tmp_path: Path) -> None:
    path = alcohol(tmp_path)
    raw = bytearray(path.read_bytes())
    extra_at = 88 + 24 + 160
    raw[extra_at + 4 : extra_at + 8] = struct.pack("<I", 0xFFFF_FF00)
    path.write_bytes(raw)
    loaded = load(path)
    assert [t.length for t in loaded.disc.tracks] == [190, 180]
    assert loaded.disc.tracks[1].control == Control.COPY_PERMITTED
    assert any("length" in note for note in loaded.notes)
    loaded.close()


@pytest.mark.parametrize(("make", "silent"), [(alcohol, True), (stored_pregap, False)])
def test_a_pregap_is_read_where_the_file_has_room_for_it(
    make: Callable[[Path], Path], silent: bool, tmp_path: Path
) -> None:
    loaded = ImageLoader(PluginHost()).load(LoadRequest((str(make(tmp_path)),)))
    pregap = bytes(DiscReader(loaded.disc).read_frames(40, 150))
    expected = bytes(150 * 2352) if silent else payload(180 * 2352, 2)[: 150 * 2352]
    assert pregap == expected
    loaded.close()


def test_a_length_that_underflowed_is_taken_from_the_next_start(tmp_path: Path) -> None:
    """A writer gave track 2 a pregap it does not have, and took it off track 1's 40 sectors."""
    (tmp_path / "disc.mdf").write_bytes(payload(70 * 2352))
    rows = [
        (0xAA, 0, 4, 2352, 0, 0, 150 << 32 | (40 - 150) & 0xFFFF_FFFF),
        (0xA9, 0, 2, 2352, 40, 40 * 2352, 150 << 32 | 30),
    ]
    (tmp_path / "disc.mds").write_bytes(mds(rows, 70))
    loaded = ImageLoader(PluginHost()).load(LoadRequest((str(tmp_path / "disc.mds"),)))
    assert [(t.start, t.index1, t.end) for t in loaded.disc.tracks] == [(-150, 0, 40), (40, 40, 70)]
    assert len(loaded.notes) == 2
    loaded.close()
