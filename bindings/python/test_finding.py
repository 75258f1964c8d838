"""Finding what was written: any script, filters, words in use, the calendar, and "on this day"."""

import datetime
import unittest

import cairn_ffi as cairn
from stage import Stage

JAPANESE = "今日は東京駅で古い友達に会った。"
THAI = "เมื่อวานฉันไปตลาดกับแม่"
ARABIC = "ذَهَبْتُ إلى المَدْرَسَةِ اليوم"


def written(body, day, precision=cairn.Precision.DAY, **around):
    at = datetime.datetime.fromisoformat(f"{day}T12:00:00+00:00")
    happened = cairn.Moment(at=at, zone="UTC", precision=precision)
    return cairn.Draft(body=body, happened=happened, **around)


class Finding(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.stage = Stage()
        self.addCleanup(self.stage.leave)
        self.journal = (await self.stage.device("phone")).journal()

    async def asyncTearDown(self):
        await self.stage.suspend()

    async def bodies(self, words, **more):
        return [hit.entry.body for hit in await self.journal.search(words, **more)]

    async def test_words_are_found_in_any_script(self):
        for body in (JAPANESE, THAI, ARABIC):
            await self.journal.write(written(body, "2026-03-01"))
        for words, body in (("東京駅", JAPANESE), ("友", JAPANESE), ("ตลาด", THAI), ("مدرسه", ARABIC)):
            self.assertEqual(await self.bodies(words), [body])
        self.assertEqual(await self.bodies("京都"), [])
        [hit] = await self.journal.search("友達")
        self.assertIn("\u0002友達\u0003", hit.snippet)

    async def test_a_search_goes_on_where_its_page_ended(self):
        for day in range(1, 8):
            await self.journal.write(written(f"Soup {day}", f"2026-03-0{day}"))
        found, after = [], None
        while hits := await self.journal.search("soup", count=3, after=after):
            found += [hit.entry.body for hit in hits]
            after = cairn.Cursor(at=hits[-1].entry.happened.at, entry=hits[-1].entry.id)
        self.assertEqual(found, [f"Soup {day}" for day in range(7, 0, -1)])

    async def test_a_filter_narrows_lists_and_searches(self):
        soup = await self.journal.write(written("Soup", "2026-03-01", tags=["Kitchen"], people=["Dee"]))
        await self.journal.write(written("Soup again", "2026-03-05", feelings=["calm"], life_areas=["Home"]))
        await self.journal.write(written("Bread", "2026-03-09", replies_to=soup, remember=True))

        async def listed(**asked):
            query = cairn.EntryQuery(filter=cairn.EntryFilter(**asked))
            return [entry.body for entry in (await self.journal.entries(query)).entries]

        self.assertEqual(await listed(), ["Bread", "Soup again", "Soup"])
        self.assertEqual(await listed(tags=["kitchen"], people=["DEE"]), ["Soup"])
        self.assertEqual(await listed(feelings=["Calm"], life_areas=["home"]), ["Soup again"])
        self.assertEqual(await listed(from_date="2026-03-02", to_date="2026-03-09"), ["Bread", "Soup again"])
        self.assertEqual(await listed(remember=True), ["Bread"])
        self.assertEqual(await listed(replies_to=soup), ["Bread"])
        self.assertEqual(await listed(attached=cairn.Attached.ANYTHING()), [])
        kind = cairn.Attached.OF_KIND(kind=cairn.AttachmentKind.PHOTO)
        self.assertEqual(await listed(attached=kind), [])
        self.assertEqual(await self.bodies("soup", filter=cairn.EntryFilter(tags=["kitchen"])), ["Soup"])
        for wrong in (dict(from_date="soon"), dict(tags=["a"] * 101)):
            with self.assertRaises(cairn.VaultError.Invalid):
                await listed(**wrong)

    async def test_words_in_use_come_in_order_and_without_numbers(self):
        await self.journal.write(written("Soup", "2026-03-01", tags=["Kitchen", "bus"], people=["Dee"]))
        await self.journal.write(written("Bread", "2026-03-02", tags=["kitchen", "Kite"]))
        words = self.journal.words
        self.assertEqual(await words(cairn.WordKind.TAG), ["bus", "kitchen", "Kite"])
        self.assertEqual(await words(cairn.WordKind.TAG, beginning="KIT"), ["kitchen", "Kite"])
        self.assertEqual(await words(cairn.WordKind.TAG, count=1, after="bus"), ["kitchen"])
        self.assertEqual(await words(cairn.WordKind.PERSON), ["Dee"])

    async def test_the_calendar_shows_days_and_what_has_none(self):
        await self.journal.write(written("Soup", "2026-03-01"))
        await self.journal.write(written("Sometime", "2026-03-15", cairn.Precision.MONTH))
        gone = await self.journal.write(written("Gone", "2026-03-20"))
        await self.journal.trash(gone)
        month = await self.journal.days("2026-03")
        self.assertEqual((month.days, month.has_undated), (["2026-03-01"], True))
        self.assertEqual((await self.journal.days("2026-04")).days, [])

        async def bodies(page):
            return [entry.body for entry in (await page).entries]

        self.assertEqual(await bodies(self.journal.entries_of_day("2026-03-01")), ["Soup"])
        self.assertEqual(await bodies(self.journal.entries_of_day("2026-03-15")), [])
        self.assertEqual(await bodies(self.journal.undated_of_month("2026-03")), ["Sometime"])
        with self.assertRaises(cairn.VaultError.Invalid):
            await self.journal.days("March")

    async def test_what_may_be_shown_later_is_a_list_of_the_persons_own(self):
        soup = await self.journal.write(written("Soup", "2026-03-01"))
        bread = await self.journal.write(written("Bread", "2026-03-02"))
        for entry in (soup, bread):
            await self.journal.set_not_yet(entry, True)
        first = await self.journal.not_yet(count=1)
        last = await self.journal.not_yet(after=first.next)
        listed = [entry.body for entry in first.entries + last.entries]
        self.assertEqual((listed, last.next), (["Bread", "Soup"], None))
        await self.journal.set_not_yet(soup, False)
        self.assertEqual((await self.journal.is_not_yet(soup), await self.journal.is_not_yet(bread)), (False, True))
        await self.journal.trash(bread)
        self.assertEqual((await self.journal.not_yet()).entries, [])
        await self.journal.erase(bread)
        self.assertFalse(await self.journal.is_not_yet(bread))
        with self.assertRaises(cairn.VaultError.NotFound):
            await self.journal.set_not_yet(bread, True)

    async def test_nothing_old_comes_back_unasked(self):
        await self.journal.write(written("Soup", "2024-03-01"))
        await self.journal.write(written("Tender", "2023-03-01", tender=True))
        await self.journal.write(written("Kept away", "2022-03-01", keep_from_memories=True))

        async def memories():
            return [entry.body for entry in await self.journal.memories("2026-03-01")]

        self.assertFalse(await self.journal.has_memories())
        self.assertEqual(await memories(), [])
        await self.journal.set_memories(True)
        self.assertTrue(await self.journal.has_memories())
        self.assertEqual(await memories(), ["Soup"])
        await self.journal.set_memories(False)
        self.assertEqual(await memories(), [])


if __name__ == "__main__":
    unittest.main()
