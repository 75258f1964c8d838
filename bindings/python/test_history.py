"""What an entry said before, drafts, and erasing for good. The same tests stand in Kotlin and Swift."""

import unittest

import cairn_ffi as cairn
from stage import SCENARIO, Stage, body, draft, moment, revise, sync


class History(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.stage = Stage()
        self.addCleanup(self.stage.leave)

    async def asyncTearDown(self):
        await self.stage.suspend()

    async def test_what_stands_around_an_entry_reads_back(self):
        journal = (await self.stage.device("phone")).journal()
        around = cairn.Draft(
            body=SCENARIO["walk"]["body"],
            happened=moment(),
            people=["Sam"],
            life_areas=["home"],
            valence=-0.25,
            energy=1.0,
            state_of_mind=cairn.StateOfMind(felt_for=cairn.FeltFor.DAY, associations=[4, 18]),
            place=cairn.Place(label="the bench", latitude=51.5, longitude=-0.125),
            asked=cairn.Asked(prompt="P-01", text="What is here with you today?"),
            remember=True,
            tender=True,
        )
        entry = await journal.entry(await journal.write(around))
        self.assertEqual((entry.people, entry.life_areas), (["Sam"], ["home"]))
        self.assertEqual((entry.valence, entry.energy), (-0.25, 1.0))
        self.assertEqual((entry.state_of_mind, entry.place, entry.asked), (around.state_of_mind, around.place, around.asked))
        marks = entry.remember, entry.keep_from_memories, entry.tender, entry.never_share
        self.assertEqual(marks, (True, False, True, False))
        with self.assertRaises(cairn.VaultError.Invalid):
            await journal.write(cairn.Draft(body="x", happened=moment(), valence=1.5))

    async def test_an_entry_goes_back_to_what_it_said_and_forgets_it(self):
        phone = await self.stage.device("phone")
        journal = phone.journal()
        walk = await journal.write(draft("walk"))
        await revise(phone, walk, "walk", SCENARIO["walk_on_phone"])
        history = await journal.history(walk)
        self.assertEqual([one.is_present for one in history], [False, True])
        first = await journal.entry_at(walk, history[0].version)
        self.assertEqual(first.body, SCENARIO["walk"]["body"])
        await journal.go_back_to(walk, history[0].version)
        self.assertEqual(await body(phone, walk), SCENARIO["walk"]["body"])
        self.assertTrue(await journal.erase_earlier_drafts(walk))
        self.assertEqual(len(await journal.history(walk)), 1)
        self.assertFalse(await journal.erase_earlier_drafts(walk))

    async def test_what_is_erased_is_gone_on_the_other_device_too(self):
        phone, tablet = await self.stage.phone_and_tablet()
        walk = await phone.journal().write(draft("walk"))
        await sync(phone, tablet)
        with self.assertRaises(cairn.VaultError.Invalid):
            await phone.journal().erase(walk)
        await phone.journal().trash(walk)
        await phone.journal().erase(walk)
        await revise(tablet, walk, "walk", SCENARIO["walk_on_tablet"])
        await sync(phone, tablet)
        self.assertIsNone(await tablet.journal().entry(walk))
        self.assertFalse(await phone.journal().empty_trash())
        # What was written there meanwhile is offered there.
        (kept,) = await tablet.journal().drafts()
        self.assertEqual((kept.kind, kept.draft.body), (cairn.DraftKind.ERASED_ELSEWHERE, SCENARIO["walk_on_tablet"]))
        anew = await tablet.journal().finish_draft(kept.id)
        self.assertEqual(await body(tablet, anew), SCENARIO["walk_on_tablet"])

    async def test_a_draft_is_kept_until_it_is_an_entry_or_let_go(self):
        journal = (await self.stage.device("phone")).journal()
        first = await journal.keep_draft(cairn.Draft(body="", happened=moment()))
        self.assertEqual(await journal.keep_draft(draft("soup"), id=first), first)
        self.assertEqual((await journal.draft(first)).draft.body, SCENARIO["soup"]["body"])
        soup = await journal.finish_draft(first)
        self.assertEqual((await journal.entry(soup)).body, SCENARIO["soup"]["body"])
        found = await journal.entry_for_editing(soup)
        second = await journal.keep_draft(draft("soup", SCENARIO["soup_on_tablet"]), entry=soup, version=found.version)
        self.assertEqual(await journal.finish_draft(second), soup)
        self.assertEqual((await journal.entry(soup)).body, SCENARIO["soup_on_tablet"])
        third = await journal.keep_draft(draft("walk"))
        await journal.discard_draft(third)
        self.assertEqual(await journal.drafts(), [])


if __name__ == "__main__":
    unittest.main()
