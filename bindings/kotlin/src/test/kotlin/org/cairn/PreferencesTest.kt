package org.cairn

import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.cairn.ffi.Asked
import org.cairn.ffi.Draft
import org.cairn.ffi.FeltFor
import org.cairn.ffi.HopeState
import org.cairn.ffi.PlanList
import org.cairn.ffi.Reach
import org.cairn.ffi.Reminder
import org.cairn.ffi.Stance
import org.cairn.ffi.StateOfMindSample
import org.cairn.ffi.StatementDraft
import org.cairn.ffi.SupportLine
import org.cairn.ffi.SupportWanted
import org.cairn.ffi.Switch
import org.cairn.ffi.VaultConfig
import org.cairn.ffi.VaultException
import org.cairn.ffi.Weekday
import org.cairn.ffi.openPlan
import org.cairn.ffi.sectionExamples
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Duration
import java.time.Instant
import java.time.ZoneId

/** Profile, questions, words for feelings, hopes, support lines and the plan. The same tests stand in Swift and Python. */
class PreferencesTest {
    private fun play(scene: suspend Stage.() -> Unit): Unit =
        Stage().use { stage -> runBlocking { withTimeout(PATIENCE) { stage.scene() } } }

    @Test
    fun `a section that is offered is used and remembered for its person alone`() = play {
        val profile = device("phone").profile()
        val fresh = profile.read()
        assertEquals(Triple(0, 14, 0L), Triple(fresh.sections.size, fresh.offered.size, fresh.sharedVersion))
        profile.setRecoveryWord("getting by")
        val vision = profile.read().offered.first { "getting by" in it.name }
        val said = StatementDraft("soup on Sundays", because = "it is quiet", isShareable = true)
        val statement = profile.writeStatement(vision.id, said)
        profile.setStatement(statement, "soup on any day", Stance.WANT)
        val read = profile.read()
        assertEquals(vision.id, read.sections.first().id)
        assertEquals("it is quiet", read.sections.first().statements.single().because)
        assertEquals(2, read.sharedVersion)
        assertEquals(listOf(null, "soup on Sundays"), profile.history().map { it.before?.text })
        profile.eraseHistory()
        assertEquals(0, profile.history().size)
    }

    @Test
    fun `examples of paths are words in the order of the alphabet`() = play {
        val profile = device("phone").profile()
        val offered = profile.read().offered
        val paths = sectionExamples(offered.first { it.name == "Paths" }.id)
        assertEquals(paths.sorted(), paths)
        assertTrue("no label" in paths)
        assertEquals(1, offered.count { sectionExamples(it.id).isNotEmpty() })
        assertEquals(0, profile.read().sections.size)
    }

    @Test
    fun `what is wanted as a rule is listening until the person says otherwise`() = play {
        val profile = device("phone").profile()
        assertEquals(listOf(SupportWanted.LISTENING), profile.wanted())
        profile.setWanted(listOf(SupportWanted.COMPANY, SupportWanted.IDEAS))
        assertEquals(listOf(SupportWanted.IDEAS, SupportWanted.COMPANY), profile.wanted())
        profile.setWanted(emptyList())
        assertEquals(listOf(SupportWanted.LISTENING), profile.wanted())
    }

    @Test
    fun `everything is off until the person says otherwise`() = play {
        val profile = device("phone").profile()
        assertEquals(emptyList<Switch>() to "", profile.settings().run { on to quietWish })
        assertFalse(profile.plan().opensWithoutUnlock)
        profile.setSwitch(Switch.MEMORIES, true)
        assertEquals(listOf(Switch.MEMORIES), profile.settings().on)
    }

    @Test
    fun `one question comes after another and stays with the entry`() = play {
        val journal = device("phone").journal()
        val first = checkNotNull(journal.nextPrompt())
        assertEquals("P-01" to "P-02", first.id to journal.nextPrompt(first.id)?.id)
        val own = journal.addPrompt("Where does the soup come from?")
        journal.movePrompt(own, "P-01")
        val asked = checkNotNull(journal.nextPrompt())
        val entry = journal.write(Scenario.draft("soup").copy(asked = Asked(asked.id, asked.text)))
        assertEquals(Asked(own, "Where does the soup come from?"), journal.entry(entry)?.asked)
    }

    @Test
    fun `answers to one question are words in the order of time, and stay when it is taken away`() = play {
        val journal = device("phone").journal()
        val own = journal.addPrompt("What helped?")
        val at = Instant.ofEpochMilli(Scenario.number("happened_ms"))
        suspend fun answer(body: String, day: Long, prompt: String) = journal.write(
            Draft(
                body,
                momentOf(at.plus(Duration.ofDays(day)), ZoneId.of(Scenario["zone"])),
                asked = Asked(prompt, "What helped?"),
            ),
        )
        answer("Walking.", 2, own)
        answer("The bus driver.", 1, own)
        answer("Not this one.", 1, "P-01")
        val first = journal.answers(own, count = 1)
        assertEquals(listOf("The bus driver."), first.entries.map { it.body })
        journal.removePrompt(own)
        val last = journal.answers(own, after = first.next)
        assertEquals(listOf("Walking.") to null, last.entries.map { it.body } to last.next)
        assertEquals(0, journal.answers("").entries.size)
        refused<VaultException.Invalid> { journal.answers(own, count = 0) }
    }

    @Test
    fun `a state of mind goes out as it came in`() = play {
        val journal = device("phone").journal()
        val at = Instant.ofEpochMilli(Scenario.number("happened_ms"))
        val sample = StateOfMindSample(FeltFor.DAY, -0.1, listOf(17, 27), listOf(5, 18), at)
        journal.removeFeeling(journal.feelings().first { it.word == "happy" }.id)
        val draft = journal.draftOfStateOfMind(sample, Scenario["zone"])
        assertEquals(listOf("happy", "sad"), draft.feelings)
        assertEquals(sample, journal.stateOfMind(journal.write(draft)))
    }

    @Test
    fun `the plan opens without the vault only while that is wanted`() = play {
        val keys = MemoryKeyStore()
        val phone = device("phone", keys = keys)
        val profile = phone.profile()
        profile.addPlanItem(PlanList.PEOPLE_I_CAN_ASK, "Dee, next door")
        val config = VaultConfig("$folder/phone", Scenario["phone"])
        assertNull(openPlan(config, keys))
        profile.setPlanOpens(true)
        phone.suspend()
        val onlyPlan = MemoryKeyStore().apply { save("cairn.plan-key", checkNotNull(keys.load("cairn.plan-key"))) }
        val opened = checkNotNull(openPlan(config, onlyPlan))
        assertEquals(listOf("Dee, next door"), opened.plan.items.map { it.text })
        assertTrue(opened.lines.isNotEmpty())
        phone.resume()
        profile.setPlanOpens(false)
        assertNull(openPlan(config, onlyPlan))
    }

    @Test
    fun `what keeps somebody going is a list of its own that stays behind the lock`() = play {
        val keys = MemoryKeyStore()
        val profile = device("phone", keys = keys).profile()
        assertEquals(0, profile.mainstays().size)
        val sister = profile.addMainstay("my sister")
        val bread = profile.addMainstay("bread")
        profile.moveMainstay(bread, sister)
        profile.setMainstay(sister, "my sister's laugh")
        assertEquals(listOf("bread", "my sister's laugh"), profile.mainstays().map { it.text })
        profile.setPlanOpens(true)
        val opened = checkNotNull(openPlan(VaultConfig("$folder/phone", Scenario["phone"]), keys))
        assertEquals(0 to 0, opened.plan.items.size to profile.plan().items.size)
        profile.removeMainstay(bread)
        assertEquals(listOf(sister), profile.mainstays().map { it.id })
        refused<VaultException.NotFound> { profile.setMainstay(bread, "bread") }
    }

    @Test
    fun `a reminder rings only where and with what the person chose`() = play {
        val profile = device("phone").profile()
        val days = listOf(Weekday.MONDAY, Weekday.THURSDAY)
        val id = profile.addReminder(Reminder(time = "20:30", days = days, text = "water the plants"))
        assertEquals(listOf("1 reminder", "1 reminder"), profile.upcomingReminders(Scenario["zone"], 2).map { it.words })
        val kept = profile.reminders().single()
        assertEquals(days, kept.days)
        profile.setReminder(kept.copy(isShown = true))
        assertEquals("water the plants", profile.upcomingReminders(Scenario["zone"]).first().words)
        profile.setReminder(kept.copy(isHere = false))
        assertEquals(0, profile.upcomingReminders(Scenario["zone"]).size)
        refused<VaultException.Invalid> { profile.addReminder(Reminder(time = "20:30", days = emptyList())) }
        profile.removeReminder(id)
        assertEquals(0, profile.reminders().size)
    }

    @Test
    fun `hopes and lines are the person's own`() = play {
        val profile = device("phone").profile()
        val hope = profile.addHope("a garden", Scenario["zone"])
        profile.setHopeState(hope, HopeState.SET_ASIDE)
        assertEquals(listOf("a garden" to HopeState.SET_ASIDE), profile.hopes().map { it.text to it.state })
        val bundled = profile.supportLines()
        assertTrue(bundled.all { it.isBundled && it.checkedOn == null && "check it" in it.source })
        val line = profile.addSupportLine(
            SupportLine(region = "here", name = "Dee", reach = Reach.TEXT, number = "next door"),
        )
        assertEquals(bundled.size + 1, profile.supportLines().size)
        profile.removeSupportLine(line)
        assertEquals(bundled, profile.supportLines())
    }
}
