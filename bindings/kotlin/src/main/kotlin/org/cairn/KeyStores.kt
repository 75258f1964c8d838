package org.cairn

import org.cairn.ffi.KeyStore
import org.cairn.ffi.KeyStoreException
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardOpenOption.CREATE_NEW
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.WRITE
import java.nio.file.attribute.PosixFilePermissions
import java.util.concurrent.ConcurrentHashMap

/** A key store in memory, for tests and examples: with it goes the vault. */
public class MemoryKeyStore : KeyStore {
    private val secrets = ConcurrentHashMap<String, ByteArray>()

    override fun load(name: String): ByteArray? = secrets[name]?.clone()

    override fun save(name: String, secret: ByteArray) {
        secrets[name] = secret.clone()
    }

    override fun forget(name: String) {
        secrets.remove(name)?.fill(0)
    }
}

/**
 * A key store of files in [folder], one for each secret, which only their owner can read. For the desktop: whoever can
 * read the folder can open the journal. On Android keep the secrets in the Keystore instead.
 */
public class FileKeyStore(private val folder: Path) : KeyStore {
    override fun load(name: String): ByteArray? = storing {
        try {
            Files.readAllBytes(file(name))
        } catch (_: NoSuchFileException) {
            null
        }
    }

    @Synchronized
    override fun save(name: String, secret: ByteArray): Unit = storing {
        if (!Files.isDirectory(folder)) Files.createDirectories(folder, *permissions("rwx------"))
        val fresh = folder.resolve("$name.new")
        Files.deleteIfExists(fresh)
        FileChannel.open(fresh, setOf(CREATE_NEW, WRITE), *permissions("rw-------")).use { channel ->
            val bytes = ByteBuffer.wrap(secret)
            while (bytes.hasRemaining()) channel.write(bytes)
            channel.force(true)
        }
        // Whole or not at all, and there after a loss of power: with the key goes the journal.
        Files.move(fresh, file(name), ATOMIC_MOVE)
        if (isPosix) FileChannel.open(folder, READ).use { it.force(true) }
    }

    /** Overwrites the file before it goes. What the medium keeps elsewhere of it is out of a program's reach. */
    @Synchronized
    override fun forget(name: String): Unit = storing {
        // One that was being written while the power went holds it too.
        val files = listOf(file(name), folder.resolve("$name.new")).filter { Files.exists(it) }
        for (file in files) {
            FileChannel.open(file, WRITE).use { channel ->
                channel.write(ByteBuffer.allocate(channel.size().toInt()))
                channel.force(true)
            }
            Files.delete(file)
        }
        if (files.isNotEmpty() && isPosix) FileChannel.open(folder, READ).use { it.force(true) }
    }

    private fun file(name: String): Path {
        if (!NAME.matches(name)) throw KeyStoreException.Failed()
        return folder.resolve(name)
    }

    private val isPosix get() = "posix" in folder.fileSystem.supportedFileAttributeViews()

    private fun permissions(text: String) =
        if (isPosix) arrayOf(PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text))) else arrayOf()

    private fun <T> storing(work: () -> T): T =
        try {
            work()
        } catch (_: IOException) {
            throw KeyStoreException.Failed()
        }

    private companion object {
        val NAME = Regex("[a-z0-9][a-z0-9.-]*")
    }
}
