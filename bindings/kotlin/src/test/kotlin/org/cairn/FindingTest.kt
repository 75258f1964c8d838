package org.cairn

import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.cairn.ffi.CalendarMonth
import org.cairn.ffi.Cursor
import org.cairn.ffi.Draft
import org.cairn.ffi.EntryFilter
import org.cairn.ffi.EntryQuery
import org.cairn.ffi.Precision
import org.cairn.ffi.VaultException
import org.cairn.ffi.WordKind
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Instant
import java.time.ZoneId

class FindingTest {
    private fun play(scene: suspend Stage.() -> Unit): Unit =
        Stage().use { stage -> runBlocking { withTimeout(PATIENCE) { stage.scene() } } }

    private fun draft(body: String, day: String, tags: List<String> = emptyList(), tender: Boolean = false) = Draft(
        body = body,
        happened = momentOf(Instant.parse("${day}T12:00:00Z"), ZoneId.of("Europe/London"), Precision.DAY),
        tags = tags,
        tender = tender,
    )

    @Test
    fun `words are found in scripts without blanks and pages follow each other`() = play {
        val journal = device("phone").journal()
        for (day in 1..3) journal.write(draft("今日は東京駅で古い友達に会った。", "2026-03-0$day"))
        val first = journal.search("友達", count = 2)
        assertEquals(2, first.size)
        assertTrue("\u0002友達\u0003" in first[0].snippet)
        val after = first.last().entry.let { Cursor(it.happened.at, it.id) }
        assertEquals(listOf("2026-03-01"), journal.search("友達", count = 2, after = after).map { it.entry.happened.localDate })
        assertEquals(0, journal.search("京都").size)
    }

    @Test
    fun `a filter narrows lists and searches`() = play {
        val journal = device("phone").journal()
        journal.write(draft("Soup", "2026-03-01", tags = listOf("Kitchen")))
        journal.write(draft("Soup again", "2026-03-05"))
        val tagged = EntryFilter(tags = listOf("kitchen"))
        assertEquals(listOf("Soup"), journal.entries(EntryQuery(filter = tagged)).entries.map { it.body })
        val later = EntryFilter(fromDate = "2026-03-02")
        assertEquals(listOf("Soup again"), journal.search("soup", filter = later).map { it.entry.body })
        assertEquals(listOf("Kitchen"), journal.words(WordKind.TAG, beginning = "KIT"))
    }

    @Test
    fun `what may be shown later is a list of the person's own`() = play {
        val journal = device("phone").journal()
        val soup = journal.write(draft("Soup", "2026-03-01"))
        val bread = journal.write(draft("Bread", "2026-03-02"))
        for (entry in listOf(soup, bread)) journal.setNotYet(entry, true)
        val first = journal.notYet(count = 1)
        assertEquals(listOf("Bread"), first.entries.map { it.body })
        assertEquals(listOf("Soup"), journal.notYet(after = first.next).entries.map { it.body })
        journal.setNotYet(soup, false)
        assertEquals(false to true, journal.isNotYet(soup) to journal.isNotYet(bread))
        journal.trash(bread)
        assertEquals(0, journal.notYet().entries.size)
        journal.erase(bread)
        assertFalse(journal.isNotYet(bread))
        refused<VaultException.NotFound> { journal.setNotYet(bread, true) }
    }

    @Test
    fun `the calendar shows days and nothing old comes back unasked`() = play {
        val journal = device("phone").journal()
        journal.write(draft("Soup", "2024-03-01"))
        journal.write(draft("Tender", "2023-03-01", tender = true))
        assertEquals(CalendarMonth(listOf("2024-03-01"), false), journal.days("2024-03"))
        assertEquals(listOf("Soup"), journal.entriesOfDay("2024-03-01").entries.map { it.body })
        assertEquals(0, journal.undatedOfMonth("2024-03").entries.size)
        assertFalse(journal.hasMemories())
        assertEquals(0, journal.memories("2026-03-01").size)
        journal.setMemories(true)
        assertEquals(listOf("Soup"), journal.memories("2026-03-01").map { it.body })
    }
}
