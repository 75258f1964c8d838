package org.cairn

import com.sun.net.httpserver.HttpServer
import kotlinx.coroutines.runBlocking
import org.cairn.ffi.VaultException
import org.cairn.ffi.Waking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.net.InetAddress
import java.net.InetSocketAddress
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit

/** Waking a device that sleeps. The same test stands in Python and Swift. */
class WakingTest {
    /** A push service that takes every message, and keeps what it heard. */
    private class PushService : AutoCloseable {
        val heard = LinkedBlockingQueue<Pair<String, Int>>()
        private val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
        val origin = "http://127.0.0.1:${server.address.port}"

        init {
            server.createContext("/") { exchange ->
                heard.put(exchange.requestURI.path to exchange.requestBody.readAllBytes().size)
                exchange.sendResponseHeaders(201, -1)
                exchange.close()
            }
            server.start()
        }

        override fun close() = server.stop(0)
    }

    @Test
    fun `a tablet that sleeps is woken without a word when the phone writes`() = onStage { stage ->
        PushService().use { service ->
            val atOnce = listOf("--push-delay-min-ms", "0", "--push-delay-max-ms", "0", "--push-every-ms", "0")
            stage.relaySettings = listOf("--push", "named", "--push-services", service.origin) + atOnce
            val (phone, tablet) = stage.phoneAndTablet()
            assertEquals(Waking.OFF, tablet.sync().waking())
            val offer = tablet.sync().wakeOffer()
            assertTrue(offer.wakes)
            assertEquals(65 to 4.toByte(), offer.pushKey?.size to offer.pushKey?.first())
            fails<VaultException.Invalid>("push_address") { tablet.sync().wakeMeAt(Scenario["kitchen"]) }
            tablet.sync().wakeMeAt("${service.origin}/tablet")
            assertEquals(Waking.WAITS, tablet.sync().waking())
            sync(tablet)
            assertEquals(Waking.STANDS, tablet.sync().waking())
            phone.journal().write(Scenario.draft("walk"))
            sync(phone)
            assertEquals("/tablet" to 0, service.heard.poll(60, TimeUnit.SECONDS))
            tablet.sync().wakeMeAt(null)
            sync(tablet)
            assertEquals(Waking.OFF, tablet.sync().waking())
            phone.journal().write(Scenario.draft("soup"))
            sync(phone)
            assertTrue(service.heard.isEmpty())
        }
    }

    @Test
    fun `a relay that wakes nobody says so`() = onStage { stage ->
        val (phone, _) = stage.phoneAndTablet()
        val offer = phone.sync().wakeOffer()
        assertFalse(offer.wakes)
        assertNull(offer.pushKey)
        phone.sync().wakeMeAt("https://push.example/phone")
        sync(phone)
        assertEquals(Waking.RELAY_WAKES_NOBODY, phone.sync().waking())
    }

    private fun onStage(play: suspend (Stage) -> Unit): Unit = Stage().use { stage -> runBlocking { play(stage) } }

    private inline fun <reified E : VaultException> fails(error: String, noinline call: suspend () -> Unit) {
        val thrown = assertThrows<E> { runBlocking { call() } }
        assertEquals(Scenario.error(error), thrown.message)
    }
}
