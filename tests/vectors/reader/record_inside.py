"""The inside of a record, suite 1, and the values it carries."""

import struct
from datetime import date, timedelta

import zstandard

from .basics import (
    Refused, any_bytes, blake3, decode_cbor, derive_key, fields, is_bytes, is_text, is_uint, raw_fields, require, unhex,
)
from .meetings import meetings
from .messages import LISTENING, is_texts, read_message, read_wanted, read_wishes

CONTENT_BYTES_MAX = 4 * 1024 * 1024
HEADS_MAX, PARENTS_MAX = 64, 256
DOCUMENT_KINDS = {1, 2, 3, 4, 7}
KINDS = DOCUMENT_KINDS | {5, 6, 8, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25}
# How the vectors call a refusal, and how this reader does: one spelling of CBOR or none is one thing here.
WORDS = {"Malformed": "malformed", "NotCanonical": "malformed", "TooNew": "too_new", "TooLarge": "too_large"}


def padded_length(length):
    """Padme (Nikitin et al. 2019), never below a kilobyte."""
    if length <= 1024:
        return 1024
    exponent = length.bit_length() - 1
    zero_bits = exponent - exponent.bit_length()
    mask = (1 << zero_bits) - 1
    return (length + mask) & ~mask


class Taking:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, length):
        require(self.at + length <= len(self.data), "malformed")
        self.at += length
        return self.data[self.at - length:self.at]

    def number(self, length):
        return int.from_bytes(self.take(length), "little")

    def hashes(self, count, most):
        require(count <= most, "too_large")
        hashes = [self.take(32) for _ in range(count)]
        require(all(a < b for a, b in zip(hashes, hashes[1:])), "malformed")
        return hashes


def unpack(frame):
    """(projection, document or None) of one zstd frame."""
    require(frame[:4] == bytes.fromhex("28b52ffd"), "malformed")
    try:
        stated = zstandard.get_frame_parameters(frame)
    except zstandard.ZstdError as error:
        raise Refused("malformed") from error
    require(stated.content_size != zstandard.CONTENTSIZE_UNKNOWN and stated.dict_id == 0, "malformed")
    require(stated.content_size <= CONTENT_BYTES_MAX, "too_large")
    unpacking = zstandard.ZstdDecompressor().decompressobj()
    try:
        content = unpacking.decompress(frame)
    except zstandard.ZstdError as error:
        raise Refused("malformed") from error
    require(unpacking.eof and unpacking.unused_data == b"" and len(content) == stated.content_size, "malformed")
    projection, document = fields(decode_cbor(content), (0, any_bytes), (1, any_bytes), optional=(1,))
    decode_cbor(projection)
    return projection, document


def parse(header, plaintext):
    bytes_ = Taking(plaintext)
    suite = bytes_.number(1)
    require(suite == 1, "too_new")
    inside = {"kind": bytes_.number(1), "author": bytes_.take(32).hex(), "writer_seq": bytes_.number(8)}
    inside["seen"] = {"incarnation": bytes_.number(4), "n": bytes_.number(8), "chain": bytes_.take(32).hex()}
    inside |= {"document": bytes_.take(16).hex(), "edition": bytes_.number(4)}
    inside |= {"schema": bytes_.number(2), "genesis": bytes_.number(2)}
    inside["heads"] = [hashed.hex() for hashed in bytes_.hashes(bytes_.number(1), HEADS_MAX)]
    inside["parents"] = [hashed.hex() for hashed in bytes_.hashes(bytes_.number(2), PARENTS_MAX)]
    front = plaintext[:bytes_.at]
    inside["signature"] = bytes_.take(64).hex()
    length = bytes_.take(4)
    frame = bytes_.take(int.from_bytes(length, "little"))
    require(len(plaintext) == padded_length(bytes_.at) and not any(plaintext[bytes_.at:]), "malformed")
    projection, document = unpack(frame)
    require(inside["kind"] in KINDS, "too_new")
    require((document is None) == (inside["heads"] == []), "malformed")
    require(document is None or inside["kind"] in DOCUMENT_KINDS, "malformed")
    digest = blake3(header, front, length, frame)
    inside |= {"projection": projection.hex(), "document_bytes": None if document is None else document.hex()}
    return inside | {"digest": digest.hex(), "signed_bytes": (b"cairn record signature 1" + digest).hex()}


def is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_moment(value):
    shapes = is_int, is_text, is_text, is_uint(3)
    return isinstance(value, list) and len(value) == 4 and all(is_it(part) for is_it, part in zip(shapes, value))


def is_words(value):
    return isinstance(value, list) and value and all(
        isinstance(pair, list) and len(pair) == 2 and all(map(is_text, pair)) for pair in value
    )


def filled_text(value):
    return is_text(value) and value != ""


LAST_KEY = 20


def is_sorted(words):
    folded = [pair[0] for pair in words]
    return folded == sorted(set(folded), key=lambda word: word.encode())


def is_sorted_words(value):
    return is_words(value) and is_sorted(value)


def is_hung(value):
    shapes = (
        is_bytes(16), is_uint(3), is_text, is_bytes(32), is_uint(64), is_text, is_uint(32), is_uint(32), is_uint(64), is_text,
        is_text, is_moment,
    )
    return isinstance(value, list) and len(value) in (11, 12) and all(is_it(part) for is_it, part in zip(shapes, value))


def is_float(least):
    def is_it(value):
        if not is_bytes(8)(value) or value == struct.pack(">d", -0.0):
            return False
        return least <= struct.unpack(">d", value)[0] <= 1

    return is_it


def is_state(value):
    return len(value) == 2 and value[0] in (1, 2) and value[1] == sorted(set(value[1]) & set(range(1, 19)))


def is_place(value):
    return len(value) in (1, 3) and is_text(value[0]) and all(map(is_int, value[1:]))


def is_earlier(value):
    return is_uint(32)(value[0]) and all(map(is_bytes(32), value[1:])) and value[1:] == sorted(set(value[1:]))


def with_hex(values):
    return [value.hex() if isinstance(value, bytes) else value for value in values]


def read_around(known):
    people, areas, hung, valence, energy, state, place, weather, asked, reply, marks, earlier = fields(
        known, (9, is_sorted_words), (10, is_sorted_words), (11, lambda value: value and all(map(is_hung, value))),
        (12, is_float(-1)), (13, is_float(0)), (14, is_state), (15, is_place), (16, filled_text),
        (17, lambda value: len(value) == 2 and is_text(value[0]) and filled_text(value[1])), (18, is_bytes(16)),
        (19, lambda value: is_int(value) and 0 < value < 16), (20, is_earlier), optional=range(9, LAST_KEY + 1),
    )
    require(len({one[0] for one in hung or []}) == len(hung or []), "malformed")
    number = lambda value: None if value is None else struct.unpack(">d", value)[0]
    return {
        "people": people or [], "life_areas": areas or [], "attachments": [with_hex(one) for one in hung or []],
        "valence": number(valence), "energy": number(energy), "state_of_mind": state, "place": place,
        "weather": weather or "", "asked": asked, "replies_to": reply and reply.hex(), "marks": marks or 0,
        "earlier": earlier and with_hex(earlier),
    }


def read_entry(projection):
    raw = raw_fields(projection)
    known = {key: value for key, value in decode_cbor(projection).items() if key <= LAST_KEY}
    around = read_around({key: known.pop(key) for key in list(known) if key > 8})
    title, body, happened, written, tags, feelings, trashed, imported, both = fields(
        known, (0, filled_text), (1, filled_text), (2, is_moment), (3, is_moment), (4, is_words), (5, is_words),
        (6, is_int), (7, lambda value: isinstance(value, list) and len(value) == 3 and all(map(is_text, value))),
        (8, lambda value: value is True), optional=(0, 1, 4, 5, 6, 7, 8),
    )
    require(is_sorted(tags or []), "malformed")
    return around | {
        "title": title or "", "body": body or "", "happened": happened, "written": written, "tags": tags or [],
        "feelings": feelings or [], "trashed": trashed, "import": imported, "both_versions": both is True,
        "unknown": [[key, value.hex()] for key, value in raw.items() if key > LAST_KEY],
    }


def read_fields(projection):
    raw, value = raw_fields(projection), decode_cbor(projection)
    require(0 in value and isinstance(value[0], dict) and all(map(is_text, value[0])), "malformed")
    read = sorted([name, {"hex": field.hex()} if any_bytes(field) else field] for name, field in value[0].items())
    return read, [[key, bytes_.hex()] for key, bytes_ in raw.items() if key > 0]


def read_consent(value):
    (
        share, version, participant, recipient, items, sentence, purpose, end, given, notice, how_to_stop, follow,
        lease_days, wanted, is_excerpt, narrowed,
    ) = fields(
        value, (0, is_bytes(16)), (1, is_int), (2, is_text), (3, is_bytes(32)), (4, lambda it: len(it) == 1),
        (5, is_text), (6, is_text), (7, lambda it: it in ([0], [2]) or (len(it) == 2 and it[0] == 1)), (8, is_int),
        (9, lambda it: len(it) == 4), (10, is_text), (11, lambda it: it is True), (12, is_int),
        (13, lambda it: is_int(it) and it != LISTENING), (32, lambda it: it is True),
        (33, lambda it: it and it == sorted(set(it))), optional=(11, 13, 32, 33),
    )
    entry, parts, when = items[0]
    asked = {} if wanted is None else {"wanted": read_wanted(wanted)}
    if is_excerpt:
        asked["is_excerpt"] = True
    if narrowed:
        asked["narrowed"] = narrowed
    return asked | {
        "share": share.hex(), "version": version, "participant": participant, "recipient": recipient.hex(),
        "entry": entry.hex(), "parts": parts, "when": when, "sentence": sentence, "purpose": purpose,
        "end": [("until_i_stop", "at", "with_relationship")[end[0]], *end[1:]], "given": given, "notice": notice,
        "how_to_stop": how_to_stop, "follow_edits": follow is True, "lease_days": lease_days,
    }


def read_shown_attachment(value):
    kind, media_type, size, sha256, key, width, height, duration_ms, caption = fields(
        value, (0, is_int), (1, is_text), (2, is_int), (3, is_bytes(32)), (4, is_bytes(32)),
        *((number, lambda it: is_int(it) and it > 0) for number in (5, 6, 7)), (8, filled_text), optional=(5, 6, 7, 8),
    )
    return {
        "kind": kind, "media_type": media_type, "bytes": size, "sha256": sha256.hex(), "key": key.hex(),
        "width": width or 0, "height": height or 0, "duration_ms": duration_ms or 0, "caption": caption,
    }


def read_view(content):
    consent, preference_version, built, items, gated = fields(
        decode_cbor(content), (0, lambda it: isinstance(it, dict)), (1, is_int), (2, is_int), (3, lambda it: len(it) == 1),
        (4, lambda it: isinstance(it, dict)), optional=(3, 4),
    )
    require((items is None) != (gated is None), "malformed")
    behind = {}
    if gated is not None:
        gate, inner, sealed = fields(gated, (0, is_bytes(16)), (1, is_bytes(32)), (2, any_bytes))
        items, behind = [{}], {"gated": {"gate": gate.hex(), "inner": inner.hex(), "sealed": sealed.hex()}}
    title, body, when, feelings, tags, attachments, valence, people, place = fields(
        items[0], (0, is_text), (1, is_text), (2, lambda it: len(it) == (4 if it[0] == 0 else 2)),
        (3, lambda it: all(map(is_text, it))), (4, lambda it: all(map(is_text, it))),
        (5, lambda it: it), (6, is_bytes(8)), (7, lambda it: all(map(is_text, it))), (8, filled_text),
        optional=(0, 1, 2, 3, 4, 5, 6, 7, 8),
    )
    shown = {"attachments": [read_shown_attachment(one) for one in attachments]} if attachments else {}
    if valence is not None:
        shown["valence"] = struct.unpack(">d", valence)[0]
    if people:
        shown["people"] = people
    if place is not None:
        shown["place"] = place
    return behind | shown | {
        "consent": read_consent(consent), "preference_version": preference_version, "built": built, "title": title,
        "body": body, "when": when and when[1], "feelings": feelings or [], "tags": tags or [],
    }


def read_stop(content):
    share, version, state, at = fields(decode_cbor(content), (0, is_bytes(16)), (1, is_int), (2, is_int), (3, is_int))
    return {"share": share.hex(), "version": version, "state": state, "at": at}


def read_shared_profile(content):
    version, sections, name, pronouns, languages = fields(
        decode_cbor(content), (0, is_int), (1, lambda it: isinstance(it, list)), (33, is_text), (34, is_text),
        (35, lambda it: is_texts(it) and it), optional=(33, 34, 35),
    )
    address = {"name": name or "", "pronouns": pronouns or ""} | ({"languages": languages} if languages else {})
    return {"version": version, "sections": sections} | ({"address": address} if name or pronouns or languages else {})


def read_tombstone(content):
    (why,) = fields(decode_cbor(content), (0, lambda it: it in (0, 1)))
    return {"why": ("erased", "begun_anew")[why]}


CONNECTIONS = ("none", "family", "friend", "work", "group", "other")


def read_declaration(content):
    version, prior, words, limits, areas, *texts, languages = fields(
        decode_cbor(content), (0, is_int), (1, lambda it: it in range(6)), (2, is_text), (3, is_text),
        (32, lambda it: is_texts(it) and it), *((key, filled_text) for key in (33, 34, 35)),
        (36, lambda it: is_texts(it) and it), optional=(32, 33, 34, 35, 36),
    )
    introduced = any(texts) or languages
    introduction = {"texts": [text or "" for text in texts], "languages": languages or []}
    return {
        "version": version, "prior_connection": CONNECTIONS[prior], "prior_words": words,
        "confidentiality_limits": limits,
    } | ({"experience": areas} if areas else {}) | ({"introduction": introduction} if introduced else {})


def read_agreement(content):
    version, answers, review_on, closing_words = fields(
        decode_cbor(content),
        (0, is_int), (1, lambda it: isinstance(it, list) and len(it) == 8), (2, is_int), (3, lambda it: it is True),
        optional=(2, 3),
    )
    hashed = derive_key("cairn agreement 1", content)
    day = review_on is not None and (date(1970, 1, 1) + timedelta(days=review_on)).isoformat()
    return {
        "version": version, "answers": answers, "review_on": day or None, "closing_words": closing_words is True,
        "hash": hashed.hex(), "acceptance": (bytes([0xa1, 0, 0x58, 32]) + hashed).hex(),
        "accepted_in": [derive_key("cairn acceptance 1", hashed + bytes([side]))[:16].hex() for side in (0, 1)],
    }


def read_access_event(content):
    seen, share, at = fields(decode_cbor(content), (0, lambda it: it in (0, 1)), (1, is_bytes(16)), (2, is_int))
    document = derive_key("cairn access event 1", share + bytes([seen]))[:16]
    return {"what": ("opened", "purged")[seen], "share": share.hex(), "at": at, "document": document.hex()}


def without(case, *keys):
    return {key: value for key, value in case.items() if key not in keys}


def record_inside(vectors, tally):
    for case in vectors["records"]:
        header, plaintext = unhex(case["header"]), unhex(case["plaintext"])
        tally.equal(case["name"], lambda: parse(header, plaintext), without(case, "name", "header", "plaintext"))
    for case in vectors["entries"]:
        expected = without(case, "name", "projection", "id")
        tally.equal("entry, " + case["name"], lambda: read_entry(unhex(case["projection"])), expected)
    for case in vectors["fields"]:
        expected = case["fields"], case.get("unknown", [])
        tally.equal("fields, " + case["name"], lambda: read_fields(unhex(case["projection"])), expected)
    for case in vectors["views"]:
        expected = without(case, "name", "content") | {"consent": without(case["consent"], "bytes")}
        tally.equal("view, " + case["name"], lambda: read_view(unhex(case["content"])), expected)
        receipt = unhex(case["consent"]["bytes"])
        tally.equal("receipt, " + case["name"], lambda: read_consent(decode_cbor(receipt)), expected["consent"])
    for case in vectors["stops"]:
        expected = without(case, "name", "content")
        tally.equal("stop, " + case["name"], lambda: read_stop(unhex(case["content"])), expected)
    for case in vectors["tombstones"]:
        expected = without(case, "content")
        tally.equal("tombstone, " + case["why"], lambda: read_tombstone(unhex(case["content"])), expected)
    for name in ("declaration", "declaration_with_areas", "declaration_with_introduction"):
        declared = vectors["terms"][name]
        tally.equal(name, lambda: read_declaration(unhex(declared["content"])), without(declared, "content"))
    for case in vectors["terms"]["agreements"]:
        expected = without(case, "name", "content")
        tally.equal("agreement, " + case["name"], lambda: read_agreement(unhex(case["content"])), expected)
    for case in vectors["access_events"]:
        expected = without(case, "content")
        tally.equal("access event, " + case["what"], lambda: read_access_event(unhex(case["content"])), expected)
    for case in vectors["messages"]:
        expected = without(case, "name", "content")
        name = f"message, {case['kind']}, {case['name']}"
        tally.equal(name, lambda: read_message(unhex(case["content"])), expected)
    for case in vectors["refused_messages"]:
        content = unhex(case["content"])
        tally.refused("message, " + case["name"], lambda: read_message(content), WORDS[case["error"]])
    for case in vectors["wishes"]:
        expected = without(case, "name", "content")
        tally.equal("wishes, " + case["name"], lambda: read_wishes(unhex(case["content"])), expected)
    meetings(vectors["meetings"], tally, WORDS)
    for case in vectors["shared_profiles"]:
        expected = without(case, "name", "content")
        tally.equal("profile, " + case["name"], lambda: read_shared_profile(unhex(case["content"])), expected)
    for length, padded in vectors["padded_lengths"]:
        tally.equal(f"{length} bytes padded", lambda: padded_length(length), padded)
    for case in vectors["refused"]:
        arguments = unhex(case["header"]), unhex(case["plaintext"])
        tally.refused(case["name"], lambda: parse(*arguments), WORDS[case["error"]])


FILES = {"record_inside.json": record_inside}
