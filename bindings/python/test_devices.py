"""Removing a device, and the recovery phrase. The same tests stand in Kotlin and Swift."""

import unittest

import cairn_ffi as cairn
from stage import SCENARIO, Stage, UrllibTransport, body, draft, sync

ERRORS = SCENARIO["errors"]


class Devices(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.stage = Stage()
        self.addCleanup(self.stage.leave)

    async def asyncTearDown(self):
        await self.stage.suspend()

    async def fails(self, kind, text, call):
        with self.assertRaises(kind) as caught:
            await call
        self.assertEqual(str(caught.exception.args[0]), text)

    async def named(self, device, name):
        (one,) = [one for one in await device.devices().devices() if one.name == name]
        return one

    async def test_a_removed_device_gets_nothing_more_and_the_others_go_on(self):
        phone, tablet = await self.stage.phone_and_tablet()
        desk = await self.stage.paired(phone, "desk")
        own = await self.named(phone, SCENARIO["phone"])
        self.assertEqual((own.is_this_one, own.is_going, own.needs_phrase, own.added), (True, False, False, None))
        there = await self.named(phone, SCENARIO["tablet"])
        self.assertFalse(there.is_this_one)
        self.assertIsNotNone(there.added)
        await phone.devices().rename(there.id, SCENARIO["kitchen"])
        await sync(phone, desk, tablet)
        self.assertEqual((await self.named(desk, SCENARIO["kitchen"])).id, there.id)

        invalid = cairn.VaultError.Invalid
        await self.fails(invalid, ERRORS["not_a_device"], phone.devices().remove(SCENARIO["kitchen"]))
        await self.fails(cairn.VaultError.NotFound, ERRORS["not_found"], phone.devices().remove("00" * 32))
        await self.fails(invalid, ERRORS["own_device"], phone.devices().remove(own.id))
        await self.fails(invalid, ERRORS["not_settled"], tablet.devices().remove(own.id))

        # What the tablet sends before anybody has told it is not trusted, and not lost.
        late = await tablet.journal().write(draft("walk"))
        await sync(tablet)
        await phone.devices().remove(there.id)
        self.assertTrue((await self.named(phone, SCENARIO["kitchen"])).is_going)
        soup = await phone.journal().write(draft("soup"))
        await sync(phone, desk, phone)
        self.assertEqual(len(await phone.devices().devices()), 2)
        self.assertEqual(await body(desk, soup), SCENARIO["soup"]["body"])
        report = await tablet.sync().sync_now()
        self.assertEqual(report.outcome, cairn.SyncOutcome.REJECTED)
        self.assertTrue((await tablet.sync().status()).is_shut_out)
        self.assertFalse((await phone.sync().status()).is_shut_out)
        self.assertIsNone(await tablet.journal().entry(soup))
        self.assertFalse(await phone.devices().is_removed())

        (arrival,) = await phone.devices().arrivals()
        self.assertEqual((arrival.entry.id, arrival.device_name), (late, SCENARIO["kitchen"]))
        self.assertFalse(arrival.is_known)
        self.assertIsNone(await phone.journal().entry(late))
        await phone.devices().keep_arrival(arrival.id)
        await self.fails(cairn.VaultError.NotFound, ERRORS["not_found"], phone.devices().leave_out(arrival.id))
        await sync(phone, desk)
        self.assertEqual(await body(desk, late), SCENARIO["walk"]["body"])
        self.assertEqual(await desk.devices().arrivals(), [])

    async def test_a_phrase_brings_the_journal_to_a_new_device(self):
        phone, tablet = await self.stage.phone_and_tablet()
        origin = (await phone.sync().status()).relay
        devices = phone.devices()
        walk = await phone.journal().write(draft("walk"))
        self.assertEqual(await devices.recovery_state(), cairn.RecoveryState.NOT_SET)
        await self.fails(
            cairn.VaultError.Invalid, ERRORS["not_settled"], tablet.devices().new_phrase(cairn.PhraseLength.TWELVE)
        )
        self.assertEqual(len(await devices.new_phrase(cairn.PhraseLength.TWENTY_FOUR)), 24)
        words = await devices.new_phrase(cairn.PhraseLength.TWELVE)
        asked = await devices.phrase_asked()
        self.assertEqual((len(words), len(asked)), (12, 3))
        right = [words[place - 1] for place in asked]
        await self.fails(cairn.VaultError.Invalid, ERRORS["wrong_words"], devices.confirm_phrase(right[1:]))
        self.assertEqual(await devices.recovery_state(), cairn.RecoveryState.NOT_SET)
        await devices.confirm_phrase(right)
        self.assertEqual(await devices.recovery_state(), cairn.RecoveryState.SET)
        await sync(phone)

        new = await self.stage.device("new_phone", UrllibTransport())
        recover = new.devices().recover
        await self.fails(cairn.VaultError.Invalid, ERRORS["bad_phrase"], recover(origin, SCENARIO["bad_phrase"]))
        await self.fails(
            cairn.VaultError.Rejected, ERRORS["phrase_unknown"], recover(origin, SCENARIO["strange_phrase"])
        )
        await recover(origin, " ".join(words))
        await sync(new)
        self.assertEqual(await body(new, walk), SCENARIO["walk"]["body"])
        self.assertEqual(await new.devices().recovery_state(), cairn.RecoveryState.USED)
        # What was erased before goes beyond the reach of old copies once every device has done its part.
        self.assertTrue((await new.devices().shredding()).is_NOTHING())
        await new.devices().shred()
        self.assertTrue((await new.devices().shredding()).is_BEGINNING())
        # With the phrase at hand it removes the phone that is lost.
        lost = await self.named(new, SCENARIO["phone"])
        await new.devices().remove(lost.id)
        await sync(new, new)
        self.assertEqual((await phone.sync().sync_now()).outcome, cairn.SyncOutcome.REJECTED)
        self.assertFalse((await new.devices().shredding()).is_BEGINNING())
        await self.fails(
            cairn.VaultError.Rejected,
            ERRORS["phrase_unknown"],
            tablet.devices().use_phrase(SCENARIO["strange_phrase"]),
        )

    async def test_everything_is_asked_for_and_stopped_and_one_device_is_erased_alone(self):
        phone, tablet = await self.stage.phone_and_tablet()
        walk = await phone.journal().write(draft("walk"))
        await self.fails(cairn.VaultError.Invalid, ERRORS["not_settled"], tablet.devices().erase_everything())
        self.assertTrue((await phone.devices().erasure()).is_NOTHING())
        await phone.devices().erase_everything()
        self.assertTrue((await phone.devices().erasure()).is_ASKED())
        await sync(phone, tablet)
        for vault in (phone, tablet):
            self.assertTrue((await vault.devices().erasure()).is_UNTIL())
            self.assertTrue((await vault.sync().status()).erasure.is_UNTIL())
        await tablet.devices().keep_everything()
        await sync(tablet, phone)
        self.assertTrue((await phone.devices().erasure()).is_NOTHING())
        self.assertEqual(await body(tablet, walk), SCENARIO["walk"]["body"])

        await tablet.erase_here()
        for call in (tablet.journal().entry(walk), tablet.sync().sync_now(), tablet.resume(), tablet.erase_here()):
            await self.fails(cairn.VaultError.Erased, ERRORS["erased"], call)
        self.assertEqual(await body(phone, walk), SCENARIO["walk"]["body"])

    async def test_a_relay_that_lost_its_store_has_everything_again(self):
        phone, tablet = await self.stage.phone_and_tablet()
        origin = (await phone.sync().status()).relay
        walk = await phone.journal().write(draft("walk"))
        await sync(phone, tablet)
        self.stage.lose_the_relays_store(origin)
        soup = await tablet.journal().write(draft("soup"))
        await sync(tablet, phone, tablet)
        new = await self.stage.paired(phone, "desk")
        await sync(new)
        for device in phone, tablet, new:
            self.assertEqual(await body(device, walk), SCENARIO["walk"]["body"])
            self.assertEqual(await body(device, soup), SCENARIO["soup"]["body"])
            status = await device.sync().status()
            self.assertEqual((status.needs_joining, status.to_send_again), (False, None))
        await self.fails(cairn.VaultError.Invalid, ERRORS["not_parted"], phone.devices().begin_again())


if __name__ == "__main__":
    unittest.main()
