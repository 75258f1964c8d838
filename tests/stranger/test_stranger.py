"""A second client, written from `sync-server/wire/cairn-wire.cddl` alone, speaks to the real relay over real sockets.

Usage: python -m unittest discover --start-directory tests/stranger, with the relay's program in CAIRN_RELAY. Every message of both is
held against the document.
"""

import shutil
import threading
import unittest

import cbor2
from client import Refused, Space, mailbox
from document import TOMBSTONE, Key, Lie, chain_0, encode, item_hash, record, session_bytes
from program import (
    BAD_MERGE, CONFLICT, MALFORMED, NOT_AUTHORISED, ORIGIN, OVER_QUOTA, PARTICIPANT, RESYNC, SLOT_CLOSED, SPACE_CLOSED,
    SPECIALIST, STALE_EPOCH, STORED, TOO_LARGE, Relay, nth,
)


class Stranger(unittest.TestCase):
    """Each test has spaces of its own at one relay."""

    numbers = iter(range(1, 1_000_000))

    @classmethod
    def setUpClass(cls):
        cls.relay = Relay("--space-bytes-max", "5000000")

    @classmethod
    def tearDownClass(cls):
        cls.relay.stop()
        shutil.rmtree(cls.relay.folder)

    def new_key(self):
        return Key(nth(next(self.numbers), 32))

    def as_other(self, space, key):
        """The same space as another key sees it, over a connection of its own."""
        line = self.relay.line()
        self.addCleanup(line.hang_up)
        other = Space(line, space.space, key).know(space.relay_key)
        other.enter()
        return other

    def new_space(self):
        """A space of two, entered by a participant who administers it and by a specialist."""
        line = self.relay.line()
        self.addCleanup(line.hang_up)
        own, other = self.new_key(), self.new_key()
        space = Space(line, nth(next(self.numbers)), own)
        self.assertEqual(space.create([(own.public, PARTICIPANT, True), (other.public, SPECIALIST, False)]), 1)
        answer = space.enter()
        self.assertEqual((answer[2], answer[3], answer[4], answer[5][2]), (1, PARTICIPANT, True, 0))
        return space, self.as_other(space, other)

    def record(self, space, number, slot=1, length=200, **more):
        return record(space.space, nth(number), nth(slot), bytes([number % 256]) * length, **more)

    def assert_refused(self, code, act, value=None):
        with self.assertRaises(Refused) as caught:
            act()
        self.assertEqual((caught.exception.code, caught.exception.value), (code, value))

    def test_a_space_is_begun_once_and_entered_by_who_may(self):
        space, other = self.new_space()
        # Again, by the same key: it is answered as it stands.
        access = [(space.key.public, PARTICIPANT, True)]
        self.assertEqual(space.create(access), 1)
        stranger = Space(space.line, space.space, self.new_key()).know(space.relay_key)
        self.assert_refused(CONFLICT, lambda: stranger.create([(stranger.key.public, PARTICIPANT, True)]))
        self.assert_refused(NOT_AUTHORISED, stranger.enter)
        # Signed for another relay, or by another key.
        space.line.origin = "http://other.test"
        self.assert_refused(NOT_AUTHORISED, lambda: space.create(access))
        self.assert_refused(NOT_AUTHORISED, space.enter)
        space.line.origin = ORIGIN
        self.assert_refused(NOT_AUTHORISED, lambda: stranger.create(access))
        self.assert_refused(MALFORMED, lambda: stranger.create([(stranger.key.public, PARTICIPANT, False)]))
        # A nonce is good once, and for the space it was made for.
        nonce = space.line.ask("challenge", {0: other.space})[0]
        proof = other.key.sign(session_bytes(ORIGIN, other.space, nonce, other.key.public))
        message = {0: other.space, 1: nonce, 2: other.key.public, 3: proof}
        self.assertEqual(space.line.ask("session", message)[3], SPECIALIST)
        self.assert_refused(NOT_AUTHORISED, lambda: space.line.ask("session", message))

    def test_what_is_appended_is_read_in_order_and_follows_the_chain_to_the_signed_head(self):
        space, other = self.new_space()
        records = [self.record(space, number, slot=number) for number in range(1, 41)]
        self.assertEqual(space.append(records[:25]), [(STORED, seq) for seq in range(1, 26)])
        # Known already: answered with the number it has, and nothing comes twice.
        self.assertEqual(space.append(records[20:]), [(STORED, seq) for seq in range(21, 41)])
        self.assertEqual(other.append([self.record(space, 99)]), [(STORED, 41)])
        for reader in (space, other):
            pages = 0
            while reader.read_on(bytes_max=3_000):
                pages += 1
            self.assertGreater(pages, 3)
            self.assertEqual([item[0] for item in reader.items], [*records, self.record(space, 99)])
            self.assertEqual((reader.newest[2], reader.newest[3]), (41, reader.chain))
        # The first record comes whatever its length.
        self.assertEqual(len(space.pages(since=0, bytes_max=1)[2]), 1)
        # Newest first, page by page.
        until, back = 41, []
        while until > 0:
            page = space.pages(until=until, bytes_max=3_000)
            back = page[2] + back
            until = page[1] - 1
        self.assertEqual([item[3] for item in back], list(range(1, 42)))
        live = space.pages(slots=[nth(1), nth(7)])
        self.assertEqual([(item[3], item[0]) for item in live[2]], [(1, records[0]), (7, records[6]), (41, self.record(space, 99))])

    def test_each_record_has_an_outcome_of_its_own_and_the_reasons_come_in_their_order(self):
        space, other = self.new_space()
        self.assertEqual(space.append([self.record(space, 1)]), [(STORED, 1)])
        elsewhere = record(nth(7), nth(2), nth(1), bytes(100))
        outcomes = space.append([
            self.record(space, 1, length=300),
            self.record(space, 2, incarnation=2, epoch=2),
            self.record(space, 2, epoch=2, merged_upto=9),
            self.record(space, 2, merged_upto=9),
            elsewhere,
            self.record(space, 2, flags=TOMBSTONE),
            self.record(space, 2, flags=2),
            self.record(space, 2, length=71),
            self.record(space, 2)[:-1],
            b"",
            self.record(space, 2, length=1 << 20),
            self.record(space, 2),
            self.record(space, 3, merged_upto=2),
        ])
        self.assertEqual(outcomes, [
            (CONFLICT, 0), (RESYNC, 1), (STALE_EPOCH, 1), (BAD_MERGE, 1), *[(MALFORMED, 0)] * 6, (TOO_LARGE, 1 << 20), (STORED, 2),
            (STORED, 3),
        ])
        # The last one replaced the two of its slot and side; the other side's stays.
        self.assertEqual(other.append([self.record(space, 4)]), [(STORED, 4)])
        self.assertEqual([item[3] for item in space.pages(slots=[nth(1)])[2]], [3, 4])
        big = [self.record(space, 1_000 + number, length=900_000) for number in range(6)]
        outcomes = [outcome for some in (big[:4], big[4:]) for outcome in space.append(some)]
        self.assertEqual(outcomes, [(STORED, seq) for seq in range(5, 10)] + [(OVER_QUOTA, 5_000_000)])
        self.assertEqual(other.append([self.record(space, 2_000)]), [(STORED, 10)])
        space.read_all()

    def test_who_waits_is_told_of_what_comes(self):
        space, other = self.new_space()
        told = []
        waiting = threading.Thread(target=lambda: told.append(other.read_on(wait_ms=30_000)))
        waiting.start()
        space.append([self.record(space, 1)])
        waiting.join(60)
        # An answer may come early and empty: then who waits asks again.
        while other.items == []:
            other.read_on(wait_ms=30_000)
        self.assertEqual(other.items[0][0], self.record(space, 1))
        self.assertEqual(len(told), 1)
        self.assertEqual(other.read_on(wait_ms=1), 0)

    def test_an_acknowledgement_goes_as_far_as_the_head(self):
        space, _ = self.new_space()
        space.append([self.record(space, 1), self.record(space, 2)])
        for n in (2, 1, 2):
            space.ack(n)
        self.assert_refused(BAD_MERGE, lambda: space.ack(3), 2)

    def test_what_is_erased_is_a_stub_for_everybody_and_its_slot_takes_nothing_more(self):
        space, other = self.new_space()
        records = [self.record(space, number, slot=number % 2) for number in range(1, 5)]
        space.append(records)
        other.append([self.record(space, 9, slot=1)])
        other.read_all()
        tombstone = self.record(space, 5, slot=1, flags=TOMBSTONE)
        self.assertEqual(space.erase(tombstone), 6)
        self.assertEqual(space.erase(tombstone), 6, "asked again, it is answered alike")
        self.assertEqual(space.append([self.record(space, 6, slot=1)]), [(SLOT_CLOSED, 0)])
        self.assertEqual(other.append([self.record(space, 7, slot=1)]), [(STORED, 7)], "the other side's slot is another")
        self.assert_refused(MALFORMED, lambda: space.erase(self.record(space, 8, slot=0)))
        space.read_all()
        self.assertEqual([0 in item for item in space.items], [False, True, False, True, True, True, True])
        self.assertEqual([space.items[at][1] for at in (0, 2)], [records[at][:72] for at in (0, 2)])
        # A stub has the hash of the record it was: who has read it whole follows the same chain.
        self.assertEqual(item_hash(space.items[0]), item_hash({0: records[0]}))
        other.read_all()
        self.assertEqual(other.chain, space.chain)

    def test_an_epoch_begins_where_its_author_has_read_to(self):
        space, other = self.new_space()
        space.append([self.record(space, 1)])
        link = self.record(space, 2)
        self.assert_refused(CONFLICT, lambda: space.next_epoch(0, link), 1)
        other.epoch = 1
        self.assert_refused(NOT_AUTHORISED, lambda: other.next_epoch(1, link))
        self.assertEqual(space.next_epoch(1, link), 2)
        self.assertEqual(space.epoch, 2)
        self.assertEqual(space.append([self.record(space, 3)]), [(STALE_EPOCH, 2)])
        self.assertEqual(space.append([self.record(space, 3, epoch=2)]), [(STORED, 3)])
        self.assert_refused(MALFORMED, lambda: space.next_epoch(3, self.record(space, 4, epoch=1)))
        self.assertEqual(other.enter()[2], 2)

    def test_access_changes_one_version_at_a_time_and_ends_sessions_of_who_is_removed(self):
        space, other = self.new_space()
        third = self.new_key()
        self.assertEqual(space.change_access(1, add=[(third.public, PARTICIPANT, False)]), 2)
        self.assert_refused(CONFLICT, lambda: space.change_access(1, remove=[third.public]), 2)
        self.assert_refused(CONFLICT, lambda: space.change_access(2, remove=[space.key.public]), 2)
        device = self.as_other(space, third)
        self.assert_refused(NOT_AUTHORISED, lambda: device.change_access(2, remove=[other.key.public]))
        self.assertEqual(space.change_access(2, remove=[other.key.public]), 3)
        self.assert_refused(NOT_AUTHORISED, lambda: other.append([self.record(space, 1)]))
        self.assert_refused(NOT_AUTHORISED, other.enter)
        with self.assertRaises(Refused) as caught:
            other.pages(since=0)
        self.assertEqual((caught.exception.status, caught.exception.code), (200, NOT_AUTHORISED), "a page is refused by itself")
        only = [(space.key.public, PARTICIPANT, True)]
        self.assertEqual(space.change_access(3, add=only, only=True), 4)
        self.assert_refused(NOT_AUTHORISED, lambda: device.ack(0))

    def test_a_gate_gives_its_half_to_the_other_side_and_says_that_it_did(self):
        space, other = self.new_space()
        put, take, look, drop = range(4)
        slot, gate, half = nth(1), nth(2), nth(3, 32)
        self.assertEqual(other.gate(take, slot, gate), (False, None, None))
        self.assertEqual(space.gate(put, slot, gate, part=half), (True, None, None))
        self.assertEqual(space.gate(put, slot, gate, part=half), (True, None, None))
        self.assert_refused(CONFLICT, lambda: space.gate(put, slot, gate, part=nth(4, 32)))
        self.assert_refused(CONFLICT, lambda: space.gate(put, slot, gate, part=half, expires_day=65_535))
        self.assertEqual(space.gate(take, slot, gate), (False, None, None), "its own side does not take it")
        self.assertEqual(space.gate(look, slot, gate), (True, None, None))
        self.assertEqual(other.gate(take, slot, gate), (True, half, None))
        there, part, day = space.gate(look, slot, gate)
        self.assertEqual((there, part), (True, None))
        self.assertGreater(day, 20_000)
        self.assertEqual(space.gate(drop, slot, gate), (False, None, day))
        self.assertEqual(other.gate(take, slot, gate), (False, None, None))

    def test_a_blob_goes_up_in_parts_goes_on_where_it_stopped_and_goes_with_its_last_slot(self):
        space, other = self.new_space()
        put, stat, read, release = range(4)
        blob, one, two = nth(1, 32), nth(1), nth(2)
        whole = bytes(number * 7 % 251 for number in range(1_500_000))
        total = len(whole)
        self.assertEqual(other.blob(stat, blob), (0, 0, False, b""))
        self.assertEqual(space.blob(put, blob, one, 0, total, whole[:1_000_000])[:3], (1_000_000, total, False))
        self.assertEqual(space.blob(put, blob, one, 1_200_000, total, whole[1_200_000:])[0], 1_000_000, "a hole is not taken")
        self.assertEqual(other.blob(read, blob, bytes_max=10)[3], b"", "what is not whole is not read")
        self.assertEqual(space.blob(put, blob, one, 900_000, total, whole[900_000:])[:3], (total, total, True))
        got = b""
        while len(got) < total:
            got += other.blob(read, blob, offset=len(got), bytes_max=1 << 20)[3]
        self.assertEqual(got, whole)
        self.assert_refused(CONFLICT, lambda: space.blob(put, blob, one, 0, total + 1, b"x"))
        self.assert_refused(CONFLICT, lambda: other.blob(put, blob, one, 0, total, b""))
        self.assert_refused(NOT_AUTHORISED, lambda: other.blob(release, blob, one))
        self.assert_refused(MALFORMED, lambda: space.blob(stat, blob, one))
        self.assert_refused(OVER_QUOTA, lambda: space.blob(put, nth(2, 32), one, 0, 4_900_000, b"x"), 5_000_000)
        self.assert_refused(TOO_LARGE, lambda: space.line.send("blob", cbor2.dumps({
            0: space.token, 1: space.space, 2: put, 3: nth(2, 32), 4: one, 5: 0, 6: 4303355905, 7: b"x", 8: 0,
        }, canonical=True)), 4303355904)
        self.assertEqual(space.blob(put, blob, two, total, total)[2], True, "an empty part holds it under one more slot")
        self.assertEqual(space.blob(release, blob, one)[2], True)
        self.assertEqual(space.blob(release, blob, two), (0, 0, False, b""))

    def test_a_mailbox_is_used_by_whoever_knows_its_name(self):
        one, two = self.relay.line(), self.relay.line()
        self.addCleanup(one.hang_up)
        self.addCleanup(two.hang_up)
        post, read, close = range(3)
        name = nth(next(self.numbers), 32)
        self.assertEqual(mailbox(two, read, name), ([], 0))
        self.assertEqual(mailbox(one, post, name, 0, b"first", days=7), ([], 1))
        self.assertEqual(mailbox(one, post, name, 0, b"first"), ([], 1))
        self.assert_refused(CONFLICT, lambda: mailbox(two, post, name, 0, b"another"), 1)
        self.assert_refused(CONFLICT, lambda: mailbox(two, post, name, 2, b"third"), 1)
        heard = []
        waiting = threading.Thread(target=lambda: heard.append(mailbox(two, read, name, 1, wait_ms=30_000)))
        waiting.start()
        mailbox(one, post, name, 1, b"second")
        waiting.join(60)
        self.assertIn(heard, ([([b"second"], 2)], [([], 1)]))
        self.assertEqual(mailbox(one, read, name), ([b"first", b"second"], 2))
        for index in range(2, 8):
            mailbox(one, post, name, index, b"more")
        self.assert_refused(TOO_LARGE, lambda: mailbox(one, post, name, 8, b"more"), 8)
        self.assertEqual(mailbox(one, close, name), ([], 0))
        self.assertEqual(mailbox(one, read, name), ([], 0))

    def test_a_space_closes_when_it_is_asked_to_and_says_so_by_the_relays_own_word(self):
        space, other = self.new_space()
        space.append([self.record(space, 1, slot=1), self.record(space, 2, slot=2)])
        self.assert_refused(NOT_AUTHORISED, lambda: other.close())
        self.assertFalse(space.close(at_ms=1 << 50))
        self.assertFalse(space.close(stay=True))
        self.assertTrue(space.close(keep=[nth(2)]))
        self.assert_refused(SPACE_CLOSED, lambda: space.append([self.record(space, 3)]))
        self.assert_refused(SPACE_CLOSED, lambda: other.pages(since=0))
        self.assertEqual([item[3] for item in other.pages(slots=[nth(1), nth(2)])[2]], [2])
        self.assertEqual([item[3] for item in other.pages(until=99)[2]], [2])

    def test_what_is_not_in_the_document_is_refused_as_that(self):
        line = self.relay.line()
        self.addCleanup(line.hang_up)
        good = encode("challenge-request", {0: nth(1)})
        bad = [
            b"", good[:-1], good + b"\x00", b"\xff" * 40, b"\xb8\x01" + good[1:], b"\xbf" + good[1:] + b"\xff",
            cbor2.dumps({0: nth(1), 1: 0}), cbor2.dumps({0: nth(1, 15)}), cbor2.dumps({"0": nth(1)}), cbor2.dumps([nth(1)]),
            cbor2.dumps({0: 1.5}), cbor2.dumps({0: cbor2.CBORTag(24, nth(1))}), cbor2.dumps({1: 0}),
        ]
        for data in bad:
            self.assert_refused(MALFORMED, lambda data=data: line.send("challenge", data))
        self.assertEqual(len(line.send("challenge", good)[0]), 32)
        another = self.relay.line()
        self.addCleanup(another.hang_up)
        self.assert_refused(TOO_LARGE, lambda: another.announce("append", 4_194_305), 4_194_304)
        status, _, data = line.post("unknown", good)
        self.assertEqual((status, cbor2.loads(data)[0]), (400, MALFORMED))
        status, _, data = line.post("challenge", good, {"content-type": "text/plain"})
        self.assertEqual((status, cbor2.loads(data)[0]), (415, MALFORMED))

    def test_a_lie_is_noticed_by_whoever_follows_the_document(self):
        """What the checks of this client are worth: each of them finds what it is there for."""
        space, _ = self.new_space()
        space.append([self.record(space, 1)])
        space.read_all()
        head = space.newest
        for lie in ({**head, 2: 0}, {**head, 3: bytes(32)}, {**head, 4: head[4] + 1}, {**head, 5: bytes(64)}):
            with self.assertRaises(Lie):
                space._take_head(lie)
        space.items, space.chain = [], chain_0(space.space)
        changed = self.record(space, 1, length=201)
        real_ask = space.line.ask

        def with_another_record(name, message):
            answer = real_ask(name, message)
            answer[0][0][2][0][0] = changed
            return answer

        space.line.ask = with_another_record
        with self.assertRaises(Lie):
            space.read_on()
