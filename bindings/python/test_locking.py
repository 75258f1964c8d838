"""Locking, and the passphrase or PIN. The same tests stand in Kotlin and Swift."""

import unittest

import cairn_ffi as cairn
from stage import SCENARIO, Listener, MemoryKeys, Stage, draft

ERRORS = SCENARIO["errors"]
Kind = cairn.PassphraseKind


class Locking(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.stage = Stage()
        self.addCleanup(self.stage.leave)

    async def asyncTearDown(self):
        await self.stage.suspend()

    async def fails(self, error, text, call):
        with self.assertRaises(error) as failed:
            await call
        self.assertEqual(str(failed.exception), text)

    async def test_a_locked_vault_answers_nothing_and_says_that_it_is_locked(self):
        phone = await self.stage.device("phone")
        walk = await phone.journal().write(draft("walk"))
        listener = Listener()
        watching = phone.observe(listener)
        await phone.lock()
        await listener.hears_of(cairn.Change.LOCK)
        self.assertTrue(phone.is_locked())
        await self.fails(cairn.VaultError.Locked, ERRORS["vault_locked"], phone.journal().entry(walk))
        await self.fails(cairn.VaultError.Locked, ERRORS["vault_locked"], phone.journal().write(draft("soup")))
        await phone.unlock()
        self.assertEqual((await phone.journal().entry(walk)).id, walk)
        watching.cancel()

    async def test_a_passphrase_is_asked_for_and_wrong_ones_wait(self):
        keys = MemoryKeys()
        phone = await self.stage.device("phone", keys=keys)
        walk = await phone.journal().write(draft("walk"))
        right, wrong = SCENARIO["passphrase"], SCENARIO["wrong_passphrase"]
        with self.assertRaises(cairn.VaultError.Invalid):
            await phone.set_passphrase(Kind.PIN, "12345")
        await phone.set_passphrase(Kind.PIN, SCENARIO["pin"])
        await phone.set_passphrase(Kind.PASSPHRASE, right, SCENARIO["pin"])
        self.assertEqual(await phone.auto_lock(), 300_000)
        await phone.set_auto_lock(60_000)
        await phone.suspend()

        again = await self.stage.device("phone", keys=keys)
        state = await again.lock_state()
        self.assertEqual((state.is_locked, state.asks_for, state.wait_ms), (True, Kind.PASSPHRASE, 0))
        await self.fails(cairn.VaultError.Locked, ERRORS["vault_locked"], again.unlock())
        for _ in range(5):
            await self.fails(cairn.VaultError.WrongPassphrase, ERRORS["wrong_passphrase"], again.unlock(wrong))
        with self.assertRaises(cairn.VaultError.WaitFirst):
            await again.unlock(right)
        self.assertTrue(0 < (await again.lock_state()).wait_ms <= 30_000)
        # What a wait of half a minute looks like when it is over, without waiting for it.
        keys.secrets["cairn.unlock-tries"] = b""
        await again.unlock(right)
        self.assertEqual((await again.journal().entry(walk)).id, walk)
        self.assertEqual(await again.auto_lock(), 60_000)
        await again.remove_passphrase(right)
        self.assertIsNone((await again.lock_state()).asks_for)

    async def test_people_are_hidden_and_the_journal_is_open(self):
        phone = await self.stage.device("phone")
        people, pin, hidden = phone.support(), SCENARIO["pin"], cairn.VaultError.PeopleHidden
        await self.fails(cairn.VaultError.Invalid, ERRORS["no_people_lock"], people.hide_people())
        await people.set_people_lock(Kind.PIN, pin)
        self.assertEqual(await people.relationships(), [])
        await phone.lock()
        await phone.unlock()
        state = await people.people_lock()
        self.assertEqual((state.is_locked, state.asks_for, state.wait_ms), (True, Kind.PIN, 0))
        await self.fails(hidden, ERRORS["people_hidden"], people.relationships())
        await self.fails(hidden, ERRORS["people_hidden"], people.set_people_lock(Kind.PASSPHRASE, SCENARIO["passphrase"]))
        self.assertEqual(len((await phone.journal().entries(cairn.EntryQuery(count=1))).entries), 0)
        await self.fails(cairn.VaultError.WrongPassphrase, ERRORS["wrong_passphrase"], people.show_people("000000"))
        await people.show_people(pin)
        self.assertEqual(await people.relationships(), [])
        await people.hide_people()
        await self.fails(hidden, ERRORS["people_hidden"], people.shares())
        await people.stop_everything()
        await people.remove_people_lock(pin)
        self.assertEqual(await people.shares(), [])
