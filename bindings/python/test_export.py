"""The journal out in every form, and our own archive in again."""

import pathlib
import unittest
import zipfile

import cairn_ffi as cairn
from stage import SCENARIO, Stage, draft

FORMATS = {
    cairn.ExportFormat.ARCHIVE: "zip",
    cairn.ExportFormat.DAY_ONE: "zip",
    cairn.ExportFormat.JRNL: "json",
    cairn.ExportFormat.JRNL_TEXT: "txt",
    cairn.ExportFormat.MARKDOWN: "zip",
    cairn.ExportFormat.HTML: "html",
}


def options(format, **more):
    return cairn.ExportOptions(format=format, **more)


class Export(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.stage = Stage()
        self.addCleanup(self.stage.leave)
        self.folder = pathlib.Path(self.stage.folder.name)

    async def asyncTearDown(self):
        await self.stage.suspend()

    async def test_every_form_is_written_and_only_once(self):
        journal = (await self.stage.device("phone")).journal()
        await journal.write(draft("walk"))
        for format, ending in FORMATS.items():
            path = str(self.folder / f"{format.name}.{ending}")
            exported = await journal.export_journal(path, options(format))
            self.assertEqual(exported.entries, 1)
            words = SCENARIO["walk"]["body"].split()[0].encode()
            if ending == "zip":
                with zipfile.ZipFile(path) as archive:
                    self.assertIsNone(archive.testzip())
                    self.assertTrue(any(words in archive.read(name) for name in archive.namelist()))
            else:
                self.assertIn(words, pathlib.Path(path).read_bytes())
            with self.assertRaises(cairn.VaultError.Invalid):
                await journal.export_journal(path, options(format))
            await journal.export_journal(path, options(format, replace=True))

    async def test_an_archive_comes_in_again_as_it_was(self):
        phone, tablet = await self.stage.device("phone"), await self.stage.device("tablet")
        walk = await phone.journal().write(draft("walk"))
        soup = await phone.journal().write(draft("soup"))
        await phone.journal().trash(soup)
        section = await phone.profile().add_section("How to reach me")
        await phone.profile().add_statement(section, "In the morning.", cairn.Stance.WANT)
        path = str(self.folder / "journal.age")
        sealed = options(cairn.ExportFormat.ARCHIVE, trash=True, passphrase="soup on the bus")
        self.assertEqual((await phone.journal().export_journal(path, sealed)).entries, 2)

        for passphrase in (None, "soup"):
            with self.assertRaises(cairn.VaultError.Invalid):
                await tablet.journal().restore_archive(path, passphrase)
        restored = await tablet.journal().restore_archive(path, "soup on the bus")
        self.assertEqual((restored.added, restored.known), (2, 0))
        for entry in (walk, soup):
            self.assertEqual(await tablet.journal().entry(entry), await phone.journal().entry(entry))
        self.assertEqual(await tablet.profile().read(), await phone.profile().read())
        again = await tablet.journal().restore_archive(path, "soup on the bus")
        self.assertEqual((again.added, again.known), (0, 2))

    async def test_a_story_is_its_words(self):
        journal = (await self.stage.device("phone")).journal()
        walk = await journal.write(draft("walk"))
        path = self.folder / "story.md"
        story = options(cairn.ExportFormat.MARKDOWN, entry=walk, story=cairn.Story())
        await journal.export_journal(str(path), story)
        text = path.read_text("utf-8")
        self.assertIn(SCENARIO["walk"]["body"], text)
        for never in (walk if isinstance(walk, str) else str(walk), SCENARIO["local_date"], *SCENARIO["walk"]["feelings"]):
            self.assertNotIn(never, text)


if __name__ == "__main__":
    unittest.main()
