"""Device chains and support chains."""

from .basics import (
    any_bytes, decode_cbor, derive_key, fields, is_bytes, is_text, is_uint, require, unhex, usable_key, verify,
    version_first,
)
from .key_box import box_hash, usable_kem_key

ZEROS = bytes(32)
GENESIS, ADD, NEW_EPOCH = 1, 2, 4
SUPPORT_GENESIS, SUPPORT_NEW_EPOCH = 32, 34


def is_seen(value):
    shapes = is_uint(32), is_uint(64), is_bytes(32)
    return isinstance(value, list) and len(value) == 3 and all(is_it(part) for is_it, part in zip(shapes, value))


def is_commitments(value):
    if not isinstance(value, list) or not value:
        return False
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        return False
    if not all(is_uint(32)(epoch) and is_bytes(32)(hashed) for epoch, hashed in value):
        return False
    epochs = [epoch for epoch, _ in value]
    return epochs == sorted(set(epochs))


class Link:
    """One link whose form, signature and key box hash hold."""

    def __init__(self, data):
        require(len(data) <= 256 * 1024, "malformed")
        value = decode_cbor(data)
        require(isinstance(value, list) and len(value) == 2, "malformed")
        payload, signature = value
        require(any_bytes(payload) and is_bytes(64)(signature), "malformed")
        (
            _, self.kind, self.space, self.index, self.previous, self.author, self.seen, self.body,
            self.box_hash, commitments, box,
        ) = fields(
            version_first(payload),
            (0, is_uint(8)), (1, is_uint(8)), (2, is_bytes(16)), (3, is_uint(64)), (4, is_bytes(32)), (5, is_bytes(32)),
            (6, is_seen), (7, any_bytes), (8, is_bytes(32)), (9, is_commitments), (10, any_bytes),
            optional=(8, 9, 10),
        )
        self.commitments = dict(map(tuple, commitments or []))
        require(box is None or self.box_hash == box_hash(box), "malformed")
        verify(self.author, b"cairn chain link 1" + payload, signature)
        self.hash = derive_key("cairn chain link hash 1", data)


def is_member(value):
    """A device or a persona, by form."""
    signing, kem, access, name = fields(
        value, (0, is_bytes(32)), (1, any_bytes), (2, is_bytes(32)), (3, is_text),
    )
    usable_kem_key(kem)
    return True


def check_member(member):
    usable_key(member[0])
    usable_key(member[2])
    require(member[0] != member[2], "chain_refused")
    require(len(member[3]) <= 200, "malformed")


def share_a_key(one, other):
    return bool({one[0], one[2]} & {other[0], other[2]}) or one[1] == other[1]


def check_origin(origin):
    data = origin.encode()
    require(1 <= len(data) <= 200, "malformed")
    require(all(byte > 0x20 and byte != 0x7F for byte in data), "malformed")


class Chain:
    def __init__(self, genesis_kind, first):
        link = Link(first)
        good = link.kind == genesis_kind and link.index == 0 and link.previous == ZEROS
        require(good and set(link.commitments) == {1}, "chain_refused")
        self.space, self.links, self.commitments = link.space, [link.hash], dict(link.commitments)
        self.begin(link)

    def place(self, data):
        link = Link(data)
        stands = link.space == self.space and link.index == len(self.links) and link.previous == self.links[-1]
        require(stands, "chain_refused")
        return link

    def check_commitments(self, link, new=None):
        for epoch, hashed in link.commitments.items():
            known = self.commitments.get(epoch)
            require(known == hashed or (known is None and epoch == new), "chain_refused")

    def new_epoch(self, link):
        epoch, _ = fields(decode_cbor(link.body), (0, is_uint(32)), (1, is_seen))
        require(epoch == max(self.commitments) + 1 and link.box_hash is not None, "chain_refused")
        self.check_commitments(link, epoch)
        require(epoch in link.commitments, "chain_refused")
        self.commitments[epoch] = link.commitments[epoch]


class DeviceChain(Chain):
    def __init__(self, first):
        super().__init__(GENESIS, first)

    def begin(self, link):
        self.origin, self.relay_key, device = fields(
            decode_cbor(link.body), (0, is_text), (1, is_bytes(32)), (2, is_member),
        )
        check_origin(self.origin)
        usable_key(self.relay_key)
        check_member(device)
        require(device[0] == link.author, "chain_refused")
        self.devices = {device[0]: device}

    def append(self, data):
        link = self.place(data)
        require(link.author in self.devices and link.kind != GENESIS, "chain_refused")
        require(link.kind in (ADD, NEW_EPOCH), "too_new")
        if link.kind == ADD:
            (device,) = fields(decode_cbor(link.body), (0, is_member))
            check_member(device)
            require(not any(share_a_key(device, known) for known in self.devices.values()), "chain_refused")
            self.check_commitments(link)
            self.devices[device[0]] = device
        else:
            self.new_epoch(link)
        self.links.append(link.hash)


class SupportChain(Chain):
    def __init__(self, first):
        super().__init__(SUPPORT_GENESIS, first)

    def begin(self, link):
        self.participant, self.specialist, self.digits, self.origin, self.relay_key = fields(
            decode_cbor(link.body), (0, is_member), (1, is_member), (2, is_text), (3, is_text), (4, is_bytes(32)),
        )
        check_origin(self.origin)
        usable_key(self.relay_key)
        check_member(self.participant)
        check_member(self.specialist)
        require(not share_a_key(self.participant, self.specialist), "chain_refused")
        require(len(self.digits) == 6 and self.digits.isascii() and self.digits.isdigit(), "malformed")
        require(self.participant[0] == link.author, "chain_refused")

    def append(self, data):
        link = self.place(data)
        require(link.author in (self.participant[0], self.specialist[0]), "chain_refused")
        require(link.kind != SUPPORT_GENESIS, "chain_refused")
        require(link.kind == SUPPORT_NEW_EPOCH, "too_new")
        require(link.author == self.participant[0], "chain_refused")
        self.new_epoch(link)
        self.links.append(link.hash)


def walk(make, links):
    chain = make(links[0])
    for link in links[1:]:
        chain.append(link)
    return chain


def read_chain(vectors, tally, make, describe):
    good = [unhex(link) for link in vectors["links"]]
    for case in vectors["accept"]:
        length = case.pop("length")
        tally.equal(f"{length} links, as many as there are", lambda: min(length, len(good)), length)
        tally.equal(f"{length} links", lambda: describe(walk(make, good[:length])), case)
    for case in vectors["reject"]:
        links = good[:case["after"]] + [unhex(case["link"])]
        tally.refused(case["name"], lambda: walk(make, links), case["refusal"])


def describe_common(chain):
    return {
        "space": chain.space.hex(),
        "origin": chain.origin,
        "relay_key": chain.relay_key.hex(),
        "genesis": chain.links[0].hex(),
        "tip": chain.links[-1].hex(),
        "commitments": [[epoch, hashed.hex()] for epoch, hashed in sorted(chain.commitments.items())],
    }


def describe_member(member):
    return {"signing": member[0].hex(), "kem": member[1].hex(), "access": member[2].hex(), "name": member[3]}


def describe_device_chain(chain):
    devices = [describe_member(device) for _, device in sorted(chain.devices.items())]
    return describe_common(chain) | {"devices": devices}


def describe_support_chain(chain):
    sides = {
        side: {"signing": member[0].hex(), "name": member[3]}
        for side, member in (("participant", chain.participant), ("specialist", chain.specialist))
    }
    return describe_common(chain) | sides | {"digits": chain.digits}


FILES = {
    "device_chain.json": lambda vectors, tally: read_chain(vectors, tally, DeviceChain, describe_device_chain),
    "support_chain.json": lambda vectors, tally: read_chain(vectors, tally, SupportChain, describe_support_chain),
}
