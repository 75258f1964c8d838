"""Attachments: names, keys, and the chunks they are sealed in."""

import hashlib

import nacl.bindings as sodium
from nacl.exceptions import CryptoError

from .basics import blake3, keyed, little, refuse, require, unhex

VERSION, CHUNK_CODE, HEADER_BYTES, TAG_BYTES = 1, 16, 34, 16
CHUNK_BYTES = 1 << CHUNK_CODE


def plain(length):
    return bytes(i % 251 for i in range(length))


def padded_length(length):
    """Padmé, with a floor of 1 KiB."""
    if length <= 1024:
        return 1024
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


def names(slot_key, sha256, length):
    """Id, blob id and key."""
    content = sha256, little(length, 8)
    name = bytearray(keyed(slot_key, b"cairn attachment id 1", *content)[:16])
    name[6] = name[6] & 0x0F | 0x40
    name[8] = name[8] & 0x3F | 0x80
    return (
        bytes(name),
        keyed(slot_key, b"cairn attachment blob 1", *content),
        keyed(slot_key, b"cairn attachment key 1", *content),
    )


def cipher(key):
    """The cipher key and the header that goes with it."""
    beginning = bytes([VERSION, CHUNK_CODE])
    both = keyed(key, b"cairn attachment 1", beginning, length=64)
    return both[:32], beginning + both[32:]


def nonce(index, is_last):
    return bytes(19) + index.to_bytes(4, "big") + bytes([is_last])


def seal(key, plaintext):
    key, header = cipher(key)
    padded = plaintext + bytes(padded_length(len(plaintext)) - len(plaintext))
    parts = [padded[at:at + CHUNK_BYTES] for at in range(0, len(padded), CHUNK_BYTES)]
    sealed = [
        sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(part, header, nonce(index, index + 1 == len(parts)), key)
        for index, part in enumerate(parts)
    ]
    return header + b"".join(sealed)


def open_sealed(key, length, sealed):
    key, header = cipher(key)
    padded = padded_length(length)
    chunks = -(-padded // CHUNK_BYTES)
    require(len(sealed) == HEADER_BYTES + padded + chunks * TAG_BYTES, "not_opened")
    require(sealed[:HEADER_BYTES] == header, "not_opened")
    plaintext, step = b"", CHUNK_BYTES + TAG_BYTES
    for index in range(chunks):
        chunk = sealed[HEADER_BYTES + index * step:HEADER_BYTES + (index + 1) * step]
        try:
            plaintext += sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
                chunk, header, nonce(index, index + 1 == chunks), key
            )
        except CryptoError:
            refuse("not_opened")
    return plaintext[:length]


def changed(parts, sealed):
    return b"".join(unhex(part) if isinstance(part, str) else sealed[part[0]:part[1]] for part in parts)


def attachment(vectors, tally):
    sealed_of = {}
    for case in vectors["accept"]:
        length, slot_key = case["bytes"], unhex(case["slot_key"])
        sha256 = hashlib.sha256(plain(length)).digest()
        expected = tuple(unhex(case[name]) for name in ("id", "blob", "key"))
        tally.equal(f"{length} bytes, digest", lambda: sha256, unhex(case["sha256"]))
        tally.equal(f"{length} bytes, names", lambda: names(slot_key, sha256, length), expected)
        sealed = seal(expected[2], plain(length))
        sealed_of[length] = expected[2], sealed
        tally.equal(f"{length} bytes, header", lambda: sealed[:HEADER_BYTES], unhex(case["header"]))
        tally.equal(f"{length} bytes, sealed length", lambda: len(sealed), case["sealed_bytes"])
        tally.equal(f"{length} bytes, sealed", lambda: blake3(sealed), unhex(case["sealed_blake3"]))
        tally.equal(f"{length} bytes, opened", lambda: open_sealed(expected[2], length, sealed), plain(length))
    for case in vectors["reject"]:
        key, sealed = sealed_of[case["of_bytes"]]
        bad = changed(case["change"], sealed)
        tally.refused(case["name"], lambda: open_sealed(key, case["of_bytes"], bad), "not_opened")


FILES = {"attachment.json": attachment}
