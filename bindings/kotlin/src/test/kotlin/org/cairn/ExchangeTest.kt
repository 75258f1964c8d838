package org.cairn

import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.cairn.ffi.EntryQuery
import org.cairn.ffi.ExportFormat
import org.cairn.ffi.ExportOptions
import org.cairn.ffi.ImportFormat
import org.cairn.ffi.ImportOptions
import org.cairn.ffi.ProgressObserver
import org.cairn.ffi.Stance
import org.cairn.ffi.Story
import org.cairn.ffi.VaultException
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.ConcurrentLinkedQueue
import kotlin.io.path.createDirectory
import kotlin.io.path.readText
import kotlin.io.path.writeBytes
import kotlin.io.path.writeText

/** A journal from elsewhere in, everything out, and in again. The same tests stand in Swift and Python. */
class ExchangeTest {
    private fun play(scene: suspend Stage.() -> Unit): Unit =
        Stage().use { stage -> runBlocking { withTimeout(PATIENCE) { stage.scene() } } }

    /** Keeps how far it was told work had come. */
    private class Told : ProgressObserver {
        val steps = ConcurrentLinkedQueue<Pair<Long, Long>>()

        override fun progressed(done: Long, total: Long) {
            steps += done to total
        }
    }

    @Test
    fun `a folder of pages comes in once and a letter not at all`() = play {
        val journal = device("phone").journal()
        val diary = folder.resolve("diary").createDirectory()
        diary.resolve("2024-05-01.md").writeText("Soup. ![](pot.jpg)")
        diary.resolve("pot.jpg").writeBytes(byteArrayOf(1, 2, 3))
        val options = ImportOptions(zone = Scenario["zone"])
        val preview = journal.previewImport(diary.toString(), options)
        assertEquals(ImportFormat.MARKDOWN, preview.format)
        assertEquals(1L to 1L, preview.entries to preview.attachments)
        assertEquals(0, journal.entries(EntryQuery()).entries.size)
        val told = Told()
        val first = journal.importJournal(diary.toString(), options, told)
        assertEquals(listOf(1L, 0L, 1L, 0L), first.run { listOf(added, known, media, mediaLeftOut) })
        assertEquals(0L to 1L, told.steps.first())
        assertEquals(1L to 1L, told.steps.last())
        val again = journal.importJournal(diary.toString(), options)
        assertEquals(0L to 1L, again.added to again.known)
        val letter = folder.resolve("letter.txt").apply { writeText("Dear diary") }
        refused<VaultException.Invalid> { journal.importJournal(letter.toString(), options) }
        assertEquals(listOf("2024-05-01"), journal.entries(EntryQuery()).entries.map { it.happened.localDate })
    }

    @Test
    fun `an archive comes in again as it was`() = play {
        val phone = device("phone")
        val tablet = device("tablet")
        val walk = phone.journal().write(Scenario.draft("walk"))
        val soup = phone.journal().write(Scenario.draft("soup"))
        phone.journal().trash(soup)
        val section = phone.profile().addSection("How to reach me")
        phone.profile().addStatement(section, "In the morning.", Stance.WANT)
        val path = folder.resolve("journal.age").toString()
        val told = Told()
        val sealed = ExportOptions(ExportFormat.ARCHIVE, trash = true, passphrase = "soup on the bus")
        assertEquals(2, phone.journal().exportJournal(path, sealed, told).entries)
        assertEquals(2L to 2L, told.steps.last())
        refused<VaultException.Invalid> { phone.journal().exportJournal(path, sealed) }

        for (passphrase in listOf(null, "soup")) {
            refused<VaultException.Invalid> { tablet.journal().restoreArchive(path, passphrase) }
        }
        val restored = tablet.journal().restoreArchive(path, "soup on the bus", told)
        assertEquals(2L to 0L, restored.added to restored.known)
        for (entry in listOf(walk, soup)) {
            assertEquals(phone.journal().entry(entry), tablet.journal().entry(entry))
        }
        assertEquals(phone.profile().read(), tablet.profile().read())
    }

    @Test
    fun `a story is its words`() = play {
        val journal = device("phone").journal()
        val walk = journal.write(Scenario.draft("walk"))
        val path = folder.resolve("story.md")
        journal.exportJournal(path.toString(), ExportOptions(ExportFormat.MARKDOWN, entry = walk, story = Story()))
        val text = path.readText()
        assertTrue(Scenario.draft("walk").body in text)
        for (never in Scenario.draft("walk").feelings + walk.toString() + Scenario["local_date"]) {
            assertFalse(never in text, never)
        }
    }
}
