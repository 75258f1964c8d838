"""Attachments, in Python: what goes in comes out, here and on another device."""

import pathlib
import unittest
import uuid

import cairn_ffi as cairn
from stage import SCENARIO, Stage, draft, sync

HEADER = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x07\0\0\0\x05\x08\x02\0\0\0...."
PLACE = b"\0\0\0\x09tEXtMarmalade...."
END = b"\0\0\0\0IEND...."


class Attachments(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.stage = Stage()
        self.addCleanup(self.stage.leave)

    async def asyncTearDown(self):
        await self.stage.suspend()

    def file(self, name):
        return pathlib.Path(self.stage.folder.name, name)

    async def written_with(self, vault, *attachments):
        words = SCENARIO["walk"]
        happened = draft("walk").happened
        return await vault.journal().write(
            cairn.Draft(body=words["body"], happened=happened, attachments=list(attachments))
        )

    async def test_a_photo_comes_out_as_it_went_in_without_where_it_was_made(self):
        journal = (await self.stage.device("phone")).journal()
        photo = self.file("stone.png")
        photo.write_bytes(HEADER + PLACE + END)
        kept = await journal.attach(str(photo), cairn.AttachOptions(alt_text="A stone"))
        self.assertEqual((kept.kind, kept.media_type), (cairn.AttachmentKind.PHOTO, "image/png"))
        self.assertEqual((kept.width, kept.height, kept.original_name), (7, 5, "stone.png"))
        self.assertEqual(await journal.read_attachment(kept.id, 0, 1000), HEADER + END)
        self.assertEqual(await journal.read_attachment(kept.id, 8, 4), HEADER[8:12])
        self.assertEqual(await journal.attachment_state(kept.id), cairn.AttachmentState.HERE())

        whole = await journal.attach_bytes(HEADER + PLACE + END, cairn.AttachOptions(keep_metadata=True))
        target = self.file("saved.png")
        await journal.save_attachment(whole.id, str(target))
        self.assertEqual(target.read_bytes(), HEADER + PLACE + END)
        with self.assertRaises(cairn.VaultError.Invalid):
            await journal.save_attachment(whole.id, str(target))

        await journal.set_thumbnail(kept.id, b"small")
        self.assertEqual(await journal.thumbnail(kept.id), b"small")
        await journal.set_thumbnail(kept.id, None)
        self.assertIsNone(await journal.thumbnail(kept.id))

    async def test_bad_input_is_refused(self):
        journal = (await self.stage.device("phone")).journal()
        for call, kind in [
            (journal.attach(str(self.file("not there")), cairn.AttachOptions()), cairn.VaultError.Invalid),
            (journal.read_attachment(uuid.uuid4(), -1, 1), cairn.VaultError.Invalid),
            (journal.attachment_state(uuid.uuid4()), cairn.VaultError.NotFound),
            (journal.fetch_attachment(uuid.uuid4()), cairn.VaultError.NotFound),
        ]:
            with self.assertRaises(kind):
                await call

    async def test_it_appears_on_the_other_device_when_the_person_wants_it(self):
        phone, tablet = await self.stage.phone_and_tablet()
        video = bytes(range(256)) * (3 * 4096)
        small = await phone.journal().attach_bytes(HEADER + END, cairn.AttachOptions())
        large = await phone.journal().attach_bytes(video, cairn.AttachOptions(kind=cairn.AttachmentKind.VIDEO))
        await self.written_with(phone, small, large)
        await sync(phone, tablet)
        self.assertEqual(await tablet.journal().read_attachment(small.id, 0, 1000), HEADER + END)
        self.assertEqual(await tablet.journal().attachment_state(large.id), cairn.AttachmentState.ELSEWHERE())
        self.assertEqual((await phone.sync().attachment_progress()).up.count, 1)

        await phone.sync().sync_with_attachments()
        self.assertEqual((await phone.sync().attachment_progress()).up.count, 0)
        await tablet.sync().set_attachment_policy(cairn.AttachmentPolicy.ON_DEMAND)
        self.assertEqual(await tablet.sync().attachment_policy(), cairn.AttachmentPolicy.ON_DEMAND)
        await tablet.journal().fetch_attachment(large.id)
        await sync(tablet)
        target = self.file("video")
        await tablet.journal().save_attachment(large.id, str(target))
        self.assertEqual(target.read_bytes(), video)


if __name__ == "__main__":
    unittest.main()
