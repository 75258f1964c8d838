import CairnFFI
import Foundation

/// What the person writes. Safe from any thread and any actor.
public struct Journal: Sendable {
    let inner: CairnFFI.Journal
    let vault: CairnFFI.Vault

    /// Keeps a new entry; answers its id. When this returns, it survives a loss of power.
    public func write(_ draft: Draft) async throws -> UUID {
        try await call { try await inner.write(draft: draft) }
    }

    /// One entry; nothing when there is none with this id.
    public func entry(_ id: UUID) async throws -> Entry? {
        try await call { try await inner.entry(id: id) }
    }

    /// One entry and what `revise` needs; nothing when there is none with this id.
    public func entryForEditing(_ id: UUID) async throws -> EntryForEditing? {
        try await call { try await inner.entryForEditing(id: id) }
    }

    /// Puts the draft in the place of what the entry said when it was read. What arrived from another device in between
    /// stays too.
    public func revise(_ read: EntryForEditing, to draft: Draft) async throws {
        try await call { try await inner.revise(id: read.entry.id, version: read.version, draft: draft) }
    }

    /// Moves an entry to the trash.
    public func trash(_ id: UUID) async throws {
        try await call { try await inner.trash(id: id) }
    }

    /// Takes an entry back from the trash, as it was.
    public func restore(_ id: UUID) async throws {
        try await call { try await inner.restore(id: id) }
    }

    /// A page of entries, newest first.
    public func page(_ query: EntryQuery = EntryQuery()) async throws -> EntryPage {
        try await call { try await inner.entries(query: query) }
    }

    /// The entries of `query`, newest first: at once, and again whenever they are other ones.
    ///
    /// A loop that is busy sees the newest list next, never a queue of old ones. While the vault is suspended nothing comes.
    /// While it is locked the list is empty, and it comes back when it is unlocked.
    public func entries(_ query: EntryQuery = EntryQuery()) -> AsyncThrowingStream<[Entry], any Error> {
        watching(vault, .journal) {
            do { return try await page(query).entries } catch VaultError.locked { return [] }
        }
    }

    /// The entries that hold all of these words, newest first, 1 to 500 of them. The last word may be the beginning of one,
    /// so that a search can follow the typing. There are no operators: whatever is typed is looked for, in any script. The next
    /// page comes after the `cursor` of the last hit.
    public func search(
        _ words: String, count: Int = 50, filter: EntryFilter? = nil, after: Cursor? = nil
    ) async throws -> [SearchHit] {
        try await call {
            try await inner.search(words: words, count: Int32(clamping: count), filter: filter, after: after)
        }
    }

    /// Brings the entries of a Day One export: the zip file at this place. Doing it twice is doing it once. Places and devices
    /// in the file stay behind. A file that cannot be read whole throws `invalid`, and nothing was changed.
    public func importDayOne(_ file: URL) async throws -> ImportResult {
        try await call { try await inner.importDayOne(path: file.path) }
    }

    /// The states of an entry, the first one first. Only the person themselves ever sees them, and none holds a time.
    public func history(_ id: UUID) async throws -> [Revision] {
        try await call { try await inner.history(id: id) }
    }

    /// What an entry said in a state of its history; nothing when that is not in it any more.
    public func entry(_ id: UUID, at revision: Revision) async throws -> Entry? {
        try await call { try await inner.entryAt(id: id, version: revision.version) }
    }

    /// Makes an entry say again what it said then. What it says now stays in its history.
    public func goBack(_ id: UUID, to revision: Revision) async throws {
        try await call { try await inner.goBackTo(id: id, version: revision.version) }
    }

    /// Erases what an entry said before, on every device and at the relay; what it says now stays. False when there is nothing
    /// earlier. This cannot be undone.
    public func eraseEarlierDrafts(_ id: UUID) async throws -> Bool {
        try await call { try await inner.eraseEarlierDrafts(id: id) }
    }

    /// Erases an entry in the trash for good: from this device now, from the relay and the other devices when they are next
    /// reached. Its shares are stopped. This cannot be undone: ask before.
    public func erase(_ id: UUID) async throws {
        try await call { try await inner.erase(id: id) }
    }

    /// Erases everything in the trash for good. False when there was nothing.
    public func emptyTrash() async throws -> Bool {
        try await call { try await inner.emptyTrash() }
    }

    /// Keeps what the person is writing, as often as you like: it outlives the app, and stays on this device. Hand the id back to
    /// keep more of the same. It may be empty.
    public func keep(_ draft: Draft, as id: UUID? = nil, revising read: EntryForEditing? = nil) async throws -> UUID {
        try await call {
            try await inner.keepDraft(draft: draft, id: id, entry: read?.entry.id, version: read?.version)
        }
    }

    /// Every draft, the one kept last first.
    public func drafts() async throws -> [KeptDraft] {
        try await call { try await inner.drafts() }
    }

    /// One draft; nothing when there is none with this id.
    public func draft(_ id: UUID) async throws -> KeptDraft? {
        try await call { try await inner.draft(id: id) }
    }

    /// Lets a draft go.
    public func discardDraft(_ id: UUID) async throws {
        try await call { try await inner.discardDraft(id: id) }
    }

    /// Makes an entry of a draft, or the revision it is of one; answers the entry. The draft is gone then.
    public func finishDraft(_ id: UUID) async throws -> UUID {
        try await call { try await inner.finishDraft(id: id) }
    }
}
