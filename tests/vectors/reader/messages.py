"""What two people say to each other: messages, and what a participant wishes of them."""

from datetime import date, timedelta

from .basics import decode_cbor, fields, is_bytes, is_text, is_uint, require

LAST_KEY = 11
EPOCH = date(1970, 1, 1)
# A number of a kind: its word, the keys it has to have beside what every message has, the keys it may have.
KINDS = {
    0: ("acknowledgement", (), (6,)), 1: ("open_question", (), ()), 2: ("offer_lived_experience", (), ()),
    3: ("offer_resource", (), ()), 4: ("resource", (7,), (8,)), 5: ("lived_experience", (10,), (6, 8)),
    6: ("practical", (), ()), 7: ("response_to_feedback", (), (6,)), 8: ("closing", (), ()),
    9: ("proposal", (8,), ()), 16: ("words", (), ()),
    17: ("ask", (9,), ()), 18: ("correction", (), ()), 19: ("yes", (), ()), 20: ("not_now", (), ()),
    21: ("feedback", (11,), ()), 22: ("ask_for_proposal", (), ()),
}
TEXTS = {0: "strength", 5: "ask_back", 7: "differently"}
LISTENING = 1
WANTED = ("listening", "ideas", "company", "practical_help", "questions", "just_reading", "their_story")
HEARD = ("not_at_all", "a_little", "mostly", "fully", "not_sure", "unsaid")
PUSHED = ("not_at_all", "a_little", "quite_a_bit", "a_lot", "not_sure", "unsaid")
TOPICS_MAX = 32
LIVED_EXPERIENCE = ("never", "ask_first", "welcome")


def is_signed(value):
    return isinstance(value, int) and not isinstance(value, bool) and -1 << 63 <= value < 1 << 63


def is_filled(value):
    return is_text(value) and value != ""


def is_off(value):
    return value is False


def is_texts(value):
    require(not isinstance(value, list) or len(value) <= TOPICS_MAX, "too_large")
    return isinstance(value, list) and value and all(map(is_text, value))


def is_pair(first, second):
    return lambda value: isinstance(value, list) and len(value) == 2 and first(value[0]) and second(value[1])


def known(data, last_key):
    """The map without the keys that a reader may pass over. One below 32 that it does not know is a later version's."""
    value = decode_cbor(data)
    require(isinstance(value, dict) and all(map(is_uint(64), value)), "malformed")
    require(all(key <= last_key or key >= 32 for key in value), "too_new")
    return {key: part for key, part in value.items() if key <= last_key}


def word(words, number):
    require(number < len(words), "too_new")
    return words[number]


def read_wanted(bits):
    require(0 < bits < 1 << len(WANTED), "too_new")
    return [one for at, one in enumerate(WANTED) if bits >> at & 1]


def is_about(value):
    return isinstance(value, list) and len(value) in (2, 3) and is_uint(64)(value[0])


def read_about(about):
    if about is None:
        return None
    what, *rest = about
    name = word(("share", "message", "meeting", "days"), what)
    if name != "days":
        require(len(rest) == 1 and is_bytes(16)(rest[0]), "malformed")
        return [name, rest[0].hex()]
    require(len(rest) == 2 and all(map(is_signed, rest)) and rest[0] <= rest[1], "malformed")
    return [name, *((EPOCH + timedelta(days=day)).isoformat() for day in rest)]


def read_message(content):
    kind, body, about, preferences, topics, sent, text, resource, accepted, wanted, reflected, felt = fields(
        known(content, LAST_KEY), (0, is_uint(64)), (1, is_text), (2, is_about),
        (3, is_uint(64)), (4, is_texts), (5, is_signed), (6, is_filled),
        (7, lambda it: isinstance(it, list) and len(it) == 5 and all(map(is_text, it))), (8, is_bytes(16)),
        (9, is_uint(64)), (10, lambda it: it is True), (11, is_pair(is_uint(64), is_uint(64))),
        optional=(2, 4, 6, 7, 8, 9, 10, 11),
    )
    require(kind in KINDS, "too_new")
    name, needed, allowed = KINDS[kind]
    parts = {6: text, 7: resource, 8: accepted, 9: wanted, 10: reflected, 11: felt}
    present = {key for key, part in parts.items() if part is not None}
    require(set(needed) <= present <= {*needed, *allowed}, "malformed")
    said = {
        "kind": name, "body": body, "about": read_about(about), "preferences": preferences, "topics": topics or [],
        "sent": sent,
    }
    if kind in TEXTS:
        said[TEXTS[kind]] = text or ""
    if 8 in allowed:
        said["accepted"] = accepted and accepted.hex()
    if 8 in needed:
        said["asked"] = accepted.hex()
    if resource:
        said["resource"] = resource
    if wanted is not None:
        said["wanted"] = read_wanted(wanted)
    if felt:
        said |= {"heard": word(HEARD, felt[0]), "pushed": word(PUSHED, felt[1])}
    return said


def read_wishes(content):
    version, lived_experience, most, off_limits, when_quiet, listen_first, no_directing = fields(
        known(content, 6), (0, is_uint(64)), (1, is_uint(64)), (2, is_uint(16)), (3, is_texts), (4, is_filled),
        (5, is_off), (6, is_off), optional=(3, 4, 5, 6),
    )
    return {
        "version": version, "lived_experience": word(LIVED_EXPERIENCE, lived_experience),
        "lived_experience_max": most, "off_limits": off_limits or [], "when_quiet": when_quiet or "",
        "listen_first": listen_first is None, "no_directing": no_directing is None,
    }
