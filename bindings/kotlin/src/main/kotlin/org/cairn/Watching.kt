package org.cairn

import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.transform
import org.cairn.ffi.Change
import org.cairn.ffi.Entry
import org.cairn.ffi.EntryQuery
import org.cairn.ffi.Observer
import org.cairn.ffi.Vault
import org.cairn.ffi.VaultException

/**
 * The entries of [query], newest first: at once, and again whenever they are other ones.
 *
 * Conflated: a collector that is busy sees the newest list next, never a queue of old ones. Collect it where you like; no
 * work is done on the collector's thread. While the vault is suspended nothing comes. While it is locked the list is empty, and
 * it comes back when it is unlocked.
 */
public fun Vault.entries(query: EntryQuery = EntryQuery()): Flow<List<Entry>> =
    watch(Change.JOURNAL) {
        try {
            journal().entries(query).entries
        } catch (_: VaultException.Locked) {
            emptyList()
        }
    }

/**
 * What [read] answers: at once, and again whenever [change] changed it. For lists that have no flow of their own:
 *
 * ```
 * vault.watch(Change.PROFILE) { profile().read() }
 * ```
 *
 * It watches the vault for as long as it is collected. An error of [read] ends it, but for `Suspended`, `Locked` and
 * `PeopleHidden`: then it waits. Take away what you show when `Change.LOCK` comes: no answer stands for a locked vault here,
 * nor for people who are hidden.
 */
public fun <T> Vault.watch(change: Change, read: suspend Vault.() -> T): Flow<T> =
    callbackFlow {
        val subscription = observe(object : Observer {
            override fun changed(changes: List<Change>) {
                if (change in changes) trySend(Unit)
            }
        })
        send(Unit)
        awaitClose { subscription.use { it.cancel() } }
    }.conflate().transform {
        try {
            emit(read())
        } catch (_: VaultException.Suspended) {
            // The app sleeps, and nobody looks at a list.
        } catch (_: VaultException.Locked) {
            // Until somebody unlocks it, which is told.
        } catch (_: VaultException.PeopleHidden) {
            // Until somebody shows them, which is told.
        }
    }.distinctUntilChanged()
