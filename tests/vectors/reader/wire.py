"""What goes between a device and a relay: records by their hashes, signed bytes, messages. Written from cairn-wire.cddl."""

from .basics import (
    any_bytes, blake3, decode_cbor, derive_key, fields, is_bytes, is_text, is_uint, little, require, unhex,
)
from .sealing import encode_header

u8, u32, u64 = is_uint(8), is_uint(32), is_uint(64)
space_id = slot_id = gate_id = is_bytes(16)
hash_32 = key_32 = token = nonce = mailbox_id = blob_id = gate_part = is_bytes(32)
signature = is_bytes(64)


def is_bool(value):
    return isinstance(value, bool)


def one_of(*numbers):
    return lambda value: u8(value) and value in numbers


def list_of(check, most):
    return lambda value: isinstance(value, list) and len(value) <= most and all(map(check, value))


def at_most(length):
    return lambda value: any_bytes(value) and len(value) <= length


def map_of(*shapes, optional=()):
    """A check that refuses a map of another shape, and looks at all of it."""

    def check(value):
        fields(value, *shapes, optional=optional)
        return True

    return check


signed_head = map_of((0, space_id), (1, u32), (2, u64), (3, hash_32), (4, u64), (5, signature))
receipt = map_of((0, space_id), (1, slot_id), (2, u64), (3, u64), (4, signature))
closed_receipt = map_of((0, space_id), (1, u64), (2, signature))
side = one_of(0, 1)
access = map_of((0, key_32), (1, side), (2, is_bool))
refusal_code = one_of(*range(1, 13))
outcome = map_of((0, one_of(*range(10))), (1, u64))
record = part = at_most(1 << 20)


def is_total(value):
    return u64(value) and value <= (4 << 30) + (8 << 20)


def blob_request(value):
    """Each operation with what it uses, and nothing it does not."""
    map_of(
        (0, token), (1, space_id), (2, one_of(0, 1, 2, 3)), (3, blob_id), (4, slot_id), (5, u64), (6, is_total), (7, part),
        (8, u32), optional=(4,),
    )(value)
    operation, uses = value[2], {4: 4 in value, **{key: bool(value[key]) for key in (5, 6, 7, 8)}}
    used = {key for key in uses if uses[key]}
    if operation == 0:
        return {4, 6} <= used <= {4, 5, 6, 7} and value[5] + len(value[7]) <= value[6]
    return used <= {1: set(), 2: {5, 8}, 3: {4}}[operation] and (operation != 3 or used == {4})


def blob_answer(value):
    map_of((0, u64), (1, is_total), (2, is_bool), (3, part))(value)
    return value[0] <= value[1] and value[2] == (value[0] == value[1] > 0) and (value[2] or not value[3])


def gate_request(value):
    """A part is put, and nothing else says one; a last day goes with it or not at all."""
    map_of(
        (0, token), (1, space_id), (2, one_of(0, 1, 2, 3)), (3, slot_id), (4, gate_id), (5, gate_part), (6, is_uint(16)),
        optional=(5, 6),
    )(value)
    return (5 in value) == (value[2] == 0) and (6 not in value or (value[2] == 0 and value[6] > 0))


def gate_answer(value):
    map_of((0, is_bool), (1, gate_part), (2, is_uint(16)), optional=(1, 2))(value)
    return 1 not in value or (value[0] and 2 not in value)


def wake_request(value):
    """Each operation with what it uses, and nothing it does not."""
    map_of(
        (0, token), (1, space_id), (2, one_of(0, 1, 2)), (3, is_bytes(16)), (4, u32), (5, is_bool), (6, is_bytes(1065)),
        optional=(3, 4, 5, 6),
    )(value)
    return set(value) - {0, 1, 2} == {0: {3, 4, 5, 6}, 1: {3}, 2: set()}[value[2]]


def wake_answer(value):
    map_of((0, is_bool), (1, is_bytes(65)), optional=(1,))(value)
    return value[0] == (1 in value)


def read_space(value):
    modes = map_of((0, token), (1, space_id), (2, u64), (3, u64), (4, list_of(slot_id, 64)), optional=(2, 3, 4))
    return modes(value) and len(value) == 3


def item(value):
    map_of((0, record), (1, is_bytes(72)), (2, hash_32), (3, u64), optional=(0, 1, 2))(value)
    return set(value) in ({0, 3}, {1, 2, 3})


page = map_of(
    (0, space_id), (1, u64), (2, list_of(item, 4096)), (3, signed_head), (4, signed_head), (5, refusal_code), (6, u32),
    (7, closed_receipt), optional=(3, 4, 5, 7),
)

MESSAGES = {
    "challenge request": map_of((0, space_id)),
    "challenge answer": map_of((0, nonce), (1, map_of((0, u32), (1, signature)))),
    "session request": map_of((0, space_id), (1, nonce), (2, key_32), (3, signature)),
    "session answer": map_of((0, token), (1, u32), (2, u32), (3, side), (4, is_bool), (5, signed_head)),
    "space request": map_of(
        (0, one_of(0, 1, 2)), (1, space_id), (2, list_of(access, 64)), (3, signature), (4, token),
        (5, list_of(slot_id, 4096)), (6, u64), (7, u32), optional=(4, 5, 6, 7),
    ),
    "space answer": map_of((0, key_32), (1, u32), (2, signed_head), (3, closed_receipt), optional=(3,)),
    "append request": map_of((0, token), (1, space_id), (2, list_of(record, 256))),
    "append answer": map_of((0, list_of(outcome, 256)), (1, signed_head)),
    "read request": map_of((0, list_of(read_space, 64)), (1, u32), (2, u32)),
    "read answer": map_of((0, list_of(page, 64))),
    "ack request": map_of((0, token), (1, space_id), (2, u64)),
    "ack answer": map_of((0, signed_head)),
    "erase request": map_of((0, token), (1, space_id), (2, record)),
    "erase answer": map_of((0, u64), (1, receipt), (2, signed_head)),
    "epoch request": map_of((0, token), (1, space_id), (2, u32), (3, u32), (4, u64), (5, record)),
    "epoch answer": map_of((0, u64), (1, u32), (2, signed_head)),
    "access request": map_of(
        (0, token), (1, space_id), (2, u64), (3, list_of(access, 64)), (4, list_of(key_32, 64)), (5, is_bool),
        optional=(5,),
    ),
    "access answer": map_of((0, u64), (1, signed_head)),
    "blob request": blob_request,
    "blob answer": blob_answer,
    "gate request": gate_request,
    "gate answer": gate_answer,
    "wake request": wake_request,
    "wake answer": wake_answer,
    "ring request": map_of((0, token), (1, space_id), (2, key_32), (3, is_bytes(16)), optional=(3,)),
    "ring answer": map_of((0, is_bool)),
    "mailbox request": map_of(
        (0, one_of(0, 1, 2)), (1, mailbox_id), (2, u32), (3, at_most(16 * 1024)), (4, u32), (5, one_of(*range(1, 8))),
        optional=(3, 5),
    ),
    "mailbox answer": map_of((0, list_of(any_bytes, 8)), (1, u32)),
    "refusal": map_of((0, refusal_code), (1, u64), optional=(1,)),
}


def read_message(name, data):
    require(MESSAGES[name](decode_cbor(data)), "malformed")


def with_a_long_head(data):
    """The same map with its number of entries in a byte of its own."""
    return bytes([0xB8, data[0] & 31]) + data[1:]


def messages(vectors, tally):
    seen = set()
    for section in (section for section in vectors.values() if not is_text(section)):
        for title, case in section.items():
            name, data = title.split(",")[0], unhex(case["cbor"])
            seen.add(name)
            tally.accepted(title, lambda: read_message(name, data))
            tally.refused(title + ", a byte more", lambda: read_message(name, data + b"\x00"), "malformed")
            tally.refused(title + ", a byte short", lambda: read_message(name, data[:-1]), "malformed")
            tally.refused(title + ", a long head", lambda: read_message(name, with_a_long_head(data)), "malformed")
    tally.equal("an example of every message", lambda: seen, set(MESSAGES))


def records(vectors, tally):
    chain = derive_key("cairn chain 1", unhex(vectors["space"]))
    tally.equal("the chain of an empty space", lambda: chain, unhex(vectors["chain_0"]))
    for case in vectors["records"]:
        name, data = case["about"], unhex(case["record"])
        header, body = data[:72], data[72:]
        tally.equal(name + ", header", lambda: encode_header(case, case["length"]), header)
        tally.equal(name + ", length", lambda: len(body), case["length"])
        tally.equal(name + ", body", lambda: blake3(body), unhex(case["body_hash"]))
        record_hash = blake3(header, blake3(body))
        tally.equal(name + ", record", lambda: record_hash, unhex(case["record_hash"]))
        chain = blake3(chain, record_hash)
        tally.equal(name + ", chain", lambda: chain, unhex(case["chain_after"]))


def signed(vectors, tally):
    origin, space = vectors["origin"].encode(), unhex(vectors["space"])
    at_origin = little(len(origin), 2) + origin

    def check(name, made):
        tally.equal(name, lambda: made, unhex(vectors[name]["signed"]))

    head = vectors["head"]
    numbers = little(head["incarnation"], 4) + little(head["n"], 8)
    check("head", b"cairn head 1" + space + numbers + unhex(head["chain"]) + little(head["time_ms"], 8))
    erased = vectors["receipt"]
    numbers = little(erased["seq"], 8) + little(erased["time_ms"], 8)
    check("receipt", b"cairn erase receipt 1" + space + unhex(erased["slot"]) + numbers)
    incarnation = vectors["incarnation"]
    check("incarnation", b"cairn incarnation 1" + little(incarnation["incarnation"], 4))
    check("closed", b"cairn closed receipt 1" + space + little(vectors["closed"]["time_ms"], 8))
    session = vectors["session"]
    check("session", b"cairn session 1" + at_origin + space + unhex(session["nonce"]) + unhex(session["key"]))
    request = unhex(vectors["create"]["request"])
    tally.accepted("create, request", lambda: read_message("space request", request))
    signature_there = decode_cbor(request)[3]
    tally.equal("create, one signature", lambda: request.count(signature_there), 1)
    check("create", b"cairn space 1" + at_origin + request.replace(signature_there, bytes(64)))


FILES = {"messages.json": messages, "records.json": records, "signed.json": signed}
