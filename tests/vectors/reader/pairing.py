"""Pairing codes, mailbox messages, digits."""

import base64
import binascii

import nacl.bindings as sodium
from nacl.exceptions import CryptoError

from .basics import (
    any_bytes, decode_cbor, derive_key, fields, is_bytes, is_text, little, refuse, require, spliced, unhex, usable_key,
)
from .chains import check_origin, is_seen
from .key_box import usable_kem_key

PREFIX = "CAIRN1"


class Code:
    def __init__(self, data):
        require(len(data) >= 2, "malformed")
        require(data[0] == 1, "too_new")
        require(data[1] in (1, 2), "malformed")
        require(len(data) > 82, "malformed")
        self.data, self.purpose = data, data[1]
        self.secret, self.commitment, self.relay_key = data[2:18], data[18:50], data[50:82]
        try:
            self.origin = data[82:].decode("utf-8")
        except UnicodeDecodeError:
            refuse("malformed")
        check_origin(self.origin)
        usable_key(self.relay_key)
        self.mailbox = derive_key("cairn mailbox 1", self.secret)

    @classmethod
    def from_text(cls, text):
        text = "".join(character for character in text if character not in " \t\r\n\f").upper()
        require(text.startswith(PREFIX), "malformed")
        digits = text[len(PREFIX):]
        require("=" not in digits, "malformed")
        try:
            data = base64.b32decode(digits + "=" * (-len(digits) % 8))
        except binascii.Error:
            refuse("malformed")
        code = cls(data)
        # One text per code: bits that carry nothing must be zero.
        require(code.to_text() == text, "malformed")
        return code

    def to_text(self):
        return PREFIX + base64.b32encode(self.data).decode().rstrip("=")


def message_key(code, index):
    return derive_key("cairn mailbox key 1", code.secret, little(index, 4)), code.mailbox + little(index, 4)


def open_message(code, index, sealed):
    require(24 + 16 <= len(sealed) <= 16 * 1024, "not_opened")
    key, associated = message_key(code, index)
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[24:], associated, sealed[:24], key)
    except CryptoError:
        refuse("not_opened")


def seal_message(code, index, nonce, plaintext):
    key, associated = message_key(code, index)
    return nonce + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, associated, nonce, key)


DECLINED = {9: True, 10: bytes(1_329)}


def read_hello(plaintext):
    value = decode_cbor(plaintext)
    if value == DECLINED and value[9] is True:
        return "declined"
    _, signing, kem, access, name = fields(
        decode_cbor(plaintext), (0, is_bytes(32)), (1, is_bytes(32)), (2, any_bytes), (3, is_bytes(32)), (4, is_text),
    )
    usable_kem_key(kem)
    usable_key(signing)
    usable_key(access)
    require(len(name) <= 200, "malformed")
    return "hello"


def read_reveal(code, plaintext):
    require(derive_key("cairn pairing commitment 1", plaintext) == code.commitment, "pairing_altered")
    _, signing, kem, _, _, name = fields(
        decode_cbor(plaintext), (0, is_bytes(32)), (1, is_bytes(32)), (2, any_bytes), (3, is_bytes(16)),
        (4, is_bytes(32)), (5, is_text),
    )
    usable_kem_key(kem)
    usable_key(signing)
    require(len(name) <= 200, "malformed")
    return "reveal"


def read_answer(plaintext):
    value = decode_cbor(plaintext)
    if value == {9: True} and value[9] is True:
        return "refused"
    fields(value, (0, any_bytes), (1, is_bytes(32)), (2, is_seen), (3, is_bytes(16)))
    return "welcome"


def read_message(code, index, sealed):
    """(kind, plaintext) of a message at this index of the mailbox."""
    plaintext = open_message(code, index, sealed)
    if index == 0:
        return read_hello(plaintext), plaintext
    if index == 1:
        return read_reveal(code, plaintext), plaintext
    return read_answer(plaintext), plaintext


def digits(code, hello, reveal):
    hashed = derive_key("cairn pairing digits 1", bytes([code.purpose]), code.data, hello, reveal)
    return f"{int.from_bytes(hashed[:8], 'little') % 1_000_000:06}"


def pairing_code(vectors, tally):
    for case in vectors["accept"]:
        expected = {key: case[key] for key in case if key not in ("name", "text")}

        def described():
            code = Code.from_text(case["text"])
            return {
                "purpose": code.purpose,
                "secret": code.secret.hex(),
                "commitment": code.commitment.hex(),
                "relay_key": code.relay_key.hex(),
                "origin": code.origin,
                "bytes": code.data.hex(),
                "canonical_text": code.to_text(),
                "mailbox": code.mailbox.hex(),
            }

        tally.equal(case["name"], described, expected)
    for case in vectors["reject"]:
        tally.refused(case["name"], lambda: Code.from_text(case["text"]), case["refusal"])


def pairing_messages(vectors, tally):
    sealed = {case["name"]: unhex(case["sealed"]) for case in vectors["accept"]}
    for case in vectors["accept"]:
        code, plaintext = Code.from_text(case["code"]), unhex(case["plaintext"])
        bytes_there = sealed[case["name"]]
        expected = case["kind"], plaintext
        tally.equal(case["name"], lambda: read_message(code, case["index"], bytes_there), expected)
        arguments = code, case["index"], bytes_there[:24], plaintext
        tally.equal(case["name"] + ", sealed", lambda: seal_message(*arguments), bytes_there)
    for case in vectors["digits"]:
        arguments = Code.from_text(case["code"]), unhex(case["hello"]), unhex(case["reveal"])
        tally.equal("digits: " + case["name"], lambda: digits(*arguments), case["digits"])
    for case in vectors["reject"]:
        arguments = Code.from_text(case["code"]), case["index"], spliced(case["sealed"], sealed)
        tally.refused(case["name"], lambda: read_message(*arguments), case["refusal"])


FILES = {"pairing_code.json": pairing_code, "pairing_messages.json": pairing_messages}
