import CairnFFI
import Foundation

extension Profile {
    /// What is switched on: nothing, in a new journal.
    public func settings() async throws -> Settings {
        try await call { try await inner.settings() }
    }

    /// Switches something on or off.
    public func setSwitch(_ which: Switch, on: Bool) async throws {
        try await call { try await inner.setSwitch(which: which, on: on) }
    }

    /// Sets the wish for when it goes quiet; an empty one takes it back.
    public func setQuietWish(_ wish: String) async throws {
        try await call { try await inner.setQuietWish(wish: wish) }
    }

    /// All hopes, in the person's order.
    public func hopes() async throws -> [Hope] {
        try await call { try await inner.hopes() }
    }

    /// Keeps a hope at the end of the list; answers its id.
    public func addHope(_ text: String, zone: TimeZone = .current) async throws -> UUID {
        try await call { try await inner.addHope(text: text, zone: zone.identifier) }
    }

    /// Changes the words of a hope.
    public func setHope(_ id: UUID, to text: String, zone: TimeZone = .current) async throws {
        try await call { try await inner.setHope(id: id, text: text, zone: zone.identifier) }
    }

    /// Says how a hope is held.
    public func setHopeState(_ id: UUID, _ state: HopeState, zone: TimeZone = .current) async throws {
        try await call { try await inner.setHopeState(id: id, state: state, zone: zone.identifier) }
    }

    /// Moves a hope to stand before another one, or last.
    public func moveHope(_ id: UUID, before: UUID? = nil) async throws {
        try await call { try await inner.moveHope(id: id, before: before) }
    }

    /// Takes a hope away.
    public func removeHope(_ id: UUID) async throws {
        try await call { try await inner.removeHope(id: id) }
    }

    /// Every support line, by region and name.
    public func supportLines() async throws -> [SupportLine] {
        try await call { try await inner.supportLines() }
    }

    /// Keeps a support line of the person's own; answers its name.
    public func addSupportLine(_ line: SupportLine) async throws -> String {
        try await call { try await inner.addSupportLine(line: line) }
    }

    /// Keeps what the person makes of a support line.
    public func setSupportLine(_ line: SupportLine) async throws {
        try await call { try await inner.setSupportLine(line: line) }
    }

    /// Takes a support line away.
    public func removeSupportLine(_ id: String) async throws {
        try await call { try await inner.removeSupportLine(id: id) }
    }
}
