import CairnFFI
import Foundation

extension Journal {
    /// The words of a kind that entries have, alphabetically and each once: nothing says how often. They begin as `beginning`
    /// does, whatever the case, so that they can complete what is being typed. 1 to 1000 of them, after the word where the page
    /// before ended.
    public func words(
        _ kind: WordKind, beginning: String = "", count: Int = 1000, after: String? = nil
    ) async throws -> [String] {
        try await call {
            try await inner.words(kind: kind, beginning: beginning, count: Int32(clamping: count), after: after)
        }
    }

    /// The days of a month, `YYYY-MM`, that have entries, on the person's own calendar. Mark them all alike.
    public func days(of month: String) async throws -> CalendarMonth {
        try await call { try await inner.days(month: month) }
    }

    /// A page of the entries of a day, `YYYY-MM-DD`, in the order of time, 1 to 500 of them.
    public func entries(ofDay day: String, count: Int = 50, after: Cursor? = nil) async throws -> EntryPage {
        try await call { try await inner.entriesOfDay(day: day, count: Int32(clamping: count), after: after) }
    }

    /// A page of the entries of a month, `YYYY-MM`, whose day is not known, 1 to 500 of them.
    public func undated(ofMonth month: String, count: Int = 50, after: Cursor? = nil) async throws -> EntryPage {
        try await call { try await inner.undatedOfMonth(month: month, count: Int32(clamping: count), after: after) }
    }

    /// A page of the answers to one question, by the name of its prompt: words in the order of time, 1 to 500 of them. A
    /// question that was taken away keeps its answers. Show them as they are; nothing says how many there are, or when there was
    /// none.
    public func answers(to prompt: String, count: Int = 50, after: Cursor? = nil) async throws -> EntryPage {
        try await call { try await inner.answers(prompt: prompt, count: Int32(clamping: count), after: after) }
    }

    /// A page of the entries that the person may want to show later, newest first, 1 to 500 of them. The list is theirs alone: all
    /// their devices have it, nobody they show anything to learns of it, and nothing reminds of it. Neither should an app.
    public func notYet(count: Int = 50, after: Cursor? = nil) async throws -> EntryPage {
        try await call { try await inner.notYet(count: Int32(clamping: count), after: after) }
    }

    /// Whether an entry is on that list.
    public func isNotYet(_ entry: UUID) async throws -> Bool {
        try await call { try await inner.isNotYet(entry: entry) }
    }

    /// Puts an entry on that list, or takes it off. Showing it to somebody takes it off too, and so does erasing it.
    public func setNotYet(_ entry: UUID, _ on: Bool = true) async throws {
        try await call { try await inner.setNotYet(entry: entry, on: on) }
    }

    /// What happened on this day, `YYYY-MM-DD`, of earlier years, the latest year first. Nothing until the person has turned "on
    /// this day" on, and never what is tender, kept from memories, in the trash, or known to less than a day.
    public func memories(on today: String) async throws -> [Entry] {
        try await call { try await inner.memories(today: today) }
    }

    /// Whether "on this day" is on, on this device. It is off until the person turns it on.
    public func hasMemories() async throws -> Bool {
        try await call { try await inner.hasMemories() }
    }

    /// Turns "on this day" on or off, on this device. Only ever because the person asked for it.
    public func setMemories(_ on: Bool) async throws {
        try await call { try await inner.setMemories(on: on) }
    }
}
