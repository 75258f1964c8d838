import Cairn
import Foundation
import XCTest

/// Locking, and the passphrase or PIN. The same tests stand in Python and Kotlin.
final class LockingTests: StageTestCase {
    func test_a_locked_vault_answers_nothing_and_its_list_is_empty_until_it_is_unlocked() async throws {
        let phone = try await stage.device(scenario.phone)
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        var lists = phone.journal.entries().makeAsyncIterator()
        let written = try await lists.next()
        XCTAssertEqual(written?.map(\.id), [walk])
        try await phone.lock()
        let locked = try await lists.next()
        XCTAssertEqual(locked, [])
        XCTAssertTrue(try phone.isLocked)
        let error = await failure { _ = try await phone.journal.page() }
        XCTAssertEqual(error, .locked(scenario.errors["vault_locked"]!))
        try await phone.unlock()
        let again = try await lists.next()
        XCTAssertEqual(again?.map(\.id), [walk])
    }

    func test_people_are_hidden_and_the_journal_is_open() async throws {
        let phone = try await stage.device(scenario.phone)
        let (people, pin) = (phone.support, scenario.pin)
        let hidden = VaultError.peopleHidden(scenario.errors["people_hidden"]!)
        let none = await failure { try await people.hidePeople() }
        XCTAssertEqual(none, .invalid(scenario.errors["no_people_lock"]!))
        try await people.setPeopleLock(.pin, pin)
        let shown = try await people.relationships()
        XCTAssertEqual(shown, [])
        try await phone.lock()
        try await phone.unlock()
        let state = try await people.peopleLock()
        XCTAssertEqual(state, LockState(isLocked: true, asksFor: .pin, waitMs: 0))
        let listed = await failure { _ = try await people.relationships() }
        XCTAssertEqual(listed, hidden)
        let changed = await failure { try await people.setPeopleLock(.passphrase, scenario.passphrase) }
        XCTAssertEqual(changed, hidden)
        let page = try await phone.journal.page().entries
        XCTAssertEqual(page, [])
        let wrong = await failure { try await people.showPeople("000000") }
        XCTAssertEqual(wrong, .wrongPassphrase(scenario.errors["wrong_passphrase"]!))
        try await people.showPeople(pin)
        let again = try await people.relationships()
        XCTAssertEqual(again, [])
        try await people.hidePeople()
        let shares = await failure { _ = try await people.shares() }
        XCTAssertEqual(shares, hidden)
        try await people.stopEverything()
        try await people.removePeopleLock(old: pin)
        let open = try await people.shares()
        XCTAssertEqual(open, [])
    }

    func test_a_passphrase_is_asked_for_and_wrong_ones_wait() async throws {
        let keys = MemoryKeyStore()
        let phone = try await stage.device(scenario.phone, keys: keys)
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        let right = scenario.passphrase
        guard case .invalid = await failure({ try await phone.setPassphrase(.pin, "12345") }) else {
            return XCTFail("five digits were taken")
        }
        try await phone.setPassphrase(.pin, scenario.pin)
        try await phone.setPassphrase(.passphrase, right, old: scenario.pin)
        let chosen = try await phone.autoLock()
        XCTAssertEqual(chosen, 300_000)
        try await phone.setAutoLock(afterMs: 60_000)
        try await phone.suspend()

        let again = try await stage.device(scenario.phone, keys: keys)
        let state = try await again.lockState()
        XCTAssertEqual(state, LockState(isLocked: true, asksFor: .passphrase, waitMs: 0))
        let nothing = await failure { try await again.unlock() }
        XCTAssertEqual(nothing, .locked(scenario.errors["vault_locked"]!))
        for _ in 1...5 {
            let wrong = await failure { try await again.unlock(scenario.wrongPassphrase) }
            XCTAssertEqual(wrong, .wrongPassphrase(scenario.errors["wrong_passphrase"]!))
        }
        guard case .waitFirst = await failure({ try await again.unlock(right) }) else { return XCTFail("it did not wait") }
        let waiting = try await again.lockState()
        XCTAssertTrue((1...30_000).contains(waiting.waitMs))
        // What a wait of half a minute looks like when it is over, without waiting for it.
        try keys.save(name: "cairn.unlock-tries", secret: Data())
        try await again.unlock(right)
        let entries = try await again.journal.page().entries
        XCTAssertEqual(entries.map(\.id), [walk])
        let kept = try await again.autoLock()
        XCTAssertEqual(kept, 60_000)
        try await again.removePassphrase(old: right)
        let open = try await again.lockState()
        XCTAssertNil(open.asksFor)
    }
}
