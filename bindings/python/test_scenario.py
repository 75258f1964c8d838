"""The scenario, in Python. The same tests stand in Kotlin (ScenarioTest.kt) and Swift (ScenarioTests.swift)."""

import asyncio
import base64
import datetime
import json
import pathlib
import unittest
import uuid

import cairn_ffi as cairn
from stage import PATIENCE_S, SCENARIO, Listener, MemoryKeys, Stage, body, both, draft, moment, revise, sync

ERRORS = SCENARIO["errors"]
# A photo around the place where it was made.
PHOTO = (
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x07\0\0\0\x05\x08\x02\0\0\0....",
    b"\0\0\0\0IEND....",
)
PLACE = b"\0\0\0\x09tEXtMarmalade...."


async def agree(phone, laptop, mine, theirs):
    declaration = cairn.Declaration(
        prior_connection=cairn.PriorConnection.NOTHING, confidentiality_limits=SCENARIO["limits"]
    )
    await laptop.support().declare(theirs, declaration)
    offer = await laptop.support().propose_agreement(theirs, cairn.Agreement())
    await sync(laptop, phone)
    await phone.support().accept_agreement(mine, offer)
    await sync(phone, laptop)


def share_of(relationship, entry, *wanted):
    return cairn.NewShare(
        relationship=relationship,
        entry=entry,
        parts=cairn.Parts(time=cairn.ShownTime.DAY),
        end=cairn.ShareEnd.UNTIL_I_STOP(),
        purpose=SCENARIO["share_purpose"],
        wanted=list(wanted),
        hold_ms=0,
    )


class Scenario(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.stage = Stage()
        self.addCleanup(self.stage.leave)

    async def asyncTearDown(self):
        await self.stage.suspend()

    async def fails(self, kind, text, call):
        with self.assertRaises(kind) as caught:
            await asyncio.wait_for(call, PATIENCE_S)
        self.assertEqual(str(caught.exception), text)

    async def invalid(self, error, call):
        await self.fails(cairn.VaultError.Invalid, ERRORS[error], call)

    async def test_what_was_written_reads_back_and_is_found(self):
        phone = await self.stage.device("phone")
        journal = phone.journal()
        walk = await journal.write(draft("walk"))
        soup = await journal.write(draft("soup"))

        entry = await journal.entry(walk)
        words = SCENARIO["walk"]
        self.assertEqual((entry.id, entry.title, entry.body), (walk, words["title"], words["body"]))
        self.assertEqual((entry.tags, entry.feelings), (words["tags"], words["feelings"]))
        self.assertEqual((entry.happened.at, entry.happened.zone), (moment().at, SCENARIO["zone"]))
        self.assertEqual(entry.happened.local_date, SCENARIO["local_date"])

        hits = await journal.search(SCENARIO["search_words"])
        self.assertEqual([hit.entry.id for hit in hits], [walk])
        self.assertIn(SCENARIO["search_snippet"], hits[0].snippet)
        self.assertEqual(await journal.search(SCENARIO["search_nothing"]), [])

        first = await journal.entries(cairn.EntryQuery(count=1))
        second = await journal.entries(cairn.EntryQuery(count=1, after=first.next))
        self.assertEqual({entry.id for entry in first.entries + second.entries}, {walk, soup})
        self.assertIsNone(second.next)

    async def test_an_entry_comes_back_from_the_trash_as_it_was(self):
        journal = (await self.stage.device("phone")).journal()
        walk = await journal.write(draft("walk"))
        before = await journal.entry(walk)
        await journal.trash(walk)
        self.assertEqual((await journal.entries(cairn.EntryQuery())).entries, [])
        in_trash = (await journal.entries(cairn.EntryQuery(trashed=True))).entries
        self.assertEqual([entry.id for entry in in_trash], [walk])
        self.assertIsNotNone(in_trash[0].trashed)
        await journal.restore(walk)
        self.assertEqual(await journal.entry(walk), before)

    async def test_a_paired_device_reads_what_the_first_one_wrote(self):
        phone, tablet = await self.stage.phone_and_tablet()
        walk = await phone.journal().write(draft("walk"))
        self.assertGreater((await phone.sync().status()).waiting, 0)
        await sync(phone, tablet)
        self.assertEqual(await body(tablet, walk), SCENARIO["walk"]["body"])
        self.assertEqual((await phone.sync().status()).waiting, 0)
        names = sorted(device.name for device in await tablet.devices().devices())
        self.assertEqual(names, sorted([SCENARIO["phone"], SCENARIO["tablet"]]))

    async def test_two_devices_that_write_apart_keep_both_texts(self):
        phone, tablet = await self.stage.phone_and_tablet()
        walk = await phone.journal().write(draft("walk"))
        soup = await phone.journal().write(draft("soup"))
        await sync(phone, tablet)
        await revise(phone, walk, "walk", SCENARIO["walk_on_phone"])
        await revise(tablet, walk, "walk", SCENARIO["walk_on_tablet"])
        await revise(tablet, soup, "soup", SCENARIO["soup_on_tablet"])
        await sync(phone, tablet, phone, tablet)
        for device in (phone, tablet):
            merged = await device.journal().entry(walk)
            for sentence in SCENARIO["walk_both"]:
                self.assertIn(sentence, merged.body)
            self.assertTrue(merged.both_versions)
            self.assertEqual(await body(device, soup), SCENARIO["soup_on_tablet"])
        self.assertEqual(await body(phone, walk), await body(tablet, walk))

    async def apart(self):
        """The devices of a participant, who has a relay, and of somebody who is to be invited."""
        origin = self.stage.start_relay()
        phone = await self.stage.device("phone", cairn.http_transport())
        laptop = await self.stage.device("laptop", cairn.http_transport())
        await phone.sync().connect(origin)
        await sync(phone)
        return phone, laptop

    async def meet(self):
        """A participant and a specialist who have compared digits; their devices, and the relationship on each."""
        phone, laptop = await self.apart()
        invitation = await phone.support().invite(SCENARIO["participant"])
        accepted, name = await both(
            laptop.support().accept(invitation.code, SCENARIO["specialist"]), phone.support().wait_for_specialist()
        )
        self.assertEqual((accepted.name, name), (SCENARIO["participant"], SCENARIO["specialist"]))
        await both(phone.support().confirm_specialist(accepted.digits), laptop.support().finish_accepting())
        return phone, laptop, invitation.relationship, accepted.relationship

    async def test_whoever_is_invited_can_say_not_now(self):
        phone, laptop = await self.apart()
        invitation = await phone.support().invite(SCENARIO["participant"])
        await laptop.support().decline(invitation.code)
        await self.fails(cairn.VaultError.Rejected, ERRORS["declined"], phone.support().wait_for_specialist())
        self.assertEqual(await self.statuses(phone), [cairn.RelationshipStatus.DECLINED])
        self.assertEqual(await laptop.support().relationships(), [])
        await self.invalid("bad_code", laptop.support().decline("CAIRN1"))

    async def statuses(self, *devices):
        return [(await device.support().relationships())[0].status for device in devices]

    async def test_two_people_agree_before_anything_is_shared(self):
        phone, laptop, mine, theirs = await self.meet()
        self.assertEqual(await self.statuses(phone, laptop), [cairn.RelationshipStatus.AGREEING] * 2)
        walk = await phone.journal().write(draft("walk"))
        await self.invalid("not_active", phone.support().share(share_of(mine, walk)))
        await self.invalid("not_declared", phone.support().propose_agreement(mine, cairn.Agreement()))
        blank = cairn.Declaration(prior_connection=cairn.PriorConnection.NOTHING, confidentiality_limits=" ")
        await self.invalid("no_limits", laptop.support().declare(theirs, blank))
        nothing = cairn.Declaration(
            prior_connection=cairn.PriorConnection.GROUP, confidentiality_limits=SCENARIO["limits"], experience=[" "]
        )
        await self.invalid("no_area", laptop.support().declare(theirs, nothing))
        declaration = cairn.Declaration(
            prior_connection=cairn.PriorConnection.GROUP, confidentiality_limits=SCENARIO["limits"],
            experience=[SCENARIO["experience"]], pronouns=SCENARIO["pronouns"], organisation=SCENARIO["organisation"],
            certification=SCENARIO["certification"], languages=["en", "es-MX"],
        )
        await laptop.support().declare(theirs, declaration)
        offer = cairn.Agreement(specialist_offers=SCENARIO["offers"])
        first = await laptop.support().propose_agreement(theirs, offer)
        await sync(laptop, phone)
        [relationship] = await phone.support().relationships()
        self.assertEqual(relationship.declaration, declaration)
        [proposed] = relationship.agreements
        self.assertEqual((proposed.digest, proposed.agreement, proposed.by), (first, offer, cairn.Role.SPECIALIST))
        wish = cairn.Agreement(specialist_offers=SCENARIO["offers"], outside_contact=SCENARIO["wants"])
        second = await phone.support().propose_agreement(mine, wish)
        await sync(phone, laptop)
        await laptop.support().accept_agreement(theirs, second)
        await sync(laptop, phone)
        self.assertEqual(await self.statuses(phone, laptop), [cairn.RelationshipStatus.ACTIVE] * 2)
        [relationship] = await phone.support().relationships()
        self.assertEqual([one.is_in_force for one in relationship.agreements], [False, True])
        self.assertEqual(relationship.agreements[1].version, 2)

    async def test_a_specialist_opens_what_the_profile_shows_them(self):
        phone, laptop, mine, theirs = await self.meet()
        await agree(phone, laptop, mine, theirs)
        profile = phone.profile()
        section = await profile.add_section(SCENARIO["section"])
        said = cairn.StatementDraft(text=SCENARIO["statement"], is_shareable=True)
        await profile.write_statement(section, said)
        await profile.write_statement(section, cairn.StatementDraft(text=SCENARIO["canary"]))
        self.assertEqual(await laptop.support().open_preferences(theirs), [])
        await phone.support().show_sections(mine, [section])
        await sync(phone, laptop)
        self.assertTrue((await laptop.support().relationships())[0].has_new_preferences)
        [shown] = await laptop.support().open_preferences(theirs)
        texts = [(one.text, one.is_new) for one in shown.statements]
        self.assertEqual((shown.name, texts), (SCENARIO["section"], [(SCENARIO["statement"], False)]))
        self.assertFalse((await laptop.support().relationships())[0].has_new_preferences)
        self.assertIsNone((await phone.support().relationships())[0].kept_from)
        await profile.write_statement(section, cairn.StatementDraft(text=SCENARIO["touch"], is_shareable=True))
        await sync(phone, laptop)
        [shown] = await laptop.support().open_preferences(theirs)
        self.assertEqual([one.is_new for one in shown.statements], [False, True])
        address = cairn.Address(
            name=SCENARIO["called"], name_is_shareable=True, pronouns=SCENARIO["pronouns"], pronouns_are_shareable=True,
            languages=SCENARIO["languages_said"], languages_are_shareable=True,
        )
        how = await profile.set_address(address)
        address.languages = SCENARIO["languages"]
        self.assertEqual((await profile.read()).address, address)
        await self.invalid("no_language", profile.set_address(cairn.Address(languages=[SCENARIO["canary"]])))
        await phone.support().show_sections(mine, [section, how])
        await sync(phone, laptop)
        [other] = await laptop.support().relationships()
        self.assertEqual((other.other_name, other.other_pronouns), (SCENARIO["called"], SCENARIO["pronouns"]))
        self.assertEqual(other.other_languages, SCENARIO["languages"])
        await phone.support().show_sections(mine, [])
        await sync(phone, laptop)
        self.assertEqual(await laptop.support().open_preferences(theirs), [])

    async def test_pausing_and_ending_take_one_step(self):
        phone, laptop, mine, theirs = await self.meet()
        await agree(phone, laptop, mine, theirs)
        await phone.support().pause(mine)
        await sync(phone, laptop)
        self.assertEqual(await self.statuses(phone, laptop), [cairn.RelationshipStatus.PAUSED] * 2)
        self.assertEqual(await laptop.support().people_order(), cairn.PeopleOrder.BY_HAND)
        await laptop.support().set_people_order(cairn.PeopleOrder.BY_NAME)
        self.assertEqual(await laptop.support().people_order(), cairn.PeopleOrder.BY_NAME)
        [seen] = await laptop.support().relationships()
        await laptop.support().move_person(seen.id, None)
        self.assertEqual((seen.is_paused_by_me, seen.is_paused_by_other), (False, True))
        await phone.support().go_on(mine)
        await sync(phone, laptop)
        self.assertEqual(await self.statuses(phone, laptop), [cairn.RelationshipStatus.ACTIVE] * 2)
        await self.invalid("no_goodbye", laptop.support().end(theirs, ""))
        await laptop.support().end(theirs, SCENARIO["goodbye"])
        await sync(laptop, phone)
        self.assertEqual(await self.statuses(phone, laptop), [cairn.RelationshipStatus.ENDED] * 2)
        [over] = await phone.support().relationships()
        self.assertEqual(over.goodbye, SCENARIO["goodbye"])

    async def receipts_say(self, status, share, *sides):
        """What both sides may show to other software of one share, in both shapes."""
        for side in sides:
            iso = json.loads(await side.support().receipt(share, cairn.ReceiptShape.ISO27560))
            fhir = json.loads(await side.support().receipt(share, cairn.ReceiptShape.FHIR_R4))
            self.assertEqual(iso["schema_version"], "ISO/IEC TS 27560:2023")
            self.assertEqual((iso["record_id"], fhir["id"]), (str(share), str(share)))
            self.assertEqual((fhir["resourceType"], fhir["status"]), ("Consent", status))

    async def test_a_share_is_read_until_it_is_revoked(self):
        phone, laptop, mine, theirs = await self.meet()
        await agree(phone, laptop, mine, theirs)
        walk = await phone.journal().write(draft("walk"))
        wanted = cairn.SupportWanted.JUST_READING
        await phone.profile().set_wanted([wanted])
        share = await phone.support().share(share_of(mine, walk))
        await phone.profile().set_wanted([])
        await sync(phone, laptop)
        [card] = await laptop.support().shared_with_me()
        self.assertEqual((card.share, card.from_name, card.is_opened), (share, SCENARIO["participant"], False))
        self.assertFalse(card.is_locked)
        shared = await laptop.support().open_shared(share)
        lines = {line.part: line.text for line in shared.lines}
        self.assertEqual((shared.from_name, shared.wanted), (SCENARIO["participant"], [wanted]))
        self.assertEqual(lines[cairn.SharedPart.BODY], SCENARIO["walk"]["body"])
        self.assertEqual(lines[cairn.SharedPart.PURPOSE], SCENARIO["share_purpose"])
        self.assertNotIn(cairn.SharedPart.FEELINGS, lines)
        pasted = "Read: " + SCENARIO["walk"]["body"]
        self.assertTrue(await laptop.support().holds_shared_words(pasted))
        self.assertFalse(await laptop.support().holds_shared_words(SCENARIO["walk"]["title"]))
        self.assertFalse(await phone.support().holds_shared_words(pasted))

        await sync(laptop, phone)
        [seen] = await phone.support().shares()
        self.assertEqual(seen.wanted, [wanted])
        self.assertIsNotNone(seen.released)
        self.assertIsNotNone(seen.opened)
        self.assertIsNone(seen.purged)
        await self.receipts_say("active", share, phone, laptop)

        less = cairn.Parts(time=cairn.ShownTime.HIDDEN, body=True, title=False)
        await phone.support().narrow(share, less, None)
        await sync(phone, laptop)
        left = {line.part for line in (await laptop.support().open_shared(share)).lines}
        self.assertEqual(left, {cairn.SharedPart.PURPOSE, cairn.SharedPart.NOTICE, cairn.SharedPart.BODY})
        as_shown = await phone.support().as_shown(share)
        self.assertEqual({line.part for line in as_shown.lines}, left)
        [seen] = await phone.support().shares()
        self.assertEqual((len(seen.narrowed), seen.parts.title), (1, False))
        more = cairn.Parts(time=cairn.ShownTime.HIDDEN, body=True, title=True)
        await self.fails(cairn.VaultError.Invalid, ERRORS["only_less"], phone.support().narrow(share, more, None))

        await phone.support().revoke(share)
        await sync(phone, laptop, phone)
        self.assertEqual(await laptop.support().shared_with_me(), [])
        await self.receipts_say("inactive", share, phone, laptop)
        await self.fails(cairn.VaultError.NotFound, ERRORS["not_found"], laptop.support().open_shared(share))
        [over] = await phone.support().shares()
        self.assertEqual(over.state, cairn.ShareState.REVOKED)
        self.assertIsNotNone(over.purged)

    async def test_something_stays_readable_when_it_ends(self):
        phone, laptop, mine, theirs = await self.meet()
        await agree(phone, laptop, mine, theirs)
        walk = await phone.journal().write(draft("walk"))
        passages = [SCENARIO["walk"]["body"][:9]]
        new = share_of(mine, walk, cairn.SupportWanted.LISTENING)
        new.passages = passages
        new.notice = cairn.NoticeChoice.OWN(words="Between us.")
        kept = await phone.support().share(new)
        gone = await phone.support().share(share_of(mine, walk, cairn.SupportWanted.LISTENING))
        await sync(phone, laptop)
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=7)
        await phone.support().end_keeping(mine, "", [kept], until)
        await sync(phone, laptop, phone)
        [card] = await laptop.support().shared_with_me()
        self.assertEqual(card.share, kept)
        lines = {line.part: line.text for line in (await laptop.support().open_shared(kept)).lines}
        self.assertEqual(lines[cairn.SharedPart.BODY], passages[0])
        self.assertEqual(lines[cairn.SharedPart.NOTICE], "Between us.")
        states = {share.id: (share.state, share.is_kept) for share in await phone.support().shares()}
        self.assertEqual(states[kept], (cairn.ShareState.GIVEN, True))
        self.assertEqual(states[gone], (cairn.ShareState.ENDED, False))

    async def test_what_stands_behind_a_gate_is_opened_with_the_network(self):
        phone, laptop, mine, theirs = await self.meet()
        await agree(phone, laptop, mine, theirs)
        new = share_of(mine, await phone.journal().write(draft("walk")), cairn.SupportWanted.LISTENING)
        new.gated = True
        new.lease_days = 31
        await self.fails(cairn.VaultError.Invalid, ERRORS["lease_too_long"], phone.support().share(new))
        new.lease_days = 0
        share, stopped = await phone.support().share(new), await phone.support().share(new)
        await sync(phone, laptop)
        self.assertEqual([card.is_behind_gate for card in await laptop.support().shared_with_me()], [True, True])
        await self.fails(cairn.VaultError.Invalid, ERRORS["gate_shut"], laptop.support().open_shared(share))
        await phone.support().revoke(stopped)
        await sync(phone)
        await self.fails(cairn.VaultError.NotFound, ERRORS["not_found"], laptop.support().open_gated(stopped))
        opened = await laptop.support().open_gated(share)
        self.assertIn(SCENARIO["walk"]["body"], [line.text for line in opened.lines])
        self.assertEqual((await laptop.support().open_shared(share)).lines, opened.lines)
        await sync(laptop, phone)
        seen = {share.id: share for share in await phone.support().shares()}
        self.assertEqual((seen[share].is_gated, seen[share].lease_days), (True, 0))
        self.assertIsNotNone(seen[share].taken_day)
        self.assertIsNone(seen[stopped].taken_day)

    async def test_a_photo_is_shown_without_where_it_was_made(self):
        phone, laptop, mine, theirs = await self.meet()
        await agree(phone, laptop, mine, theirs)
        beside = cairn.AttachOptions(keep_metadata=True, alt_text="A stone")
        photo = await phone.journal().attach_bytes(PHOTO[0] + PLACE + PHOTO[1], beside)
        wordless = cairn.Draft(body="", happened=draft("walk").happened, attachments=[photo])
        entry = await phone.journal().write(wordless)
        new = share_of(mine, entry)
        new.attachments = [photo.id]
        with self.assertRaises(cairn.VaultError.Invalid):
            await phone.support().share(new)
        new.parts = cairn.Parts(
            time=cairn.ShownTime.HIDDEN, body=False, title=False, attachments=True, captions=True
        )
        share = await phone.support().share(new)
        await sync(phone, laptop)
        [waits] = (await laptop.support().open_shared(share)).attachments
        self.assertEqual((waits.kind, waits.caption, waits.is_here), (photo.kind, "A stone", False))
        with self.assertRaises(cairn.VaultError.NotFound):
            await laptop.support().read_shared_attachment(share, 0, 0, 1000)
        await sync(laptop)
        [found] = (await laptop.support().open_shared(share)).attachments
        self.assertEqual((found.media_type, found.width, found.is_here), ("image/png", 7, True))
        shown = await laptop.support().read_shared_attachment(share, 0, 0, 1000)
        self.assertEqual(shown, PHOTO[0] + PHOTO[1])
        [seen] = await phone.support().shares()
        self.assertTrue(seen.parts.attachments and seen.parts.captions)
        await phone.support().revoke(share)
        await sync(phone, laptop)
        with self.assertRaises(cairn.VaultError.NotFound):
            await laptop.support().read_shared_attachment(share, 0, 0, 1000)

    async def test_people_and_a_place_are_shown_by_their_words_where_they_are_chosen(self):
        phone, laptop, mine, theirs = await self.meet()
        await agree(phone, laptop, mine, theirs)
        around = draft("walk")
        around.people, around.valence = ["Ana"], -0.5
        around.place = cairn.Place(label="the bench", latitude=51.5, longitude=-0.125)
        new = share_of(mine, await phone.journal().write(around))
        new.parts = cairn.Parts(time=cairn.ShownTime.HIDDEN, valence=True, people=True, place=True)
        share = await phone.support().share(new)
        await sync(phone, laptop)
        lines = {line.part: line.text for line in (await laptop.support().open_shared(share)).lines}
        parts = cairn.SharedPart
        self.assertEqual([lines[parts.PEOPLE], lines[parts.PLACE], lines[parts.VALENCE]], ["Ana", "the bench", "-0.5"])
        self.assertFalse(any("51.5" in text for text in lines.values()))

    async def test_they_talk_and_the_specialist_listens_first(self):
        phone, laptop, mine, theirs = await self.meet()
        participant, specialist = phone.support(), laptop.support()
        await agree(phone, laptop, mine, theirs)
        walk = await phone.journal().write(draft("walk"))
        share = await participant.share(share_of(mine, walk))
        await sync(phone, laptop)
        kinds, about = cairn.MessageKind, cairn.About.SHARE(share)
        heard = cairn.NewMessage(
            kind=kinds.ACKNOWLEDGEMENT, body=SCENARIO["heard"], about=about, strength=SCENARIO["strength"]
        )
        await self.invalid("open_first", specialist.say(theirs, heard))
        await specialist.open_shared(share)
        offering = cairn.NewMessage(
            kind=kinds.OFFER_LIVED_EXPERIENCE, body=SCENARIO["lived_offer"], about=about
        )
        await self.invalid("listen_first", specialist.say(theirs, offering))
        said = await specialist.say(theirs, heard)
        offer = await specialist.say(theirs, offering)
        states = [one.state for one in await specialist.messages(theirs, "UTC", None, 50)]
        self.assertEqual(states, [cairn.MessageState.WAITING] * 2)
        await sync(laptop, phone)
        [first, second] = await participant.messages(mine, "UTC", None, 50)
        self.assertEqual(await participant.messages(mine, "UTC", second.id, 50), [first])
        self.assertEqual((first.id, first.by, first.state), (said, cairn.Role.SPECIALIST, cairn.MessageState.ARRIVED))
        self.assertEqual((first.kind, first.body, first.strength), (heard.kind, heard.body, heard.strength))
        self.assertEqual((first.about, first.is_about_something_here), (about, True))
        self.assertEqual((second.id, second.state, second.kind), (offer, cairn.MessageState.ARRIVED, offering.kind))

        kept = await participant.keep_strength(mine, said)
        self.assertEqual(await participant.keep_strength(mine, said), kept)
        [section] = (await phone.profile().read()).sections
        [strength] = section.statements
        self.assertEqual((strength.id, strength.text), (kept, heard.strength))
        self.assertEqual((strength.offered_by, strength.is_shareable), (SCENARIO["specialist"], False))
        await self.invalid("nowhere", participant.keep_strength(mine, offer))

        await participant.say(mine, cairn.NewMessage(kind=kinds.YES, about=cairn.About.SAID(offer)))
        await sync(phone, laptop)
        self.assertEqual([one.notice for one in cairn.advise(SCENARIO["directs"], False)], [cairn.Notice.DIRECTS])
        self.assertEqual(cairn.advise(SCENARIO["lived"], False), [])
        self.assertEqual(cairn.advice_on_acknowledging()[-1], "A short one is enough.")
        self.assertEqual(cairn.self_check()[0].prompt, "S-01")

        def lived(reflection):
            return cairn.NewMessage(
                kind=kinds.LIVED_EXPERIENCE,
                body=SCENARIO["lived"],
                about=about,
                accepted=offer,
                ask_back=SCENARIO["ask_back"],
                reflection=reflection,
            )

        await self.invalid("reflect_first", specialist.say(theirs, lived(None)))
        for_them = cairn.SelfReflection(
            for_whom=cairn.ForWhom.THEIRS,
            decided=cairn.ReflectionDecision.SHARE,
            did_they_ask=cairn.TheyAsked.I_ASKED_FIRST,
            is_shortest=True,
        )
        reflection = await specialist.reflect(theirs, for_them)
        taken_back = await specialist.say(theirs, lived(reflection))
        await self.invalid("reflect_first", specialist.say(theirs, lived(reflection)))
        await specialist.unsay(theirs, taken_back)
        told = await specialist.say(theirs, lived(reflection))
        self.assertEqual(await specialist.own_stories(theirs, 10), cairn.OwnStories(stories=1, of=3))
        await sync(laptop, phone)
        last = (await participant.messages(mine, "UTC", None, 50))[-1]
        self.assertEqual((last.id, last.state, last.is_collapsed), (told, cairn.MessageState.ARRIVED, True))
        self.assertEqual((last.body, last.ask_back), (SCENARIO["lived"], SCENARIO["ask_back"]))

        question = await specialist.say(
            theirs, cairn.NewMessage(kind=kinds.OPEN_QUESTION, body=SCENARIO["question"], about=about)
        )
        await sync(laptop, phone)
        await participant.messages(mine, "UTC", None, 50)
        kept = await participant.keep_question(mine, question)
        self.assertEqual(await participant.keep_question(mine, question), kept)
        own = [prompt for prompt in await phone.journal().prompts() if prompt.is_own]
        self.assertEqual(
            [(one.id, one.text, one.asked_by) for one in own], [(kept, SCENARIO["question"], SCENARIO["specialist"])]
        )
        await self.invalid("nowhere", participant.keep_question(mine, offer))

        wishes = cairn.Wishes(
            lived_experience=cairn.LivedExperience.NEVER,
            off_limits=[SCENARIO["off_limits"]],
            listen_first=False,
            no_directing=False,
        )
        await participant.set_wishes(mine, wishes)
        await sync(phone, laptop)
        self.assertEqual(await specialist.wishes(theirs), wishes)
        again = await specialist.reflect(theirs, for_them)
        await self.invalid("not_welcome", specialist.say(theirs, lived(again)))

    async def test_feedback_and_hours_are_the_participants_own(self):
        phone, laptop, mine, theirs = await self.meet()
        participant, specialist = phone.support(), laptop.support()
        await agree(phone, laptop, mine, theirs)
        feedback = cairn.Feedback(
            heard=cairn.FeltHeard.A_LITTLE,
            pushed=cairn.FeltPushed.QUITE_A_BIT,
            words=SCENARIO["feedback"],
            about=cairn.About.DAYS(SCENARIO["first_day"], SCENARIO["last_day"]),
        )
        backwards = cairn.About.DAYS(SCENARIO["last_day"], SCENARIO["first_day"])
        refused = cairn.Feedback(heard=feedback.heard, pushed=feedback.pushed, about=backwards)
        await self.invalid("days_backwards", participant.keep_feedback(mine, refused))
        kept = await participant.keep_feedback(mine, feedback)
        await sync(phone, laptop)
        self.assertEqual(await specialist.messages(theirs, "UTC", None, 50), [])
        [own] = await participant.feedback(mine)
        self.assertEqual((own.id, own.feedback, own.sent), (kept, feedback, None))
        unkept = cairn.NewMessage(kind=cairn.MessageKind.FEEDBACK, body=feedback.words)
        await self.invalid("keep_first", participant.say(mine, unkept))
        sent = await participant.send_feedback(mine, kept)
        await sync(phone, laptop)
        [read] = await specialist.messages(theirs, "UTC", None, 50)
        self.assertEqual((read.id, read.kind, read.body), (sent, cairn.MessageKind.FEEDBACK, feedback.words))
        self.assertEqual((read.heard, read.pushed, read.about), (feedback.heard, feedback.pushed, feedback.about))
        for side, id in [(participant, mine), (specialist, theirs)]:
            [waits] = await side.sent_feedback(id, "UTC")
            self.assertEqual((waits.id, waits.response), (sent, cairn.FeedbackResponse.NOT_YET()))
        response = cairn.NewMessage(
            kind=cairn.MessageKind.RESPONSE_TO_FEEDBACK,
            body=SCENARIO["response"],
            about=cairn.About.SAID(sent),
            differently=SCENARIO["differently"],
        )
        answer = await specialist.say(theirs, response)
        await sync(laptop, phone)
        [_, last] = await participant.messages(mine, "UTC", None, 50)
        self.assertEqual((last.id, last.about, last.differently), (answer, response.about, response.differently))
        for side, id in [(participant, mine), (specialist, theirs)]:
            [responded] = await side.sent_feedback(id, "UTC")
            self.assertEqual((responded.id, responded.response), (sent, cairn.FeedbackResponse.GIVEN(answer)))
        await self.invalid("no_zone", participant.messages(mine, "Nowhere/X", None, 50))
        await participant.forget_feedback(mine, kept)
        self.assertEqual(await participant.feedback(mine), [])

        window = cairn.ContactWindow(
            days=[cairn.Weekday.MONDAY, cairn.Weekday.THURSDAY],
            begins=SCENARIO["hours_begin"],
            ends=SCENARIO["hours_end"],
        )
        hours = cairn.ContactHours(windows=[window], daily_max=2)
        await participant.set_contact_hours(mine, hours)
        self.assertEqual(await participant.contact_hours(mine), hours)
        await sync(phone, laptop)
        self.assertEqual(await specialist.contact_hours(theirs), cairn.ContactHours())

    async def test_the_profile_says_what_the_person_said(self):
        profile = (await self.stage.device("phone")).profile()
        self.assertEqual((await profile.read()).sections, [])
        section = await profile.add_section(SCENARIO["section"])
        await profile.add_statement(section, SCENARIO["statement"], cairn.Stance.WANT)
        [read] = (await profile.read()).sections
        [statement] = read.statements
        self.assertEqual((read.name, statement.text), (SCENARIO["section"], SCENARIO["statement"]))
        self.assertEqual(statement.stance, cairn.Stance.WANT)

    async def test_errors_are_named_for_what_the_app_does_next(self):
        phone = await self.stage.device("phone")
        journal = phone.journal()
        nothing = cairn.Draft(body=" ", happened=moment())
        await self.fails(cairn.VaultError.Invalid, ERRORS["empty"], journal.write(nothing))
        await self.fails(cairn.VaultError.NotFound, ERRORS["not_found"], journal.trash(uuid.uuid4()))
        await self.fails(cairn.VaultError.Invalid, ERRORS["bad_code"], phone.devices().join("CAIRN"))
        await self.fails(cairn.VaultError.Invalid, ERRORS["no_relay"], phone.sync().sync_now())
        self.assertIsNone(await journal.entry(uuid.uuid4()))

    async def test_without_a_network_sync_says_so_and_loses_nothing(self):
        phone = await self.stage.device("phone", cairn.http_transport())
        await phone.sync().connect("http://127.0.0.1:1")
        walk = await phone.journal().write(draft("walk"))
        report = await phone.sync().sync_now()
        self.assertEqual(report.outcome, cairn.SyncOutcome.OFFLINE)
        self.assertEqual(await body(phone, walk), SCENARIO["walk"]["body"])

    async def test_a_suspended_vault_says_so_until_it_is_resumed(self):
        phone = await self.stage.device("phone")
        walk = await phone.journal().write(draft("walk"))
        await phone.suspend()
        await phone.suspend()
        await self.fails(cairn.VaultError.Suspended, ERRORS["suspended"], phone.journal().entry(walk))
        await self.fails(cairn.VaultError.Suspended, ERRORS["suspended"], phone.journal().write(draft("soup")))
        await phone.resume()
        self.assertEqual(await body(phone, walk), SCENARIO["walk"]["body"])

    async def test_words_for_the_preferences_are_asked_for_and_change_nothing_before_they_are_kept(self):
        phone, laptop, mine, theirs = await self.meet()
        await agree(phone, laptop, mine, theirs)
        participant, specialist, kinds = phone.support(), laptop.support(), cairn.MessageKind

        def propose(asked):
            proposal = cairn.NewMessage(kind=kinds.PROPOSAL, body=SCENARIO["proposal"], accepted=asked)
            return specialist.say(theirs, proposal)

        await self.invalid("not_asked_for", propose(uuid.uuid4()))
        asked = await participant.say(mine, cairn.NewMessage(kind=kinds.ASK_FOR_PROPOSAL))
        await sync(phone, laptop)
        proposed = await propose(asked)
        await sync(laptop, phone)
        shown = (await participant.messages(mine, "UTC", None, 50))[-1]
        self.assertEqual((shown.id, shown.kind, shown.body), (proposed, kinds.PROPOSAL, SCENARIO["proposal"]))
        profile = phone.profile()
        self.assertEqual([section.statements for section in (await profile.read()).sections if section.statements], [])
        section = await profile.add_section(SCENARIO["section"])
        kept = await participant.keep_proposal(mine, proposed, section)
        self.assertEqual(await participant.keep_proposal(mine, proposed, section), kept)
        [statement] = [one for section in (await profile.read()).sections for one in section.statements]
        self.assertEqual((statement.id, statement.text), (kept, shown.body))
        self.assertEqual(statement.offered_by, SCENARIO["specialist"])

    async def test_both_write_on_the_page_of_a_meeting_and_each_changes_their_own_lines(self):
        phone, laptop, mine, theirs = await self.meet()
        await agree(phone, laptop, mine, theirs)
        participant, specialist, parts, day = phone.support(), laptop.support(), cairn.MeetingPart, SCENARIO["meeting_day"]
        await self.invalid("not_participant", specialist.begin_meeting(theirs, day))
        meeting = await participant.begin_meeting(mine, day)
        line = await participant.write_line(mine, meeting, parts.AGENDA, SCENARIO["agenda"])
        await sync(phone, laptop)
        note = await specialist.write_line(theirs, meeting, parts.NOTES, SCENARIO["note"])
        await specialist.change_line(theirs, meeting, note, SCENARIO["note_again"])
        await self.invalid("not_yours", specialist.change_line(theirs, meeting, line, SCENARIO["note"]))
        await sync(laptop, phone)
        [page] = await participant.meetings(mine)
        read = [(one.id, one.by, one.words) for one in page.agenda + page.notes]
        self.assertEqual(page.day, day)
        self.assertEqual(read, [
            (line, cairn.Role.PARTICIPANT, [SCENARIO["agenda"]]), (note, cairn.Role.SPECIALIST, [SCENARIO["note_again"]]),
        ])
        self.assertEqual(await specialist.meetings(theirs), [page])
        await participant.take_line_away(mine, meeting, line)
        self.assertEqual((await participant.meetings(mine))[0].agenda, [])
        await participant.take_back_meeting(mine, meeting)
        await sync(phone, laptop)
        self.assertEqual(await specialist.meetings(theirs), [])

    async def test_a_vault_opens_again_with_its_key_and_with_no_other(self):
        keys = MemoryKeys()
        phone = await self.stage.device("phone", keys=keys)
        walk = await phone.journal().write(draft("walk"))
        await phone.suspend()
        with self.assertRaises(cairn.VaultError.StorageDamaged):
            await self.stage.device("phone", keys=MemoryKeys())
        again = await self.stage.device("phone", keys=keys)
        self.assertEqual(await body(again, walk), SCENARIO["walk"]["body"])

    async def test_an_observer_is_told_until_its_subscription_is_cancelled(self):
        phone = await self.stage.device("phone")
        told, not_told = Listener(), Listener()
        listening = phone.observe(told)
        cancelled = phone.observe(not_told)
        cancelled.cancel()
        self.assertEqual((listening.is_active(), cancelled.is_active()), (True, False))
        await phone.journal().write(draft("walk"))
        await told.hears_of(cairn.Change.JOURNAL)
        self.assertTrue(not_told.queue.empty())

    async def test_what_another_person_sends_is_told_when_the_editor_is_closed(self):
        origin = self.stage.start_relay()
        phone = await self.stage.device("phone", cairn.http_transport())
        await phone.sync().connect(origin)
        await sync(phone)
        told = Listener()
        listening = phone.observe(told)
        editing = phone.begin_editing()
        await phone.support().invite(SCENARIO["participant"])
        await phone.journal().write(draft("walk"))
        heard = await told.hears_of(cairn.Change.JOURNAL)
        self.assertNotIn(cairn.Change.SUPPORT, heard)
        editing.end()
        await told.hears_of(cairn.Change.SUPPORT)
        self.assertTrue(listening.is_active())

    async def test_a_locked_key_store_is_locked_and_what_else_it_throws_stays_with_it(self):
        class Locked(MemoryKeys):
            def save(self, name, secret):
                raise cairn.KeyStoreError.Locked()

        class Broken(MemoryKeys):
            def save(self, name, secret):
                raise RuntimeError(SCENARIO["canary"])

        await self.fails(cairn.VaultError.Locked, ERRORS["locked"], self.stage.device("phone", keys=Locked()))
        with self.assertRaises(cairn.VaultError.StorageDamaged) as caught:
            await self.stage.device("tablet", keys=Broken())
        self.assertNotIn(SCENARIO["canary"], repr(caught.exception))

    async def test_a_day_one_export_is_imported_once(self):
        journal = (await self.stage.device("phone")).journal()
        file = pathlib.Path(self.stage.folder.name, "export.zip")
        file.write_bytes(base64.b64decode(SCENARIO["dayone_zip_base64"]))
        first = await journal.import_day_one(str(file))
        again = await journal.import_day_one(str(file))
        self.assertEqual((first.added, first.known, first.skipped), (SCENARIO["dayone_entries"], 0, 0))
        self.assertEqual((again.added, again.known), (0, SCENARIO["dayone_entries"]))
        newest = (await journal.entries(cairn.EntryQuery(count=1))).entries[0]
        self.assertEqual(newest.body, SCENARIO["dayone_body"])
        file.write_bytes(b"a letter")
        await self.fails(cairn.VaultError.Invalid, ERRORS["not_a_zip"], journal.import_day_one(str(file)))

    async def test_the_doctor_finds_a_new_vault_well(self):
        doctor = await (await self.stage.device("phone")).doctor()
        self.assertTrue(doctor.is_well, doctor.lines)

    async def test_a_damaged_vault_is_said_and_repaired(self):
        keys = MemoryKeys()
        phone = await self.stage.device("phone", keys=keys)
        walk = await phone.journal().write(draft("walk"))
        config = cairn.VaultConfig(
            directory=f"{self.stage.folder.name}/phone", device_name=SCENARIO["phone"]
        )
        await phone.suspend()
        sound = await cairn.repair(config, keys)
        self.assertEqual((sound.was_damaged, sound.is_whole), (False, True))
        database = pathlib.Path(config.directory) / "vault.db"
        damaged = bytearray(database.read_bytes())
        damaged[700] ^= 1
        database.write_bytes(damaged)
        with self.assertRaises(cairn.VaultError.StorageDamaged):
            await phone.resume()
        repaired = await cairn.repair(config, keys)
        self.assertTrue(repaired.was_damaged and repaired.is_whole and repaired.lines)
        self.assertFalse(repaired.is_to_join)
        await phone.resume()
        self.assertEqual((await phone.journal().entry(walk)).body, SCENARIO["walk"]["body"])


if __name__ == "__main__":
    unittest.main()
