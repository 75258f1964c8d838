"""Whole records: header, seal, inside, slot, content, author and signature, in the order in which a device looks at them."""

from .basics import Refused, blake3, decode_cbor, derive_key, keyed, little, require, spliced, unhex, verify
from .chains import DeviceChain, Link
from .record_inside import parse, read_entry, read_stop, without
from .sealing import encode_header, import_id, open_record, seal_record

ENTRY, DEVICE_LINK, STOP = 1, 5, 18
RECORD_BYTES = range(144, 1024 * 1024 + 1)
CLOSES_SLOT = 1


def record_hash(record):
    return blake3(record[:72], blake3(record[72:]))


def leb128(data, at):
    number = shift = 0
    while True:
        require(at < len(data), "malformed")
        number |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return number, at


def document_heads(data):
    """The heads that a document chunk of Automerge names itself."""
    require(data[:4] == bytes.fromhex("856f4a83") and data[8] == 0, "malformed")
    length, at = leb128(data, 9)
    require(at + length == len(data), "malformed")
    actors, at = leb128(data, at)
    at += 17 * actors
    count, at = leb128(data, at)
    return [data[at + 32 * i:at + 32 * i + 32].hex() for i in range(count)]


def check_content(inside, header, slot_key):
    kind, projection = inside["kind"], unhex(inside["projection"])
    if kind == ENTRY:
        entry = read_entry(projection)
        if entry["import"]:
            require(import_id(slot_key, *entry["import"][:2]).hex() == inside["document"], "misplaced")
    elif kind == DEVICE_LINK:
        # Its document is the first half of its hash, so that no link replaces another.
        require(Link(projection).hash[:16].hex() == inside["document"], "misplaced")
    elif kind == STOP:
        require(read_stop(projection)["share"] == inside["document"] and header[1] == CLOSES_SLOT, "misplaced")
    else:
        raise ValueError("no whole record of this kind is written")
    if inside["document_bytes"] is not None:
        require(document_heads(unhex(inside["document_bytes"])) == inside["heads"], "malformed")


def read_record(space, record):
    """What a device of the space makes of a record: (plaintext, inside)."""
    require(len(record) in RECORD_BYTES, "malformed")
    header = record[:72]
    require(header[0] == 1 and header[1] & ~CLOSES_SLOT == 0, "malformed")
    require(int.from_bytes(header[68:72], "little") == len(record) - 72, "malformed")
    require(header[2:18] == unhex(space["space"]), "misplaced")
    require(int.from_bytes(header[50:54], "little") == space["epoch"], "no_key")
    plaintext = open_record(unhex(space["epoch_key"]), record)
    inside = parse(header, plaintext)
    slot_key = unhex(space["slot_key"])
    name = b"cairn slot 1", unhex(inside["document"]), little(inside["edition"], 4)
    require(header[34:50] == keyed(slot_key, *name)[:16], "misplaced")
    check_content(inside, header, slot_key)
    require(inside["author"] in space["authors"], "stranger")
    try:
        verify(unhex(inside["author"]), unhex(inside["signed_bytes"]), unhex(inside["signature"]))
    except Refused as refused:
        raise Refused("not_signed") from refused
    return plaintext, inside


def record_whole(vectors, tally):
    spaces, records = vectors["spaces"], {case["name"]: unhex(case["record"]) for case in vectors["records"]}
    home = []
    for case in vectors["records"]:
        name, space, record = case["name"], spaces[case["space"]], records[case["name"]]

        def reads():
            return without(read_record(space, record)[1], "digest", "signed_bytes")

        def seals():
            plaintext = read_record(space, record)[0]
            return seal_record(unhex(space["epoch_key"]), case["header"], record[72:96], plaintext)

        tally.equal(name + ", read", reads, case["inside"])
        tally.equal(name + ", sealed", seals, record)
        header = encode_header(case["header"], len(record) - 72)
        tally.equal(name + ", header", lambda: (header.hex(), record[:72]), (case["header_bytes"], header))
        tally.equal(name + ", hash", lambda: record_hash(record).hex(), case["record_hash"])
        if case["space"] == "home":
            home.append((case, record))

    def log_holds_together():
        chain, counts, hashes = derive_key("cairn chain 1", unhex(spaces["home"]["space"])), {}, set()
        for n, (case, record) in enumerate(home):
            inside = case["inside"]
            require(inside["seen"]["n"] == n and inside["seen"]["chain"] == chain.hex(), "another chain")
            counts[inside["author"]] = counts.get(inside["author"], 0) + 1
            require(inside["writer_seq"] == counts[inside["author"]], "a record left out")
            require(set(inside["parents"]) <= hashes and case["header"]["merged_upto"] <= n, "what was not there yet")
            hashed = record_hash(record)
            chain = blake3(chain, hashed)
            hashes.add(hashed.hex())

    def authors_are_devices():
        links = [unhex(case["inside"]["projection"]) for case, _ in home if case["inside"]["kind"] == DEVICE_LINK]
        chain = DeviceChain(links[0])
        for link in links[1:]:
            chain.append(link)
        return sorted(device[0].hex() for device in chain.devices.values())

    tally.accepted("the log of the home space", log_holds_together)
    tally.equal("the devices of the home space", authors_are_devices, sorted(spaces["home"]["authors"]))
    for case in vectors["refused"]:
        record = spliced(case["record"], records)
        tally.refused(case["name"], lambda: read_record(spaces[case["space"]], record), case["refusal"])


FILES = {"record_whole.json": record_whole}
