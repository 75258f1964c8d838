import CairnFFI
import Foundation

extension Journal {
    /// Keeps the file at this place as an attachment, sealed; the file itself stays where it is. When this returns, it survives a
    /// loss of power. Put the answer into the `attachments` of a draft: what nothing names for thirty days is let go. The same bytes
    /// are the same attachment. In the text of an entry it is shown by `![words](attachment:<id>)`.
    public func attach(_ file: URL, _ options: AttachOptions = AttachOptions()) async throws -> Attachment {
        try await call { try await inner.attach(path: file.path, options: options) }
    }

    /// Keeps these bytes as an attachment, as `attach` does. For what has no file, like a drawing.
    public func attach(bytes: Data, _ options: AttachOptions = AttachOptions()) async throws -> Attachment {
        try await call { try await inner.attachBytes(bytes: bytes, options: options) }
    }

    /// Writes an attachment, as anybody can read it, into a new file at this place. A file that is there already stays as it is.
    public func saveAttachment(_ id: UUID, to file: URL) async throws {
        try await call { try await inner.saveAttachment(id: id, path: file.path) }
    }

    /// At most `count` bytes of an attachment from `offset` on, up to 4 MiB; fewer at its end. A player that jumps about reads
    /// only what it plays.
    public func readAttachment(_ id: UUID, offset: Int, count: Int) async throws -> Data {
        try await call {
            try await inner.readAttachment(id: id, offset: Int64(offset), count: Int32(clamping: count))
        }
    }

    /// Where the bytes of an attachment are. Changes are told as `attachments`.
    public func attachmentState(_ id: UUID) async throws -> AttachmentState {
        try await call { try await inner.attachmentState(id: id) }
    }

    /// Asks for an attachment of another device, whatever the choice for attachments is. The next round of sync brings it.
    public func fetchAttachment(_ id: UUID) async throws {
        try await call { try await inner.fetchAttachment(id: id) }
    }

    /// Keeps a small picture of an attachment, at most 64 KiB, which the app made; nothing takes it away. It stays on this device,
    /// sealed, and goes with the attachment.
    public func setThumbnail(_ id: UUID, _ picture: Data?) async throws {
        try await call { try await inner.setThumbnail(id: id, picture: picture) }
    }

    /// The small picture of an attachment; nothing when none was made on this device.
    public func thumbnail(_ id: UUID) async throws -> Data? {
        try await call { try await inner.thumbnail(id: id) }
    }
}

extension Sync {
    /// One round as `now`, which carries attachments of any size too: call it on Wi-Fi. A round carries 64 MiB of them in each
    /// direction at most; call it again while `attachmentProgress` gets less.
    @discardableResult
    public func withAttachments() async throws -> SyncReport {
        try await call { try await inner.syncWithAttachments() }
    }

    /// Which attachments a round of sync carries on this device.
    public func attachmentPolicy() async throws -> AttachmentPolicy {
        try await call { try await inner.attachmentPolicy() }
    }

    /// Chooses which attachments a round of sync carries on this device. Other devices choose for themselves.
    public func setAttachmentPolicy(_ policy: AttachmentPolicy) async throws {
        try await call { try await inner.setAttachmentPolicy(policy: policy) }
    }

    /// What is still to be carried. Changes are told as `attachments`.
    public func attachmentProgress() async throws -> AttachmentProgress {
        try await call { try await inner.attachmentProgress() }
    }
}
