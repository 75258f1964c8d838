import CairnFFI
import Foundation

/// What the person prefers. Only they write here. Safe from any thread and any actor.
public struct Profile: Sendable {
    let inner: CairnFFI.Profile

    /// Words that a section can begin with: paths have some, and everything else has none. Show them as they come, in the order of
    /// the alphabet, with a field for words of the person's own that is as near; choose none beforehand. Whichever is taken up is
    /// stated like any other words.
    public static func examples(for section: UUID) throws -> [String] {
        try callNow { try CairnFFI.sectionExamples(section: section) }
    }

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

    /// Leaves a section out of lists, or shows it again. What it holds stays.
    public func hideSection(_ id: UUID, _ hidden: Bool = true) async throws {
        try await call { try await inner.hideSection(id: id, hidden: hidden) }
    }

    /// Moves a section to stand before another one, or last.
    public func moveSection(_ id: UUID, before: UUID? = nil) async throws {
        try await call { try await inner.moveSection(id: id, before: before) }
    }

    /// States something at the end of a section; answers the statement's id.
    public func write(_ draft: StatementDraft, in section: UUID) async throws -> UUID {
        try await call { try await inner.writeStatement(section: section, draft: draft) }
    }

    /// Puts the draft in the place of what a statement said.
    public func revise(_ id: UUID, to draft: StatementDraft) async throws {
        try await call { try await inner.reviseStatement(id: id, draft: draft) }
    }

    /// Moves a statement to stand before another one of its section, or last.
    public func moveStatement(_ id: UUID, before: UUID? = nil) async throws {
        try await call { try await inner.moveStatement(id: id, before: before) }
    }

    /// Sets the person's word for recovery; an empty one takes it back.
    public func setRecoveryWord(_ word: String) async throws {
        try await call { try await inner.setRecoveryWord(word: word) }
    }

    /// Says how the person wants to be addressed; what is empty is taken back. It answers the id of the section for it, to show that to somebody.
    public func setAddress(_ address: Address) async throws -> UUID {
        try await call { try await inner.setAddress(address: address) }
    }

    /// What of support is wanted with whatever is shared, where a share says nothing of it: to be listened to, until the person says otherwise. Begin with it
    /// where something is shared; the person's choice there goes before it.
    public func wanted() async throws -> [SupportWanted] {
        try await call { try await inner.wanted() }
    }

    /// Says what is wanted with whatever is shared from now on, where a share says nothing of it; nothing given is to be listened to. What is shared already
    /// stays as it was said.
    public func setWanted(_ wanted: [SupportWanted]) async throws {
        try await call { try await inner.setWanted(wanted: wanted) }
    }

    /// How the profile has changed, the oldest change first. It is the person's alone.
    public func history() async throws -> [PreferenceRevision] {
        try await call { try await inner.history() }
    }

    /// Takes one change out of the history, on all the person's devices.
    public func eraseRevision(_ id: UUID) async throws {
        try await call { try await inner.eraseRevision(id: id) }
    }

    /// Empties the history, on all the person's devices. What the profile says now stays.
    public func eraseHistory() async throws {
        try await call { try await inner.eraseHistory() }
    }

    /// Adds a statement of words and a stance alone at the end of a section; answers its id.
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
