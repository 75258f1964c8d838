"""What a stranger sees of relays that begin anew, are strict, or are asked too much: each has one of its own."""

import queue
import shutil
import subprocess
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer

from client import Refused, Space
from document import Key, record, registration, wake_key
from program import NOT_AUTHORISED, PARTICIPANT, PROGRAM, RATE_LIMITED, RESYNC, STALE_EPOCH, STORED, Relay, nth


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

    def test_a_device_that_sleeps_is_woken_without_a_word(self):
        heard = queue.Queue()

        class Service(BaseHTTPRequestHandler):
            """A push service."""

            def do_POST(self):
                heard.put((self.path, dict(self.headers.items()), self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(201)
                self.end_headers()

            def log_message(self, *_):
                pass

        service = HTTPServer(("127.0.0.1", 0), Service)
        threading.Thread(target=service.serve_forever, daemon=True).start()
        self.addCleanup(service.server_close)
        self.addCleanup(service.shutdown)
        origin = "http://127.0.0.1:%d" % service.server_port
        relay = Relay("--push", "named", "--push-services", origin, "--push-delay-min-ms", "0", "--push-delay-max-ms", "0")
        self.addCleanup(shutil.rmtree, relay.folder)
        self.addCleanup(relay.stop)
        own, other = Key(nth(1, 32)), Key(nth(2, 32))
        space = Space(relay.line(), nth(1), own)
        self.addCleanup(space.line.hang_up)
        space.create([(own.public, PARTICIPANT, True), (other.public, PARTICIPANT, True)])
        space.enter()
        phone = Space(relay.line(), space.space, other).know(space.relay_key)
        self.addCleanup(phone.line.hang_up)
        phone.enter()
        put, drop, look = 0, 1, 2
        wakes, push_key = phone.wake(look)
        self.assertEqual((wakes, push_key[0]), (True, 4))
        key, name = wake_key(nth(3, 32)), nth(4)
        sealed = registration(key, nth(5, 24), space.space, other.public, name, 1, (origin + "/phone").encode())
        with self.assertRaises(Refused) as caught:
            phone.wake(put, name, 2, True, sealed)
        self.assertEqual((caught.exception.code, caught.exception.value), (STALE_EPOCH, 1))
        self.assertEqual(phone.wake(put, name, 1, True, sealed), (True, push_key))
        self.assertTrue(space.ring(nth(6, 32)), "another key opens nothing")
        self.assertTrue(phone.ring(key, name), "nobody wakes itself")
        self.assertTrue(space.ring(key))
        path, headers, body = heard.get(timeout=60)
        self.assertEqual((path, body, headers["urgency"], headers["topic"]), ("/phone", b"", "normal", "sync"))
        self.assertTrue(headers["authorization"].startswith("vapid t="))
        self.assertEqual(phone.wake(drop, name), (True, push_key))
        self.assertTrue(space.ring(key))
        self.assertTrue(heard.empty())
