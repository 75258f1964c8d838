package org.cairn

import kotlinx.coroutines.runBlocking
import org.cairn.ffi.Asked
import org.cairn.ffi.Draft
import org.cairn.ffi.DraftKind
import org.cairn.ffi.FeltFor
import org.cairn.ffi.Place
import org.cairn.ffi.StateOfMind
import org.cairn.ffi.VaultException
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

/** What an entry said before, drafts, and erasing for good. The same tests stand in Python and Swift. */
class HistoryTest {
    @Test
    fun `what stands around an entry reads back`() = onStage { stage ->
        val journal = stage.device("phone").journal()
        val around = Draft(
            body = "Words.",
            happened = Scenario.moment(),
            people = listOf("Sam"),
            lifeAreas = listOf("home"),
            valence = -0.25,
            energy = 1.0,
            stateOfMind = StateOfMind(FeltFor.DAY, listOf(4, 18)),
            place = Place("the bench", 51.5, -0.125),
            asked = Asked("P-01", "What is here with you today?"),
            remember = true,
            tender = true,
        )
        val entry = checkNotNull(journal.entry(journal.write(around)))
        assertEquals(listOf("Sam") to listOf("home"), entry.people to entry.lifeAreas)
        assertEquals(-0.25 to 1.0, entry.valence to entry.energy)
        assertEquals(listOf(around.stateOfMind, around.place, around.asked), listOf(entry.stateOfMind, entry.place, entry.asked))
        assertEquals(
            listOf(true, false, true, false),
            listOf(entry.remember, entry.keepFromMemories, entry.tender, entry.neverShare),
        )
        assertThrows<VaultException.Invalid> { runBlocking { journal.write(around.copy(valence = 1.5)) } }
    }

    @Test
    fun `an entry goes back to what it said and forgets it`() = onStage { stage ->
        val phone = stage.device("phone")
        val journal = phone.journal()
        val walk = journal.write(Scenario.draft("walk"))
        revise(phone, walk, "walk", Scenario["walk_on_phone"])
        val history = journal.history(walk)
        assertEquals(listOf(false, true), history.map { it.isPresent })
        val first = Scenario.draft("walk").body
        assertEquals(first, journal.entryAt(walk, history[0].version)?.body)
        journal.goBackTo(walk, history[0].version)
        assertEquals(first, body(phone, walk))
        assertTrue(journal.eraseEarlierDrafts(walk))
        assertEquals(1, journal.history(walk).size)
        assertFalse(journal.eraseEarlierDrafts(walk))
    }

    @Test
    fun `what is erased is gone on the other device too`() = onStage { stage ->
        val (phone, tablet) = stage.phoneAndTablet()
        val walk = phone.journal().write(Scenario.draft("walk"))
        sync(phone, tablet)
        assertThrows<VaultException.Invalid> { runBlocking { phone.journal().erase(walk) } }
        phone.journal().trash(walk)
        phone.journal().erase(walk)
        revise(tablet, walk, "walk", Scenario["walk_on_tablet"])
        sync(phone, tablet)
        assertNull(tablet.journal().entry(walk))
        assertFalse(phone.journal().emptyTrash())
        val kept = tablet.journal().drafts().single()
        assertEquals(DraftKind.ERASED_ELSEWHERE to Scenario["walk_on_tablet"], kept.kind to kept.draft.body)
        val anew = tablet.journal().finishDraft(kept.id)
        assertEquals(Scenario["walk_on_tablet"], body(tablet, anew))
    }

    @Test
    fun `a draft is kept until it is an entry or let go`() = onStage { stage ->
        val phone = stage.device("phone")
        val journal = phone.journal()
        val first = journal.keepDraft(Draft("", Scenario.moment()))
        assertEquals(first, journal.keepDraft(Scenario.draft("soup"), id = first))
        val soup = journal.finishDraft(first)
        assertEquals(Scenario.draft("soup").body, body(phone, soup))
        val found = checkNotNull(journal.entryForEditing(soup))
        val second = journal.keepDraft(
            Scenario.draft("soup", Scenario["soup_on_tablet"]), entry = soup, version = found.version,
        )
        assertEquals(soup, journal.finishDraft(second))
        assertEquals(Scenario["soup_on_tablet"], body(phone, soup))
        journal.discardDraft(journal.keepDraft(Scenario.draft("walk")))
        assertTrue(journal.drafts().isEmpty())
    }

    private fun onStage(play: suspend (Stage) -> Unit): Unit = Stage().use { stage -> runBlocking { play(stage) } }
}
