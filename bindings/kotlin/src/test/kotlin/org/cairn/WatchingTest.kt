package org.cairn

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.produceIn
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.cairn.ffi.Change
import org.cairn.ffi.EntryQuery
import org.cairn.ffi.VaultException
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test

class WatchingTest {
    private fun play(scene: suspend Stage.() -> Unit): Unit =
        Stage().use { stage -> runBlocking { withTimeout(PATIENCE) { stage.scene() } } }

    @Test
    fun `a list comes at once and again when it is another one`() = play {
        val phone = device("phone")
        coroutineScope {
            val lists = phone.entries().produceIn(this)
            assertEquals(0, lists.receive().size)
            val walk = phone.journal().write(Scenario.draft("walk"))
            assertEquals(listOf(walk), lists.receive().map { it.id })
            phone.journal().trash(walk)
            assertEquals(0, lists.receive().size)
            lists.cancel()
        }
    }

    @Test
    fun `who collects slowly sees the newest list next and not every one before it`() = play {
        val phone = device("phone")
        coroutineScope {
            val begun = CompletableDeferred<Unit>()
            val goOn = CompletableDeferred<Unit>()
            val slow = phone.entries(EntryQuery(count = 500)).map { it.size }.onEach {
                begun.complete(Unit)
                goOn.await()
            }
            val seen = async { slow.take(2).toList() }
            begun.await()
            repeat(WRITES) { phone.journal().write(Scenario.draft("walk")) }
            goOn.complete(Unit)
            assertEquals(listOf(0, WRITES), seen.await())
        }
    }

    @Test
    fun `a list waits while the vault is suspended and goes on afterwards`() = play {
        val phone = device("phone")
        coroutineScope {
            val lists = phone.entries().produceIn(this)
            assertEquals(0, lists.receive().size)
            phone.suspend()
            phone.resume()
            phone.journal().write(Scenario.draft("walk"))
            assertEquals(1, lists.receive().size)
            lists.cancel()
        }
    }

    @Test
    fun `an error of the reading ends the flow`() = play {
        val phone = device("phone")
        assertThrows(VaultException.Invalid::class.java) {
            runBlocking { phone.entries(EntryQuery(count = 0)).first() }
        }
    }

    @Test
    fun `other things are watched in the same way`() = play {
        val phone = device("phone")
        coroutineScope {
            val sections = phone.watch(Change.PROFILE) { profile().read().sections.map { it.name } }.produceIn(this)
            assertEquals(emptyList<String>(), sections.receive())
            phone.profile().addSection(Scenario["section"])
            assertEquals(listOf(Scenario["section"]), sections.receive())
            sections.cancel()
        }
    }

    private companion object {
        const val WRITES = 40
    }
}
