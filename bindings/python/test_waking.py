"""Waking a device that sleeps. The same test stands in Kotlin and Swift."""

import http.server
import queue
import threading
import unittest

import cairn_ffi as cairn
from stage import PATIENCE_S, SCENARIO, Stage, draft, sync


class PushService(http.server.BaseHTTPRequestHandler):
    """Takes every message, and keeps what it heard."""

    def do_POST(self):
        self.server.heard.put((self.path, self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_):
        pass


class Waking(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.stage = Stage()
        self.addCleanup(self.stage.leave)
        self.service = http.server.HTTPServer(("127.0.0.1", 0), PushService)
        self.service.heard = queue.Queue()
        threading.Thread(target=self.service.serve_forever, daemon=True).start()
        self.addCleanup(self.service.server_close)
        self.addCleanup(self.service.shutdown)
        self.origin = f"http://127.0.0.1:{self.service.server_port}"

    async def asyncTearDown(self):
        await self.stage.suspend()

    async def test_a_tablet_that_sleeps_is_woken_without_a_word_when_the_phone_writes(self):
        at_once = ["--push-delay-min-ms", "0", "--push-delay-max-ms", "0", "--push-every-ms", "0"]
        self.stage.relay_settings = ["--push", "named", "--push-services", self.origin, *at_once]
        phone, tablet = await self.stage.phone_and_tablet()
        self.assertEqual(await tablet.sync().waking(), cairn.Waking.OFF)
        offer = await tablet.sync().wake_offer()
        self.assertTrue(offer.wakes)
        self.assertEqual((len(offer.push_key), offer.push_key[0]), (65, 4))
        with self.assertRaises(cairn.VaultError.Invalid) as caught:
            await tablet.sync().wake_me_at(SCENARIO["kitchen"])
        self.assertEqual(str(caught.exception.args[0]), SCENARIO["errors"]["push_address"])
        await tablet.sync().wake_me_at(f"{self.origin}/tablet")
        self.assertEqual(await tablet.sync().waking(), cairn.Waking.WAITS)
        await sync(tablet)
        self.assertEqual(await tablet.sync().waking(), cairn.Waking.STANDS)
        await phone.journal().write(draft("walk"))
        await sync(phone)
        self.assertEqual(self.service.heard.get(timeout=PATIENCE_S), ("/tablet", b""))
        await tablet.sync().wake_me_at(None)
        await sync(tablet)
        self.assertEqual(await tablet.sync().waking(), cairn.Waking.OFF)
        await phone.journal().write(draft("soup"))
        await sync(phone)
        self.assertTrue(self.service.heard.empty())

    async def test_a_relay_that_wakes_nobody_says_so(self):
        phone, _ = await self.stage.phone_and_tablet()
        offer = await phone.sync().wake_offer()
        self.assertEqual((offer.wakes, offer.push_key), (False, None))
        await phone.sync().wake_me_at(f"{self.origin}/phone")
        await sync(phone)
        self.assertEqual(await phone.sync().waking(), cairn.Waking.RELAY_WAKES_NOBODY)


if __name__ == "__main__":
    unittest.main()
