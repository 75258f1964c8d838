import CairnFFI
import Foundation

extension Profile {
    /// All reminders, by their time. There is none until the person writes one.
    public func reminders() async throws -> [Reminder] {
        try await call { try await inner.reminders() }
    }

    /// Keeps a new reminder; answers its id.
    public func addReminder(_ reminder: Reminder) async throws -> UUID {
        try await call { try await inner.addReminder(reminder: reminder) }
    }

    /// Changes a reminder, for all devices; whether it rings, for this one.
    public func setReminder(_ reminder: Reminder) async throws {
        try await call { try await inner.setReminder(reminder: reminder) }
    }

    /// Takes a reminder away, from all devices.
    public func removeReminder(_ id: UUID) async throws {
        try await call { try await inner.removeReminder(id: id) }
    }

    /// The next times at which reminders ring on this device, at most 64. Hand these to the system in place of those before, and ask
    /// again when settings or time zone have changed. What has rung is not kept, and nothing depends on it.
    public func upcomingReminders(zone: TimeZone = .current, count: Int = 64) async throws -> [UpcomingReminder] {
        try await call {
            try await inner.upcomingReminders(zone: zone.identifier, count: Int32(clamping: count))
        }
    }
}
