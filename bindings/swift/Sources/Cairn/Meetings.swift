import CairnFFI
import Foundation

/// The pages of meetings, which two people write together, each their own lines.
extension Support {
    /// The meetings of a relationship that have a page, in the order of their days. Nobody is called to one: look when the person
    /// opens it, and mark nothing as new.
    public func meetings(in relationship: UUID) async throws -> [Meeting] {
        try await call { try await inner.meetings(relationship: relationship) }
    }

    /// Begins, as the participant, the page of a meeting on this day, `YYYY-MM-DD`; answers its id. Both write on it then.
    public func beginMeeting(on day: String, in relationship: UUID) async throws -> UUID {
        try await call { try await inner.beginMeeting(relationship: relationship, day: day) }
    }

    /// Takes back, as the participant, the page of a meeting with everything on it, on all devices of both. What was read can be
    /// remembered.
    public func takeBackMeeting(_ meeting: UUID, in relationship: UUID) async throws {
        try await call { try await inner.takeBackMeeting(relationship: relationship, meeting: meeting) }
    }

    /// Writes a line on the page of a meeting, before this one of the same part, else at its end; answers its id.
    public func write(
        _ words: String, on part: MeetingPart, of meeting: UUID, before line: UUID? = nil, in relationship: UUID
    ) async throws -> UUID {
        try await call {
            try await inner.writeLine(
                relationship: relationship, meeting: meeting, part: part, words: words, before: line)
        }
    }

    /// Changes a line of one's own. Its former words are kept nowhere.
    public func change(_ line: UUID, to words: String, of meeting: UUID, in relationship: UUID) async throws {
        try await call {
            try await inner.changeLine(relationship: relationship, meeting: meeting, line: line, words: words)
        }
    }

    /// Takes away a line of one's own. What was read can be remembered.
    public func takeAway(_ line: UUID, of meeting: UUID, in relationship: UUID) async throws {
        try await call { try await inner.takeLineAway(relationship: relationship, meeting: meeting, line: line) }
    }
}
