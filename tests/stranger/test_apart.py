"""What a stranger sees of relays that begin anew, are strict, or are asked too much: each has one of its own."""

import shutil
import subprocess
import tempfile
import unittest

from client import Refused, Space
from document import Key, record
from program import NOT_AUTHORISED, PARTICIPANT, PROGRAM, RATE_LIMITED, RESYNC, STORED, Relay, nth


class Apart(unittest.TestCase):
    """What needs a relay of its own."""

    def test_a_session_ends_with_the_relay_and_a_store_that_was_put_back_says_so(self):
        relay = Relay()
        self.addCleanup(shutil.rmtree, relay.folder)
        key = Key(nth(1, 32))
        space = Space(relay.line(), nth(1), key)
        access = [(key.public, PARTICIPANT, True)]
        space.create(access)
        space.enter()
        first = record(space.space, nth(1), nth(1), bytes(100))
        self.assertEqual(space.append([first]), [(STORED, 1)])
        space.read_all()
        space.line.hang_up()
        relay.stop()

        relay = Relay(folder=relay.folder)
        space.line = relay.line()
        with self.assertRaises(Refused) as caught:
            space.ack(1)
        self.assertEqual(caught.exception.code, NOT_AUTHORISED)
        space.enter()
        space.ack(1)
        self.assertEqual(space.incarnation, 1)
        space.line.hang_up()
        relay.stop()

        subprocess.run([PROGRAM, "--data", relay.folder, "--put-back"], check=True, stdout=subprocess.DEVNULL)
        relay = Relay(folder=relay.folder)
        self.addCleanup(relay.stop)
        again = Space(relay.line(), space.space, key).know(space.relay_key)
        self.addCleanup(again.line.hang_up)
        self.assertEqual(again.create(access, epoch=3), 3, "nothing has come in this incarnation: the epoch goes up")
        again.enter()
        self.assertGreater(again.incarnation, 1)
        late = record(space.space, nth(2), nth(1), bytes(100))
        self.assertEqual(again.append([first, late]), [(STORED, 1), (RESYNC, again.incarnation)])
        new = record(space.space, nth(2), nth(1), bytes(100), epoch=3, incarnation=again.incarnation)
        self.assertEqual(again.append([new]), [(STORED, 2)])
        self.assertEqual(len(again.read_all()), 2)

    def test_who_asks_too_often_is_told_how_long_to_wait(self):
        relay = Relay("--session-requests-per-second", "1", "--session-requests-burst", "2")
        self.addCleanup(shutil.rmtree, relay.folder)
        self.addCleanup(relay.stop)
        key = Key(nth(1, 32))
        space = Space(relay.line(), nth(1), key)
        self.addCleanup(space.line.hang_up)
        space.create([(key.public, PARTICIPANT, True)])
        space.enter()
        with self.assertRaises(Refused) as caught:
            for _ in range(1_000):
                space.ack(0)
        self.assertEqual((caught.exception.status, caught.exception.code), (429, RATE_LIMITED))
        self.assertGreaterEqual(caught.exception.value, 1)

    def test_a_relay_that_goes_by_invite_begins_no_space_without_one(self):
        invites = tempfile.NamedTemporaryFile("w", suffix=".txt")
        invites.write("an-invite\n")
        invites.flush()
        self.addCleanup(invites.close)
        relay = Relay("--sign-up", "invited", "--invites-file", invites.name)
        self.addCleanup(shutil.rmtree, relay.folder)
        self.addCleanup(relay.stop)
        key = Key(nth(1, 32))
        space = Space(relay.line(), nth(1), key)
        self.addCleanup(space.line.hang_up)
        sent = {}
        real_post = space.line.post

        def post(name, body, headers=None):
            sent["status"], answer_headers, data = real_post(name, body, headers)
            return (401 if sent["status"] == 403 else sent["status"]), answer_headers, data

        space.line.post = post
        with self.assertRaises(Refused) as caught:
            space.create([(key.public, PARTICIPANT, True)])
        self.assertEqual((sent["status"], caught.exception.code), (403, NOT_AUTHORISED))
        space.line.post = lambda name, body: real_post(name, body, {"cairn-invite": "an-invite"})
        self.assertEqual(space.create([(key.public, PARTICIPANT, True)]), 1)
