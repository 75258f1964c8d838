import json
import pathlib
import unittest
import zipfile

import cairn_ffi as cairn
from stage import SCENARIO, Stage

ZONE = SCENARIO["zone"]


class Told(cairn.ProgressObserver):
    """Keeps how far it was told work had come."""

    def __init__(self):
        self.steps = []

    def progressed(self, done, total):
        self.steps.append((done, total))
        raise RuntimeError("what an observer throws is its own affair")


class ImportingTest(unittest.IsolatedAsyncioTestCase):
    """A small journal of every kind, made here, brought in twice."""

    def setUp(self):
        self.stage = Stage()
        self.addCleanup(self.stage.leave)
        self.folder = pathlib.Path(self.stage.folder.name)

    async def asyncTearDown(self):
        await self.stage.suspend()

    def zip(self, name, files):
        path = self.folder / name
        with zipfile.ZipFile(path, "w") as archive:
            for inside, text in files.items():
                archive.writestr(inside, text)
        return path

    def text(self, name, text):
        path = self.folder / name
        path.write_text(text, "utf-8")
        return path

    def journals(self):
        day_one = {"entries": [{"uuid": "1", "creationDate": "2024-05-01T10:00:00Z", "timeZone": ZONE, "text": "Soup."}]}
        journey = {"id": "1", "date_journal": 1714557600000, "timezone": ZONE, "text": "Soup."}
        jrnl = {"tags": {}, "entries": [{"date": "2024-05-01", "time": "20:30", "title": "Soup.", "body": "", "tags": []}]}
        yield cairn.ImportFormat.DAY_ONE, self.zip("dayone.zip", {"Journal.json": json.dumps(day_one)})
        yield cairn.ImportFormat.JOURNEY, self.zip("journey.zip", {"1.json": json.dumps(journey)})
        yield cairn.ImportFormat.JRNL, self.text("jrnl.json", json.dumps(jrnl))
        yield cairn.ImportFormat.DAYLIO, self.text("daylio.csv", "\ufefffull_date,time,mood,note\n2024-05-01,8:30 pm,fizzy,Soup.\n")
        yield cairn.ImportFormat.MARKDOWN, self.zip("markdown.zip", {"2024-05-01.md": "Soup. ![](pot.jpg)", "pot.jpg": "a pot"})

    async def test_a_journal_of_every_kind_is_previewed_and_comes_in_once(self):
        journal = (await self.stage.device("phone")).journal()
        options = cairn.ImportOptions(zone=ZONE)
        for kind, path in self.journals():
            preview = await journal.preview_import(str(path), options)
            self.assertEqual((preview.format, preview.entries, preview.first), (kind, 1, "2024-05-01"), kind)
            self.assertEqual(preview.attachments, 1 if kind == cairn.ImportFormat.MARKDOWN else 0)
            told = Told()
            first = await journal.import_journal(str(path), options, told)
            self.assertEqual((told.steps[0], told.steps[-1]), ((0, 1), (1, 1)), kind)
            again = await journal.import_journal(str(path), options)
            self.assertEqual((first.added, first.known), (1, 0), kind)
            self.assertEqual((again.added, again.known), (0, 1), kind)
        page = await journal.entries(cairn.EntryQuery())
        self.assertEqual({entry.happened.local_date for entry in page.entries}, {"2024-05-01"})
        self.assertEqual(len(page.entries), 5)
        self.assertIn(["fizzy"], [entry.feelings for entry in page.entries])

    async def test_what_is_no_journal_or_says_no_zone_is_refused_and_nothing_is_changed(self):
        journal = (await self.stage.device("phone")).journal()
        letter = self.text("letter.txt", "Dear diary")
        table = self.text("daylio.csv", "full_date,time,mood\n2024-05-01,20:30,fizzy\n")
        for path, options in [(letter, cairn.ImportOptions(zone=ZONE)), (table, cairn.ImportOptions())]:
            for call in (journal.preview_import, journal.import_journal):
                with self.assertRaises(cairn.VaultError.Invalid):
                    await call(str(path), options)
        self.assertEqual((await journal.entries(cairn.EntryQuery())).entries, [])

    async def test_an_entry_that_cannot_be_taken_is_named_with_its_reason(self):
        journal = (await self.stage.device("phone")).journal()
        path = self.zip("markdown.zip", {"2024-05-01.md": "Soup.", "Ideas.md": "Soup for everybody."})
        preview = await journal.preview_import(str(path), cairn.ImportOptions(zone=ZONE))
        [skipped] = preview.skipped
        self.assertEqual((skipped.journal, skipped.reason), ("Ideas.md", cairn.ImportSkip.NO_DATE))


if __name__ == "__main__":
    unittest.main()
