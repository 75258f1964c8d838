import CairnFFI
import Foundation

/// Agreement with the person's other devices, through a relay that cannot read. Safe from any thread and any actor.
public struct Sync: Sendable {
    let inner: CairnFFI.Sync

    /// Gives the vault a relay: `https://` and its host. The next round of sync begins there.
    public func connect(to origin: String) async throws {
        try await call { try await inner.connect(origin: origin) }
    }

    /// Where sync stands.
    public func status() async throws -> SyncStatus {
        try await call { try await inner.status() }
    }

    /// One round: reads what is new and sends what waits. That the relay was not reached is in the report; it is no error.
    @discardableResult
    public func now() async throws -> SyncReport {
        try await call { try await inner.syncNow() }
    }

    /// Waits until something arrives at the relay, at most this many milliseconds; whether something did. Then sync.
    public func waitForNews(milliseconds: Int) async throws -> Bool {
        try await call { try await inner.waitForNews(waitMs: Int32(clamping: milliseconds)) }
    }

    /// Has this device woken at this address, which its push service (UnifiedPush, Web Push) gave the app, or nowhere. The relay is told with the next round of
    /// sync, sealed, in each space by itself. It posts there a message without a word in it, some seconds to a minute after somebody wrote something; the app then
    /// calls `now`, and decides by itself whether there is anything to show. Kept on this device alone, until it is taken back.
    public func wakeMe(at address: String?) async throws {
        try await call { try await inner.wakeMeAt(address: address) }
    }

    /// Whether this device is woken while it sleeps.
    public func waking() async throws -> Waking {
        try await call { try await inner.waking() }
    }

    /// Asks the relay whether it wakes anybody, and by which key push services know it: some want it when the app asks them for an address.
    public func wakeOffer() async throws -> WakeOffer {
        try await call { try await inner.wakeOffer() }
    }
}
