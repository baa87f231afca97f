"""Apple's encrypted disk images, version 2: AES-CBC blocks whose vectors are HMACs of their numbers."""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterator

import attrs
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from cdemu_core.api import (
    BlockStream,
    CorruptImage,
    ImageSource,
    PasswordRequired,
    Stream,
    UnsupportedImage,
)

HEADER = struct.Struct(">8s7I16sIQQI")
POINTER = struct.Struct(">IQQ")
KEY_RECORD = struct.Struct(">4I32sI32s5I")
PASSPHRASE = 1
MAX_KEYS = 64
MAX_RECORD = 1 << 16
MAX_ITERATIONS = 50_000_000
MAX_BLOCK = 1 << 20
AES_BLOCK = 16
DERIVED_KEY = 24
HMAC_KEY = 20
ALGORITHM_AES = 0x8000_0001
ALGORITHM_3DES = 0x11
MARK = b"CKIE\0"
CHUNK = 1 << 16
"""Bytes decrypted at a time."""


@attrs.frozen
class Keys:
    """What a key record's blob holds."""

    cipher: bytes
    mac: bytes


def open_encrcdsa(stream: Stream, source: ImageSource) -> Stream:
    """The disk image inside ``stream``.

    Raises:
        PasswordRequired: no password or a wrong one.
        CorruptImage: an impossible header.
        UnsupportedImage: version 1, or no key made from a password.
    """
    raw = stream.read_at(0, HEADER.size)
    if raw[:8] != b"encrcdsa" or len(raw) < HEADER.size:
        raise UnsupportedImage(
            f"{stream.name} is encrypted in the old version 1 layout; convert it with hdiutil first.",
            feature="encrcdsa version 1",
        )
    _, _, _, _, _, key_bits, _, _, _, block, length, offset, count = HEADER.unpack(raw)
    sane = block and block % AES_BLOCK == 0 and block <= MAX_BLOCK and key_bits in (128, 256)
    if not sane or not 0 < count <= MAX_KEYS or offset + length > stream.size:
        raise CorruptImage(f"{stream.name} has an impossible encryption header.", structure="header")
    password = source.password().encode()
    records = list(_records(stream, count))
    if not records:
        raise UnsupportedImage(f"{stream.name} has no key made from a password.", feature="key type")
    for record in records:
        if keys := _unlock(record, password, key_bits // 8):
            return EncrcdsaStream(stream, keys, block, offset, length)
    raise PasswordRequired("The password does not fit this image.", path=source.path)


def _records(stream: Stream, count: int) -> Iterator[bytes]:
    for number in range(count):
        pointer = stream.read_at(HEADER.size + number * POINTER.size, POINTER.size)
        if len(pointer) < POINTER.size:
            raise CorruptImage(f"{stream.name} ends inside its key table.", structure="keys")
        kind, offset, size = POINTER.unpack(pointer)
        if kind == PASSPHRASE:
            yield stream.read_at(offset, min(size, MAX_RECORD))


def _unlock(record: bytes, password: bytes, key_size: int) -> Keys | None:
    """The keys of a record, or None where the password does not open it."""
    if len(record) < KEY_RECORD.size:
        raise CorruptImage("A key record is cut off.", structure="keys")
    fields = KEY_RECORD.unpack_from(record)
    rounds, salt_size, salt, vector_size, vector = fields[2:7]
    algorithm, size = fields[8], fields[11]
    blob = record[KEY_RECORD.size : KEY_RECORD.size + size]
    if not 0 < rounds <= MAX_ITERATIONS or salt_size > len(salt) or vector_size > len(vector):
        raise CorruptImage("A key record is impossible.", structure="keys")
    key = hashlib.pbkdf2_hmac("sha1", password, salt[:salt_size], rounds, DERIVED_KEY)
    clear = _unpad(_decrypt_blob(blob, algorithm, key, vector[:vector_size]))
    if clear is None or not clear.endswith(MARK) or len(clear) < key_size + HMAC_KEY:
        return None
    return Keys(clear[:key_size], clear[key_size : key_size + HMAC_KEY])


def _decrypt_blob(blob: bytes, algorithm: int, key: bytes, vector: bytes) -> bytes:
    if algorithm == ALGORITHM_AES:
        cipher = Cipher(algorithms.AES(key), modes.CBC(vector.ljust(AES_BLOCK, b"\0")))
    elif algorithm == ALGORITHM_3DES:
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

        cipher = Cipher(TripleDES(key), modes.CBC(vector))
    else:
        raise UnsupportedImage(f"The key cipher {algorithm:#x} is not supported.", feature="key cipher")
    if len(blob) == 0 or len(blob) % 8:
        raise CorruptImage("A key record's blob has an impossible length.", structure="keys")
    decryptor = cipher.decryptor()
    try:
        return decryptor.update(blob) + decryptor.finalize()
    except ValueError as problem:
        raise CorruptImage("A key record's blob has an impossible length.", structure="keys") from problem


def _unpad(data: bytes) -> bytes | None:
    """Without PKCS #7 padding, or None where there is none."""
    pad = data[-1]
    if not 1 <= pad <= AES_BLOCK or data[-pad:] != bytes([pad]) * pad:
        return None
    return data[:-pad]


class EncrcdsaStream(BlockStream):
    """Decrypted in chunks of many blocks: one ECB pass, then the chaining undone by one XOR."""

    def __init__(self, inner: Stream, keys: Keys, block: int, offset: int, length: int) -> None:
        super().__init__(inner, range(0, length, max(CHUNK // block, 1) * block), length)
        self._block = block
        self._offset = offset
        self._cipher = Cipher(algorithms.AES(keys.cipher), modes.ECB())  # noqa: S305 - CBC is undone below
        self._mac = hmac.new(keys.mac, digestmod="sha1")

    def _vector(self, number: int) -> bytes:
        mac = self._mac.copy()
        mac.update(struct.pack(">I", number & 0xFFFF_FFFF))
        return mac.digest()[:AES_BLOCK]

    def decode(self, block: int) -> bytes:
        """One chunk; the last block of the image is whole in the file."""
        begin, end = self.span(block)
        size = -(-(end - begin) // self._block) * self._block
        data = self.inner.read_at(self._offset + begin, size)
        data = data[: len(data) // AES_BLOCK * AES_BLOCK]
        first = begin // self._block
        chain = bytearray()
        for at in range(0, len(data), self._block):
            chain += self._vector(first + at // self._block)
            chain += data[at : at + self._block - AES_BLOCK]
        decryptor = self._cipher.decryptor()
        plain = int.from_bytes(decryptor.update(data), "little") ^ int.from_bytes(
            chain[: len(data)], "little"
        )
        return plain.to_bytes(len(data), "little")[: end - begin]
