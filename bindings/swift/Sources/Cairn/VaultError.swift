import CairnFFI
import Foundation

/// Why a call could not be carried out, named for what the app does next. What the vault holds is as it was before.
///
/// The text says what happened. It holds no word that a person wrote, no path and no key: it may be logged and reported.
public enum VaultError: Error, Equatable, Sendable {
    /// The vault is locked, or the platform's key store is. Take away what is shown, and ask the person to unlock: `lockState` says
    /// what they are to type. Then call again.
    case locked(String)
    /// This is not the passphrase or the PIN. Nothing was lost. Let the person look at it and type it once more.
    case wrongPassphrase(String)
    /// Several wrong tries in a row. `lockState` says how long the next one has to wait: show it, and that nothing is lost.
    case waitFirst(String)
    /// The person's people are hidden, and with them everything that is shared and said. Take it away from the screen, and let the
    /// person type what shows them (`peopleLock`, `showPeople`). The journal itself is open.
    case peopleHidden(String)
    /// The vault is suspended. Call `resume`, then call again.
    case suspended(String)
    /// Everything here was erased, as the person asked for. Take away what is shown, let go of the vault, and open the folder again for
    /// a new, empty one.
    case erased(String)
    /// What was given does not fit. Nothing was changed. Let the person correct it.
    case invalid(String)
    /// There is nothing with this id. It may have been erased on another device. Read the list again.
    case notFound(String)
    /// The device has no room left. What was saved before is safe, this is not saved yet. Keep it on the screen.
    case storageFull(String)
    /// The storage or its key is not as it was left. Nothing was erased. Offer to pair again with another device.
    case storageDamaged(String)
    /// No connection. What was written is safe here and is sent later. Nothing needs to be done.
    case offline(String)
    /// The relay or the other device refused. Trying again changes nothing: make a new code, or tell the person.
    case rejected(String)
    /// A defect of this software. What was saved before is safe. Please report it.
    case `internal`(String)
}

extension VaultError: LocalizedError {
    /// What happened, without a capital and without a full stop.
    public var text: String {
        switch self {
        case .locked(let text), .wrongPassphrase(let text), .waitFirst(let text), .peopleHidden(let text),
            .suspended(let text), .erased(let text), .invalid(let text), .notFound(let text), .storageFull(let text),
            .storageDamaged(let text), .offline(let text), .rejected(let text), .internal(let text):
            text
        }
    }

    /// What happened, as a sentence.
    public var errorDescription: String? { text.prefix(1).uppercased() + text.dropFirst() + "." }
}

extension VaultError {
    init(_ error: CairnFFI.VaultError) {
        switch error {
        case .Locked(let text): self = .locked(text)
        case .WrongPassphrase(let text): self = .wrongPassphrase(text)
        case .WaitFirst(let text): self = .waitFirst(text)
        case .PeopleHidden(let text): self = .peopleHidden(text)
        case .Suspended(let text): self = .suspended(text)
        case .Erased(let text): self = .erased(text)
        case .Invalid(let text): self = .invalid(text)
        case .NotFound(let text): self = .notFound(text)
        case .StorageFull(let text): self = .storageFull(text)
        case .StorageDamaged(let text): self = .storageDamaged(text)
        case .Offline(let text): self = .offline(text)
        case .Rejected(let text): self = .rejected(text)
        case .Internal(let text): self = .internal(text)
        }
    }

    /// The error of this layer for one of the layer below. What that one says of a defect may quote values: it is dropped.
    static func named(_ error: any Error) -> VaultError {
        (error as? CairnFFI.VaultError).map(VaultError.init)
            ?? .internal("something went wrong inside: what you wrote is safe")
    }
}

/// Carries a call out with the errors of this layer.
func call<Answer: Sendable>(_ work: () async throws -> Answer) async throws -> Answer {
    do { return try await work() } catch { throw VaultError.named(error) }
}

/// Carries a call out with the errors of this layer.
func callNow<Answer>(_ work: () throws -> Answer) throws -> Answer {
    do { return try work() } catch { throw VaultError.named(error) }
}
