"""What a person prefers: the profile, questions, words for feelings, hopes, support lines and the plan for hard times."""

import datetime
import unittest

import cairn_ffi as cairn
from stage import MemoryKeys, SCENARIO, Stage, moment


class Preferences(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.stage = Stage()
        self.addCleanup(self.stage.leave)
        self.keys = MemoryKeys()
        self.phone = await self.stage.device("phone", keys=self.keys)
        self.addAsyncCleanup(self.stage.suspend)

    async def test_a_section_that_is_offered_is_used_and_remembered_for_its_person_alone(self):
        profile = self.phone.profile()
        fresh = await profile.read()
        self.assertEqual((fresh.sections, len(fresh.offered), fresh.shared_version), ([], 14, 0))
        await profile.set_recovery_word("getting by")
        vision = next(one for one in (await profile.read()).offered if "getting by" in one.name)
        draft = cairn.StatementDraft(text="soup on Sundays", because="it is quiet", is_shareable=True)
        statement = await profile.write_statement(vision.id, draft)
        await profile.set_statement(statement, "soup on any day", cairn.Stance.WANT)
        read = await profile.read()
        [said] = read.sections[0].statements
        self.assertEqual((read.sections[0].id, said.because, said.is_shareable), (vision.id, "it is quiet", True))
        self.assertEqual(read.shared_version, 2)
        first, second = await profile.history()
        self.assertEqual((first.before, second.before.text, second.after.text), (None, "soup on Sundays", said.text))
        await profile.erase_history()
        self.assertEqual(await profile.history(), [])

    async def test_examples_of_paths_are_words_in_the_order_of_the_alphabet(self):
        fresh = await self.phone.profile().read()
        [paths] = [found for one in fresh.offered if (found := cairn.section_examples(one.id))]
        self.assertEqual(paths, sorted(paths))
        self.assertIn("no label", paths)
        self.assertEqual(fresh.sections, [])

    async def test_what_is_wanted_as_a_rule_is_listening_until_the_person_says_otherwise(self):
        profile = self.phone.profile()
        self.assertEqual(await profile.wanted(), [cairn.SupportWanted.LISTENING])
        await profile.set_wanted([cairn.SupportWanted.COMPANY, cairn.SupportWanted.IDEAS])
        self.assertEqual(await profile.wanted(), [cairn.SupportWanted.IDEAS, cairn.SupportWanted.COMPANY])
        await profile.set_wanted([])
        self.assertEqual(await profile.wanted(), [cairn.SupportWanted.LISTENING])

    async def test_everything_is_off_until_the_person_says_otherwise(self):
        profile = self.phone.profile()
        settings = await profile.settings()
        self.assertEqual((settings.on, settings.quiet_wish), ([], ""))
        self.assertFalse((await profile.plan()).opens_without_unlock)
        await profile.set_switch(cairn.Switch.MEMORIES, True)
        self.assertEqual((await profile.settings()).on, [cairn.Switch.MEMORIES])

    async def test_one_question_comes_after_another_and_leaves_no_trace(self):
        journal = self.phone.journal()
        first = await journal.next_prompt()
        second = await journal.next_prompt(first.id)
        self.assertEqual((first.id, second.id), ("P-01", "P-02"))
        own = await journal.add_prompt("Where does the soup come from?")
        await journal.move_prompt(own, "P-01")
        asked = await journal.next_prompt()
        draft = cairn.Draft(
            body="From the garden.", happened=moment(), asked=cairn.Asked(prompt=asked.id, text=asked.text)
        )
        entry = await journal.entry(await journal.write(draft))
        self.assertEqual((entry.asked.prompt, entry.asked.text), (own, "Where does the soup come from?"))
        self.assertNotIn("P-16", [await self.after(journal, n) for n in range(30)])

    async def after(self, journal, steps):
        name = None
        for _ in range(steps + 1):
            name = (await journal.next_prompt(name)).id
        return name

    async def test_answers_to_one_question_are_words_in_the_order_of_time_and_stay_when_it_is_taken_away(self):
        journal = self.phone.journal()
        own = await journal.add_prompt("What helped?")
        for body, day, prompt in (("Walking.", 2, own), ("The bus driver.", 1, own), ("Not this one.", 1, "P-01")):
            happened = moment()
            happened.at += datetime.timedelta(days=day)
            asked = cairn.Asked(prompt=prompt, text="What helped?")
            await journal.write(cairn.Draft(body=body, happened=happened, asked=asked))
        first = await journal.answers(own, count=1)
        self.assertEqual([entry.body for entry in first.entries], ["The bus driver."])
        await journal.remove_prompt(own)
        last = await journal.answers(own, after=first.next)
        self.assertEqual(([entry.body for entry in last.entries], last.next), (["Walking."], None))
        self.assertEqual((await journal.answers("")).entries, [])
        with self.assertRaises(cairn.VaultError.Invalid):
            await journal.answers(own, count=0)

    async def test_a_state_of_mind_goes_out_as_it_came_in(self):
        journal = self.phone.journal()
        self.assertEqual(len(await journal.feelings()), 38)
        at = datetime.datetime.fromtimestamp(SCENARIO["happened_ms"] / 1000, datetime.timezone.utc)
        sample = cairn.StateOfMindSample(
            felt_for=cairn.FeltFor.DAY, valence=-0.1, labels=[17, 27], associations=[5, 18], at=at
        )
        happy = next(one for one in await journal.feelings() if one.word == "happy")
        await journal.remove_feeling(happy.id)
        draft = await journal.draft_of_state_of_mind(sample, SCENARIO["zone"])
        self.assertEqual(draft.feelings, ["happy", "sad"])
        entry = await journal.write(draft)
        self.assertEqual(await journal.state_of_mind(entry), sample)

    async def test_the_plan_opens_without_the_vault_only_while_that_is_wanted(self):
        profile = self.phone.profile()
        await profile.add_plan_item(cairn.PlanList.PEOPLE_I_CAN_ASK, "Dee, next door")
        config = cairn.VaultConfig(
            directory=f"{self.stage.folder.name}/phone", device_name=SCENARIO["phone"]
        )
        self.assertIsNone(await cairn.open_plan(config, self.keys))
        await profile.set_plan_opens(True)
        await self.phone.suspend()
        only_plan = MemoryKeys()
        only_plan.secrets = {"cairn.plan-key": self.keys.secrets["cairn.plan-key"]}
        opened = await cairn.open_plan(config, only_plan)
        self.assertEqual([item.text for item in opened.plan.items], ["Dee, next door"])
        self.assertEqual(len(opened.lines), 8)
        await self.phone.resume()
        await profile.set_plan_opens(False)
        self.assertIsNone(await cairn.open_plan(config, only_plan))
        self.assertEqual(self.keys.secrets["cairn.plan-key"], b"")

    async def test_what_keeps_somebody_going_is_a_list_of_its_own_that_stays_behind_the_lock(self):
        profile = self.phone.profile()
        self.assertEqual(await profile.mainstays(), [])
        sister = await profile.add_mainstay("my sister")
        bread = await profile.add_mainstay("bread")
        await profile.move_mainstay(bread, sister)
        await profile.set_mainstay(sister, "my sister's laugh")
        self.assertEqual([one.text for one in await profile.mainstays()], ["bread", "my sister's laugh"])
        await profile.set_plan_opens(True)
        config = cairn.VaultConfig(directory=f"{self.stage.folder.name}/phone", device_name=SCENARIO["phone"])
        opened = await cairn.open_plan(config, self.keys)
        self.assertEqual((opened.plan.items, (await profile.plan()).items), ([], []))
        await profile.remove_mainstay(bread)
        self.assertEqual([one.id for one in await profile.mainstays()], [sister])
        with self.assertRaises(cairn.VaultError.NotFound):
            await profile.set_mainstay(bread, "bread")

    async def test_a_reminder_rings_only_where_and_with_what_the_person_chose(self):
        profile = self.phone.profile()
        self.assertEqual(await profile.reminders(), [])
        evening = cairn.Reminder(time="20:30", days=[cairn.Weekday.MONDAY], text="water the plants", prompt="P-01")
        name = await profile.add_reminder(evening)
        upcoming = await profile.upcoming_reminders(SCENARIO["zone"], 2)
        self.assertEqual([(one.reminder, one.words, one.prompt) for one in upcoming], [(name, "1 reminder", "P-01")] * 2)
        [kept] = await profile.reminders()
        kept.is_shown = True
        await profile.set_reminder(kept)
        self.assertEqual((await profile.upcoming_reminders(SCENARIO["zone"], 1))[0].words, "water the plants")
        kept.is_here = False
        await profile.set_reminder(kept)
        self.assertEqual(await profile.upcoming_reminders(SCENARIO["zone"]), [])
        for wrong in (cairn.Reminder(time="25:00", days=[cairn.Weekday.MONDAY]), cairn.Reminder(time="20:30", days=[])):
            with self.assertRaises(cairn.VaultError.Invalid):
                await profile.add_reminder(wrong)
        await profile.remove_reminder(name)
        self.assertEqual(await profile.reminders(), [])

    async def test_hopes_and_lines_are_the_persons_own(self):
        profile = self.phone.profile()
        hope = await profile.add_hope("a garden", SCENARIO["zone"])
        await profile.set_hope_state(hope, cairn.HopeState.SET_ASIDE)
        [read] = await profile.hopes()
        self.assertEqual((read.text, read.state), ("a garden", cairn.HopeState.SET_ASIDE))
        line = cairn.SupportLine(region="here", name="Dee", reach=cairn.Reach.TEXT, number="next door")
        name = await profile.add_support_line(line)
        bundled = [one for one in await profile.support_lines() if one.is_bundled]
        self.assertTrue(all(one.checked_on is None and "check it" in one.source for one in bundled))
        await profile.remove_support_line(name)
        self.assertEqual(await profile.support_lines(), bundled)


if __name__ == "__main__":
    unittest.main()
