import CairnFFI
import Foundation

/// A key store in memory, for tests and examples: with it goes the vault.
public final class MemoryKeyStore: KeyStore, @unchecked Sendable {
    private let lock = NSLock()
    private var secrets: [String: Data] = [:]

    public init() {}

    public func load(name: String) throws -> Data? {
        lock.withLock { secrets[name] }
    }

    public func save(name: String, secret: Data) throws {
        lock.withLock { secrets[name] = secret }
    }

    public func forget(name: String) throws {
        lock.withLock { secrets[name] = nil }
    }
}

/// A key store of files in a folder, one for each secret, which only their owner can read. For the desktop: whoever can read
/// the folder can open the journal. On a phone keep the secrets in the Keychain instead.
public final class FileKeyStore: KeyStore {
    private let folder: URL
    private let lock = NSLock()

    public init(folder: URL) {
        self.folder = folder
    }

    public func load(name: String) throws -> Data? {
        let file = try place(of: name)
        do {
            return try Data(contentsOf: file)
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile {
            return nil
        } catch {
            throw KeyStoreError.failed
        }
    }

    public func save(name: String, secret: Data) throws {
        let file = try place(of: name)
        let fresh = file.appendingPathExtension("new")
        try lock.withLock {
            let files = FileManager.default
            do {
                try files.createDirectory(
                    at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                try? files.removeItem(at: fresh)
                guard files.createFile(atPath: fresh.path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
                    throw KeyStoreError.failed
                }
                let writing = try FileHandle(forWritingTo: fresh)
                try writing.write(contentsOf: secret)
                try writing.synchronize()
                try writing.close()
                // Whole or not at all: with the key goes the journal.
                guard rename(fresh.path, file.path) == 0 else { throw KeyStoreError.failed }
            } catch {
                throw KeyStoreError.failed
            }
        }
    }

    /// Overwrites the file before it goes. What the medium keeps elsewhere of it is out of a program's reach.
    public func forget(name: String) throws {
        let file = try place(of: name)
        try lock.withLock {
            let files = FileManager.default
            // One that was being written while the power went holds it too.
            for file in [file, file.appendingPathExtension("new")] where files.fileExists(atPath: file.path) {
                do {
                    let writing = try FileHandle(forWritingTo: file)
                    let length = try writing.seekToEnd()
                    try writing.seek(toOffset: 0)
                    try writing.write(contentsOf: Data(count: Int(length)))
                    try writing.synchronize()
                    try writing.close()
                    try files.removeItem(at: file)
                } catch {
                    throw KeyStoreError.failed
                }
            }
        }
    }

    private func place(of name: String) throws -> URL {
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
        }
        guard isPlain, let first = name.first, first != "." else { throw KeyStoreError.failed }
        return folder.appendingPathComponent(name)
    }
}
