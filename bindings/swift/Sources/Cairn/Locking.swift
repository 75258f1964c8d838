import CairnFFI

/// What a person types to unlock, so that the right keyboard is shown.
public typealias PassphraseKind = CairnFFI.PassphraseKind
/// How a vault is locked.
public typealias LockState = CairnFFI.LockState

extension Vault {
    /// Whether the vault is locked. It waits for nothing.
    public var isLocked: Bool {
        get throws { try callNow { try inner.isLocked() } }
    }

    /// Locks the vault: closes every file, and wipes the keys and what was read. Every other call throws `locked` from now on, until
    /// `unlock`; observers are told of every change, so that what is shown can be taken away. Twice is once.
    ///
    /// What your app still holds is yours to forget: an entry on a screen, a picture in a cache, the words in a text field.
    public func lock() async throws {
        try await call { try await inner.lock() }
    }

    /// Opens a locked vault, with what the person typed where a passphrase or PIN is set. A vault that is open stays open, whatever was
    /// typed.
    ///
    /// Throws `locked` where something is to be typed and nothing was, `wrongPassphrase`, and `waitFirst` after several of these: the
    /// wait outlives a restart, grows to an hour, and nothing is ever erased for it. Takes about half a second on an old phone.
    public func unlock(_ typed: String? = nil) async throws {
        try await call { try await inner.unlock(typed: typed) }
    }

    /// Whether the vault is locked, what is to be typed, and how long the next try has to wait. It can be asked at any time.
    public func lockState() async throws -> LockState {
        try await call { try await inner.lockState() }
    }

    /// Sets a passphrase or PIN, or changes it: unlocking asks for it from now on, on this device. Give the one before where there is one.
    ///
    /// A forgotten one cannot be found out: say so before, and say what is left then, another device or an export. A PIN holds back
    /// whoever picks the phone up; whoever breaks the key store open finds it in a day.
    ///
    /// Throws `invalid` for a new one that is too short, and `locked`, `wrongPassphrase` or `waitFirst` for the one before. All is as it
    /// was then.
    public func setPassphrase(_ kind: PassphraseKind, _ new: String, old: String? = nil) async throws {
        try await call { try await inner.setPassphrase(kind: kind, new: new, old: old) }
    }

    /// Takes the passphrase or PIN away. Nothing happens where there is none.
    public func removePassphrase(old: String) async throws {
        try await call { try await inner.removePassphrase(old: old) }
    }

    /// For how long this vault may be left alone before it locks itself, in milliseconds; nil for never. Where nobody has chosen: never
    /// without a passphrase, five minutes with one.
    public func autoLock() async throws -> Int64? {
        try await call { try await inner.autoLock() }
    }

    /// Lets this vault lock itself when nothing was asked of it for so many milliseconds, on this device; nil for never. From one second
    /// to a day. Every call counts but those of sync.
    public func setAutoLock(afterMs: Int64?) async throws {
        try await call { try await inner.setAutoLock(afterMs: afterMs) }
    }
}

extension Support {
    /// Whether the person's people are hidden now (`isLocked`), what is to be typed to see them, and how long the next try has to wait.
    public func peopleLock() async throws -> LockState {
        try await call { try await inner.peopleLock() }
    }

    /// Puts a passphrase or PIN over the person's people, what is shared and what is said, on this device, or another one in its place:
    /// for whoever may be handed the unlocked phone, or take it. They are hidden whenever the vault is opened or unlocked, until
    /// `showPeople`. Sync goes on behind it.
    ///
    /// Say before what it is worth: it hides, and seals nothing once more; whoever lets a device of their own into the journal sees them
    /// there; names in entries, and with words that were kept in the profile, are not hidden; a forgotten one cannot be found out, and
    /// what is left then are other devices and `stopEverything`. Throws `invalid` for a new one that is too short, and `peopleHidden`,
    /// `wrongPassphrase` or `waitFirst` for the one before. All is as it was then.
    public func setPeopleLock(_ kind: PassphraseKind, _ new: String, old: String? = nil) async throws {
        try await call { try await inner.setPeopleLock(kind: kind, new: new, old: old) }
    }

    /// Takes that away. Nothing happens where there is none.
    public func removePeopleLock(old: String) async throws {
        try await call { try await inner.removePeopleLock(old: old) }
    }

    /// Stops everything that the person shows and pauses with everybody, hidden or not: no reason, no question, offline too. It answers
    /// nothing about anybody. Have it within reach where people are hidden: whoever forgot what shows them, or had it set by somebody
    /// else, can stop all of it here.
    public func stopEverything() async throws {
        try await call { try await inner.stopEverything() }
    }

    /// Shows the person's people until the vault is locked, is suspended, or `hidePeople` is called.
    public func showPeople(_ typed: String) async throws {
        try await call { try await inner.showPeople(typed: typed) }
    }

    /// Hides them, in one call. Take away what your app shows of them: observers are told. Where nothing lies over them it throws
    /// `invalid`.
    public func hidePeople() async throws {
        try await call { try await inner.hidePeople() }
    }
}
