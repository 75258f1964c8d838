package org.cairn

import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.cairn.ffi.AttachOptions
import org.cairn.ffi.AttachmentKind
import org.cairn.ffi.AttachmentPolicy
import org.cairn.ffi.AttachmentState
import org.cairn.ffi.VaultException
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.fail
import org.junit.jupiter.api.Test
import java.util.UUID
import kotlin.io.path.readBytes
import kotlin.io.path.writeBytes

/** What goes in comes out, here and on another device. The same tests stand in Swift and Python. */
class AttachmentsTest {
    private fun play(scene: suspend Stage.() -> Unit): Unit =
        Stage().use { stage -> runBlocking { withTimeout(PATIENCE) { stage.scene() } } }

    private fun bytes(text: String) = text.toByteArray(Charsets.ISO_8859_1)

    private val header = bytes("\u0089PNG\r\n\u001a\n\u0000\u0000\u0000\rIHDR\u0000\u0000\u0000\u0007\u0000\u0000\u0000\u0005\u0008\u0002\u0000\u0000\u0000....")
    private val place = bytes("\u0000\u0000\u0000\ttEXtMarmalade....")
    private val end = bytes("\u0000\u0000\u0000\u0000IEND....")

    @Test
    fun `a photo comes out as it went in without where it was made`() = play {
        val journal = device("phone").journal()
        val photo = folder.resolve("stone.png").apply { writeBytes(header + place + end) }
        val kept = journal.attach(photo.toString(), AttachOptions(altText = "A stone"))
        assertEquals(AttachmentKind.PHOTO to "image/png", kept.kind to kept.mediaType)
        assertEquals(listOf(7L, 5L), listOf(kept.width, kept.height))
        assertArrayEquals(header + end, journal.readAttachment(kept.id, 0, 1000))
        assertEquals(AttachmentState.Here, journal.attachmentState(kept.id))

        val whole = journal.attachBytes(header + place + end, AttachOptions(keepMetadata = true))
        val saved = folder.resolve("saved.png")
        journal.saveAttachment(whole.id, saved.toString())
        assertArrayEquals(header + place + end, saved.readBytes())
        refused<VaultException.Invalid> { journal.saveAttachment(whole.id, saved.toString()) }
        refused<VaultException.NotFound> { journal.fetchAttachment(UUID.randomUUID()) }

        journal.setThumbnail(kept.id, bytes("small"))
        assertArrayEquals(bytes("small"), journal.thumbnail(kept.id))
        journal.setThumbnail(kept.id, null)
        assertNull(journal.thumbnail(kept.id))
    }

    @Test
    fun `it appears on the other device when the person wants it`() = play {
        val (phone, tablet) = phoneAndTablet()
        val video = ByteArray(3 * 1024 * 1024) { it.toByte() }
        val small = phone.journal().attachBytes(header + end, AttachOptions())
        val large = phone.journal().attachBytes(video, AttachOptions(kind = AttachmentKind.VIDEO))
        phone.journal().write(Scenario.draft("walk").copy(attachments = listOf(small, large)))
        sync(phone, tablet)
        assertArrayEquals(header + end, tablet.journal().readAttachment(small.id, 0, 1000))
        assertEquals(AttachmentState.Elsewhere, tablet.journal().attachmentState(large.id))
        assertEquals(1, phone.sync().attachmentProgress().up.count)

        phone.sync().syncWithAttachments()
        assertEquals(0, phone.sync().attachmentProgress().up.count)
        tablet.sync().setAttachmentPolicy(AttachmentPolicy.ON_DEMAND)
        tablet.journal().fetchAttachment(large.id)
        sync(tablet)
        val target = folder.resolve("video")
        tablet.journal().saveAttachment(large.id, target.toString())
        assertArrayEquals(video, target.readBytes())
    }
}

/** Runs what must be refused with a [Refusal]. */
internal suspend inline fun <reified Refusal : VaultException> refused(call: () -> Unit) {
    try {
        call()
    } catch (refusal: VaultException) {
        assertEquals(Refusal::class, refusal::class)
        return
    }
    fail<Unit>("it was taken")
}
