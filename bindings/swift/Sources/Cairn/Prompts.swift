import CairnFFI
import Foundation

extension Journal {
    /// All questions to write from, in the person's order, hidden ones too.
    public func prompts() async throws -> [Prompt] {
        try await call { try await inner.prompts() }
    }

    /// The question to ask after the one of this name, or the first one. After the last comes the first. Asking leaves no
    /// trace; nothing when all are hidden.
    public func nextPrompt(after: String? = nil) async throws -> Prompt? {
        try await call { try await inner.nextPrompt(after: after) }
    }

    /// Keeps a question of the person's own; answers its name.
    public func addPrompt(_ text: String) async throws -> String {
        try await call { try await inner.addPrompt(text: text) }
    }

    /// Changes the words of a question, bundled or own.
    public func setPrompt(_ id: String, to text: String) async throws {
        try await call { try await inner.setPrompt(id: id, text: text) }
    }

    /// Leaves a question out, or asks it again.
    public func hidePrompt(_ id: String, _ hidden: Bool = true) async throws {
        try await call { try await inner.hidePrompt(id: id, hidden: hidden) }
    }

    /// Moves a question to stand before another one, or last.
    public func movePrompt(_ id: String, before: String? = nil) async throws {
        try await call { try await inner.movePrompt(id: id, before: before) }
    }

    /// Takes an own question away; a bundled one is as it came again.
    public func removePrompt(_ id: String) async throws {
        try await call { try await inner.removePrompt(id: id) }
    }

    /// Every word for a feeling, in the order of the alphabet, hidden ones too.
    public func feelings() async throws -> [FeelingWord] {
        try await call { try await inner.feelings() }
    }

    /// Keeps a word for a feeling; answers its name. One that is there is offered again.
    public func addFeeling(_ word: String, lang: String = "", label: Int32? = nil) async throws -> String {
        try await call { try await inner.addFeeling(word: word, lang: lang, label: label) }
    }

    /// Keeps what is to be said beside a word.
    public func setFeeling(_ feeling: FeelingWord) async throws {
        try await call { try await inner.setFeeling(feeling: feeling) }
    }

    /// Takes a word out of the list; entries that use it keep it.
    public func removeFeeling(_ id: String) async throws {
        try await call { try await inner.removeFeeling(id: id) }
    }

    /// A draft of a State of Mind sample, in the person's words.
    public func draft(of sample: StateOfMindSample, zone: TimeZone = .current) async throws -> Draft {
        try await call { try await inner.draftOfStateOfMind(sample: sample, zone: zone.identifier) }
    }

    /// The State of Mind sample that an entry makes; nothing where no valence was set by hand.
    public func stateOfMind(_ id: UUID) async throws -> StateOfMindSample? {
        try await call { try await inner.stateOfMind(id: id) }
    }
}
