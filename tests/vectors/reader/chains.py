"""Device chains and support chains."""

from .basics import (
    any_bytes, blake3, decode_cbor, derive_key, fields, is_bytes, is_text, is_uint, little, require, unhex, usable_key,
    verify, version_first,
)
from .key_box import box_hash, usable_kem_key

ZEROS = bytes(32)
GENESIS, ADD, REMOVE, NEW_EPOCH, REKEY, RECOVERY, LET_GO, GONE, ERASE, KEEP = range(1, 11)
SUPPORT_GENESIS, SUPPORT_NEW_PERSONA, SUPPORT_NEW_EPOCH, SUPPORT_PAUSE, SUPPORT_END = range(32, 37)
GOODBYE_CHARACTERS_MAX, PAUSES_MAX = 2000, 1000
PERSONAS_MAX = 256
WEEK_MS = 7 * 24 * 60 * 60 * 1000
DEVICES_MAX = 32
DEVICES_BY_PHRASE_MAX = 40


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


def is_kem(value):
    usable_kem_key(value)
    return True


def is_recovery(value):
    fields(value, (0, is_bytes(32)), (1, is_kem), (2, is_bytes(32)))
    return True


def is_head(value):
    """A head as the relay signs it."""
    fields(
        value, (0, is_bytes(16)), (1, is_uint(32)), (2, is_uint(64)), (3, is_bytes(32)), (4, is_uint(64)),
        (5, is_bytes(64)),
    )
    return True


def is_removed(value):
    is_pair = lambda pair: isinstance(pair, list) and len(pair) == 2 and is_bytes(32)(pair[0]) and is_uint(64)(pair[1])
    return isinstance(value, list) and all(map(is_pair, value))


def check_member(member):
    usable_key(member[0])
    usable_key(member[2])
    require(member[0] != member[2], "chain_refused")
    require(len(member[3]) <= 200, "malformed")


def share_a_key(one, other):
    return bool({one[0], one[2]} & {other[0], other[2]}) or one[1] == other[1]


def keys_of(member):
    return {member[key] for key in range(3)}


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
        self.old_upto = {}
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
        epoch, old_upto = fields(decode_cbor(link.body), (0, is_uint(32)), (1, is_seen))
        self.begin_epoch(link, epoch, old_upto)

    def begin_epoch(self, link, epoch, old_upto):
        require(epoch == max(self.commitments) + 1 and link.box_hash is not None, "chain_refused")
        before = self.old_upto.get(epoch - 1)
        require(before is None or before[:2] <= old_upto[:2], "chain_refused")
        self.check_commitments(link, epoch)
        require(epoch in link.commitments, "chain_refused")
        self.commitments[epoch] = link.commitments[epoch]
        self.old_upto[epoch] = old_upto


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
        # By signing key, those that were added first before the others.
        self.devices, self.added = {device[0]: device}, {device[0]: [0, 0]}
        self.removed, self.recoveries, self.time_ms = {}, [], 0
        self.known = keys_of(device)
        # The epoch that was asked for last, the index of the link that asked, and who said what is gone.
        self.let_go, self.let_go_at, self.gone = 1, 0, {}
        # The link that asked to erase everything: its index, the clock then, whether it is by the phrase, its author.
        self.ending = None

    def append(self, data):
        link = self.place(data)
        by_phrase = bool(self.recoveries) and link.author == self.recoveries[-1][0]
        require((link.author in self.devices or by_phrase) and link.kind != GENESIS, "chain_refused")
        take = {
            ADD: self.add, REMOVE: self.remove, NEW_EPOCH: self.new_epoch, REKEY: self.rekey, RECOVERY: self.set_recovery,
            LET_GO: self.ask_to_let_go, GONE: self.say_gone, ERASE: self.erase, KEEP: self.keep,
        }.get(link.kind)
        require(take is not None, "too_new")
        take(link)
        self.links.append(link.hash)

    def add(self, link):
        device, head = fields(decode_cbor(link.body), (0, is_member), (1, is_head))
        check_member(device)
        time_ms = self.clock(head)
        most = DEVICES_MAX if link.author in self.devices else DEVICES_BY_PHRASE_MAX
        require(not self.known & keys_of(device) and len(self.devices) < most, "chain_refused")
        self.check_commitments(link)
        self.devices[device[0]], self.added[device[0]] = device, [len(self.links), time_ms]
        self.known |= keys_of(device)
        self.time_ms = time_ms

    def remove(self, link):
        epoch, old_upto, removed, head = fields(
            decode_cbor(link.body), (0, is_uint(32)), (1, is_seen), (2, is_removed), (3, is_head),
        )
        time_ms = self.clock(head)
        gone = [signing for signing, _ in removed]
        require(gone and gone == sorted(set(gone)) and set(gone) < set(self.devices), "chain_refused")
        ages = list(self.devices)
        for signing, upto in removed:
            require(signing != link.author and upto <= old_upto[1], "chain_refused")
            is_younger = link.author in ages and ages.index(link.author) < ages.index(signing)
            require(is_younger or self.is_settled(link.author, time_ms), "chain_refused")
        self.begin_epoch(link, epoch, old_upto)
        for signing, upto in removed:
            self.removed[signing] = self.devices.pop(signing), upto
        self.time_ms = time_ms

    def rekey(self, link):
        (kem,) = fields(decode_cbor(link.body), (0, is_kem))
        require(link.author in self.devices and kem not in self.known, "chain_refused")
        self.check_commitments(link)
        self.devices[link.author] = self.devices[link.author] | {1: kem}
        self.known.add(kem)

    def set_recovery(self, link):
        recovery, head = fields(decode_cbor(link.body), (0, is_recovery), (1, is_head))
        usable_key(recovery[0])
        usable_key(recovery[2])
        require(recovery[0] != recovery[2], "chain_refused")
        time_ms = self.clock(head)
        keys = keys_of(recovery)
        require(not self.known & keys and self.is_settled(link.author, time_ms), "chain_refused")
        self.check_commitments(link)
        self.recoveries.append(recovery)
        self.known |= keys
        self.time_ms = time_ms

    def ask_to_let_go(self, link):
        (epoch,) = fields(decode_cbor(link.body), (0, is_uint(32)))
        require(self.let_go < epoch <= max(self.commitments), "chain_refused")
        self.check_commitments(link)
        self.let_go, self.let_go_at = epoch, len(self.links)

    def say_gone(self, link):
        (epoch,) = fields(decode_cbor(link.body), (0, is_uint(32)))
        require(link.author in self.devices, "chain_refused")
        require(self.gone.get(link.author, -1) < epoch <= self.let_go, "chain_refused")
        self.check_commitments(link)
        self.gone[link.author] = epoch

    def erase(self, link):
        (head,) = fields(decode_cbor(link.body), (0, is_head))
        time_ms = self.clock(head)
        by_phrase = link.author not in self.devices
        is_new = self.ending is None or (by_phrase and not self.ending[2])
        require(is_new and self.is_settled(link.author, time_ms), "chain_refused")
        self.check_commitments(link)
        self.ending = [len(self.links), time_ms, by_phrase, link.author]
        self.time_ms = time_ms

    def keep(self, link):
        (head,) = fields(decode_cbor(link.body), (0, is_head))
        time_ms = self.clock(head)
        require(self.ending is not None, "chain_refused")
        self.check_commitments(link)
        self.ending = None
        self.time_ms = time_ms

    def has_let_go(self, signing):
        is_later = self.added[signing][0] > self.let_go_at
        return self.let_go == 1 or self.gone.get(signing, 0) >= self.let_go or is_later

    def clock(self, head):
        space, incarnation, n, chain, time_ms, signature = (head[key] for key in range(6))
        signed = b"cairn head 1" + space + little(incarnation, 4) + little(n, 8) + chain + little(time_ms, 8)
        verify(self.relay_key, signed, signature)
        require(space == self.space, "chain_refused")
        return max(self.time_ms, time_ms)

    def is_settled(self, author, time_ms):
        if author not in self.devices:
            return True  # The phrase: others were turned away before.
        return author == next(iter(self.devices)) or time_ms - self.added[author][1] >= WEEK_MS


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
        self.known = keys_of(self.participant) | keys_of(self.specialist)
        self.personas = {"participant": 1, "specialist": 1}
        self.needs_epoch = False
        self.paused, self.goodbye = {"participant": False, "specialist": False}, None
        self.pauses = {"participant": 0, "specialist": 0}

    def append(self, data):
        link = self.place(data)
        require(link.author in (self.participant[0], self.specialist[0]), "chain_refused")
        is_participant = link.author == self.participant[0]
        require(link.kind != SUPPORT_GENESIS, "chain_refused")
        side = "participant" if is_participant else "specialist"
        if link.kind == SUPPORT_NEW_PERSONA:
            self.new_persona(link, side)
        elif link.kind == SUPPORT_PAUSE:
            self.pause(link, side)
        elif link.kind == SUPPORT_END:
            self.end(link, side)
        else:
            require(link.kind == SUPPORT_NEW_EPOCH, "too_new")
            require(is_participant, "chain_refused")
            self.new_epoch(link)
            self.needs_epoch = False
        self.links.append(link.hash)

    def pause(self, link, side):
        (paused,) = fields(decode_cbor(link.body), (0, lambda value: isinstance(value, bool)))
        require(self.paused[side] != paused and self.goodbye is None and link.box_hash is None, "chain_refused")
        require(self.pauses[side] < PAUSES_MAX, "chain_refused")
        self.pauses[side] += 1
        self.check_commitments(link)
        self.paused[side] = paused

    def end(self, link, side):
        (words,) = fields(decode_cbor(link.body), (0, is_text))
        require(side == "participant" or words.strip() != "", "chain_refused")
        require(len(words) <= GOODBYE_CHARACTERS_MAX, "chain_refused")
        require(self.goodbye is None and link.box_hash is None, "chain_refused")
        self.check_commitments(link)
        self.goodbye = words

    def new_persona(self, link, side):
        epoch, old_upto, persona = fields(
            decode_cbor(link.body), (0, is_uint(32)), (1, is_seen), (2, is_member), optional=(0, 1),
        )
        check_member(persona)
        require(not keys_of(persona) & self.known and self.personas[side] < PERSONAS_MAX, "chain_refused")
        if side == "participant":
            require(epoch is not None and old_upto is not None, "chain_refused")
            self.begin_epoch(link, epoch, old_upto)
        else:
            require(epoch is None and old_upto is None and link.box_hash is None, "chain_refused")
            self.check_commitments(link)
        self.needs_epoch = side == "specialist"
        self.known |= keys_of(persona)
        self.personas[side] += 1
        setattr(self, side, persona)


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


def describe_device_chain(chain):
    def device(member):
        keys = {"signing": member[0].hex(), "kem_blake3": blake3(member[1]).hex(), "access": member[2].hex()}
        return keys | {"name": member[3], "added": chain.added[member[0]]}

    def recovery(member):
        keys = {"signing": member[0].hex(), "kem_blake3": blake3(member[1]).hex(), "access": member[2].hex()}
        return keys | {"counts": member is chain.recoveries[-1]}

    return describe_common(chain) | {
        "devices": [device(member) for _, member in sorted(chain.devices.items())],
        "removed": [device(member) | {"trusted_upto": upto} for _, (member, upto) in sorted(chain.removed.items())],
        "recoveries": [recovery(member) for member in chain.recoveries],
        "old_upto": [
            [epoch, incarnation, n, hashed.hex()] for epoch, (incarnation, n, hashed) in sorted(chain.old_upto.items())
        ],
        "ending": chain.ending and chain.ending[:3] + [chain.ending[3].hex()],
        "let_go": chain.let_go,
        "have_let_go": [signing.hex() for signing in sorted(chain.devices) if chain.has_let_go(signing)],
    }


def describe_support_chain(chain):
    def person(member):
        keys = {"signing": member[0].hex(), "kem_blake3": blake3(member[1]).hex(), "access": member[2].hex()}
        return keys | {"name": member[3]}

    sides = {"participant": person(chain.participant), "specialist": person(chain.specialist)}
    standing = {"paused": list(chain.paused.values()), "goodbye": chain.goodbye}
    return describe_common(chain) | sides | standing | {"digits": chain.digits, "needs_epoch": chain.needs_epoch}


FILES = {
    "device_chain.json": lambda vectors, tally: read_chain(vectors, tally, DeviceChain, describe_device_chain),
    "support_chain.json": lambda vectors, tally: read_chain(vectors, tally, SupportChain, describe_support_chain),
}
