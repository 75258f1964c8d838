import Cairn
import XCTest

/// Removing a device, and the recovery phrase. The same tests stand in Kotlin and Python.
final class DevicesTests: StageTestCase {
    private func says(_ name: String) -> String { scenario.errors[name]! }

    private func named(_ vault: Vault, _ name: String) async throws -> Device {
        let all = try await vault.devices.all()
        return try XCTUnwrap(all.first { $0.name == name })
    }

    func test_a_removed_device_gets_nothing_more_and_the_others_go_on() async throws {
        let (phone, tablet) = try await stage.phoneAndTablet()
        let desk = try await stage.paired(phone, with: scenario.desk)
        let own = try await named(phone, scenario.phone)
        XCTAssertEqual([own.isThisOne, own.isGoing], [true, false])
        XCTAssertNil(own.added)
        let there = try await named(phone, scenario.tablet)
        XCTAssertFalse(there.isThisOne)
        XCTAssertNotNil(there.added)
        try await phone.devices.rename(there.id, to: scenario.kitchen)
        try await sync(phone, desk, tablet)
        let renamed = try await named(desk, scenario.kitchen)
        XCTAssertEqual(renamed.id, there.id)

        let noId = await failure { try await phone.devices.remove(scenario.kitchen) }
        XCTAssertEqual(noId, .invalid(says("not_a_device")))
        let nobody = await failure { try await phone.devices.remove(String(repeating: "00", count: 32)) }
        XCTAssertEqual(nobody, .notFound(says("not_found")))
        let inHand = await failure { try await phone.devices.remove(own.id) }
        XCTAssertEqual(inHand, .invalid(says("own_device")))
        let tooNew = await failure { try await tablet.devices.remove(own.id) }
        XCTAssertEqual(tooNew, .invalid(says("not_settled")))

        // What the tablet sends before anybody has told it is not trusted, and not lost.
        let late = try await tablet.journal.write(scenario.draft(scenario.walk))
        try await sync(tablet)
        try await phone.devices.remove(there.id)
        let going = try await named(phone, scenario.kitchen)
        XCTAssertTrue(going.isGoing)
        let soup = try await phone.journal.write(scenario.draft(scenario.soup))
        try await sync(phone, desk, phone)
        let left = try await phone.devices.all()
        XCTAssertEqual(left.count, 2)
        let arrived = try await body(desk, soup)
        XCTAssertEqual(arrived, scenario.soup.body)
        let report = try await tablet.sync.now()
        XCTAssertEqual(report.outcome, .rejected)
        let shutOut = try await tablet.sync.status()
        XCTAssertTrue(shutOut.isShutOut)
        let unknown = try await tablet.journal.entry(soup)
        XCTAssertNil(unknown)
        let isRemoved = try await phone.devices.isRemoved()
        XCTAssertFalse(isRemoved)

        let arrivals = try await phone.devices.arrivals()
        let arrival = try XCTUnwrap(arrivals.first)
        XCTAssertEqual(arrival.entry?.id, late)
        XCTAssertEqual(arrival.deviceName, scenario.kitchen)
        XCTAssertFalse(arrival.isKnown)
        let outside = try await phone.journal.entry(late)
        XCTAssertNil(outside)
        try await phone.devices.keep(arrival)
        let gone = await failure { try await phone.devices.leaveOut(arrival) }
        XCTAssertEqual(gone, .notFound(says("not_found")))
        try await sync(phone, desk)
        let kept = try await body(desk, late)
        XCTAssertEqual(kept, scenario.walk.body)
        let others = try await desk.devices.arrivals()
        XCTAssertEqual(others, [])
    }

    func test_a_phrase_brings_the_journal_to_a_new_device() async throws {
        let (phone, tablet) = try await stage.phoneAndTablet()
        let status = try await phone.sync.status()
        let origin = try XCTUnwrap(status.relay)
        let devices = phone.devices
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        let before = try await devices.recoveryState()
        XCTAssertEqual(before, .notSet)
        let tooNew = await failure { _ = try await tablet.devices.newPhrase() }
        XCTAssertEqual(tooNew, .invalid(says("not_settled")))
        let long = try await devices.newPhrase(.twentyFour)
        XCTAssertEqual(long.count, 24)
        let words = try await devices.newPhrase()
        let asked = try await devices.phraseAsked()
        XCTAssertEqual([words.count, asked.count], [12, 3])
        let right = asked.map { words[$0 - 1] }
        let wrong = await failure { try await devices.confirmPhrase(Array(right.dropFirst())) }
        XCTAssertEqual(wrong, .invalid(says("wrong_words")))
        try await devices.confirmPhrase(right)
        let after = try await devices.recoveryState()
        XCTAssertEqual(after, .set)
        try await sync(phone)

        let new = try await stage.device(scenario.newPhone, transport: HttpTransport())
        let bad = await failure { try await new.devices.recover(from: origin, phrase: scenario.badPhrase) }
        XCTAssertEqual(bad, .invalid(says("bad_phrase")))
        let strange = await failure { try await new.devices.recover(from: origin, phrase: scenario.strangePhrase) }
        XCTAssertEqual(strange, .rejected(says("phrase_unknown")))
        try await new.devices.recover(from: origin, phrase: words.joined(separator: " "))
        try await sync(new)
        let back = try await body(new, walk)
        XCTAssertEqual(back, scenario.walk.body)
        let used = try await new.devices.recoveryState()
        XCTAssertEqual(used, .used)
        // What was erased before goes beyond the reach of old copies once every device has done its part.
        try await new.devices.shred()
        let shredding = try await new.devices.shredding()
        XCTAssertEqual(shredding, .beginning)
        // With the phrase at hand it removes the phone that is lost.
        let lost = try await named(new, scenario.phone)
        try await new.devices.remove(lost.id)
        try await sync(new, new)
        let report = try await phone.sync.now()
        XCTAssertEqual(report.outcome, .rejected)
        let other = await failure { try await tablet.devices.usePhrase(scenario.strangePhrase) }
        XCTAssertEqual(other, .rejected(says("phrase_unknown")))
    }

    func test_a_relay_that_lost_its_store_has_everything_again() async throws {
        let (phone, tablet) = try await stage.phoneAndTablet()
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        try await sync(phone, tablet)
        let relay = try await phone.sync.status().relay
        try stage.loseTheRelaysStore(at: try XCTUnwrap(relay))
        let soup = try await tablet.journal.write(scenario.draft(scenario.soup))
        try await sync(tablet, phone, tablet)
        let new = try await stage.paired(phone, with: scenario.desk)
        try await sync(new)
        for device in [phone, tablet, new] {
            let bodies = [try await body(device, walk), try await body(device, soup)]
            XCTAssertEqual(bodies, [scenario.walk.body, scenario.soup.body])
            let status = try await device.sync.status()
            XCTAssertFalse(status.needsJoining)
            XCTAssertNil(status.toSendAgain)
        }
        let inside = await failure { try await phone.devices.beginAgain() }
        XCTAssertEqual(inside, .invalid(says("not_parted")))
    }

    func test_everything_is_asked_for_and_stopped_and_one_device_is_erased_alone() async throws {
        let (phone, tablet) = try await stage.phoneAndTablet()
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        let tooNew = await failure { try await tablet.devices.eraseEverything() }
        XCTAssertEqual(tooNew, .invalid(says("not_settled")))
        try await phone.devices.eraseEverything()
        let asked = try await phone.devices.erasure()
        XCTAssertEqual(asked, .asked)
        try await sync(phone, tablet)
        for vault in [phone, tablet] {
            let status = try await vault.sync.status()
            guard case .until = status.erasure else { return XCTFail("it is under way") }
        }
        try await tablet.devices.keepEverything()
        try await sync(tablet, phone)
        let kept = try await phone.devices.erasure()
        XCTAssertEqual(kept, .nothing)

        try await tablet.eraseHere()
        let read = await failure { _ = try await tablet.journal.entry(walk) }
        XCTAssertEqual(read, .erased(says("erased")))
        let round = await failure { _ = try await tablet.sync.now() }
        XCTAssertEqual(round, .erased(says("erased")))
        let here = try await body(phone, walk)
        XCTAssertEqual(here, scenario.walk.body)
    }
}
