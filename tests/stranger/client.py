"""A device that knows nothing of Cairn but `cairn-wire.cddl`: asks, checks what it is told, and believes no head that it cannot follow."""

from http.client import HTTPConnection

from document import (
    STATUSES, Lie, blake3, chain_0, closed_bytes, decode, encode, head_bytes, incarnation_bytes, item_hash, receipt_bytes,
    session_bytes, space_bytes, verify,
)


class Refused(Exception):
    """The relay did not do it, and said why."""

    def __init__(self, status, refusal):
        super().__init__(f"refused with {refusal[0]}")
        self.status, self.code, self.value = status, refusal[0], refusal.get(1)


class Line:
    """A connection to a relay."""

    def __init__(self, address, origin, patience=60):
        self._http, self.origin = HTTPConnection(address, timeout=patience), origin

    def post(self, name, body, headers=None):
        """The status, the headers and the body that come back."""
        headers = {"content-type": "application/cbor"} | (headers or {})
        self._http.request("POST", f"/v1/{name}", body=body, headers=headers)
        answer = self._http.getresponse()
        return answer.status, answer.headers, answer.read()

    def announce(self, name, length):
        """What comes back when a body of so many bytes is announced, and none is sent."""
        self._http.putrequest("POST", f"/v1/{name}")
        self._http.putheader("content-type", "application/cbor")
        self._http.putheader("content-length", str(length))
        self._http.endheaders()
        answer = self._http.getresponse()
        return self._answer(name, answer.status, answer.headers, answer.read())

    def send(self, name, body):
        """The answer to bytes, of whatever kind; a refusal has the status that goes with it."""
        return self._answer(name, *self.post(name, body))

    @staticmethod
    def _answer(name, status, headers, data):
        if status == 200:
            return decode(f"{name}-answer", data)
        refusal = decode("refusal", data)
        assert STATUSES[refusal[0]] == status, (status, refusal)
        assert (headers.get("retry-after") is not None) == (refusal[0] == 10), headers
        raise Refused(status, refusal)

    def ask(self, name, message):
        return self.send(name, encode(f"{name}-request", message))

    def hang_up(self):
        self._http.close()


class Space:
    """One space, as one key sees it."""

    def __init__(self, line, space, key):
        self.line, self.space, self.key = line, space, key
        self.relay_key, self.token, self.epoch, self.incarnation = None, None, None, None
        # What was read, in order, and the chain over it.
        self.items, self.chain = [], chain_0(space)
        self.newest = None

    # Beginning

    def create(self, access, epoch=None):
        """Begins the space; `access` is a list of (public key, side, administers), this key's first."""
        request = {0: 0, 1: self.space, 2: [{0: key, 1: side, 2: right} for key, side, right in access], 3: bytes(64)}
        if epoch is not None:
            request[7] = epoch
        request[3] = self.key.sign(space_bytes(self.line.origin, request))
        answer = self.line.ask("space", request)
        if self.relay_key not in (None, answer[0]):
            raise Lie("the relay has another key")
        self.relay_key = answer[0]
        self._take_head(answer[2])
        return answer[1]

    def know(self, relay_key):
        """Pins the relay's key, heard from whoever began the space."""
        self.relay_key = relay_key
        return self

    def enter(self):
        """Begins a session."""
        challenge = self.line.ask("challenge", {0: self.space})
        verify(self.relay_key, incarnation_bytes(challenge[1]), challenge[1][1])
        self.incarnation = challenge[1][0]
        signature = self.key.sign(session_bytes(self.line.origin, self.space, challenge[0], self.key.public))
        answer = self.line.ask("session", {0: self.space, 1: challenge[0], 2: self.key.public, 3: signature})
        self.token, self.epoch = answer[0], answer[2]
        self._take_head(answer[5])
        return answer

    def _take_head(self, head):
        """Checks a head by itself, and against those before it and what was read."""
        verify(self.relay_key, head_bytes(head), head[5])
        if head[0] != self.space:
            raise Lie("a head of another space")
        if self.newest and self.newest[1] == head[1]:
            if head[2] < self.newest[2]:
                raise Lie("a head goes back")
            if head[2] == self.newest[2] and head[3] != self.newest[3]:
                raise Lie("two chains of one length")
        if head[2] == len(self.items) and head[3] != self.chain:
            raise Lie("another chain than that of what was read")
        self.newest = head

    # Records

    def append(self, records):
        answer = self.line.ask("append", {0: self.token, 1: self.space, 2: records})
        self._take_head(answer[1])
        return [(outcome[0], outcome[1]) for outcome in answer[0]]

    def pages(self, wait_ms=0, bytes_max=1 << 20, **mode):
        """The page of this space, read as `since`, `until` or `slots`."""
        (name, value), = mode.items()
        wanted = {0: self.token, 1: self.space, {"since": 2, "until": 3, "slots": 4}[name]: value}
        page, = self.line.ask("read", {0: [wanted], 1: bytes_max, 2: wait_ms})[0]
        assert page[0] == self.space
        if 5 in page:
            assert (page[1], page[2], page[6]) == (0, [], 0) and 3 not in page
            if 7 in page:
                verify(self.relay_key, closed_bytes(page[7]), page[7][2])
            raise Refused(200, {0: page[5]})
        return page

    def read_on(self, wait_ms=0, bytes_max=1 << 20):
        """Reads one page behind what was read, and checks that nothing is missing, changed or out of order; how many came."""
        page = self.pages(wait_ms=wait_ms, bytes_max=bytes_max, since=len(self.items))
        assert page[1] == len(self.items) + 1
        for item in page[2]:
            if item[3] != len(self.items) + 1:
                raise Lie("a gap")
            self.items.append(item)
            self.chain = blake3(self.chain, item_hash(item))
        self._take_head(page[3])
        if 4 in page:
            past = page[4]
            verify(self.relay_key, head_bytes(past), past[5])
            if (past[0], past[1], past[2], past[3]) != (self.space, page[3][1], len(self.items), self.chain):
                raise Lie("the head at the end of a page is another")
        elif len(self.items) != page[3][2]:
            raise Lie("a page ends early and does not say so")
        return len(page[2])

    def read_all(self, bytes_max=1 << 20):
        while self.read_on(bytes_max=bytes_max):
            pass
        return self.items

    def ack(self, n):
        self._take_head(self.line.ask("ack", {0: self.token, 1: self.space, 2: n})[0])

    def erase(self, tombstone):
        """Erases a slot, and checks the receipt."""
        answer = self.line.ask("erase", {0: self.token, 1: self.space, 2: tombstone})
        receipt = answer[1]
        verify(self.relay_key, receipt_bytes(receipt), receipt[4])
        if (receipt[0], receipt[1], receipt[2]) != (self.space, tombstone[34:50], answer[0]):
            raise Lie("a receipt for something else")
        self._take_head(answer[2])
        return answer[0]

    # Who and under which key

    def next_epoch(self, n, link):
        message = {0: self.token, 1: self.space, 2: self.incarnation, 3: self.epoch, 4: n, 5: link}
        answer = self.line.ask("epoch", message)
        self._take_head(answer[2])
        self.epoch = answer[1]
        return answer[0]

    def change_access(self, version, add=(), remove=(), only=False):
        added = [{0: key, 1: side, 2: right} for key, side, right in add]
        message = {0: self.token, 1: self.space, 2: version, 3: added, 4: list(remove)} | ({5: True} if only else {})
        answer = self.line.ask("access", message)
        self._take_head(answer[1])
        return answer[0]

    def close(self, keep=None, at_ms=None, stay=False):
        """Closes the space, or lets it stay; whether it is closed by the relay's word."""
        message = {0: 2 if stay else 1, 1: self.space, 2: [], 3: bytes(64), 4: self.token}
        if keep is not None:
            message[5] = keep
        if at_ms is not None:
            message[6] = at_ms
        answer = self.line.ask("space", message)
        if 3 not in answer:
            return False
        verify(self.relay_key, closed_bytes(answer[3]), answer[3][2])
        return answer[3][0] == self.space

    # Gates, waking and blobs

    def gate(self, op, slot, gate, part=None, expires_day=None):
        message = {0: self.token, 1: self.space, 2: op, 3: slot, 4: gate}
        if part is not None:
            message[5] = part
        if expires_day is not None:
            message[6] = expires_day
        answer = self.line.ask("gate", message)
        return answer[0], answer.get(1), answer.get(2)

    def wake(self, op, registration=None, epoch=None, is_alone=None, sealed=None):
        """Registers this device, takes that back, or looks: whether the relay wakes anybody, and its key."""
        said = {3: registration, 4: epoch, 5: is_alone, 6: sealed}
        message = {0: self.token, 1: self.space, 2: op} | {key: value for key, value in said.items() if value is not None}
        answer = self.line.ask("wake", message)
        return answer[0], answer.get(1)

    def ring(self, wake_key, own=None):
        """Rings for the other devices; whether the relay wakes anybody."""
        message = {0: self.token, 1: self.space, 2: wake_key} | ({} if own is None else {3: own})
        return self.line.ask("ring", message)[0]

    def blob(self, op, blob, slot=None, offset=0, total=0, part=b"", bytes_max=0):
        message = {0: self.token, 1: self.space, 2: op, 3: blob, 5: offset, 6: total, 7: part, 8: bytes_max}
        if slot is not None:
            message[4] = slot
        answer = self.line.ask("blob", message)
        return answer[0], answer[1], answer[2], answer[3]


def mailbox(line, op, mailbox_id, index=0, message=None, wait_ms=0, days=None):
    """Uses a mailbox: its messages from `index` on, and how many it holds."""
    request = {0: op, 1: mailbox_id, 2: index, 4: wait_ms}
    if message is not None:
        request[3] = message
    if days is not None:
        request[5] = days
    answer = line.ask("mailbox", request)
    return answer[0], answer[1]
