import CairnFFI

extension Devices {
    /// Whether it was heard here that this device was removed. A removed device usually hears nothing more: its rounds of
    /// sync answer `rejected`. What is written on it stays on it.
    public func isRemoved() async throws -> Bool {
        try await call { try await inner.isRemoved() }
    }

    /// Removes a device: it reads and writes nothing that is made from now on. Works offline; the relay and the other
    /// devices hear of it with the next round of sync. What was on it stays on it, and is only as safe as its lock: say so
    /// before. Throws `invalid` for the device in hand, and where this device is too new to remove that one: then an older
    /// device does it, or `usePhrase` comes before it.
    public func remove(_ id: String) async throws {
        try await call { try await inner.remove(id: id) }
    }

    /// The person has looked at the list of their devices after this one was let in again, and each is theirs: what was written
    /// is sent again.
    public func trust() async throws {
        try await call { try await inner.trust() }
    }

    /// Begins the person's home at the relay again from this device, where the relay has lost its store and none of their
    /// devices is let in any more (`SyncStatus.needsJoining` on each). Everything here goes there with the next rounds of
    /// sync; the other devices join this one, and bring what they have. There is no recovery phrase until one is made. Throws
    /// `invalid` where the relay lets this device in.
    public func beginAgain() async throws {
        try await call { try await inner.beginAgain() }
    }

    /// Calls a device something else, on all of them. An empty name gives it back the one it was added with.
    public func rename(_ id: String, to name: String) async throws {
        try await call { try await inner.rename(id: id, name: name) }
    }

    /// What came from removed devices after what they are trusted for. Nothing of it is in the journal.
    public func arrivals() async throws -> [Arrival] {
        try await call { try await inner.arrivals() }
    }

    /// Keeps one of the arrivals, on every device.
    public func keep(_ arrival: Arrival) async throws {
        try await call { try await inner.keepArrival(id: arrival.id) }
    }

    /// Leaves one of the arrivals out, on every device. It is gone for good.
    public func leaveOut(_ arrival: Arrival) async throws {
        try await call { try await inner.leaveOut(id: arrival.id) }
    }

    /// Begins to put what was erased beyond the reach of old copies of the relay's files: everything that is live is sealed
    /// again under a new key with the next rounds of sync, and every device then destroys its old keys. Say before what stays
    /// within reach: such a copy together with a recovery phrase that was valid then, backups of devices, and what people
    /// remember.
    public func shred() async throws {
        try await call { try await inner.shred() }
    }

    /// How far that has come.
    public func shredding() async throws -> Shredding {
        try await call { try await inner.shredding() }
    }

    /// How it stands with the recovery phrase.
    public func recoveryState() async throws -> RecoveryState {
        try await call { try await inner.recoveryState() }
    }

    /// Makes a new recovery phrase: its words, to be written down on paper. They are shown this once and kept nowhere.
    /// The phrase counts after `confirmPhrase`; the one before it works until then. Throws `invalid` where this device is
    /// too new to do it: then an older one does, or `usePhrase` comes before it.
    public func newPhrase(_ length: PhraseLength = .twelve) async throws -> [String] {
        try await call { try await inner.newPhrase(length: length) }
    }

    /// Which three words of it are to be typed back, counted from 1.
    public func phraseAsked() async throws -> [Int] {
        try await call { try await inner.phraseAsked() }.map(Int.init)
    }

    /// Takes the three words typed back, in the order they were asked for, and puts the phrase in its place. Needs the
    /// relay. Wrong words throw `invalid`, and may be typed again. Where another device has set a phrase meanwhile, it throws
    /// `rejected`: these words do not count.
    public func confirmPhrase(_ words: [String]) async throws {
        try await call { try await inner.confirmPhrase(words: words) }
    }

    /// Has the phrase at hand until this vault closes, so that a new device may remove an older one or make another phrase.
    /// The words as the person typed them, with anything blank between them. What is no phrase throws `invalid`, one that
    /// does not count (any more) throws `rejected`.
    public func usePhrase(_ phrase: String) async throws {
        try await call { try await inner.usePhrase(phrase: phrase) }
    }

    /// Brings the journal of this phrase into this new, empty vault, from the relay at `origin`. The next round of sync
    /// brings its words. Broken off, it can be called again. What is no phrase throws `invalid`; one that opens nothing at
    /// this relay throws `rejected`.
    public func recover(from origin: String, phrase: String) async throws {
        try await call { try await inner.recover(origin: origin, phrase: phrase) }
    }
}
