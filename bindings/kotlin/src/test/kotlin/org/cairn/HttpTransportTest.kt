package org.cairn

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import org.cairn.ffi.TransportException
import org.cairn.ffi.TransportRequest
import org.cairn.ffi.TransportResponse
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import java.io.IOException
import java.net.InetAddress
import java.net.InetSocketAddress

class HttpTransportTest {
    /** Asks a server that answers like this. */
    private fun ask(answer: (HttpExchange) -> Unit): TransportResponse {
        val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
        server.createContext("/") { exchange -> exchange.use(answer) }
        server.start()
        try {
            val origin = "http://127.0.0.1:${server.address.port}"
            return HttpTransport().send(TransportRequest(origin, "/v1/read", byteArrayOf(1, 2, 3), waitMs = 0))
        } finally {
            server.stop(0)
        }
    }

    private fun HttpExchange.use(answer: (HttpExchange) -> Unit) = try {
        answer(this)
    } catch (_: IOException) {
        // Whoever asked is gone.
    } finally {
        close()
    }

    @Test
    fun `a request is posted as it is and an error status is an answer`() {
        var asked = ""
        val answer = ask { exchange ->
            val body = exchange.requestBody.readBytes().toList()
            asked = "${exchange.requestMethod} ${exchange.requestURI} ${exchange.requestHeaders["content-type"]} $body"
            exchange.sendResponseHeaders(401, 2)
            exchange.responseBody.write(byteArrayOf(4, 5))
        }
        assertEquals("POST /v1/read [application/cbor] [1, 2, 3]", asked)
        assertEquals(401, answer.status)
        assertArrayEquals(byteArrayOf(4, 5), answer.body)
    }

    @Test
    fun `a redirect is not followed`() {
        val answer = ask { exchange ->
            exchange.responseHeaders["location"] = listOf("http://127.0.0.1:1/")
            exchange.sendResponseHeaders(307, -1)
        }
        assertEquals(307, answer.status)
    }

    @Test
    fun `an answer larger than an honest one is refused`() {
        fun sized(bytes: Int) = ask { exchange ->
            exchange.sendResponseHeaders(200, bytes.toLong())
            exchange.responseBody.write(ByteArray(bytes))
        }
        assertEquals(LARGEST, sized(LARGEST).body.size)
        assertThrows(TransportException.TooLarge::class.java) { sized(LARGEST + 1) }
    }

    @Test
    fun `who cannot be reached is offline`() {
        assertThrows(TransportException.Offline::class.java) { ask { it.close() } }
        val nobody = TransportRequest("http://127.0.0.1:1", "/v1/read", byteArrayOf(), waitMs = 0)
        assertThrows(TransportException.Offline::class.java) { HttpTransport().send(nobody) }
        assertThrows(TransportException.Offline::class.java) { HttpTransport().send(nobody.copy(origin = "no address")) }
    }

    private companion object {
        const val LARGEST = 8 * 1024 * 1024
    }
}
