"""Encrypted containers against the conformance kit."""

from __future__ import annotations

import hashlib
import hmac
import struct
import zlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from cdemu_core.errors import PasswordRequired, UnsupportedImage
from cdemu_core.loading.source import LoadContext
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.discs import payload
from cdemu_core.testing.facts import FilterSample
from cdemu_core.testing.filters import StreamFilterTests

PASSWORD = "secret"
SIZE = 200_000


def content() -> bytes:
    return payload(SIZE, 4)


def aes_cbc(data: bytes, key: bytes, vector: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def encrcdsa(bits: int) -> bytes:
    """An encrypted disk image, key wrapped by AES-192."""
    cipher, mac = payload(bits // 8, 1), payload(20, 2)
    salt, vector = payload(20, 3), payload(16, 5)
    wrap = hashlib.pbkdf2_hmac("sha1", PASSWORD.encode(), salt, 500, 24)
    clear = cipher + mac + b"CKIE\0"
    pad = 16 - len(clear) % 16
    blob = aes_cbc(clear + bytes([pad]) * pad, wrap, vector)
    key = struct.pack(">4I32sI32s5I", 0x67, 0, 500, 20, salt, 16, vector, 192, 0x80000001, 7, 6, len(blob))
    key += blob
    head = 76 + 20
    offset = 1024
    header = struct.pack(
        ">8s7I16sIQQI",
        b"encrcdsa",
        2,
        16,
        5,
        0x80000001,
        bits,
        0x5B,
        160,
        bytes(16),
        512,
        SIZE,
        offset,
        1,
    )
    header += struct.pack(">IQQ", 1, head, len(key)) + key
    plain = content().ljust(-(-SIZE // 512) * 512, b"\0")
    body = b""
    for number in range(len(plain) // 512):
        vector = hmac.digest(mac, struct.pack(">I", number), "sha1")[:16]
        body += aes_cbc(plain[number * 512 : (number + 1) * 512], cipher, vector)
    return header.ljust(offset, b"\0") + body


def write(name: str, data: bytes):
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    make.__name__ = name
    return make


class TestEncrcdsa(StreamFilterTests):
    stream_filter = "encrcdsa"
    samples = (
        FilterSample(make=write("one.dmg", encrcdsa(128)), content=content, password=PASSWORD),
        FilterSample(make=write("long.dmg", encrcdsa(256)), content=content, password=PASSWORD),
    )


def sectors() -> bytes:
    return b"".join(bytes([n]) * 2048 for n in range(48))


def isz(cipher: int) -> bytes:
    """An encrypted ISZ of zlib chunks."""
    size = {2: 16, 3: 24, 4: 32}[cipher]
    encryptor = Cipher(algorithms.AES(PASSWORD.encode().ljust(size, b"\0")), modes.ECB()).encryptor()
    chunk, pointers, body = 8192, b"", b""
    for at in range(0, len(sectors()), chunk):
        packed = zlib.compress(sectors()[at : at + chunk], 1)
        whole = len(packed) // 16 * 16
        body += encryptor.update(packed[:whole]) + packed[whole:]
        pointers += (2 << 22 | len(packed)).to_bytes(3, "little")
    count = len(pointers) // 3
    head = struct.pack(
        "<4sBBIHIBQIIBBIIIB16x",
        b"IsZ!", 64, 1, 0, 2048, 48, cipher, 0, count, chunk, 3, 0, 64, 0, 64 + len(pointers), 0,
    )  # fmt: skip
    masked = bytes(byte ^ b"IsZ!"[n % 4] ^ 0xFF for n, byte in enumerate(pointers))
    return head + masked + body


class TestIszCrypto(StreamFilterTests):
    stream_filter = "isz-crypto"
    samples = tuple(
        FilterSample(make=write(f"aes{cipher}.isz", isz(cipher)), content=sectors, password=PASSWORD)
        for cipher in (2, 3, 4)
    )


@pytest.mark.parametrize("password", [None, "wrong"])
@pytest.mark.parametrize("data", [encrcdsa(128), isz(4)], ids=["encrcdsa", "isz"])
def test_no_or_a_wrong_password_asks_for_one(tmp_path: Path, data: bytes, password: str | None) -> None:
    (tmp_path / "image").write_bytes(data)
    chain = LoadContext(PluginHost(), {}, password).chain
    with pytest.raises(PasswordRequired):
        chain.open(str(tmp_path / "image"))
    chain.close()


def test_version_1_is_named(tmp_path: Path) -> None:
    (tmp_path / "old.dmg").write_bytes(payload(5000) + b"cdsaencr")
    chain = LoadContext(PluginHost(), {}, "x").chain
    with pytest.raises(UnsupportedImage, match="version 1"):
        chain.open(str(tmp_path / "old.dmg"))
    chain.close()
