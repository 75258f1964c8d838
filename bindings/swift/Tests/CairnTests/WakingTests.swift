import Cairn
import XCTest

/// Waking a device that sleeps. In Kotlin and Python a push service hears of it too.
final class WakingTests: StageTestCase {
    func test_a_tablet_says_where_it_is_woken_and_takes_it_back() async throws {
        stage.relaySettings = ["--push", "public"]
        let (phone, tablet) = try await stage.phoneAndTablet()
        let before = try await tablet.sync.waking()
        XCTAssertEqual(before, .off)
        let offer = try await tablet.sync.wakeOffer()
        XCTAssertTrue(offer.wakes)
        XCTAssertEqual(offer.pushKey?.count, 65)
        XCTAssertEqual(offer.pushKey?.first, 4)
        let wrong = await failure { try await tablet.sync.wakeMe(at: scenario.kitchen) }
        XCTAssertEqual(wrong, .invalid(scenario.errors["push_address"]!))
        try await tablet.sync.wakeMe(at: "https://push.example/tablet")
        let waits = try await tablet.sync.waking()
        XCTAssertEqual(waits, .waits)
        try await sync(tablet)
        let stands = try await tablet.sync.waking()
        XCTAssertEqual(stands, .stands)
        try await tablet.sync.wakeMe(at: nil)
        try await sync(tablet)
        let after = try await tablet.sync.waking()
        XCTAssertEqual(after, .off)
        try await sync(phone)
    }

    func test_a_relay_that_wakes_nobody_says_so() async throws {
        let (phone, _) = try await stage.phoneAndTablet()
        let offer = try await phone.sync.wakeOffer()
        XCTAssertFalse(offer.wakes)
        XCTAssertNil(offer.pushKey)
        try await phone.sync.wakeMe(at: "https://push.example/phone")
        try await sync(phone)
        let nobody = try await phone.sync.waking()
        XCTAssertEqual(nobody, .relayWakesNobody)
    }
}
