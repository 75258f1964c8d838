"""Key boxes: X-Wing, HPKE, and what lies in them.

X-Wing is put together from its parts (draft-connolly-cfrg-xwing-kem), HPKE from its key schedule for a one-stage
derivation (draft-ietf-hpke-hpke, draft-ietf-hpke-pq): no library in the requirements knows either.
"""

import hashlib

import nacl.bindings as sodium
from Crypto.Hash import TurboSHAKE256
from kyber_py.ml_kem import ML_KEM_768
from nacl.exceptions import CryptoError

from .basics import (
    any_bytes, decode_cbor, derive_key, fields, is_bytes, is_uint, refuse, require, spliced, unhex, version_first,
)

X_WING_LABEL = bytes.fromhex("5c2e2f2f5e5c")
ML_KEM_PUBLIC_BYTES, ML_KEM_CIPHERTEXT_BYTES = 1184, 1088
PUBLIC_BYTES, ENC_BYTES = ML_KEM_PUBLIC_BYTES + 32, ML_KEM_CIPHERTEXT_BYTES + 32


def x_wing_keys(secret):
    """(ML-KEM public, ML-KEM secret, X25519 public, X25519 secret) that grow from 32 bytes."""
    expanded = hashlib.shake_256(secret).digest(96)
    ml_kem_public, ml_kem_secret = ML_KEM_768.key_derive(expanded[:64])
    return ml_kem_public, ml_kem_secret, sodium.crypto_scalarmult_base(expanded[64:]), expanded[64:]


def x_wing_public(secret):
    ml_kem_public, _, x_public, _ = x_wing_keys(secret)
    return ml_kem_public + x_public


def x_wing_decapsulate(secret, enc):
    _, ml_kem_secret, x_public, x_secret = x_wing_keys(secret)
    ml_kem_shared = ML_KEM_768.decaps(ml_kem_secret, enc[:ML_KEM_CIPHERTEXT_BYTES])
    x_share = enc[ML_KEM_CIPHERTEXT_BYTES:]
    x_shared = sodium.crypto_scalarmult(x_secret, x_share)
    return hashlib.sha3_256(ml_kem_shared + x_shared + x_share + x_public + X_WING_LABEL).digest()


def usable_kem_key(public):
    """Refuses a key whose ML-KEM numbers are not below its modulus (FIPS 203 section 7.2)."""
    require(isinstance(public, bytes) and len(public) == PUBLIC_BYTES, "malformed")
    for at in range(0, 1152, 3):
        three = int.from_bytes(public[at:at + 3], "little")
        require(three & 0xFFF < 3329 and three >> 12 < 3329, "malformed")
    return public


def prefixed(data):
    return len(data).to_bytes(2, "big") + data


def hpke_open(secret, enc, info, ciphertext):
    """Base mode, single shot: KEM 0x647a, KDF TurboSHAKE256 0x0013, AEAD ChaCha20Poly1305 0x0003."""
    shared = x_wing_decapsulate(secret, enc)
    suite = b"HPKE" + bytes.fromhex("647a00130003")
    key_bytes, nonce_bytes, exporter_bytes = 32, 12, 64
    length = key_bytes + nonce_bytes + exporter_bytes
    secrets = prefixed(b"") + prefixed(shared)
    context = b"\x00" + prefixed(b"") + prefixed(info)
    labeled = secrets + b"HPKE-v1" + suite + prefixed(b"secret") + length.to_bytes(2, "big") + context
    derived = TurboSHAKE256.new(domain=0x1F).update(labeled).read(length)
    key, nonce = derived[:key_bytes], derived[key_bytes:key_bytes + nonce_bytes]
    try:
        return sodium.crypto_aead_chacha20poly1305_ietf_decrypt(ciphertext, b"", nonce, key)
    except CryptoError:
        refuse("not_opened")


def tag_of(public, space):
    return derive_key("cairn key box tag 1", public, space)[:16]


def box_hash(key_box):
    return derive_key("cairn key box hash 1", key_box)


def commitment(epoch_key):
    return derive_key("cairn epoch commitment 1", epoch_key)


def is_entry(value):
    shapes = is_bytes(16), is_bytes(ENC_BYTES), any_bytes
    return isinstance(value, list) and len(value) == 3 and all(is_it(part) for is_it, part in zip(shapes, value))


def parse_box(data):
    is_entries = lambda value: isinstance(value, list) and all(map(is_entry, value))
    _, space, entries = fields(version_first(data), (0, is_uint(8)), (1, is_bytes(16)), (2, is_entries))
    require(0 < len(entries) <= 64 and len(entries) % 8 == 0, "malformed")
    tags = [entry[0] for entry in entries]
    require(all(a < b for a, b in zip(tags, tags[1:])), "malformed")
    require(len({len(entry[2]) for entry in entries}) == 1, "malformed")
    return space, entries


def open_box(space, secret, data):
    """(slot key, [(epoch, key)...]) of a box."""
    boxed_space, entries = parse_box(data)
    require(boxed_space == space, "not_opened")
    mine = [entry for entry in entries if entry[0] == tag_of(x_wing_public(secret), space)]
    require(mine, "not_opened")
    plaintext = hpke_open(secret, mine[0][1], b"cairn key box 1" + space, mine[0][2])
    is_pair = lambda pair: isinstance(pair, list) and len(pair) == 2 and is_uint(32)(pair[0]) and is_bytes(32)(pair[1])
    is_pairs = lambda value: isinstance(value, list) and all(map(is_pair, value))
    slot_key, epoch_keys = fields(decode_cbor(plaintext), (0, is_bytes(32)), (1, is_pairs))
    epochs = [epoch for epoch, _ in epoch_keys]
    require(epochs == sorted(set(epochs)), "malformed")
    return slot_key, [tuple(pair) for pair in epoch_keys]


def key_box(vectors, tally):
    boxes = {case["name"]: unhex(case["key_box"]) for case in vectors["accept"]}
    for case in vectors["accept"]:
        name, space, data = case["name"], unhex(case["space"]), boxes[case["name"]]
        keys = [(one["epoch"], unhex(one["key"])) for one in case["epoch_keys"]]
        tally.equal(name + ", hash", lambda: box_hash(data), unhex(case["key_box_hash"]))
        for one in case["epoch_keys"]:
            tally.equal(name + ", commitment", lambda: commitment(unhex(one["key"])), unhex(one["commitment"]))
        for recipient in case["recipients"]:
            secret, public = unhex(recipient["secret"]), unhex(recipient["public"])
            tally.equal(name + ", public key", lambda: x_wing_public(secret), public)
            tally.accepted(name + ", public key in range", lambda: usable_kem_key(public))
            expected = unhex(case["slot_key"]), keys
            tally.equal(name + ", opened", lambda: open_box(space, secret, data), expected)
    for case in vectors["reject"]:
        data = spliced(case["key_box"], boxes)
        arguments = unhex(case["space"]), unhex(case["secret"]), data
        tally.refused(case["name"], lambda: open_box(*arguments), case["refusal"])


FILES = {"key_box.json": key_box}
