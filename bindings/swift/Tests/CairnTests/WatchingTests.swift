import Cairn
import XCTest

final class WatchingTests: StageTestCase {
    func test_a_list_comes_at_once_and_again_when_it_is_another_one() async throws {
        let phone = try await stage.device(scenario.phone)
        var lists = phone.journal.entries().makeAsyncIterator()
        let empty = try await lists.next()
        XCTAssertEqual(empty, [])
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        let written = try await lists.next()
        XCTAssertEqual(written?.map(\.id), [walk])
        try await phone.journal.trash(walk)
        let trashed = try await lists.next()
        XCTAssertEqual(trashed, [])
    }

    func test_who_reads_slowly_sees_the_newest_list_and_not_every_one_before_it() async throws {
        let phone = try await stage.device(scenario.phone)
        let writes = 40
        var lists = phone.journal.entries(EntryQuery(count: 500)).makeAsyncIterator()
        _ = try await lists.next()
        for _ in 1...writes { _ = try await phone.journal.write(scenario.draft(scenario.walk)) }
        // The stream reads by itself: it may be behind by what it is reading now, and by what waits to be taken.
        var seen: [Int] = []
        while seen.last != writes { seen.append(try await lists.next()?.count ?? writes) }
        XCTAssertLessThanOrEqual(seen.count, 3, "\(seen)")
    }

    func test_a_list_goes_on_after_the_vault_was_suspended() async throws {
        let phone = try await stage.device(scenario.phone)
        var lists = phone.journal.entries().makeAsyncIterator()
        _ = try await lists.next()
        try await phone.suspend()
        try await phone.resume()
        _ = try await phone.journal.write(scenario.draft(scenario.walk))
        let written = try await lists.next()
        XCTAssertEqual(written?.count, 1)
    }

    func test_an_error_of_the_reading_ends_the_stream() async throws {
        let phone = try await stage.device(scenario.phone)
        let error = await failure { for try await _ in phone.journal.entries(EntryQuery(count: 0)) {} }
        guard case .invalid = error else { return XCTFail("\(String(describing: error))") }
    }

    func test_other_things_are_watched_in_the_same_way() async throws {
        let phone = try await stage.device(scenario.phone)
        var profiles = phone.watch(.profile) { try await phone.profile.read() }.makeAsyncIterator()
        let empty = try await profiles.next()
        XCTAssertEqual(empty?.sections, [])
        _ = try await phone.profile.addSection(scenario.section)
        let added = try await profiles.next()
        XCTAssertEqual(added?.sections.map(\.name), [scenario.section])
    }

    func test_what_another_person_sends_is_told_when_the_editor_is_closed() async throws {
        let origin = try stage.startRelay()
        let phone = try await stage.device(scenario.phone, transport: HttpTransport())
        try await phone.sync.connect(to: origin)
        try await sync(phone)
        var people = phone.watch(.support) { try await phone.support.relationships().count }.makeAsyncIterator()
        let nobody = try await people.next()
        XCTAssertEqual(nobody, 0)
        let editing = try phone.beginEditing()
        _ = try await phone.support.invite(as: scenario.participant)
        try editing.end()
        let somebody = try await people.next()
        XCTAssertEqual(somebody, 1)
    }
}
