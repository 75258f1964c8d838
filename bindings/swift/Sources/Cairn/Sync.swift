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
}
