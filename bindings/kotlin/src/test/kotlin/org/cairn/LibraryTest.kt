package org.cairn

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test

class LibraryTest {
    @Test
    fun `the native library and this one are of one build`(): Unit = runBlocking {
        Library.load()
    }
}
