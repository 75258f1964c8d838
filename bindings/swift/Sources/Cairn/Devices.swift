import CairnFFI

/// The person's own devices. Safe from any thread and any actor.
///
/// To pair: the device that holds the journal calls `pair` and shows the code; the new device calls `join` with it and shows
/// six digits; the first one calls `waitForDevice`, the person types the digits there, and it calls `confirmDevice`; the new
/// device calls `finishJoining`. The next round of sync brings the journal.
public struct Devices: Sendable {
    let inner: CairnFFI.Devices

    /// The devices that hold this journal.
    public func all() async throws -> [Device] {
        try await call { try await inner.devices() }
    }

    /// Begins to pair: the code to show to the new device, as a QR code or to copy. It lives for fifteen minutes.
    public func pair() async throws -> String {
        try await call { try await inner.pair() }
    }

    /// Waits until the new device has read the code; answers its name. Then let the person type the digits it shows.
    public func waitForDevice() async throws -> String {
        try await call { try await inner.waitForDevice() }
    }

    /// The digits that the new device shows, as the person typed them. Wrong ones throw `invalid`, and may be typed again;
    /// the third time throws `rejected`, and a new code is needed.
    public func confirmDevice(digits: String) async throws {
        try await call { try await inner.confirmDevice(digits: digits) }
    }

    /// Joins the vault whose code this is. Only an empty vault can. Waits for the other device, then answers the digits.
    public func join(code: String) async throws -> ShownDigits {
        try await call { try await inner.join(code: code) }
    }

    /// Waits until the digits were typed on the other device.
    public func finishJoining() async throws {
        try await call { try await inner.finishJoining() }
    }

    /// Ends a pairing, an invitation or a recovery that is under way, from this side.
    public func cancel(_ which: Handshake) async throws {
        try await call { try await inner.cancel(which: which) }
    }
}
