import CairnFFI

extension Devices {
    /// Asks to erase everything: journal, profile, plan, settings and relationships, on all of the person's devices and at the relay.
    ///
    /// Each device carries it out a day after it has heard of it; until then any of them stops it with `keepEverything`. With the words
    /// of the recovery phrase nothing waits. Works offline, and begins once the relay has heard of it; without a relay it is this device
    /// alone, a day later. Say before what is out of its reach: the words are `erasing.all_reach`. Throws `invalid` for a device that is
    /// too new to ask without the phrase.
    public func eraseEverything(phrase: String? = nil) async throws {
        try await call { try await inner.eraseEverything(phrase: phrase) }
    }

    /// Stops that, offline too: at once here, and everywhere when the other devices and the relay have heard of it.
    public func keepEverything() async throws {
        try await call { try await inner.keepEverything() }
    }

    /// Whether everything is to be erased, and when on this device.
    public func erasure() async throws -> Erasure {
        try await call { try await inner.erasure() }
    }
}

extension Vault {
    /// Erases everything on this device alone, now and without a network: its keys first, then its files. Every call throws `erased`
    /// from now on; opening the folder again begins a new, empty vault. Say before what is out of its reach: the words are
    /// `erasing.here_reach`.
    public func eraseHere() async throws {
        try await call { try await inner.eraseHere() }
    }
}
