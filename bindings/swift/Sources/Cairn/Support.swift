import CairnFFI
import Foundation

/// Between a participant and a peer support specialist. No call here writes to a journal, on either side. Safe from any
/// thread and any actor.
///
/// To begin: the participant calls `invite` and hands over the code; the specialist calls `accept` with it and reads six
/// digits out; the participant calls `waitForSpecialist`, types the digits, and calls `confirmSpecialist`; the specialist
/// calls `finishAccepting`. Neither sees anything of the other before that, nor after it but what is shared.
///
/// Before anything can be shared, the specialist calls `declare`, either calls `proposeAgreement`, and the other
/// `acceptAgreement`. Each of these is a step of its own: do not ask for two of them at once, and fill nothing in beforehand.
public struct Support: Sendable {
    let inner: CairnFFI.Support

    /// Invites a specialist, as the participant of this name. The vault must have synced with a relay once.
    public func invite(as ownName: String) async throws -> Invitation {
        try await call { try await inner.invite(ownName: ownName) }
    }

    /// Waits until the invited specialist has answered; their name. Then let the participant type the digits.
    public func waitForSpecialist() async throws -> String {
        try await call { try await inner.waitForSpecialist() }
    }

    /// The digits that the specialist reads out, as the participant typed them. Wrong ones throw `invalid`, and may be typed
    /// again; the third time throws `rejected`, and a new invitation is needed.
    public func confirmSpecialist(digits: String) async throws {
        try await call { try await inner.confirmSpecialist(digits: digits) }
    }

    /// Accepts an invitation as a specialist of this name. Waits for the participant's device, then answers the digits.
    public func accept(code: String, as ownName: String) async throws -> Acceptance {
        try await call { try await inner.accept(code: code, ownName: ownName) }
    }

    /// Says not now to an invitation. The participant is told that much, and neither by whom nor for what reason; nothing of it
    /// is kept here. An invitation that somebody has answered throws `rejected`.
    public func decline(code: String) async throws {
        try await call { try await inner.decline(code: code) }
    }

    /// Waits until the participant has typed the digits.
    public func finishAccepting() async throws {
        try await call { try await inner.finishAccepting() }
    }

    /// The relationships of this vault, in the order of the people (`peopleOrder`): as they were placed, or by name, and never
    /// by what they write or share.
    public func relationships() async throws -> [Relationship] {
        try await call { try await inner.relationships() }
    }

    /// How this person's people are listed: `byHand` until something else was chosen.
    public func peopleOrder() async throws -> PeopleOrder {
        try await call { try await inner.peopleOrder() }
    }

    /// Lists them in another way, on all of this person's devices. The places they were given by hand stay.
    public func setPeopleOrder(_ order: PeopleOrder) async throws {
        try await call { try await inner.setPeopleOrder(order: order) }
    }

    /// Places somebody before another one of the list, or last; from then on it is `byHand`. Where one of the two is not in
    /// the list, it throws `invalid`.
    public func movePerson(_ relationship: UUID, before: UUID? = nil) async throws {
        try await call { try await inner.movePerson(relationship: relationship, before: before) }
    }

    /// Says, as the specialist, how this person is known already and what cannot be kept confidential. Said again, the last
    /// one counts.
    public func declare(_ declaration: Declaration, in relationship: UUID) async throws {
        try await call { try await inner.declare(relationship: relationship, declaration: declaration) }
    }

    /// Proposes an agreement, and accepts it for this person; answers the digest by which the other accepts it. Where the
    /// specialist has declared nothing yet, it throws `invalid` on the participant's side.
    public func proposeAgreement(_ agreement: Agreement, in relationship: UUID) async throws -> Data {
        try await call { try await inner.proposeAgreement(relationship: relationship, agreement: agreement) }
    }

    /// Accepts an agreement that was proposed: these words, and no others. Show them whole before.
    public func acceptAgreement(_ digest: Data, in relationship: UUID) async throws {
        try await call { try await inner.acceptAgreement(relationship: relationship, digest: digest) }
    }

    /// Shows these sections of the profile in a relationship, and no others: of each the statements that may be shown
    /// (`isShareable`). An empty list takes all of them back. They go out with the next round of sync, and again whenever they
    /// change.
    public func showSections(_ sections: [UUID], in relationship: UUID) async throws {
        try await call { try await inner.showSections(relationship: relationship, sections: sections) }
    }

    /// Opens, as the specialist, what the participant shows of their profile: show it before anything else of theirs. Empty
    /// where nothing is shown.
    public func openPreferences(in relationship: UUID) async throws -> [ShownSection] {
        try await call { try await inner.openPreferences(relationship: relationship) }
    }

    /// The receipt of a share as JSON, for other software: the participant's own, or one that was shown to this person, also
    /// when it is over. No word of what was shared is in it but the purpose.
    public func receipt(of share: UUID, shape: ReceiptShape) async throws -> String {
        try await call { try await inner.receipt(share: share, shape: shape) }
    }

    /// Pauses: at once here, and for the other when they are next reached. Works offline. Do not ask for a reason, and do not
    /// ask whether they are sure.
    public func pause(_ relationship: UUID) async throws {
        try await call { try await inner.pause(relationship: relationship) }
    }

    /// Goes on after one's own pause.
    public func goOn(_ relationship: UUID) async throws {
        try await call { try await inner.goOn(relationship: relationship) }
    }

    /// Ends a relationship for good: at once here, and for the other when they are next reached. Everything that is shared in
    /// it stops. Works offline. Do not ask for a reason, and do not ask whether they are sure. A participant's words may be
    /// empty; a specialist's may not, and hold at most 2,000 characters.
    public func end(_ relationship: UUID, words: String = "") async throws {
        try await call { try await inner.end(relationship: relationship, words: words) }
    }

    /// Ends it, as the participant, and leaves these shares readable until a time, or to their own end where that comes first.
    /// Each can still be narrowed and revoked. Works offline. A share that waits, or is over, throws `invalid`.
    public func end(_ relationship: UUID, words: String = "", keeping kept: [UUID], until: Date) async throws {
        try await call {
            try await inner.endKeeping(relationship: relationship, words: words, kept: kept, until: until)
        }
    }

    /// Shares parts of one entry with one person; answers the share's id. Nothing leaves the device before the hold is over,
    /// and nothing but these parts leaves it then: as they are now, or as they are edited where the person chose that.
    public func share(_ new: NewShare) async throws -> UUID {
        try await call { try await inner.share(newShare: new) }
    }

    /// Every share of this person, in the order they were given, with those that are over.
    public func shares() async throws -> [Share] {
        try await call { try await inner.shares() }
    }

    /// Has a share show these parts and no others from now on, and end by this time where one is given: at once here, and for
    /// the specialist when they are next reached. Only ever less: more throws `invalid`, and is another share. Works offline.
    /// What was read may be remembered: say so.
    public func narrow(_ share: UUID, to parts: Parts, until: Date? = nil) async throws {
        try await call { try await inner.narrow(share: share, parts: parts, until: until) }
    }

    /// What a share of this person's shows, just as the specialist reads it. Nobody is told. Where this device has not read of
    /// it yet, it throws `notFound`: sync first.
    public func asShown(_ share: UUID) async throws -> SharedWithMe {
        try await call { try await inner.asShown(share: share) }
    }

    /// Stops a share: at once here, and on the specialist's device when it is next reached. Works offline. Do not ask for a
    /// reason, and do not ask whether they are sure. What was read may be remembered: say so.
    public func revoke(_ share: UUID) async throws {
        try await call { try await inner.revoke(share: share) }
    }

    /// What was shared with this person and is still theirs to read: by the person it is of, in the order of the people, and of
    /// each the last one first. No word of it is in the list.
    public func sharedWithMe() async throws -> [SharedCard] {
        try await call { try await inner.sharedWithMe() }
    }

    /// Opens something that was shared with this person and stands behind a gate, or is locked, with the network; anything else as `openShared`. Throws `.invalid` where
    /// the relay was not reached, or has nothing for it any more. The participant knows then that it was opened, and of what stood behind a gate the relay too: say so before.
    public func openGated(_ share: UUID) async throws -> SharedWithMe {
        try await call { try await inner.openGated(share: share) }
    }

    /// Opens something that was shared with this person; what stands behind a gate or is locked throws `.invalid`, and is opened with `openGated`. The participant is told when it was opened first: say so before.
    public func openShared(_ share: UUID) async throws -> SharedWithMe {
        try await call { try await inner.openShared(share: share) }
    }

    /// Whether a text of this person's own, title and body, holds 40 characters in a row that stand just so in what another shows
    /// them now and can be read on this device. For a line beside the text that says so (`share.holds_shared_words`); let it hold
    /// back nothing. Nobody is told, and nothing is kept of it. What is longer than the longest entry is looked at as far as that.
    public func holdsSharedWords(_ text: String) async throws -> Bool {
        try await call { try await inner.holdsSharedWords(text: text) }
    }

    /// At most `count` bytes from `offset` on, up to 4 MiB, of an attachment of what was shared with this person, by its place in
    /// what `openShared` answers; fewer at its end. Show it, play it, and keep no copy: it goes when the share does. Where it is
    /// not on this device yet it throws `notFound`: sync, with `withAttachments` where it is large. The participant is told when
    /// the share was opened first.
    public func readSharedAttachment(_ place: Int, of share: UUID, offset: Int, count: Int) async throws -> Data {
        try await call {
            try await inner.readSharedAttachment(
                share: share, place: Int32(clamping: place), offset: Int64(offset), count: Int32(clamping: count))
        }
    }
}
