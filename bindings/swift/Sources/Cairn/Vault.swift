import CairnFFI
import Foundation

/// Everything one person owns on one device. Safe from any thread and any actor.
///
/// Open it once, when the app starts, and keep it: it holds threads of its own, and every call is carried out there, so
/// none of them works on the caller's. Cancelling a `Task` that waits for a call does not stop the call: what was asked
/// for is carried out whole.
///
/// A program that ends by itself suspends the vault first. Nothing is lost where it does not, but the database below may
/// crash the program while it ends. (A phone ends apps without asking them, which harms nothing.)
public struct Vault: Sendable {
    let inner: CairnFFI.Vault

    /// What the person writes.
    public let journal: Journal
    /// What the person prefers.
    public let profile: Profile
    /// Between the person and a peer support specialist.
    public let support: Support
    /// The person's own devices.
    public let devices: Devices
    /// Agreement with the person's other devices.
    public let sync: Sync

    /// Opens the vault in the folder of the configuration, or begins one there. One under a passphrase or PIN is locked at first: ask
    /// `isLocked`, and call `unlock`.
    ///
    /// Throws `erased` where everything was to be erased by now: it is, and opened again the folder holds a new, empty vault.
    ///
    /// Without a transport it works as it does without a network: whole. A second vault on the same folder is a mistake; an
    /// app extension must not open one.
    public static func open(
        _ config: VaultConfig, keyStore: any KeyStore, transport: (any Transport)? = nil
    ) async throws -> Vault {
        try await call {
            try Vault(await CairnFFI.Vault.open(config: config, keyStore: keyStore, transport: transport))
        }
    }

    /// Looks at every page of the vault in this folder, which nothing may have open, and where it is damaged moves the database
    /// aside and makes a new one of what can be read. For a vault that throws `storageDamaged`. It needs room for about three times
    /// the database, and tried again it goes on where it was broken off. `passphrase` is asked for where one is set.
    public static func repair(
        _ config: VaultConfig, keyStore: any KeyStore, passphrase: String? = nil
    ) async throws -> Repaired {
        try await call {
            try await CairnFFI.repair(config: config, keyStore: keyStore, passphrase: passphrase)
        }
    }

    private init(_ inner: CairnFFI.Vault) throws {
        self.inner = inner
        journal = Journal(inner: try inner.journal(), vault: inner)
        profile = Profile(inner: try inner.profile())
        support = Support(inner: try inner.support())
        devices = Devices(inner: try inner.devices())
        sync = Sync(inner: try inner.sync())
    }

    /// Closes every file and forgets every key: call it when the app goes to the background, because iOS ends an app that
    /// holds a file lock while it sleeps. Until `resume`, every other call throws `suspended`. Twice is once.
    ///
    /// Where a passphrase is set its key alone stays in memory, so that coming back asks for nothing, until the vault locks itself. Call
    /// `lock` first where nothing is to stay.
    public func suspend() async throws {
        try await call { try await inner.suspend() }
    }

    /// Opens the vault again; a locked one stays locked. Twice is once.
    public func resume() async throws {
        try await call { try await inner.resume() }
    }

    /// Examines the storage, and says in plain words what was set aside and why.
    public func doctor() async throws -> Doctor {
        try await call { try await inner.doctor() }
    }

    /// Call it when an editor opens, and end what it gives when that is closed: until then nothing that another person has sent is told to whoever watches
    /// `support`. Sync goes on, and what waited is told once the last editor is closed. It ends too when nobody holds it any more.
    public func beginEditing() throws -> Editing {
        try callNow { try inner.beginEditing() }
    }

    /// What `read` answers: at once, and again whenever `change` changed it. For lists that have no stream of their own:
    ///
    ///     for try await preferences in vault.watch(.profile, { try await vault.profile.read() }) { … }
    ///
    /// A loop that is busy sees the newest answer next, never a queue of old ones. It watches the vault for as long as the
    /// loop runs. An error of `read` ends it, but for `suspended` and `locked`: then it waits. Take away what you show when
    /// the change `lock` comes: no answer stands for a locked vault here.
    public func watch<Answer: Sendable & Equatable>(
        _ change: Change, _ read: @escaping @Sendable () async throws -> Answer
    ) -> AsyncThrowingStream<Answer, any Error> {
        watching(inner, change, read)
    }
}
