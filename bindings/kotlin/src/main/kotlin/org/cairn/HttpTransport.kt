package org.cairn

import org.cairn.ffi.Transport
import org.cairn.ffi.TransportException
import org.cairn.ffi.TransportRequest
import org.cairn.ffi.TransportResponse
import java.io.IOException
import java.io.InputStream
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse
import java.net.http.HttpResponse.BodyHandlers
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.TimeoutException

/**
 * Sends requests with the JDK's own HTTP client, which knows the proxies of the machine. Android has no such client: lend
 * the vault a [Transport] over the one your app uses.
 *
 * It follows no redirect, keeps no cookie, and reads no answer larger than an honest one.
 */
public class HttpTransport : Transport {
    private val client: HttpClient = HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(Duration.ofSeconds(10))
        .build()

    override fun send(request: TransportRequest): TransportResponse {
        val post = try {
            HttpRequest.newBuilder(URI.create(request.origin + request.path))
                .header("content-type", "application/cbor")
                .POST(BodyPublishers.ofByteArray(request.body))
                .build()
        } catch (_: IllegalArgumentException) {
            throw TransportException.Offline()
        }
        val answer = client.sendAsync(post, BodyHandlers.ofInputStream())
        val response = answer.thenApplyAsync(::read)
        try {
            return response.get(PATIENCE_MS + request.waitMs, MILLISECONDS)
        } catch (_: TimeoutException) {
            throw TransportException.TimedOut()
        } catch (error: ExecutionException) {
            throw error.cause as? TransportException ?: TransportException.Offline()
        } catch (_: InterruptedException) {
            Thread.currentThread().interrupt()
            throw TransportException.Offline()
        } finally {
            if (!response.isDone) abandon(answer)
        }
    }

    private fun read(answer: HttpResponse<InputStream>): TransportResponse {
        val body = answer.body().use { it.readNBytes(ANSWER_BYTES_MAX + 1) }
        if (body.size > ANSWER_BYTES_MAX) throw TransportException.TooLarge()
        return TransportResponse(answer.statusCode(), body)
    }

    /** Ends an answer that nobody waits for any more, and the thread that reads it. */
    private fun abandon(answer: CompletableFuture<HttpResponse<InputStream>>) {
        answer.cancel(true)
        answer.whenComplete { came, _ ->
            try {
                came?.body()?.close()
            } catch (_: IOException) {
                // It is gone already.
            }
        }
    }

    private companion object {
        /** How long a request may take beyond the time the relay was asked to wait. */
        const val PATIENCE_MS = 30_000L

        /** One page of records and what belongs to it. */
        const val ANSWER_BYTES_MAX = 8 * 1024 * 1024
    }
}
