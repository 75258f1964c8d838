import CairnFFI
import Foundation

/// Told how many entries are done, of how many in all. It is called on the thread of the work, which waits for it: hop to your own
/// actor before you draw.
public typealias HowFar = @Sendable (_ done: Int, _ total: Int) -> Void

extension Journal {
    /// Writes the journal, or one entry of it, to a new file. It needs no network and no account. A file has its name only when it is
    /// whole; one that is there throws `invalid`, unless it may be replaced. Some forms go over the journal twice.
    public func export(to file: URL, _ options: ExportOptions, howFar: HowFar? = nil) async throws -> ExportResult {
        try await call {
            try await inner.exportJournal(path: file.path, options: options, progress: howFar.map(Telling.init))
        }
    }

    /// Takes in an archive that `export` wrote, with its passphrase where it is sealed. Entries keep their ids and times; what is here
    /// already stays as it is. Doing it twice is doing it once.
    public func restoreArchive(
        _ file: URL, passphrase: String? = nil, howFar: HowFar? = nil
    ) async throws -> RestoreResult {
        try await call {
            try await inner.restoreArchive(
                path: file.path, passphrase: passphrase, progress: howFar.map(Telling.init))
        }
    }

    /// What an import of this file or folder would bring; nothing is changed. A format that says no time zone needs one in the
    /// options: ask the person once, and offer the zone of the device.
    public func previewImport(_ file: URL, options: ImportOptions) async throws -> ImportPreview {
        try await call { try await inner.previewImport(path: file.path, options: options) }
    }

    /// Brings the entries of a journal from elsewhere, a file or a folder. Doing it twice is doing it once; what is here
    /// stays as it is. One that cannot be read whole throws `invalid`, and nothing was changed.
    public func importJournal(
        _ file: URL, options: ImportOptions, howFar: HowFar? = nil
    ) async throws -> ImportResult {
        try await call {
            try await inner.importJournal(path: file.path, options: options, progress: howFar.map(Telling.init))
        }
    }
}

/// Passes on how far work has come.
private final class Telling: ProgressObserver {
    private let howFar: HowFar

    init(_ howFar: @escaping HowFar) {
        self.howFar = howFar
    }

    func progressed(done: Int64, total: Int64) {
        howFar(Int(clamping: done), Int(clamping: total))
    }
}
