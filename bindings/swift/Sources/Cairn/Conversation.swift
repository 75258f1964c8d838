import CairnFFI
import Foundation

/// What two people say to each other.
extension Support {
    /// Says something to the other; answers the message's id. It is kept here at once and sent with the next rounds of sync. What
    /// does not keep to what the two have agreed on throws `invalid` with a plain sentence, and leaves everything as it was: a
    /// specialist opens the preferences and what it is about before, and listens first.
    public func say(_ message: NewMessage, in relationship: UUID) async throws -> UUID {
        try await call { try await inner.say(relationship: relationship, said: message) }
    }

    /// Takes back a message of one's own that has not left, as one that came back for another look.
    public func unsay(_ message: UUID, in relationship: UUID) async throws {
        try await call { try await inner.unsay(relationship: relationship, id: message) }
    }

    /// The messages of a relationship as they are shown in this time zone, the last one last: 1 to 200 of them, those before
    /// `before` where it is given. Ask again when the app comes to the front: what waits for the participant's hours shows
    /// without a sound.
    public func messages(
        in relationship: UUID, zone: TimeZone = .current, before: UUID? = nil, count: Int = 50
    ) async throws -> [Message] {
        try await call {
            try await inner.messages(
                relationship: relationship, zone: zone.identifier, before: before, count: Int32(clamping: count))
        }
    }

    /// What a specialist may look at again before they send something; `isQuestion` where the whole is meant to be one open
    /// question. Advice and no more: never keep anybody from sending what they wrote. English alone in this version.
    /// Fails for a text that no message can hold.
    public static func advice(on text: String, isQuestion: Bool = false) throws -> [Advice] {
        try callNow { try advise(text: text, isQuestion: isQuestion) }
    }

    /// What makes a good acknowledgement, for a specialist who is about to write one: show it beside the field, and let the field
    /// begin empty. None of it is to be sent, and nothing of it is kept.
    public static func adviceOnAcknowledging() throws -> [String] {
        try callNow { try CairnFFI.adviceOnAcknowledging() }
    }

    /// Questions that a specialist can put to themselves from time to time. Offer them, and let them be passed over: reading and
    /// skipping leave no trace. Whoever answers one writes an entry of their own (`Draft.asked`), and whoever wants to be asked
    /// again sets a reminder that opens one (`Reminder.prompt`).
    public static func selfCheck() throws -> [Asked] {
        try callNow { try CairnFFI.selfCheck() }
    }

    /// What the participant wishes of messages.
    public func wishes(in relationship: UUID) async throws -> Wishes {
        try await call { try await inner.wishes(relationship: relationship) }
    }

    /// Says, as the participant, what is wished of messages: the specialist sees it, and messages that do not keep to it are not
    /// shown.
    public func setWishes(_ wishes: Wishes, in relationship: UUID) async throws {
        try await call { try await inner.setWishes(relationship: relationship, wishes: wishes) }
    }

    /// When this participant takes messages. It is told to nobody.
    public func contactHours(in relationship: UUID) async throws -> ContactHours {
        try await call { try await inner.contactHours(relationship: relationship) }
    }

    /// Sets when this participant takes messages, on all their devices. What comes at other times waits, without a word to
    /// anybody.
    public func setContactHours(_ hours: ContactHours, in relationship: UUID) async throws {
        try await call { try await inner.setContactHours(relationship: relationship, hours: hours) }
    }

    /// Keeps, as the specialist, a look at oneself before telling of one's own experience; answers the id that the message takes.
    /// It never leaves the specialist's own devices.
    public func reflect(_ reflection: SelfReflection, in relationship: UUID) async throws -> UUID {
        try await call { try await inner.reflect(relationship: relationship, reflection: reflection) }
    }

    /// Of one's last `count` messages here, how many were of one's own experience.
    public func ownStories(in relationship: UUID, ofLast count: Int) async throws -> OwnStories {
        try await call { try await inner.ownStories(relationship: relationship, count: Int32(clamping: count)) }
    }

    /// Keeps feedback for the participant alone; answers its id. Nobody is told.
    public func keepFeedback(_ feedback: Feedback, in relationship: UUID) async throws -> UUID {
        try await call { try await inner.keepFeedback(relationship: relationship, feedback: feedback) }
    }

    /// Keeps, in one step, that a message felt like pressure. Offer from the same place to set `LivedExperience.never`.
    public func feltLikePressure(_ message: UUID, in relationship: UUID) async throws -> UUID {
        try await call { try await inner.feltLikePressure(relationship: relationship, id: message) }
    }

    /// Keeps, as the participant, the strength that an acknowledgement named, in the profile with the specialist's name
    /// (`Statement.offeredBy`); answers the statement's id. Private, and nobody is told. Kept twice, it is kept once. Do it where
    /// the person asks for it, and never by itself.
    public func keepStrength(of message: UUID, in relationship: UUID) async throws -> UUID {
        try await call { try await inner.keepStrength(relationship: relationship, id: message) }
    }

    /// Keeps, as the participant, words that the specialist has proposed, in a section of the profile with the specialist's name
    /// (`Statement.offeredBy`); answers the statement's id. Until then they are a message and nothing else. Private, and nobody is
    /// told. Kept twice, they are kept once. Let the person read them first, and change them as they like.
    public func keepProposal(of message: UUID, in relationship: UUID, section: UUID) async throws -> UUID {
        try await call { try await inner.keepProposal(relationship: relationship, id: message, section: section) }
    }

    /// Keeps, as the participant, a question that the specialist has asked, among their own questions to write from
    /// (`Prompt.askedBy`); answers its name there. Until then it is a message and nothing else, and it is never asked by itself.
    /// Nobody is told. Kept twice, it is kept once. Do it where the person asks for it.
    public func keepQuestion(of message: UUID, in relationship: UUID) async throws -> String {
        try await call { try await inner.keepQuestion(relationship: relationship, id: message) }
    }

    /// The participant's feedback in a relationship, sent or not, the last kept last.
    public func feedback(in relationship: UUID) async throws -> [KeptFeedback] {
        try await call { try await inner.feedback(relationship: relationship) }
    }

    /// The feedback that was sent in a relationship, as both of the two see it: what has no response yet comes first
    /// (`Message.response`). Remind nobody of it, and count nothing.
    public func sentFeedback(in relationship: UUID, zone: TimeZone = .current) async throws -> [Message] {
        try await call { try await inner.sentFeedback(relationship: relationship, zone: zone.identifier) }
    }

    /// Sends feedback that was kept, as it is; answers the message's id. Ask nobody to do so.
    public func sendFeedback(_ feedback: UUID, in relationship: UUID) async throws -> UUID {
        try await call { try await inner.sendFeedback(relationship: relationship, feedback: feedback) }
    }

    /// Forgets feedback on all the participant's devices. What was sent stays sent.
    public func forgetFeedback(_ feedback: UUID, in relationship: UUID) async throws {
        try await call { try await inner.forgetFeedback(relationship: relationship, feedback: feedback) }
    }
}
