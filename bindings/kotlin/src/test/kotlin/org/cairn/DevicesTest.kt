package org.cairn

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.cairn.ffi.Change
import org.cairn.ffi.Device
import org.cairn.ffi.Erasure
import org.cairn.ffi.PhraseLength
import org.cairn.ffi.RecoveryState
import org.cairn.ffi.Shredding
import org.cairn.ffi.SyncOutcome
import org.cairn.ffi.Vault
import org.cairn.ffi.VaultException
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

/** Removing a device, and the recovery phrase. The same tests stand in Python and Swift. */
class DevicesTest {
    @Test
    fun `a removed device gets nothing more and the others go on`() = onStage { stage ->
        val (phone, tablet) = stage.phoneAndTablet()
        val desk = stage.paired(phone, "desk")
        val own = named(phone, Scenario["phone"])
        assertEquals(listOf(true, false, null), listOf(own.isThisOne, own.isGoing, own.added))
        val there = named(phone, Scenario["tablet"])
        assertFalse(there.isThisOne)
        assertNotNull(there.added)
        phone.devices().rename(there.id, Scenario["kitchen"])
        sync(phone, desk, tablet)
        assertEquals(there.id, named(desk, Scenario["kitchen"]).id)

        fails<VaultException.Invalid>("not_a_device") { phone.devices().remove(Scenario["kitchen"]) }
        fails<VaultException.NotFound>("not_found") { phone.devices().remove("00".repeat(32)) }
        fails<VaultException.Invalid>("own_device") { phone.devices().remove(own.id) }
        fails<VaultException.Invalid>("not_settled") { tablet.devices().remove(own.id) }

        // What the tablet sends before anybody has told it is not trusted, and not lost.
        val late = tablet.journal().write(Scenario.draft("walk"))
        sync(tablet)
        phone.devices().remove(there.id)
        assertTrue(named(phone, Scenario["kitchen"]).isGoing)
        val soup = phone.journal().write(Scenario.draft("soup"))
        sync(phone, desk, phone)
        assertEquals(2, phone.watch(Change.DEVICES) { devices().devices() }.first().size)
        assertEquals(Scenario.draft("soup").body, body(desk, soup))
        assertEquals(SyncOutcome.REJECTED, tablet.sync().syncNow().outcome)
        assertTrue(tablet.sync().status().isShutOut)
        assertNull(tablet.journal().entry(soup))
        assertFalse(phone.devices().isRemoved())

        val arrival = phone.devices().arrivals().single()
        assertEquals(late to Scenario["kitchen"], arrival.entry?.id to arrival.deviceName)
        assertFalse(arrival.isKnown)
        assertNull(phone.journal().entry(late))
        phone.devices().keepArrival(arrival.id)
        fails<VaultException.NotFound>("not_found") { phone.devices().leaveOut(arrival.id) }
        sync(phone, desk)
        assertEquals(Scenario.draft("walk").body, body(desk, late))
        assertTrue(desk.devices().arrivals().isEmpty())
    }

    @Test
    fun `a phrase brings the journal to a new device`() = onStage { stage ->
        val (phone, tablet) = stage.phoneAndTablet()
        val origin = checkNotNull(phone.sync().status().relay)
        val devices = phone.devices()
        val walk = phone.journal().write(Scenario.draft("walk"))
        assertEquals(RecoveryState.NOT_SET, devices.recoveryState())
        fails<VaultException.Invalid>("not_settled") { tablet.devices().newPhrase(PhraseLength.TWELVE) }
        assertEquals(24, devices.newPhrase(PhraseLength.TWENTY_FOUR).size)
        val words = devices.newPhrase(PhraseLength.TWELVE)
        val asked = devices.phraseAsked()
        assertEquals(12 to 3, words.size to asked.size)
        val right = asked.map { words[it - 1] }
        fails<VaultException.Invalid>("wrong_words") { devices.confirmPhrase(right.drop(1)) }
        assertEquals(RecoveryState.NOT_SET, devices.recoveryState())
        devices.confirmPhrase(right)
        assertEquals(RecoveryState.SET, devices.recoveryState())
        sync(phone)

        val new = stage.device("new_phone", HttpTransport())
        fails<VaultException.Invalid>("bad_phrase") { new.devices().recover(origin, Scenario["bad_phrase"]) }
        fails<VaultException.Rejected>("phrase_unknown") { new.devices().recover(origin, Scenario["strange_phrase"]) }
        new.devices().recover(origin, words.joinToString(" "))
        sync(new)
        assertEquals(Scenario.draft("walk").body, body(new, walk))
        assertEquals(RecoveryState.USED, new.devices().recoveryState())
        // What was erased before goes beyond the reach of old copies once every device has done its part.
        assertEquals(Shredding.Nothing, new.devices().shredding())
        new.devices().shred()
        assertEquals(Shredding.Beginning, new.devices().shredding())
        // With the phrase at hand it removes the phone that is lost.
        new.devices().remove(named(new, Scenario["phone"]).id)
        sync(new, new)
        assertEquals(SyncOutcome.REJECTED, phone.sync().syncNow().outcome)
        fails<VaultException.Rejected>("phrase_unknown") { tablet.devices().usePhrase(Scenario["strange_phrase"]) }
    }

    @Test
    fun `a relay that lost its store has everything again`() = onStage { stage ->
        val (phone, tablet) = stage.phoneAndTablet()
        val walk = phone.journal().write(Scenario.draft("walk"))
        sync(phone, tablet)
        stage.loseTheRelaysStore(checkNotNull(phone.sync().status().relay))
        val soup = tablet.journal().write(Scenario.draft("soup"))
        sync(tablet, phone, tablet)
        val new = stage.paired(phone, "desk")
        sync(new)
        for (device in listOf(phone, tablet, new)) {
            assertEquals(Scenario.draft("walk").body, body(device, walk))
            assertEquals(Scenario.draft("soup").body, body(device, soup))
            val status = device.sync().status()
            assertEquals(false to null, status.needsJoining to status.toSendAgain)
        }
        fails<VaultException.Invalid>("not_parted") { phone.devices().beginAgain() }
    }

    @Test
    fun `everything is asked for and stopped and one device is erased alone`() = onStage { stage ->
        val (phone, tablet) = stage.phoneAndTablet()
        val walk = phone.journal().write(Scenario.draft("walk"))
        fails<VaultException.Invalid>("not_settled") { tablet.devices().eraseEverything() }
        assertEquals(Erasure.Nothing, phone.devices().erasure())
        phone.devices().eraseEverything()
        assertEquals(Erasure.Asked, phone.devices().erasure())
        sync(phone, tablet)
        for (vault in listOf(phone, tablet)) {
            assertTrue(vault.devices().erasure() is Erasure.Until)
            assertTrue(vault.sync().status().erasure is Erasure.Until)
        }
        tablet.devices().keepEverything()
        sync(tablet, phone)
        assertEquals(Erasure.Nothing, phone.devices().erasure())
        assertEquals(Scenario.draft("walk").body, body(tablet, walk))

        tablet.eraseHere()
        fails<VaultException.Erased>("erased") { tablet.journal().entry(walk) }
        fails<VaultException.Erased>("erased") { tablet.sync().syncNow() }
        fails<VaultException.Erased>("erased") { tablet.resume() }
        assertEquals(Scenario.draft("walk").body, body(phone, walk))
    }

    private suspend fun named(vault: Vault, name: String): Device =
        vault.devices().devices().single { it.name == name }

    private inline fun <reified E : VaultException> fails(error: String, noinline call: suspend () -> Unit) {
        val thrown = assertThrows<E> { runBlocking { call() } }
        assertEquals(Scenario.error(error), thrown.message)
    }

    private fun onStage(play: suspend (Stage) -> Unit): Unit = Stage().use { stage -> runBlocking { play(stage) } }
}
