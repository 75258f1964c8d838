"""The pages of meetings, one of each side."""

from datetime import date, timedelta
from uuid import UUID

from .basics import derive_key, fields, is_bytes, is_text, is_uint, require, unhex
from .messages import is_signed, known, word

PARTS = ("agenda", "notes")


def name(data):
    return str(UUID(bytes=data))


def ascends(items):
    return all(one < following for one, following in zip(items, items[1:]))


def read_day(number):
    return number if number is None else str(date(1970, 1, 1) + timedelta(days=number))


def is_texts(value):
    return isinstance(value, list) and all(map(is_text, value))


def read_page_line(line):
    require(isinstance(line, list) and len(line) == 6, "malformed")
    line_id, part, order, after, edit, texts = line
    require(is_bytes(16)(line_id) and all(map(is_uint(64), (part, order, edit))) and is_texts(texts), "malformed")
    require(max(order, edit) < 1 << 32, "too_large")
    require(after == b"" or is_bytes(16)(after), "malformed")
    require(ascends([text.encode() for text in texts]), "malformed")
    return {
        "id": name(line_id), "part": word(PARTS, part), "order": order, "after": name(after) if after else None,
        "edit": edit, "texts": texts,
    }


def read_page(content):
    meeting, edit, day, lines = fields(
        known(content, 3), (0, is_bytes(16)), (1, is_uint(32)), (2, is_signed), (3, lambda it: isinstance(it, list)),
        optional=(2,),
    )
    read = [read_page_line(line) for line in lines]
    require(ascends([line[0] for line in lines]), "malformed")
    return {"meeting": name(meeting), "edit": edit, "day": read_day(day), "lines": read}


def read_kept(content):
    day, lines = fields(known(content, 1), (0, is_signed), (1, lambda it: isinstance(it, list)))
    read = [
        {"id": name(line_id), "part": word(PARTS, part), "by": side, "words": words}
        for line_id, part, side, words in lines
    ]
    return {"day": read_day(day), "lines": read}


def meetings(vectors, tally, words):
    for case in vectors["pages"]:
        expected = {key: part for key, part in case.items() if key not in ("name", "content")}
        tally.equal("page, " + case["name"], lambda: read_page(unhex(case["content"])), expected)
    for case in vectors["refused"]:
        content = unhex(case["content"])
        tally.refused("page, " + case["name"], lambda: read_page(content), words[case["error"]])
    kept = vectors["kept"]
    expected = {key: part for key, part in kept.items() if key != "content"}
    tally.equal("a meeting that is kept", lambda: read_kept(unhex(kept["content"])), expected)
    meeting = UUID(vectors["documents"]["meeting"]).bytes
    for side, document in enumerate(vectors["documents"]["of"]):
        named = lambda: derive_key("cairn meeting 1", meeting, bytes([side]))[:16].hex()
        tally.equal(f"the document of a page, side {side}", named, document)
