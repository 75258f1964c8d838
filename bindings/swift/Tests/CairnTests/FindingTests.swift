import Cairn
import XCTest

final class FindingTests: StageTestCase {
    private let japanese = "今日は東京駅で古い友達に会った。"

    /// An entry of a day, in London at noon.
    private func draft(_ body: String, _ day: String, tags: [String] = [], tender: Bool = false) -> Draft {
        let at = ISO8601DateFormatter().date(from: "\(day)T12:00:00Z")!
        let happened = Moment.of(at, zone: TimeZone(identifier: "Europe/London")!, precision: .day)
        return Draft(body: body, happened: happened, tags: tags, tender: tender)
    }

    func test_words_are_found_in_scripts_without_blanks_and_pages_follow_each_other() async throws {
        let journal = try await stage.device(scenario.phone).journal
        for day in 1...3 { _ = try await journal.write(draft(japanese, "2026-03-0\(day)")) }
        let first = try await journal.search("友達", count: 2)
        XCTAssertEqual(first.count, 2)
        XCTAssertTrue(first[0].snippet.contains("\u{2}友達\u{3}"))
        let second = try await journal.search("友達", count: 2, after: first[1].cursor)
        XCTAssertEqual(second.map { $0.entry.happened.localDate }, ["2026-03-01"])
        let nothing = try await journal.search("京都")
        XCTAssertEqual(nothing.count, 0)
    }

    func test_a_filter_narrows_lists_and_searches() async throws {
        let journal = try await stage.device(scenario.phone).journal
        _ = try await journal.write(draft("Soup", "2026-03-01", tags: ["Kitchen"]))
        _ = try await journal.write(draft("Soup again", "2026-03-05"))
        let tagged = EntryFilter(tags: ["kitchen"])
        let page = try await journal.page(EntryQuery(filter: tagged))
        XCTAssertEqual(page.entries.map(\.body), ["Soup"])
        let later = try await journal.search("soup", filter: EntryFilter(fromDate: "2026-03-02"))
        XCTAssertEqual(later.map(\.entry.body), ["Soup again"])
        let words = try await journal.words(.tag, beginning: "KIT")
        XCTAssertEqual(words, ["Kitchen"])
    }

    func test_the_calendar_shows_days_and_nothing_old_comes_back_unasked() async throws {
        let journal = try await stage.device(scenario.phone).journal
        _ = try await journal.write(draft("Soup", "2024-03-01"))
        _ = try await journal.write(draft("Tender", "2023-03-01", tender: true))
        let month = try await journal.days(of: "2024-03")
        XCTAssertEqual(month, CalendarMonth(days: ["2024-03-01"], hasUndated: false))
        let day = try await journal.entries(ofDay: "2024-03-01")
        XCTAssertEqual(day.entries.map(\.body), ["Soup"])
        let undated = try await journal.undated(ofMonth: "2024-03")
        XCTAssertEqual(undated.entries, [])
        let before = try await journal.memories(on: "2026-03-01")
        XCTAssertEqual(before, [])
        try await journal.setMemories(true)
        let isOn = try await journal.hasMemories()
        XCTAssertTrue(isOn)
        let after = try await journal.memories(on: "2026-03-01")
        XCTAssertEqual(after.map(\.body), ["Soup"])
    }

    func test_what_may_be_shown_later_is_a_list_of_the_persons_own() async throws {
        let journal = try await stage.device(scenario.phone).journal
        let soup = try await journal.write(draft("Soup", "2026-03-01"))
        let bread = try await journal.write(draft("Bread", "2026-03-02"))
        for entry in [soup, bread] { try await journal.setNotYet(entry) }
        let first = try await journal.notYet(count: 1)
        XCTAssertEqual(first.entries.map(\.body), ["Bread"])
        let last = try await journal.notYet(after: first.next)
        XCTAssertEqual(last.entries.map(\.body), ["Soup"])
        try await journal.setNotYet(soup, false)
        let listed = [try await journal.isNotYet(soup), try await journal.isNotYet(bread)]
        XCTAssertEqual(listed, [false, true])
        try await journal.trash(bread)
        let trashed = try await journal.notYet()
        XCTAssertEqual(trashed.entries, [])
        try await journal.erase(bread)
        let error = await failure { try await journal.setNotYet(bread) }
        guard case .notFound = error else { return XCTFail("\(String(describing: error))") }
    }
}
