package org.cairn

import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.produceIn
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.cairn.ffi.EntryQuery
import org.cairn.ffi.PassphraseKind
import org.cairn.ffi.VaultException
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Locking, and the passphrase or PIN. The same tests stand in Python and Swift. */
class LockingTest {
    private fun play(scene: suspend Stage.() -> Unit): Unit =
        Stage().use { stage -> runBlocking { withTimeout(PATIENCE) { stage.scene() } } }

    private suspend inline fun <reified E : VaultException> fails(text: String, call: () -> Unit) {
        val failed = runCatching { call() }.exceptionOrNull()
        assertTrue(failed is E, failed.toString())
        assertEquals(text, failed?.message)
    }

    @Test
    fun `a locked vault answers nothing, and its list is empty until it is unlocked`() = play {
        val phone = device("phone")
        val walk = phone.journal().write(Scenario.draft("walk"))
        coroutineScope {
            val lists = phone.entries().produceIn(this)
            assertEquals(listOf(walk), lists.receive().map { it.id })
            phone.lock()
            assertEquals(0, lists.receive().size)
            assertTrue(phone.isLocked())
            fails<VaultException.Locked>(Scenario.error("vault_locked")) { phone.journal().entry(walk) }
            fails<VaultException.Locked>(Scenario.error("vault_locked")) { phone.journal().write(Scenario.draft("soup")) }
            phone.unlock()
            assertEquals(listOf(walk), lists.receive().map { it.id })
            lists.cancel()
        }
    }

    @Test
    fun `people are hidden and the journal is open`() = play {
        val phone = device("phone")
        val (people, pin) = phone.support() to Scenario["pin"]
        val hidden = Scenario.error("people_hidden")
        fails<VaultException.Invalid>(Scenario.error("no_people_lock")) { people.hidePeople() }
        people.setPeopleLock(PassphraseKind.PIN, pin)
        assertEquals(0, people.relationships().size)
        phone.lock()
        phone.unlock()
        val state = people.peopleLock()
        assertEquals(Triple(true, PassphraseKind.PIN, 0L), Triple(state.isLocked, state.asksFor, state.waitMs))
        fails<VaultException.PeopleHidden>(hidden) { people.relationships() }
        fails<VaultException.PeopleHidden>(hidden) { people.setPeopleLock(PassphraseKind.PASSPHRASE, Scenario["passphrase"]) }
        assertEquals(0, phone.journal().entries(EntryQuery()).entries.size)
        fails<VaultException.WrongPassphrase>(Scenario.error("wrong_passphrase")) { people.showPeople("000000") }
        people.showPeople(pin)
        assertEquals(0, people.relationships().size)
        people.hidePeople()
        fails<VaultException.PeopleHidden>(hidden) { people.shares() }
        people.stopEverything()
        people.removePeopleLock(pin)
        assertEquals(0, people.shares().size)
    }

    @Test
    fun `a passphrase is asked for and wrong ones wait`() = play {
        val keys = MemoryKeyStore()
        val phone = device("phone", keys = keys)
        val walk = phone.journal().write(Scenario.draft("walk"))
        val right = Scenario["passphrase"]
        assertTrue(runCatching { phone.setPassphrase(PassphraseKind.PIN, "12345") }.exceptionOrNull() is VaultException.Invalid)
        phone.setPassphrase(PassphraseKind.PIN, Scenario["pin"])
        phone.setPassphrase(PassphraseKind.PASSPHRASE, right, Scenario["pin"])
        assertEquals(300_000, phone.autoLock())
        phone.setAutoLock(60_000)
        phone.suspend()

        val again = device("phone", keys = keys)
        val state = again.lockState()
        assertEquals(Triple(true, PassphraseKind.PASSPHRASE, 0L), Triple(state.isLocked, state.asksFor, state.waitMs))
        fails<VaultException.Locked>(Scenario.error("vault_locked")) { again.unlock() }
        repeat(FREE_AND_ONE) {
            fails<VaultException.WrongPassphrase>(Scenario.error("wrong_passphrase")) { again.unlock(Scenario["wrong_passphrase"]) }
        }
        assertTrue(runCatching { again.unlock(right) }.exceptionOrNull() is VaultException.WaitFirst)
        assertTrue(again.lockState().waitMs in 1..30_000)
        // What a wait of half a minute looks like when it is over, without waiting for it.
        keys.save("cairn.unlock-tries", byteArrayOf())
        again.unlock(right)
        assertEquals(walk, again.journal().entry(walk)?.id)
        assertEquals(60_000, again.autoLock())
        again.removePassphrase(right)
        assertNull(again.lockState().asksFor)
    }

    private companion object {
        const val FREE_AND_ONE = 5
    }
}
