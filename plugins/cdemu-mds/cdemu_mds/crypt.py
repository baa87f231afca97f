"""Ciphers of version 2 descriptors: a key header per part, AES-256 in whitened CBC and in LRW mode."""

from __future__ import annotations

import hashlib
import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING

import attrs
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from cdemu_core.api import UnsupportedImage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEADER_SIZE = 512
SALT_SIZE = 64
BLOCK = 16
UNIT = 512
ITERATIONS = 2000
DERIVED = 152
KEY_MAGIC = 0x54525545
KEY_SIZE = 0x0100
LRW_FEEDBACK = 0x87
"""x¹²⁸ = x⁷ + x² + x + 1."""
MASK32 = 0xFFFF_FFFF
MASK128 = (1 << 128) - 1


@attrs.frozen
class Keys:
    """What a key header holds once it is decrypted."""

    key_data: bytes
    packed: int
    unpacked: int

    @property
    def tweak(self) -> bytes:
        """CBC initial vector, or LRW tweak key."""
        return self.key_data[:16]

    @property
    def cipher(self) -> bytes:
        """The AES-256 key."""
        return self.key_data[32:64]


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "little") ^ int.from_bytes(right, "little")).to_bytes(len(left), "little")


def salt_password(salt: bytes) -> bytes:
    """The password a salt stands for where the user gave none."""
    from fastcrc import crc32

    mixed = crc32.cd_rom_edc(salt) ^ 0x567372FF
    words = []
    for (word,) in struct.iter_unpack("<I", salt):
        mixed = (mixed * 0x35E85A6D + 0x1548DCE9) & MASK32
        words.append(word ^ mixed ^ 0xEC564717)
    return struct.pack(f"<{len(words)}I", *words).replace(b"\0", b"_")


def derive(password: bytes, salt: bytes) -> bytes:
    """Key material of a password (PBKDF2 with HMAC-RIPEMD-160).

    Raises:
        UnsupportedImage: this Python's OpenSSL has no RIPEMD-160.
    """
    try:
        return hashlib.pbkdf2_hmac("ripemd160", password, salt, ITERATIONS, DERIVED)
    except ValueError:
        raise UnsupportedImage(
            "This image needs the hash RIPEMD-160, which this system's OpenSSL does not offer; "
            "enable OpenSSL's legacy provider.",
            feature="RIPEMD-160",
        ) from None


def cbc(data: bytes, key: bytes, vector: bytes) -> bytes:
    """Decrypt whitened CBC: both halves of each ciphertext block are XORed with the vector's second half."""
    white = _xor(data, vector[8:16] * (len(data) // 8))
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    return decryptor.update(white) + decryptor.finalize()


def cbc_units(data: bytes, keys: Keys) -> bytes:
    """Decrypt a descriptor: CBC that begins anew every 512 bytes."""
    parts = (data[at : at + UNIT] for at in range(0, len(data), UNIT))
    return b"".join(cbc(part, keys.cipher, keys.tweak) for part in parts)


@cache
def _tables(tweak: bytes) -> list[list[int]]:
    """tweak ⊗ (byte << 8k) for each of the eight bytes k of a block index, in GF(2¹²⁸)."""
    power = int.from_bytes(tweak, "big")
    tables = []
    for _ in range(8):
        powers = []
        for _ in range(8):
            powers.append(power)
            power = (power << 1 & MASK128) ^ (LRW_FEEDBACK if power >> 127 else 0)
        table = [0]
        for bit in powers:
            table += [value ^ bit for value in table]
        tables.append(table)
    return tables


def _tweaks(tweak: bytes, first: int, count: int) -> bytes:
    """The tweak of each of ``count`` blocks from index ``first`` on."""
    import numpy as np

    index = np.arange(first, first + count, dtype=np.uint64)
    total = np.zeros((count, BLOCK), np.uint8)
    for place, table in enumerate(_byte_tables(tweak)):
        total ^= table[(index >> np.uint64(8 * place) & np.uint64(0xFF)).astype(np.intp)]
    return total.tobytes()


@cache
def _byte_tables(tweak: bytes) -> list[NDArray[np.uint8]]:
    import numpy as np

    return [
        np.frombuffer(b"".join(value.to_bytes(BLOCK, "big") for value in table), np.uint8).reshape(256, BLOCK)
        for table in _tables(tweak)
    ]


def lrw(data: bytes, key: bytes, tweak: bytes, first: int) -> bytes:
    """Decrypt LRW from block index ``first`` on; a tail shorter than a block is in clear."""
    whole = len(data) // BLOCK * BLOCK
    masks = _tweaks(tweak, first, whole // BLOCK)
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305 - LRW is built on ECB
    return _xor(decryptor.update(_xor(data[:whole], masks)), masks) + data[whole:]


def _keys(clear: bytes) -> Keys | None:
    """The keys in a decrypted header, or None where the key was not the right one."""
    crc, magic, _, size, _ = struct.unpack_from("<IIHHI", clear)
    key_data = clear[16:272]
    if magic != KEY_MAGIC or size != KEY_SIZE or zlib.crc32(key_data) != crc:
        return None
    packed, unpacked = struct.unpack_from("<II", clear, 272)
    return Keys(key_data, packed, unpacked)


def descriptor_keys(header: bytes) -> Keys | None:
    """Keys of the descriptor; its password follows from the salt."""
    salt = header[:SALT_SIZE]
    derived = derive(salt_password(salt), salt)
    return _keys(cbc(header[SALT_SIZE:HEADER_SIZE], derived[32:64], derived[:16]))


def data_keys(header: bytes, password: bytes | None) -> Keys | None:
    """Keys of the track data by ``password``; None stands for the password the salt implies."""
    salt = header[:SALT_SIZE]
    derived = derive(salt_password(salt) if password is None else password, salt)
    return _keys(lrw(header[SALT_SIZE:HEADER_SIZE], derived[32:64], derived[:16], 1))
