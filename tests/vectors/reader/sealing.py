"""Records, the open copy of a plan, slots, imported ids, `vault.id`, the wrapped key, heads and receipts."""

import unicodedata

import nacl.bindings as sodium
from nacl.exceptions import CryptoError

from .basics import (
    derive_key, fields, is_bytes, is_uint, keyed, little, refuse, require, spliced, unhex,
    verify, version_first, Refused,
)

HEADER_BYTES, NONCE_BYTES, COMMITMENT_BYTES, TAG_BYTES = 72, 24, 32, 16


def encode_header(header, length):
    return b"".join([
        bytes([1, header["flags"]]),
        unhex(header["space"]),
        unhex(header["record_id"]),
        unhex(header["slot"]),
        little(header["epoch"], 4),
        little(header["incarnation"], 4),
        little(header["merged_upto"], 8),
        little(header["expires_day"], 2),
        little(length, 4),
    ])


def record_keys(epoch_key, header, nonce):
    output = keyed(epoch_key, b"cairn record 1", header, nonce, length=64)
    return output[:32], output[32:]


def seal_record(epoch_key, header, nonce, plaintext):
    header = encode_header(header, NONCE_BYTES + COMMITMENT_BYTES + len(plaintext) + TAG_BYTES)
    key, commitment = record_keys(epoch_key, header, nonce)
    sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, header, nonce, key)
    return header + nonce + commitment + sealed


def open_record(epoch_key, record):
    require(len(record) >= HEADER_BYTES + NONCE_BYTES + COMMITMENT_BYTES + TAG_BYTES, "not_opened")
    header, body = record[:HEADER_BYTES], record[HEADER_BYTES:]
    require(header[0] == 1 and header[1] & ~1 == 0, "not_opened")
    require(int.from_bytes(header[68:72], "little") == len(body), "not_opened")
    nonce, commitment, sealed = body[:24], body[24:56], body[56:]
    key, expected = record_keys(epoch_key, header, nonce)
    require(commitment == expected, "not_opened")
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, header, nonce, key)
    except CryptoError:
        refuse("not_opened")


def record_sealing(vectors, tally):
    records = {case["name"]: unhex(case["record"]) for case in vectors["accept"]}
    for case in vectors["accept"]:
        key, nonce, plaintext = unhex(case["epoch_key"]), unhex(case["nonce"]), unhex(case["plaintext"])
        record = records[case["name"]]
        tally.equal(case["name"] + ", opened", lambda: open_record(key, record), plaintext)
        tally.equal(case["name"] + ", sealed", lambda: seal_record(key, case["header"], nonce, plaintext), record)
    for case in vectors["reject"]:
        record = spliced(case["record"], records)
        tally.refused(case["name"], lambda: open_record(unhex(case["epoch_key"]), record), case["refusal"])


PLAN_FRONT = b"cairn plan open\x01"


def plan_keys(plan_key, nonce):
    output = keyed(plan_key, b"cairn plan 1", nonce, length=64)
    return output[:32], output[32:]


def seal_plan(plan_key, nonce, plaintext):
    key, commitment = plan_keys(plan_key, nonce)
    sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, PLAN_FRONT, nonce, key)
    return PLAN_FRONT + nonce + commitment + sealed


def open_plan(plan_key, file):
    require(len(file) >= 16 + NONCE_BYTES + COMMITMENT_BYTES + TAG_BYTES, "not_opened")
    if file[:15] == PLAN_FRONT[:15]:
        require(file[15] <= 1, "too_new")
    require(file[:16] == PLAN_FRONT, "not_opened")
    nonce, commitment, sealed = file[16:40], file[40:72], file[72:]
    key, expected = plan_keys(plan_key, nonce)
    require(commitment == expected, "not_opened")
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, PLAN_FRONT, nonce, key)
    except CryptoError:
        refuse("not_opened")


def plan_copy(vectors, tally):
    files = {case["name"]: unhex(case["file"]) for case in vectors["accept"]}
    for case in vectors["accept"]:
        key, nonce, plaintext = unhex(case["plan_key"]), unhex(case["nonce"]), unhex(case["plaintext"])
        tally.equal(case["name"] + ", opened", lambda: open_plan(key, files[case["name"]]), plaintext)
        tally.equal(case["name"] + ", sealed", lambda: seal_plan(key, nonce, plaintext), files[case["name"]])
    for case in vectors["reject"]:
        file = spliced(case["file"], files)
        tally.refused(case["name"], lambda: open_plan(unhex(case["plan_key"]), file), case["refusal"])


def gate_halves(key, share, version, built):
    parts = b"cairn gate 1", share, little(version, 8), built.to_bytes(8, "little", signed=True)
    output = keyed(key, *parts, length=80)
    return output[:16], output[16:48], output[48:]


def gate_keys(share, gate, inner, outer, nonce):
    output = keyed(outer, b"cairn gate item 1", inner, share, gate, nonce, length=64)
    return output[:32], output[32:]


def seal_gated(share, gate, inner, outer, nonce, plaintext):
    key, commitment = gate_keys(share, gate, inner, outer, nonce)
    return nonce + commitment + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, share + gate, nonce, key)


def open_gated(share, gate, inner, outer, sealed):
    require(len(sealed) >= 72, "not_opened")
    nonce, commitment, ciphertext = sealed[:24], sealed[24:56], sealed[56:]
    key, expected = gate_keys(share, gate, inner, outer, nonce)
    require(commitment == expected, "not_opened")
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(ciphertext, share + gate, nonce, key)
    except CryptoError:
        refuse("not_opened")


def gate(vectors, tally):
    sealed = {case["name"]: unhex(case["sealed"]) for case in vectors["accept"]}
    for case in vectors["accept"]:
        share, halves = unhex(case["share"]), [unhex(case[name]) for name in ("gate", "inner", "outer")]
        derived = gate_halves(unhex(case["gate_key"]), share, case["version"], case["built"])
        tally.equal(case["name"] + ", halves", lambda: list(derived), halves)
        plaintext, nonce = unhex(case["plaintext"]), unhex(case["nonce"])
        tally.equal(case["name"] + ", opened", lambda: open_gated(share, *halves, sealed[case["name"]]), plaintext)
        tally.equal(case["name"] + ", sealed", lambda: seal_gated(share, *halves, nonce, plaintext), sealed[case["name"]])
    for case in vectors["reject"]:
        known = [unhex(case[name]) for name in ("share", "gate", "inner", "outer")]
        changed = spliced(case["sealed"], sealed)
        tally.refused(case["name"], lambda: open_gated(*known, changed), case["refusal"])


def wake_key(epoch_key):
    return derive_key("cairn wake key 1", epoch_key)


def seal_endpoint(epoch_key, nonce, space, access, registration, epoch, endpoint):
    padded = (little(len(endpoint), 2) + endpoint).ljust(1024, b"\0")
    bound = b"cairn wake 1" + space + access + registration + little(epoch, 4)
    return b"\1" + nonce + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(padded, bound, nonce, wake_key(epoch_key))


def wake(vectors, tally):
    for case in vectors["accept"]:
        names = "epoch_key", "nonce", "space", "access", "registration"
        epoch_key, nonce, space, access, registration = (unhex(case[name]) for name in names)
        tally.equal(case["name"] + ", key", lambda: wake_key(epoch_key), unhex(case["wake_key"]))
        sealed = lambda: seal_endpoint(epoch_key, nonce, space, access, registration, case["epoch"], case["endpoint"].encode())
        tally.equal(case["name"], sealed, unhex(case["sealed"]))


def slots(vectors, tally):
    for number, case in enumerate(vectors["accept"]):
        parts = b"cairn slot 1", unhex(case["document"]), little(case["edition"], 4)
        tally.equal(f"slot {number}", lambda: keyed(unhex(case["slot_key"]), *parts)[:16], unhex(case["slot"]))


def import_id(slot_key, source, source_id):
    source, source_id = source.encode(), source_id.encode()
    key = derive_key("cairn import 1", slot_key)
    name = bytearray(keyed(key, little(len(source), 4), source, source_id)[:16])
    name[6] = name[6] & 0x0F | 0x40
    name[8] = name[8] & 0x3F | 0x80
    return bytes(name)


def import_ids(vectors, tally):
    for number, case in enumerate(vectors["accept"]):
        arguments = unhex(case["slot_key"]), case["source"], case["source_id"]
        tally.equal(f"import id {number}", lambda: import_id(*arguments), unhex(case["id"]))


def vault_id_verdict(file, vault_key):
    try:
        _, name, mac = fields(version_first(file), (0, is_uint(8)), (1, is_bytes(16)), (2, is_bytes(32)))
    except Refused as refused:
        return str(refused)
    return "right_key" if mac == keyed(derive_key("cairn vault id 1", vault_key), name) else "wrong_key"


def vault_id(vectors, tally):
    for case in vectors["accept"] + vectors["reject"]:
        verdict = vault_id_verdict(unhex(case["file"]), unhex(case["vault_key"]))
        tally.equal(case["name"], lambda: verdict, case["verdict"])


WRAPPED_FRONT, WRAPPED_HEADER, WRAPPED_BYTES = b"cairn vault key\x01", 60, 140


def wrapping_keys(header, typed):
    secret = unicodedata.normalize("NFKC", typed).encode()
    passes, memory = header[17], int.from_bytes(header[18:20], "little") << 20
    argon = sodium.crypto_pwhash_alg(32, secret, header[20:36], passes, memory, sodium.crypto_pwhash_ALG_ARGON2ID13)
    output = keyed(argon, b"cairn vault key lock 1", header, length=64)
    return output[:32], output[32:]


def wrap_key(kind, typed, salt, nonce, vault_key):
    header = WRAPPED_FRONT + bytes([kind, 3, 64, 0]) + salt + nonce
    key, commitment = wrapping_keys(header, typed)
    return header + commitment + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(vault_key, header, nonce, key)


def unwrap_key(file, typed):
    require(not (len(file) > 16 and file[:15] == WRAPPED_FRONT[:15] and file[15] > 1), "too_new")
    require(len(file) == WRAPPED_BYTES and file[:16] == WRAPPED_FRONT and file[16] <= 1, "malformed")
    require(3 <= file[17] <= 16 and 64 <= int.from_bytes(file[18:20], "little") <= 256, "malformed")
    header = file[:WRAPPED_HEADER]
    key, expected = wrapping_keys(header, typed)
    require(file[60:92] == expected, "not_opened")
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(file[92:], header, header[36:60], key)
    except CryptoError:
        refuse("not_opened")


def wrapped_key(vectors, tally):
    files = {case["name"]: unhex(case["file"]) for case in vectors["accept"]}
    for case in vectors["accept"]:
        file, vault_key = files[case["name"]], unhex(case["vault_key"])
        parts = file[16], case["typed"], unhex(case["salt"]), unhex(case["nonce"]), vault_key
        tally.equal(case["name"] + ", unwrapped", lambda: unwrap_key(file, case["typed"]), vault_key)
        tally.equal(case["name"] + ", wrapped", lambda: wrap_key(*parts), file)
    for case in vectors["reject"]:
        tally.refused(case["name"], lambda: unwrap_key(spliced(case["file"], files), case["typed"]), case["refusal"])


def verify_signed(case):
    if case["kind"] == "head":
        signed = b"".join([
            b"cairn head 1", unhex(case["space"]), little(case["incarnation"], 4), little(case["n"], 8),
            unhex(case["chain"]), little(case["time_ms"], 8),
        ])
    elif case["kind"] == "receipt":
        signed = b"".join([
            b"cairn erase receipt 1", unhex(case["space"]), unhex(case["slot"]), little(case["seq"], 8),
            little(case["time_ms"], 8),
        ])
    else:
        raise ValueError("the relay signs heads and receipts")
    verify(unhex(case["relay_key"]), signed, unhex(case["signature"]))


def heads(vectors, tally):
    for case in vectors["accept"]:
        tally.accepted(case["name"], lambda: verify_signed(case))
    for case in vectors["reject"]:
        tally.refused(case["name"], lambda: verify_signed(case), case["refusal"])


FILES = {
    "record_sealing.json": record_sealing,
    "gate.json": gate, "wake.json": wake,
    "plan_copy.json": plan_copy,
    "slots.json": slots,
    "import_ids.json": import_ids,
    "vault_id.json": vault_id,
    "wrapped_key.json": wrapped_key,
    "heads.json": heads,
}
