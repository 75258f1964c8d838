package org.cairn

import com.google.gson.JsonParser
import kotlinx.coroutines.runBlocking
import org.cairn.ffi.About
import org.cairn.ffi.Address
import org.cairn.ffi.Agreement
import org.cairn.ffi.AttachOptions
import org.cairn.ffi.Change
import org.cairn.ffi.ContactHours
import org.cairn.ffi.ContactWindow
import org.cairn.ffi.Declaration
import org.cairn.ffi.Draft
import org.cairn.ffi.EntryQuery
import org.cairn.ffi.Feedback
import org.cairn.ffi.FeedbackResponse
import org.cairn.ffi.FeltHeard
import org.cairn.ffi.FeltPushed
import org.cairn.ffi.ForWhom
import org.cairn.ffi.KeyStore
import org.cairn.ffi.KeyStoreException
import org.cairn.ffi.LivedExperience
import org.cairn.ffi.Meeting
import org.cairn.ffi.MeetingLine
import org.cairn.ffi.MeetingPart
import org.cairn.ffi.MessageKind
import org.cairn.ffi.MessageState
import org.cairn.ffi.NewMessage
import org.cairn.ffi.NewShare
import org.cairn.ffi.Notice
import org.cairn.ffi.NoticeChoice
import org.cairn.ffi.OwnStories
import org.cairn.ffi.Parts
import org.cairn.ffi.PeopleOrder
import org.cairn.ffi.Place
import org.cairn.ffi.PriorConnection
import org.cairn.ffi.ReceiptShape
import org.cairn.ffi.ReflectionDecision
import org.cairn.ffi.RelationshipStatus
import org.cairn.ffi.Role
import org.cairn.ffi.SelfReflection
import org.cairn.ffi.ShareEnd
import org.cairn.ffi.ShareState
import org.cairn.ffi.SharedPart
import org.cairn.ffi.ShownTime
import org.cairn.ffi.Stance
import org.cairn.ffi.StatementDraft
import org.cairn.ffi.SupportWanted
import org.cairn.ffi.SyncOutcome
import org.cairn.ffi.TheyAsked
import org.cairn.ffi.Vault
import org.cairn.ffi.VaultConfig
import org.cairn.ffi.VaultException
import org.cairn.ffi.Weekday
import org.cairn.ffi.Wishes
import org.cairn.ffi.adviceOnAcknowledging
import org.cairn.ffi.advise
import org.cairn.ffi.httpTransport
import org.cairn.ffi.repair
import org.cairn.ffi.selfCheck
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.nio.file.Files
import java.time.Instant
import java.util.Base64
import java.util.UUID

/** The scenario, in Kotlin. The same tests stand in Python (test_scenario.py) and Swift (ScenarioTests.swift). */
class ScenarioTest {
    private fun play(scene: suspend Stage.() -> Unit): Unit = Stage().use { stage -> runBlocking { stage.scene() } }

    private suspend inline fun <reified E : VaultException> fails(text: String? = null, call: suspend () -> Unit): E {
        try {
            call()
        } catch (error: VaultException) {
            assertEquals(E::class, error::class, error.message)
            if (text != null) assertEquals(text, error.message)
            return error as E
        }
        throw AssertionError("nothing was thrown")
    }

    @Test
    fun `what was written reads back and is found`() = play {
        val journal = device("phone").journal()
        val walk = journal.write(Scenario.draft("walk"))
        val soup = journal.write(Scenario.draft("soup"))

        val entry = checkNotNull(journal.entry(walk))
        val draft = Scenario.draft("walk")
        assertEquals(listOf(walk, draft.title, draft.body), listOf(entry.id, entry.title, entry.body))
        assertEquals(draft.tags to draft.feelings, entry.tags to entry.feelings)
        assertEquals(draft.happened.copy(localDate = Scenario["local_date"]), entry.happened)

        val hits = journal.search(Scenario["search_words"])
        assertEquals(listOf(walk), hits.map { it.entry.id })
        assertTrue(Scenario["search_snippet"] in hits.single().snippet)
        assertEquals(emptyList<Any>(), journal.search(Scenario["search_nothing"]))

        val first = journal.entries(EntryQuery(count = 1))
        val second = journal.entries(EntryQuery(count = 1, after = first.next))
        assertEquals(setOf(walk, soup), (first.entries + second.entries).map { it.id }.toSet())
        assertNull(second.next)
    }

    @Test
    fun `an entry comes back from the trash as it was`() = play {
        val journal = device("phone").journal()
        val walk = journal.write(Scenario.draft("walk"))
        val before = journal.entry(walk)
        journal.trash(walk)
        assertEquals(emptyList<Any>(), journal.entries(EntryQuery()).entries)
        val inTrash = journal.entries(EntryQuery(trashed = true)).entries.single()
        assertEquals(walk, inTrash.id)
        assertNotNull(inTrash.trashed)
        journal.restore(walk)
        assertEquals(before, journal.entry(walk))
    }

    @Test
    fun `a paired device reads what the first one wrote`() = play {
        val (phone, tablet) = phoneAndTablet()
        val walk = phone.journal().write(Scenario.draft("walk"))
        assertTrue(phone.sync().status().waiting > 0)
        sync(phone, tablet)
        assertEquals(Scenario.draft("walk").body, body(tablet, walk))
        assertEquals(0, phone.sync().status().waiting)
        val names = tablet.devices().devices().map { it.name }.toSet()
        assertEquals(setOf(Scenario["phone"], Scenario["tablet"]), names)
    }

    @Test
    fun `two devices that write apart keep both texts`() = play {
        val (phone, tablet) = phoneAndTablet()
        val walk = phone.journal().write(Scenario.draft("walk"))
        val soup = phone.journal().write(Scenario.draft("soup"))
        sync(phone, tablet)
        revise(phone, walk, "walk", Scenario["walk_on_phone"])
        revise(tablet, walk, "walk", Scenario["walk_on_tablet"])
        revise(tablet, soup, "soup", Scenario["soup_on_tablet"])
        sync(phone, tablet, phone, tablet)
        for (device in listOf(phone, tablet)) {
            val merged = checkNotNull(device.journal().entry(walk))
            for (sentence in Scenario.list("walk_both")) assertTrue(sentence in merged.body, merged.body)
            assertTrue(merged.bothVersions)
            assertEquals(Scenario["soup_on_tablet"], body(device, soup))
        }
        assertEquals(body(phone, walk), body(tablet, walk))
    }

    /** A participant and a specialist who have compared digits: their devices, and the relationship on each. */
    private class Met(val phone: Vault, val laptop: Vault, val mine: UUID, val theirs: UUID)

    /** The devices of a participant, who has a relay, and of somebody who is to be invited. */
    private suspend fun Stage.apart(): Pair<Vault, Vault> {
        val origin = startRelay()
        val phone = device("phone", HttpTransport())
        val laptop = device("laptop", httpTransport())
        phone.sync().connect(origin)
        sync(phone)
        return phone to laptop
    }

    private suspend fun Stage.meet(): Met {
        val (phone, laptop) = apart()
        val invitation = phone.support().invite(Scenario["participant"])
        val (accepted, name) = both(
            { laptop.support().accept(invitation.code, Scenario["specialist"]) },
            { phone.support().waitForSpecialist() },
        )
        assertEquals(Scenario["participant"] to Scenario["specialist"], accepted.name to name)
        both({ phone.support().confirmSpecialist(accepted.digits) }, { laptop.support().finishAccepting() })
        return Met(phone, laptop, invitation.relationship, accepted.relationship)
    }

    private suspend fun Stage.agree(met: Met) {
        met.laptop.support().declare(met.theirs, Declaration(PriorConnection.NOTHING, Scenario["limits"]))
        val offer = met.laptop.support().proposeAgreement(met.theirs, Agreement())
        sync(met.laptop, met.phone)
        met.phone.support().acceptAgreement(met.mine, offer)
        sync(met.phone, met.laptop)
        statusIs(met, RelationshipStatus.ACTIVE)
    }

    private suspend fun statusIs(met: Met, status: RelationshipStatus) {
        for (device in listOf(met.phone, met.laptop)) {
            assertEquals(status, device.support().relationships().single().status)
        }
    }

    /** What both sides may show to other software of one share, in both shapes. */
    private suspend fun receiptsSay(status: String, share: UUID, vararg sides: Vault) {
        for (side in sides) {
            val (iso, fhir) = listOf(ReceiptShape.ISO27560, ReceiptShape.FHIR_R4).map { shape ->
                JsonParser.parseString(side.support().receipt(share, shape)).asJsonObject
            }
            assertEquals("ISO/IEC TS 27560:2023", iso["schema_version"].asString)
            assertEquals("Consent" to status, fhir["resourceType"].asString to fhir["status"].asString)
            assertEquals("$share" to "$share", iso["record_id"].asString to fhir["id"].asString)
        }
    }

    private fun shareOf(
        relationship: UUID,
        entry: UUID,
        vararg wanted: SupportWanted,
    ) = NewShare(
        relationship = relationship,
        entry = entry,
        parts = Parts(ShownTime.DAY),
        end = ShareEnd.UntilIStop,
        purpose = Scenario["share_purpose"],
        wanted = wanted.toList(),
        holdMs = 0,
    )

    @Test
    fun `whoever is invited can say not now`() = play {
        val (phone, laptop) = apart()
        val invitation = phone.support().invite(Scenario["participant"])
        laptop.support().decline(invitation.code)
        fails<VaultException.Rejected>(Scenario.error("declined")) { phone.support().waitForSpecialist() }
        assertEquals(RelationshipStatus.DECLINED, phone.support().relationships().single().status)
        assertEquals(emptyList<Any>(), laptop.support().relationships())
        fails<VaultException.Invalid>(Scenario.error("bad_code")) { laptop.support().decline("CAIRN1") }
    }

    @Test
    fun `two people agree before anything is shared`() = play {
        val met = meet()
        val (participant, specialist) = met.phone.support() to met.laptop.support()
        statusIs(met, RelationshipStatus.AGREEING)
        val walk = met.phone.journal().write(Scenario.draft("walk"))
        fails<VaultException.Invalid>(Scenario.error("not_active")) { participant.share(shareOf(met.mine, walk)) }
        fails<VaultException.Invalid>(Scenario.error("not_declared")) {
            participant.proposeAgreement(met.mine, Agreement())
        }
        fails<VaultException.Invalid>(Scenario.error("no_limits")) {
            specialist.declare(met.theirs, Declaration(PriorConnection.NOTHING, " "))
        }
        val unnamed = Declaration(PriorConnection.GROUP, Scenario["limits"], experience = listOf(" "))
        fails<VaultException.Invalid>(Scenario.error("no_area")) { specialist.declare(met.theirs, unnamed) }
        val declaration = unnamed.copy(
            experience = listOf(Scenario["experience"]), pronouns = Scenario["pronouns"], organisation = Scenario["organisation"],
            certification = Scenario["certification"], languages = listOf("en", "es-MX"),
        )
        specialist.declare(met.theirs, declaration)
        val offer = Agreement(specialistOffers = Scenario["offers"])
        val first = specialist.proposeAgreement(met.theirs, offer)
        sync(met.laptop, met.phone)
        assertEquals(PeopleOrder.BY_HAND, participant.peopleOrder())
        participant.setPeopleOrder(PeopleOrder.BY_NAME)
        assertEquals(PeopleOrder.BY_NAME, participant.peopleOrder())
        val seen = participant.relationships().single()
        participant.movePerson(seen.id, null)
        assertEquals(declaration, seen.declaration)
        val proposed = seen.agreements.single()
        assertTrue(first.contentEquals(proposed.digest))
        assertEquals(offer to Role.SPECIALIST, proposed.agreement to proposed.`by`)
        val wish = offer.copy(outsideContact = Scenario["wants"])
        val second = participant.proposeAgreement(met.mine, wish)
        sync(met.phone, met.laptop)
        specialist.acceptAgreement(met.theirs, second)
        sync(met.laptop, met.phone)
        statusIs(met, RelationshipStatus.ACTIVE)
        val agreements = participant.relationships().single().agreements
        assertEquals(listOf(false, true), agreements.map { it.isInForce })
        assertEquals(2uL, agreements.last().version)
    }

    @Test
    fun `a specialist opens what the profile shows them`() = play {
        val met = meet()
        val (participant, specialist) = met.phone.support() to met.laptop.support()
        agree(met)
        val profile = met.phone.profile()
        val section = profile.addSection(Scenario["section"])
        profile.writeStatement(section, StatementDraft(Scenario["statement"], isShareable = true))
        profile.writeStatement(section, StatementDraft(Scenario["canary"]))
        assertEquals(emptyList<Any>(), specialist.openPreferences(met.theirs))
        participant.showSections(met.mine, listOf(section))
        sync(met.phone, met.laptop)
        assertTrue(specialist.relationships().single().hasNewPreferences)
        val shown = specialist.openPreferences(met.theirs).single()
        assertEquals(Scenario["section"], shown.name)
        assertEquals(listOf(Scenario["statement"] to false), shown.statements.map { it.text to it.isNew })
        assertFalse(specialist.relationships().single().hasNewPreferences)
        assertNull(participant.relationships().single().keptFrom)
        profile.writeStatement(section, StatementDraft(Scenario["touch"], isShareable = true))
        sync(met.phone, met.laptop)
        val statements = specialist.openPreferences(met.theirs).single().statements
        assertEquals(listOf(false, true), statements.map { it.isNew })
        val address = Address(
            Scenario["called"], true, Scenario["pronouns"], true, Scenario.list("languages_said"), languagesAreShareable = true,
        )
        val how = profile.setAddress(address)
        assertEquals(address.copy(languages = Scenario.list("languages")), profile.read().address)
        fails<VaultException.Invalid>(Scenario.error("no_language")) {
            profile.setAddress(Address(languages = listOf(Scenario["canary"])))
        }
        participant.showSections(met.mine, listOf(section, how))
        sync(met.phone, met.laptop)
        val other = specialist.relationships().single()
        assertEquals(Scenario["called"] to Scenario["pronouns"], other.otherName to other.otherPronouns)
        assertEquals(Scenario.list("languages"), other.otherLanguages)
        participant.showSections(met.mine, emptyList())
        sync(met.phone, met.laptop)
        assertEquals(emptyList<Any>(), specialist.openPreferences(met.theirs))
    }

    @Test
    fun `pausing and ending take one step`() = play {
        val met = meet()
        val (participant, specialist) = met.phone.support() to met.laptop.support()
        agree(met)
        participant.pause(met.mine)
        sync(met.phone, met.laptop)
        statusIs(met, RelationshipStatus.PAUSED)
        val seen = specialist.relationships().single()
        assertEquals(false to true, seen.isPausedByMe to seen.isPausedByOther)
        participant.goOn(met.mine)
        sync(met.phone, met.laptop)
        statusIs(met, RelationshipStatus.ACTIVE)
        fails<VaultException.Invalid>(Scenario.error("no_goodbye")) { specialist.end(met.theirs, "") }
        specialist.end(met.theirs, Scenario["goodbye"])
        sync(met.laptop, met.phone)
        statusIs(met, RelationshipStatus.ENDED)
        assertEquals(Scenario["goodbye"], participant.relationships().single().goodbye)
    }

    @Test
    fun `a share is read until it is revoked`() = play {
        val met = meet()
        val (phone, laptop) = met.phone to met.laptop
        agree(met)
        val walk = phone.journal().write(Scenario.draft("walk"))
        val wanted = SupportWanted.JUST_READING
        phone.profile().setWanted(listOf(wanted))
        val share = phone.support().share(shareOf(met.mine, walk))
        phone.profile().setWanted(emptyList())
        sync(phone, laptop)
        val card = laptop.support().sharedWithMe().single()
        assertEquals(Triple(share, Scenario["participant"], false), Triple(card.share, card.fromName, card.isOpened))
        assertFalse(card.isLocked)
        val shared = laptop.support().openShared(share)
        val lines = shared.lines.associate { it.part to it.text }
        assertEquals(Scenario["participant"] to listOf(wanted), shared.fromName to shared.wanted)
        assertEquals(Scenario.draft("walk").body, lines[SharedPart.BODY])
        assertEquals(Scenario["share_purpose"], lines[SharedPart.PURPOSE])
        assertFalse(SharedPart.FEELINGS in lines)
        val pasted = "Read: " + Scenario.draft("walk").body
        assertTrue(laptop.support().holdsSharedWords(pasted))
        assertFalse(laptop.support().holdsSharedWords(Scenario.draft("walk").title))
        assertFalse(phone.support().holdsSharedWords(pasted))

        sync(laptop, phone)
        val seen = phone.support().shares().single()
        assertEquals(listOf(wanted), seen.wanted)
        assertNotNull(seen.released)
        assertNotNull(seen.opened)
        assertNull(seen.purged)
        receiptsSay("active", share, phone, laptop)

        phone.support().narrow(share, Parts(ShownTime.HIDDEN, body = true, title = false), null)
        sync(phone, laptop)
        val left = laptop.support().openShared(share).lines.map { it.part }
        assertEquals(listOf(SharedPart.PURPOSE, SharedPart.NOTICE, SharedPart.BODY), left)
        assertEquals(left, phone.support().asShown(share).lines.map { it.part })
        val narrowed = phone.support().shares().single()
        assertEquals(1 to false, narrowed.narrowed.size to narrowed.parts.title)
        fails<VaultException.Invalid>(Scenario.error("only_less")) {
            phone.support().narrow(share, Parts(ShownTime.HIDDEN, body = true, title = true), null)
        }

        phone.support().revoke(share)
        sync(phone, laptop, phone)
        assertEquals(emptyList<Any>(), laptop.support().sharedWithMe())
        receiptsSay("inactive", share, phone, laptop)
        fails<VaultException.NotFound>(Scenario.error("not_found")) { laptop.support().openShared(share) }
        val over = phone.support().shares().single()
        assertEquals(ShareState.REVOKED, over.state)
        assertNotNull(over.purged)
    }

    @Test
    fun `something stays readable when it ends`() = play {
        val met = meet()
        val (phone, laptop) = met.phone to met.laptop
        agree(met)
        val walk = phone.journal().write(Scenario.draft("walk"))
        val passage = Scenario.draft("walk").body.take(9)
        val new = shareOf(met.mine, walk, SupportWanted.LISTENING)
        val kept = phone.support().share(new.copy(passages = listOf(passage), notice = NoticeChoice.Own("Between us.")))
        val gone = phone.support().share(new)
        sync(phone, laptop)
        phone.support().endKeeping(met.mine, "", listOf(kept), Instant.now().plusSeconds(604_800))
        sync(phone, laptop, phone)
        assertEquals(kept, laptop.support().sharedWithMe().single().share)
        val lines = laptop.support().openShared(kept).lines.associate { it.part to it.text }
        assertEquals(passage, lines[SharedPart.BODY])
        assertEquals("Between us.", lines[SharedPart.NOTICE])
        val states = phone.support().shares().associate { it.id to (it.state to it.isKept) }
        assertEquals(mapOf(kept to (ShareState.GIVEN to true), gone to (ShareState.ENDED to false)), states)
    }

    @Test
    fun `what stands behind a gate is opened with the network`() = play {
        val met = meet()
        val (phone, laptop) = met.phone to met.laptop
        agree(met)
        val walk = phone.journal().write(Scenario.draft("walk"))
        val new = shareOf(met.mine, walk, SupportWanted.LISTENING).copy(gated = true, leaseDays = 0)
        fails<VaultException.Invalid>(Scenario.error("lease_too_long")) { phone.support().share(new.copy(leaseDays = 31)) }
        val share = phone.support().share(new)
        val stopped = phone.support().share(new)
        sync(phone, laptop)
        assertEquals(listOf(true, true), laptop.support().sharedWithMe().map { it.isBehindGate })
        fails<VaultException.Invalid>(Scenario.error("gate_shut")) { laptop.support().openShared(share) }
        phone.support().revoke(stopped)
        sync(phone)
        fails<VaultException.NotFound>(Scenario.error("not_found")) { laptop.support().openGated(stopped) }
        val opened = laptop.support().openGated(share).lines
        assertTrue(opened.any { it.text == Scenario.draft("walk").body })
        assertEquals(opened, laptop.support().openShared(share).lines)
        sync(laptop, phone)
        val seen = phone.support().shares().associateBy { it.id }
        assertEquals(true to 0L, seen.getValue(share).isGated to seen.getValue(share).leaseDays)
        assertNotNull(seen.getValue(share).takenDay)
        assertEquals(null, seen.getValue(stopped).takenDay)
    }

    @Test
    fun `a photo is shown without where it was made`() = play {
        val met = meet()
        val (phone, laptop) = met.phone to met.laptop
        agree(met)
        val bytes = { text: String -> text.toByteArray(Charsets.ISO_8859_1) }
        val size = "\u0000\u0000\u0000\u0007\u0000\u0000\u0000\u0005\u0008\u0002\u0000\u0000\u0000"
        val begin = bytes("\u0089PNG\r\n\u001a\n\u0000\u0000\u0000\rIHDR$size....")
        val (place, end) = bytes("\u0000\u0000\u0000\ttEXtMarmalade....") to bytes("\u0000\u0000\u0000\u0000IEND....")
        val photo = phone.journal().attachBytes(begin + place + end, AttachOptions(keepMetadata = true, altText = "A stone"))
        val entry = phone.journal().write(Scenario.draft("walk").copy(body = "", attachments = listOf(photo)))
        val new = shareOf(met.mine, entry).copy(attachments = listOf(photo.id))
        refused<VaultException.Invalid> { phone.support().share(new) }
        val parts = Parts(ShownTime.HIDDEN, body = false, title = false, attachments = true, captions = true)
        val share = phone.support().share(new.copy(parts = parts))
        sync(phone, laptop)
        val waits = laptop.support().openShared(share).attachments.single()
        assertEquals(Triple(photo.kind, "A stone", false), Triple(waits.kind, waits.caption, waits.isHere))
        refused<VaultException.NotFound> { laptop.support().readSharedAttachment(share, 0, 0, 1000) }
        sync(laptop)
        val found = laptop.support().openShared(share).attachments.single()
        assertEquals(Triple("image/png", 7L, true), Triple(found.mediaType, found.width, found.isHere))
        assertArrayEquals(begin + end, laptop.support().readSharedAttachment(share, 0, 0, 1000))
        val seen = phone.support().shares().single().parts
        assertEquals(true to true, seen.attachments to seen.captions)
        phone.support().revoke(share)
        sync(phone, laptop)
        refused<VaultException.NotFound> { laptop.support().readSharedAttachment(share, 0, 0, 1000) }
    }

    @Test
    fun `people and a place are shown by their words where they are chosen`() = play {
        val met = meet()
        agree(met)
        val around = Scenario.draft("walk").copy(people = listOf("Ana"), place = Place("the bench", 51.5, -0.125), valence = -0.5)
        val entry = met.phone.journal().write(around)
        val parts = Parts(ShownTime.HIDDEN, valence = true, people = true, place = true)
        val share = met.phone.support().share(shareOf(met.mine, entry).copy(parts = parts))
        sync(met.phone, met.laptop)
        val lines = met.laptop.support().openShared(share).lines.associate { it.part to it.text }
        assertEquals("Ana" to "the bench", lines[SharedPart.PEOPLE] to lines[SharedPart.PLACE])
        assertEquals("-0.5", lines[SharedPart.VALENCE])
        assertFalse(lines.values.any { "51.5" in it })
    }

    @Test
    fun `they talk and the specialist listens first`() = play {
        val met = meet()
        val (participant, specialist) = met.phone.support() to met.laptop.support()
        agree(met)
        val walk = met.phone.journal().write(Scenario.draft("walk"))
        val share = participant.share(shareOf(met.mine, walk))
        sync(met.phone, met.laptop)
        val about = About.Share(share)
        val heard = NewMessage(
            MessageKind.ACKNOWLEDGEMENT, Scenario["heard"], about, strength = Scenario["strength"],
        )
        fails<VaultException.Invalid>(Scenario.error("open_first")) { specialist.say(met.theirs, heard) }
        specialist.openShared(share)
        val offering = NewMessage(MessageKind.OFFER_LIVED_EXPERIENCE, Scenario["lived_offer"], about)
        fails<VaultException.Invalid>(Scenario.error("listen_first")) { specialist.say(met.theirs, offering) }
        val said = specialist.say(met.theirs, heard)
        val offer = specialist.say(met.theirs, offering)
        val states = specialist.messages(met.theirs, "UTC", null, 50).map { it.state }
        assertEquals(List(2) { MessageState.WAITING }, states)
        sync(met.laptop, met.phone)
        val (first, second) = participant.messages(met.mine, "UTC", null, 50)
        assertEquals(listOf(first), participant.messages(met.mine, "UTC", second.id, 50))
        assertEquals(Triple(said, Role.SPECIALIST, MessageState.ARRIVED), Triple(first.id, first.`by`, first.state))
        assertEquals(Triple(heard.kind, heard.body, heard.strength), Triple(first.kind, first.body, first.strength))
        assertEquals(about to true, first.about to first.isAboutSomethingHere)
        assertEquals(Triple(offer, MessageState.ARRIVED, offering.kind), Triple(second.id, second.state, second.kind))

        val kept = participant.keepStrength(met.mine, said)
        assertEquals(kept, participant.keepStrength(met.mine, said))
        val strength = met.phone.profile().read().sections.single().statements.single()
        assertEquals(kept to heard.strength, strength.id to strength.text)
        assertEquals(Scenario["specialist"] to false, strength.offeredBy to strength.isShareable)
        fails<VaultException.Invalid>(Scenario.error("nowhere")) { participant.keepStrength(met.mine, offer) }

        participant.say(met.mine, NewMessage(MessageKind.YES, about = About.Said(offer)))
        sync(met.phone, met.laptop)
        assertEquals(listOf(Notice.DIRECTS), advise(Scenario["directs"], false).map { it.notice })
        assertEquals(emptyList<Any>(), advise(Scenario["lived"], false))
        assertEquals("A short one is enough.", adviceOnAcknowledging().last())
        assertEquals("S-01", selfCheck().first().prompt)
        val lived = NewMessage(
            MessageKind.LIVED_EXPERIENCE,
            Scenario["lived"],
            about,
            accepted = offer,
            askBack = Scenario["ask_back"],
        )
        fails<VaultException.Invalid>(Scenario.error("reflect_first")) { specialist.say(met.theirs, lived) }
        val forThem = SelfReflection(
            ForWhom.THEIRS, ReflectionDecision.SHARE, didTheyAsk = TheyAsked.I_ASKED_FIRST, isShortest = true,
        )
        val reflected = lived.copy(reflection = specialist.reflect(met.theirs, forThem))
        val takenBack = specialist.say(met.theirs, reflected)
        fails<VaultException.Invalid>(Scenario.error("reflect_first")) { specialist.say(met.theirs, reflected) }
        specialist.unsay(met.theirs, takenBack)
        val told = specialist.say(met.theirs, reflected)
        assertEquals(OwnStories(1, 3), specialist.ownStories(met.theirs, 10))
        sync(met.laptop, met.phone)
        val last = participant.messages(met.mine, "UTC", null, 50).last()
        assertEquals(Triple(told, MessageState.ARRIVED, true), Triple(last.id, last.state, last.isCollapsed))
        assertEquals(Scenario["lived"] to Scenario["ask_back"], last.body to last.askBack)

        val question = specialist.say(
            met.theirs, NewMessage(MessageKind.OPEN_QUESTION, Scenario["question"], about),
        )
        sync(met.laptop, met.phone)
        participant.messages(met.mine, "UTC", null, 50)
        val prompt = participant.keepQuestion(met.mine, question)
        assertEquals(prompt, participant.keepQuestion(met.mine, question))
        val prompts = met.phone.journal().prompts().filter { it.isOwn }
        assertEquals(listOf(prompt to Scenario["question"]), prompts.map { it.id to it.text })
        assertEquals(Scenario["specialist"], prompts.single().askedBy)
        fails<VaultException.Invalid>(Scenario.error("nowhere")) { participant.keepQuestion(met.mine, offer) }

        val wishes = Wishes(
            LivedExperience.NEVER,
            offLimits = listOf(Scenario["off_limits"]),
            listenFirst = false,
            noDirecting = false,
        )
        participant.setWishes(met.mine, wishes)
        sync(met.phone, met.laptop)
        assertEquals(wishes, specialist.wishes(met.theirs))
        val again = lived.copy(reflection = specialist.reflect(met.theirs, forThem))
        fails<VaultException.Invalid>(Scenario.error("not_welcome")) { specialist.say(met.theirs, again) }
    }

    @Test
    fun `feedback and hours are the participant's own`() = play {
        val met = meet()
        val (participant, specialist) = met.phone.support() to met.laptop.support()
        agree(met)
        val days = About.Days(Scenario["first_day"], Scenario["last_day"])
        val feedback = Feedback(FeltHeard.A_LITTLE, FeltPushed.QUITE_A_BIT, Scenario["feedback"], days)
        val backwards = feedback.copy(about = About.Days(days.last, days.first))
        fails<VaultException.Invalid>(Scenario.error("days_backwards")) { participant.keepFeedback(met.mine, backwards) }
        val kept = participant.keepFeedback(met.mine, feedback)
        sync(met.phone, met.laptop)
        assertEquals(emptyList<Any>(), specialist.messages(met.theirs, "UTC", null, 50))
        val own = participant.feedback(met.mine).single()
        assertEquals(Triple(kept, feedback, null), Triple(own.id, own.feedback, own.sent))
        val unkept = NewMessage(MessageKind.FEEDBACK, feedback.words)
        fails<VaultException.Invalid>(Scenario.error("keep_first")) { participant.say(met.mine, unkept) }
        val sent = participant.sendFeedback(met.mine, kept)
        sync(met.phone, met.laptop)
        val read = specialist.messages(met.theirs, "UTC", null, 50).single()
        assertEquals(Triple(sent, MessageKind.FEEDBACK, feedback.words), Triple(read.id, read.kind, read.body))
        assertEquals(Triple(feedback.heard, feedback.pushed, days), Triple(read.heard, read.pushed, read.about))
        for ((side, id) in listOf(participant to met.mine, specialist to met.theirs)) {
            assertEquals(FeedbackResponse.NotYet, side.sentFeedback(id, "UTC").single().response)
        }
        val response = NewMessage(
            MessageKind.RESPONSE_TO_FEEDBACK,
            Scenario["response"],
            About.Said(sent),
            differently = Scenario["differently"],
        )
        val answer = specialist.say(met.theirs, response)
        sync(met.laptop, met.phone)
        val last = participant.messages(met.mine, "UTC", null, 50).last()
        assertEquals(Triple(answer, response.about, response.differently), Triple(last.id, last.about, last.differently))
        for ((side, id) in listOf(participant to met.mine, specialist to met.theirs)) {
            assertEquals(FeedbackResponse.Given(answer), side.sentFeedback(id, "UTC").single().response)
        }
        fails<VaultException.Invalid>(Scenario.error("no_zone")) {
            participant.messages(met.mine, "Nowhere/X", null, 50)
        }
        participant.forgetFeedback(met.mine, kept)
        assertEquals(emptyList<Any>(), participant.feedback(met.mine))

        val window = ContactWindow(listOf(Weekday.MONDAY, Weekday.THURSDAY), Scenario["hours_begin"], Scenario["hours_end"])
        val hours = ContactHours(listOf(window), dailyMax = 2)
        participant.setContactHours(met.mine, hours)
        assertEquals(hours, participant.contactHours(met.mine))
        sync(met.phone, met.laptop)
        assertEquals(ContactHours(), specialist.contactHours(met.theirs))
    }

    @Test
    fun `the profile says what the person said`() = play {
        val profile = device("phone").profile()
        assertEquals(emptyList<Any>(), profile.read().sections)
        val section = profile.addSection(Scenario["section"])
        profile.addStatement(section, Scenario["statement"], Stance.WANT)
        val read = profile.read().sections.single()
        val statement = read.statements.single()
        assertEquals(Scenario["section"] to Scenario["statement"], read.name to statement.text)
        assertEquals(Stance.WANT, statement.stance)
    }

    @Test
    fun `errors are named for what the app does next`() = play {
        val phone = device("phone")
        val journal = phone.journal()
        fails<VaultException.Invalid>(Scenario.error("empty")) { journal.write(Draft(" ", Scenario.moment())) }
        fails<VaultException.NotFound>(Scenario.error("not_found")) { journal.trash(UUID.randomUUID()) }
        fails<VaultException.Invalid>(Scenario.error("bad_code")) { phone.devices().join("CAIRN") }
        fails<VaultException.Invalid>(Scenario.error("no_relay")) { phone.sync().syncNow() }
        assertNull(journal.entry(UUID.randomUUID()))
    }

    @Test
    fun `without a network sync says so and loses nothing`() = play {
        val phone = device("phone", HttpTransport())
        phone.sync().connect("http://127.0.0.1:1")
        val walk = phone.journal().write(Scenario.draft("walk"))
        assertEquals(SyncOutcome.OFFLINE, phone.sync().syncNow().outcome)
        assertEquals(Scenario.draft("walk").body, body(phone, walk))
    }

    @Test
    fun `a suspended vault says so until it is resumed`() = play {
        val phone = device("phone")
        val walk = phone.journal().write(Scenario.draft("walk"))
        phone.suspend()
        phone.suspend()
        fails<VaultException.Suspended>(Scenario.error("suspended")) { phone.journal().entry(walk) }
        fails<VaultException.Suspended>(Scenario.error("suspended")) { phone.journal().write(Scenario.draft("soup")) }
        phone.resume()
        assertEquals(Scenario.draft("walk").body, body(phone, walk))
    }

    @Test
    fun `words for the preferences are asked for and change nothing before they are kept`() = play {
        val met = meet()
        agree(met)
        val (participant, specialist) = met.phone.support() to met.laptop.support()
        suspend fun propose(asked: UUID) =
            specialist.say(met.theirs, NewMessage(MessageKind.PROPOSAL, Scenario["proposal"], accepted = asked))
        fails<VaultException.Invalid>(Scenario.error("not_asked_for")) { propose(UUID.randomUUID()) }
        val asked = participant.say(met.mine, NewMessage(MessageKind.ASK_FOR_PROPOSAL))
        sync(met.phone, met.laptop)
        val proposed = propose(asked)
        sync(met.laptop, met.phone)
        val shown = participant.messages(met.mine, "UTC", null, 50).last()
        assertEquals(Triple(proposed, MessageKind.PROPOSAL, Scenario["proposal"]), Triple(shown.id, shown.kind, shown.body))
        val profile = met.phone.profile()
        assertEquals(emptyList<Any>(), profile.read().sections.flatMap { it.statements })
        val section = profile.addSection(Scenario["section"])
        val kept = participant.keepProposal(met.mine, proposed, section)
        assertEquals(kept, participant.keepProposal(met.mine, proposed, section))
        val statement = profile.read().sections.flatMap { it.statements }.single()
        assertEquals(Triple(kept, shown.body, Scenario["specialist"]), Triple(statement.id, statement.text, statement.offeredBy))
    }

    @Test
    fun `both write on the page of a meeting and each changes their own lines`() = play {
        val met = meet()
        agree(met)
        val (participant, specialist) = met.phone.support() to met.laptop.support()
        fails<VaultException.Invalid>(Scenario.error("not_participant")) {
            specialist.beginMeeting(met.theirs, Scenario["meeting_day"])
        }
        val meeting = participant.beginMeeting(met.mine, Scenario["meeting_day"])
        val line = participant.writeLine(met.mine, meeting, MeetingPart.AGENDA, Scenario["agenda"])
        sync(met.phone, met.laptop)
        val note = specialist.writeLine(met.theirs, meeting, MeetingPart.NOTES, Scenario["note"])
        specialist.changeLine(met.theirs, meeting, note, Scenario["note_again"])
        fails<VaultException.Invalid>(Scenario.error("not_yours")) {
            specialist.changeLine(met.theirs, meeting, line, Scenario["note"])
        }
        sync(met.laptop, met.phone)
        val page = participant.meetings(met.mine).single()
        assertEquals(Scenario["meeting_day"], page.day)
        assertEquals(listOf(MeetingLine(line, Role.PARTICIPANT, listOf(Scenario["agenda"]))), page.agenda)
        assertEquals(listOf(MeetingLine(note, Role.SPECIALIST, listOf(Scenario["note_again"]))), page.notes)
        assertEquals(listOf(page), specialist.meetings(met.theirs))
        participant.takeLineAway(met.mine, meeting, line)
        assertEquals(emptyList<MeetingLine>(), participant.meetings(met.mine).single().agenda)
        participant.takeBackMeeting(met.mine, meeting)
        sync(met.phone, met.laptop)
        assertEquals(emptyList<Meeting>(), specialist.meetings(met.theirs))
    }

    @Test
    fun `a vault opens again with its key and with no other`() = play {
        val keys = FileKeyStore(folder.resolve("keys"))
        val phone = device("phone", keys = keys)
        val walk = phone.journal().write(Scenario.draft("walk"))
        phone.suspend()
        fails<VaultException.StorageDamaged> { device("phone") }
        val again = device("phone", keys = FileKeyStore(folder.resolve("keys")))
        assertEquals(Scenario.draft("walk").body, body(again, walk))
        for (file in Files.list(folder.resolve("keys")).toList()) {
            assertEquals("[OWNER_READ, OWNER_WRITE]", Files.getPosixFilePermissions(file).sorted().toString())
        }
    }

    @Test
    fun `an observer is told until its subscription is cancelled`() = play {
        val phone = device("phone")
        val told = Listener(Change.JOURNAL)
        val notTold = Listener(Change.JOURNAL)
        val listening = phone.observe(told)
        val cancelled = phone.observe(notTold)
        cancelled.cancel()
        assertEquals(true to false, listening.isActive() to cancelled.isActive())
        phone.journal().write(Scenario.draft("walk"))
        told.hears()
        assertFalse(notTold.hasHeard)
    }

    @Test
    fun `what another person sends is told when the editor is closed`() = play {
        val origin = startRelay()
        val phone = device("phone", HttpTransport())
        phone.sync().connect(origin)
        sync(phone)
        val support = Listener(Change.SUPPORT)
        val journal = Listener(Change.JOURNAL)
        val listening = listOf(phone.observe(support), phone.observe(journal))
        val editing = phone.beginEditing()
        phone.support().invite(Scenario["participant"])
        phone.journal().write(Scenario.draft("walk"))
        journal.hears()
        assertFalse(support.hasHeard)
        editing.end()
        support.hears()
        assertEquals(2, listening.count { it.isActive() })
    }

    @Test
    fun `a locked key store is locked and what else it throws stays with it`() = play {
        class Throwing(val error: () -> Throwable) : KeyStore by MemoryKeyStore() {
            override fun save(name: String, secret: ByteArray): Unit = throw error()
        }
        fails<VaultException.Locked>(Scenario.error("locked")) {
            device("phone", keys = Throwing { KeyStoreException.Locked() })
        }
        val error = fails<VaultException.StorageDamaged> {
            device("tablet", keys = Throwing { IllegalStateException(Scenario["canary"]) })
        }
        assertFalse(Scenario["canary"] in error.stackTraceToString())
    }

    @Test
    fun `a day one export is imported once`() = play {
        val journal = device("phone").journal()
        val file = folder.resolve("export.zip")
        Files.write(file, Base64.getDecoder().decode(Scenario["dayone_zip_base64"]))
        val first = journal.importDayOne("$file")
        val again = journal.importDayOne("$file")
        val entries = Scenario.number("dayone_entries")
        assertEquals(listOf(entries, 0, 0), listOf(first.added, first.known, first.skipped))
        assertEquals(listOf(0, entries), listOf(again.added, again.known))
        assertEquals(Scenario["dayone_body"], journal.entries(EntryQuery(count = 1)).entries.single().body)
        Files.writeString(file, "a letter")
        fails<VaultException.Invalid>(Scenario.error("not_a_zip")) { journal.importDayOne("$file") }
    }

    @Test
    fun `the doctor finds a new vault well`() = play {
        val doctor = device("phone").doctor()
        assertTrue(doctor.isWell, doctor.lines.toString())
    }

    @Test
    fun `a damaged vault is said and repaired`() = play {
        val keys = MemoryKeyStore()
        val phone = device("phone", keys = keys)
        val walk = phone.journal().write(Scenario.draft("walk"))
        val config = VaultConfig("$folder/phone", Scenario["phone"])
        phone.suspend()
        assertFalse(repair(config, keys).wasDamaged)
        val database = folder.resolve("phone/vault.db")
        val damaged = Files.readAllBytes(database)
        damaged[700] = (damaged[700].toInt() xor 1).toByte()
        Files.write(database, damaged)
        fails<VaultException.StorageDamaged> { phone.resume() }
        val repaired = repair(config, keys)
        assertTrue(repaired.wasDamaged && repaired.isWhole && !repaired.isToJoin && repaired.lines.isNotEmpty())
        phone.resume()
        assertEquals(Scenario.draft("walk").body, phone.journal().entry(walk)?.body)
    }
}
