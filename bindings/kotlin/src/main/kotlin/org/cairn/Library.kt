package org.cairn

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.cairn.ffi.uniffiEnsureInitialized

/** The native library behind this one. */
public object Library {
    /**
     * Loads the native library and checks that it and this one are of one build.
     *
     * The first call into Cairn does the same by itself, and on a phone that can take hundreds of milliseconds. Call it while
     * the app starts, so that no first screen waits for it. Safe from any thread, and free when it was called before.
     *
     * @throws RuntimeException if the native library is of another build.
     */
    public suspend fun load(): Unit = withContext(Dispatchers.IO) { uniffiEnsureInitialized() }
}
