package org.cairn

import com.google.gson.JsonObject
import com.google.gson.JsonParser
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.withTimeout
import org.cairn.ffi.Change
import org.cairn.ffi.Draft
import org.cairn.ffi.KeyStore
import org.cairn.ffi.Moment
import org.cairn.ffi.Observer
import org.cairn.ffi.SyncOutcome
import org.cairn.ffi.Transport
import org.cairn.ffi.Vault
import org.cairn.ffi.VaultConfig
import org.cairn.ffi.httpTransport
import org.junit.jupiter.api.Assertions.assertEquals
import java.io.File
import java.nio.file.Files
import java.nio.file.Path
import java.time.Instant
import java.time.ZoneId
import java.util.UUID
import kotlin.io.path.listDirectoryEntries
import kotlin.time.Duration.Companion.seconds

/** The words of bindings/scenario.json. */
internal object Scenario {
    private val all = JsonParser.parseString(File("../scenario.json").readText()).asJsonObject

    operator fun get(name: String): String = all[name].asString

    fun number(name: String): Long = all[name].asLong

    fun list(name: String): List<String> = all[name].asJsonArray.map { it.asString }

    fun error(name: String): String = all["errors"].asJsonObject[name].asString

    fun draft(name: String, body: String? = null): Draft = all[name].asJsonObject.run {
        Draft(body ?: get("body").asString, moment(), get("title").asString, words("tags"), words("feelings"))
    }

    fun moment(): Moment = momentOf(Instant.ofEpochMilli(number("happened_ms")), ZoneId.of(this["zone"]))

    private fun JsonObject.words(name: String) = this[name].asJsonArray.map { it.asString }
}

/** Nothing here takes that long; what does has hung. */
internal val PATIENCE = 60.seconds

/** A relay on this machine, and a folder for every device; both go with it. */
internal class Stage : AutoCloseable {
    val folder: Path = Files.createTempDirectory("cairn")
    private val open = mutableListOf<AutoCloseable>()

    private lateinit var relay: Process

    /** The relay comes back where it was, with nothing left but its key. */
    fun loseTheRelaysStore(origin: String) {
        relay.destroyForcibly().waitFor()
        folder.resolve("relay").listDirectoryEntries("relay.db*").forEach(Files::delete)
        startRelay(origin.removePrefix("http://"))
    }

    /** Settings of the relay beside the folder and the address. */
    var relaySettings = listOf<String>()

    /** Starts the relay; answers its origin. */
    fun startRelay(address: String = "127.0.0.1:0"): String {
        val words = listOf(System.getenv("CAIRN_RELAY"), "--data", "$folder/relay", "--listen", address) + relaySettings
        relay = ProcessBuilder(words)
            .redirectError(ProcessBuilder.Redirect.DISCARD).start()
        val relay = relay
        open += AutoCloseable { relay.destroyForcibly().waitFor() }
        val line = checkNotNull(relay.inputReader().readLine()) { "the relay ended" }
        check(line.startsWith("listening on ")) { line }
        return line.removePrefix("listening on ")
    }

    suspend fun device(name: String, transport: Transport? = null, keys: KeyStore = MemoryKeyStore()): Vault =
        Vault.open(VaultConfig("$folder/$name", Scenario[name]), keys, transport).also { open += it }

    /** Two devices of one person, paired and in agreement. */
    suspend fun phoneAndTablet(): Pair<Vault, Vault> {
        val origin = startRelay()
        val phone = device("phone", httpTransport())
        phone.sync().connect(origin)
        sync(phone)
        return phone to paired(phone, "tablet")
    }

    /** Another device of the same person, paired with the phone and in agreement. */
    suspend fun paired(phone: Vault, name: String): Vault {
        val other = device(name, HttpTransport())
        val code = phone.devices().pair()
        val (shown, called) = both({ other.devices().join(code) }, { phone.devices().waitForDevice() })
        assertEquals(Scenario["phone"] to Scenario[name], shown.name to called)
        both({ phone.devices().confirmDevice(shown.digits) }, { other.devices().finishJoining() })
        sync(other)
        return other
    }

    override fun close() {
        open.asReversed().forEach { it.close() }
        folder.toFile().deleteRecursively()
    }
}

/** Keeps what it is told, and lets a test wait for it. */
internal class Listener(private val awaited: Change) : Observer {
    private val heard = CompletableDeferred<Unit>()
    val hasHeard get() = heard.isCompleted

    override fun changed(changes: List<Change>) {
        if (awaited in changes) heard.complete(Unit)
    }

    suspend fun hears() = withTimeout(PATIENCE) { heard.await() }
}

internal suspend fun <A, B> both(one: suspend () -> A, other: suspend () -> B): Pair<A, B> = withTimeout(PATIENCE) {
    coroutineScope {
        val first = async { one() }
        val second = async { other() }
        first.await() to second.await()
    }
}

internal suspend fun sync(vararg devices: Vault) {
    for (device in devices) {
        val report = device.sync().syncNow()
        assertEquals(SyncOutcome.COMPLETE, report.outcome, report.reason)
    }
}

internal suspend fun revise(device: Vault, entry: UUID, name: String, body: String) {
    val found = checkNotNull(device.journal().entryForEditing(entry))
    device.journal().revise(entry, found.version, Scenario.draft(name, body))
}

internal suspend fun body(device: Vault, entry: UUID): String? = device.journal().entry(entry)?.body
