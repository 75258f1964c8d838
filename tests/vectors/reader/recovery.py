"""Recovery phrases: BIP-39, what grows from the seed, the kit and the box."""

import hashlib
import re

import nacl.bindings as sodium
from mnemonic import Mnemonic

from .basics import (
    decode_cbor, derive_key, fields, is_bytes, is_uint, little, require, spliced, unhex, usable_key, version_first,
)
from .key_box import open_box, x_wing_public
from .sealing import open_record, seal_record

# The list alone is taken from there.
WORDS = {word: number for number, word in enumerate(Mnemonic("english").wordlist)}
PLAINTEXT_BYTES = 1024


def parse(typed):
    """(words, entropy) of what a person typed."""
    words = [word.lower() for word in re.findall("[A-Za-z]+", typed)]
    require(len(words) in (12, 24) and all(word in WORDS for word in words), "malformed")
    bits = "".join(f"{WORDS[word]:011b}" for word in words)
    checksum_bits = len(bits) // 33
    entropy = int(bits[:-checksum_bits], 2).to_bytes(checksum_bits * 4, "big")
    checksum = f"{hashlib.sha256(entropy).digest()[0]:08b}"[:checksum_bits]
    require(bits.endswith(checksum), "malformed")
    return " ".join(words), entropy


def seed_of(words):
    return hashlib.pbkdf2_hmac("sha512", words.encode(), b"mnemonic", 2048)


def ed25519_public(seed):
    return sodium.crypto_sign_seed_keypair(seed)[0]


class Keys:
    def __init__(self, words):
        seed = seed_of(words)
        self.kem_secret = derive_key("cairn recovery kem 1", seed)
        self.kem = x_wing_public(self.kem_secret)
        self.signing = ed25519_public(derive_key("cairn recovery signing 1", seed))
        self.access = ed25519_public(derive_key("cairn recovery access 1", seed))
        self.kit_space = derive_key("cairn recovery kit space 1", seed)[:16]
        self.kit_access = ed25519_public(derive_key("cairn recovery kit access 1", seed))
        self.kit_key = derive_key("cairn recovery kit key 1", seed)


def padded(inside):
    plaintext = little(len(inside), 4) + inside
    return plaintext + bytes(-len(plaintext) % PLAINTEXT_BYTES)


def unpadded(plaintext):
    require(len(plaintext) >= 4, "malformed")
    length = int.from_bytes(plaintext[:4], "little")
    inside = plaintext[4:4 + length]
    require(len(inside) == length and padded(inside) == plaintext, "malformed")
    return inside


def open_kit(keys, record):
    inside = unpadded(open_record(keys.kit_key, record))
    _, space, relay_key, genesis = fields(
        version_first(inside), (0, is_uint(8)), (1, is_bytes(16)), (2, is_bytes(32)), (3, is_bytes(32)),
    )
    usable_key(relay_key)
    return space, relay_key, genesis


def slot_of(kem, space, edition):
    return derive_key("cairn recovery slot 1", kem, space, little(edition, 4) if edition else b"")[:16]


def box_key(kem, space):
    return derive_key("cairn recovery box 1", kem, space)


def open_recovery_box(kem, space, record):
    return unpadded(open_record(box_key(kem, space), record))


def read_phrases(vectors, tally):
    for case in vectors["accept"]:
        name, words = case.pop("name"), case["words"]
        keys = Keys(words)
        made = {
            "entropy": parse(words)[1].hex(), "words": parse(words)[0], "seed": seed_of(words).hex(),
            "kit_space": keys.kit_space.hex(), "kit_key": keys.kit_key.hex(), "kem": keys.kem.hex(),
        } | {key: getattr(keys, key).hex() for key in ("signing", "access", "kit_access")}
        for key in sorted(set(made) | set(case)):
            tally.equal(f"{name}, {key}", lambda: made[key], case[key])
    for case in vectors["typed"]:
        tally.equal("typed " + case["name"], lambda: parse(case["typed"])[0], case["words"])
    for case in vectors["reject"]:
        tally.refused(case["name"], lambda: parse(case["typed"]), case["refusal"])


def read_kits(vectors, tally):
    records = {case["name"]: unhex(case["record"]) for case in vectors["accept"]}
    for case in vectors["accept"]:
        name, keys, record = "a kit " + case["name"], Keys(case["words"]), records[case["name"]]
        expected = unhex(case["space"]), unhex(case["relay_key"]), unhex(case["genesis"])
        tally.equal(name + ", opened", lambda: open_kit(keys, record), expected)
        header, plaintext = case["header"], unhex(case["plaintext"])
        tally.equal(name + ", in the space of the phrase", lambda: keys.kit_space.hex(), header["space"])
        constant = {"flags": 0, "epoch": 1, "merged_upto": 0, "expires_day": 0}
        tally.equal(name + ", header", lambda: header | constant, header)
        tally.equal(name + ", padded", lambda: padded(unpadded(plaintext)), plaintext)
        tally.equal(name + ", canonical", lambda: len(decode_cbor(unpadded(plaintext))), 4)
        sealed = lambda: seal_record(keys.kit_key, header, unhex(case["nonce"]), plaintext)
        tally.equal(name + ", sealed", sealed, record)
    for case in vectors["reject"]:
        keys, record = Keys(case["words"]), spliced(case["record"], records)
        tally.refused("a kit: " + case["name"], lambda: open_kit(keys, record), case["refusal"])


def read_boxes(vectors, tally):
    records = {case["name"]: unhex(case["record"]) for case in vectors["accept"]}
    own = Keys(vectors["accept"][0]["words"])
    for case in vectors["accept"]:
        name, record, space = "a box " + case["name"], records[case["name"]], unhex(case["space"])
        keys, key_box, header = Keys(case["words"]), unhex(case["key_box"]), case["header"]
        tally.equal(name + ", slot", lambda: slot_of(keys.kem, space, case.get("edition", 0)).hex(), header["slot"])
        tally.equal(name + ", opened", lambda: open_recovery_box(keys.kem, space, record), key_box)
        sealed = lambda: seal_record(box_key(keys.kem, space), header, unhex(case["nonce"]), padded(key_box))
        tally.equal(name + ", sealed", sealed, record)
        if "slot_key" in case:
            expected = unhex(case["slot_key"]), [(epoch, unhex(key)) for epoch, key in case["epoch_keys"]]
            tally.equal(name + ", what lies in it", lambda: open_box(space, keys.kem_secret, key_box), expected)
    for case in vectors["reject"]:
        kem = own.kem if case["kem"] == "own" else unhex(case["kem"])
        arguments = kem, unhex(case["space"]), spliced(case["record"], records)
        tally.refused("a box: " + case["name"], lambda: open_recovery_box(*arguments), case["refusal"])


def recovery(vectors, tally):
    read_phrases(vectors["phrases"], tally)
    read_kits(vectors["kits"], tally)
    read_boxes(vectors["boxes"], tally)


FILES = {"recovery.json": recovery}
