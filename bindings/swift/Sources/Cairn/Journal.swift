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
    public func entries(_ query: EntryQuery = EntryQuery()) -> AsyncThrowingStream<[Entry], any Error> {
        watching(vault, .journal) { try await page(query).entries }
    }

    /// The entries that hold all of these words, newest first, 1 to 500 of them. The last word may be the beginning of one,
    /// so that a search can follow the typing. There are no operators: whatever is typed is looked for.
    public func search(_ words: String, count: Int = 50) async throws -> [SearchHit] {
        try await call { try await inner.search(words: words, count: Int32(clamping: count)) }
    }

    /// Brings the entries of a Day One export: the zip file at this place. Doing it twice is doing it once. Places and devices
    /// in the file stay behind. A file that cannot be read whole throws `invalid`, and nothing was changed.
    public func importDayOne(_ file: URL) async throws -> ImportResult {
        try await call { try await inner.importDayOne(path: file.path) }
    }

    /// What an import of this file or folder would bring; nothing is changed. A format that says no time zone needs one in the
    /// options: ask the person once, and offer the zone of the device.
    public func previewImport(_ file: URL, options: ImportOptions) async throws -> ImportPreview {
        try await call { try await inner.previewImport(path: file.path, options: options) }
    }

    /// Brings the entries of a journal from elsewhere, a file or a folder. Doing it twice is doing it once; what is here
    /// stays as it is. One that cannot be read whole throws `invalid`, and nothing was changed.
    public func importJournal(_ file: URL, options: ImportOptions) async throws -> ImportResult {
        try await call { try await inner.importJournal(path: file.path, options: options) }
    }
}
