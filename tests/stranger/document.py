"""The bytes of `sync-server/wire/cairn-wire.cddl`: messages, held against that document itself, and what it says in words."""

import io
from functools import cache
from pathlib import Path

import cbor2
import nacl.bindings as sodium
import pycddl
from blake3 import blake3 as _blake3
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

DOCUMENT = Path(__file__).resolve().parents[2] / "sync-server/wire/cairn-wire.cddl"

HEADER_BYTES = 72
TOMBSTONE = 1
STATUSES = {1: 401, 2: 409, 3: 409, 4: 409, 5: 409, 6: 409, 7: 507, 8: 400, 9: 413, 10: 429, 11: 410, 12: 503}


class Lie(Exception):
    """What a relay said does not hold against what it said before."""


@cache
def _schema(rule):
    return pycddl.Schema(f"root = {rule}\n{DOCUMENT.read_text(encoding='utf-8')}")


def encode(rule, message):
    """A message in canonical CBOR, as the document draws it."""
    data = cbor2.dumps(message, canonical=True)
    _schema(rule).validate_cbor(data)
    return data


def decode(rule, data):
    """A message that the document knows, in the one encoding it allows."""
    _schema(rule).validate_cbor(data)
    stream = io.BytesIO(data)
    message = cbor2.CBORDecoder(stream).decode()
    if stream.read(1) or cbor2.dumps(message, canonical=True) != data:
        raise ValueError("not canonical")
    return message


def little(number, length):
    return number.to_bytes(length, "little")


def blake3(*parts):
    return _blake3(b"".join(parts)).digest()


# Waking


def wake_key(epoch_key):
    return _blake3(epoch_key, derive_key_context="cairn wake key 1").digest()


def registration(key, nonce, space, access, name, epoch, address):
    """Where a device is woken, sealed."""
    padded = (little(len(address), 2) + address).ljust(1024, b"\0")
    bound = b"cairn wake 1" + space + access + name + little(epoch, 4)
    return b"\1" + nonce + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(padded, bound, nonce, key)


# Records and their chain


def record(space, record_id, slot, body, *, flags=0, epoch=1, incarnation=1, merged_upto=0, expires_day=0):
    header = b"".join((
        bytes([1, flags]), space, record_id, slot, little(epoch, 4), little(incarnation, 4), little(merged_upto, 8),
        little(expires_day, 2), little(len(body), 4),
    ))
    assert len(header) == HEADER_BYTES
    return header + body


def item_hash(item):
    """The hash of a record or of its stub."""
    if 0 in item:
        return blake3(item[0][:HEADER_BYTES], blake3(item[0][HEADER_BYTES:]))
    return blake3(item[1], item[2])


def chain_0(space):
    return _blake3(space, derive_key_context="cairn chain 1").digest()


# What is signed


def verify(key, signed, signature):
    try:
        VerifyKey(key).verify(signed, signature)
    except BadSignatureError:
        raise Lie("a signature does not hold") from None


def head_bytes(head):
    return b"cairn head 1" + head[0] + little(head[1], 4) + little(head[2], 8) + head[3] + little(head[4], 8)


def receipt_bytes(receipt):
    return b"cairn erase receipt 1" + receipt[0] + receipt[1] + little(receipt[2], 8) + little(receipt[3], 8)


def closed_bytes(receipt):
    return b"cairn closed receipt 1" + receipt[0] + little(receipt[1], 8)


def incarnation_bytes(incarnation):
    return b"cairn incarnation 1" + little(incarnation[0], 4)


def at_origin(words, origin):
    origin = origin.encode()
    return words + little(len(origin), 2) + origin


def session_bytes(origin, space, nonce, key):
    return at_origin(b"cairn session 1", origin) + space + nonce + key


def space_bytes(origin, request):
    """What the first key of a new space signs: the request with a signature of zeros."""
    return at_origin(b"cairn space 1", origin) + encode("space-request", {**request, 3: bytes(64)})


class Key:
    """An access key."""

    def __init__(self, seed):
        self._signing = SigningKey(seed)
        self.public = self._signing.verify_key.encode()

    def sign(self, signed):
        return self._signing.sign(signed).signature
