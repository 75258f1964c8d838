import CairnFFI
import Foundation

/// What the person prefers. Only they write here. Safe from any thread and any actor.
public struct Profile: Sendable {
    let inner: CairnFFI.Profile

    /// The whole profile.
    public func read() async throws -> Preferences {
        try await call { try await inner.read() }
    }

    /// Adds a section at the end; answers its id.
    public func addSection(_ name: String) async throws -> UUID {
        try await call { try await inner.addSection(name: name) }
    }

    /// Gives a section another name.
    public func renameSection(_ id: UUID, to name: String) async throws {
        try await call { try await inner.renameSection(id: id, name: name) }
    }

    /// Adds a statement at the end of a section; answers its id.
    public func addStatement(_ text: String, stance: Stance? = nil, in section: UUID) async throws -> UUID {
        try await call { try await inner.addStatement(section: section, text: text, stance: stance) }
    }

    /// Changes what a statement says, and the stance it takes.
    public func setStatement(_ id: UUID, to text: String, stance: Stance?) async throws {
        try await call { try await inner.setStatement(id: id, text: text, stance: stance) }
    }

    /// Takes a statement away.
    public func removeStatement(_ id: UUID) async throws {
        try await call { try await inner.removeStatement(id: id) }
    }
}
