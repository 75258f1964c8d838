import Cairn
import XCTest

/// What an entry said before, drafts, and erasing for good. The same tests stand in Kotlin and Python.
final class HistoryTests: StageTestCase {
    func test_what_stands_around_an_entry_reads_back() async throws {
        let journal = try await stage.device(scenario.phone).journal
        let state = StateOfMind(feltFor: .day, associations: [4, 18])
        let place = Place(label: "the bench", latitude: 51.5, longitude: -0.125)
        let asked = Asked(prompt: "P-01", text: "What is here with you today?")
        let around = Draft(
            body: "Words.", happened: .of(), people: ["Sam"], lifeAreas: ["home"], valence: -0.25, energy: 1,
            stateOfMind: state, place: place, asked: asked, remember: true, tender: true)
        let found = try await journal.entry(try await journal.write(around))
        let entry = try XCTUnwrap(found)
        XCTAssertEqual(entry.people, ["Sam"])
        XCTAssertEqual(entry.lifeAreas, ["home"])
        XCTAssertEqual(entry.valence, -0.25)
        XCTAssertEqual(entry.energy, 1)
        XCTAssertEqual(entry.stateOfMind, state)
        XCTAssertEqual(entry.place, place)
        XCTAssertEqual(entry.asked, asked)
        XCTAssertEqual([entry.remember, entry.keepFromMemories, entry.tender, entry.neverShare], [true, false, true, false])
        let error = await failure { _ = try await journal.write(Draft(body: "x", happened: .of(), valence: 1.5)) }
        guard case .invalid = error else { return XCTFail("\(String(describing: error))") }
    }

    func test_an_entry_goes_back_to_what_it_said_and_forgets_it() async throws {
        let journal = try await stage.device(scenario.phone).journal
        let walk = try await journal.write(scenario.draft(scenario.walk))
        let found = try await journal.entryForEditing(walk)
        try await journal.revise(try XCTUnwrap(found), to: scenario.draft(scenario.walk, body: scenario.walkOnPhone))
        let history = try await journal.history(walk)
        XCTAssertEqual(history.map(\.isPresent), [false, true])
        let first = try await journal.entry(walk, at: history[0])
        XCTAssertEqual(first?.body, scenario.walk.body)
        try await journal.goBack(walk, to: history[0])
        let now = try await journal.entry(walk)
        XCTAssertEqual(now?.body, scenario.walk.body)
        let isErased = try await journal.eraseEarlierDrafts(walk)
        XCTAssertTrue(isErased)
        let left = try await journal.history(walk)
        XCTAssertEqual(left.count, 1)
    }

    func test_what_is_erased_is_gone_and_a_draft_is_kept_until_it_is_an_entry_or_let_go() async throws {
        let journal = try await stage.device(scenario.phone).journal
        let walk = try await journal.write(scenario.draft(scenario.walk))
        let error = await failure { try await journal.erase(walk) }
        guard case .invalid = error else { return XCTFail("\(String(describing: error))") }
        try await journal.trash(walk)
        try await journal.erase(walk)
        let gone = try await journal.entry(walk)
        XCTAssertNil(gone)
        let isEmptied = try await journal.emptyTrash()
        XCTAssertFalse(isEmptied)

        let first = try await journal.keep(Draft(body: "", happened: .of()))
        let again = try await journal.keep(scenario.draft(scenario.soup), as: first)
        XCTAssertEqual(first, again)
        let soup = try await journal.finishDraft(first)
        let written = try await journal.entry(soup)
        XCTAssertEqual(written?.body, scenario.soup.body)
        let read = try await journal.entryForEditing(soup)
        let second = try await journal.keep(scenario.draft(scenario.soup, body: scenario.soupOnTablet), revising: read)
        let revised = try await journal.finishDraft(second)
        XCTAssertEqual(revised, soup)
        let third = try await journal.keep(scenario.draft(scenario.walk))
        try await journal.discardDraft(third)
        let left = try await journal.drafts()
        XCTAssertEqual(left, [])
    }
}
