import Cairn
import Foundation
import XCTest

/// A journal from elsewhere in, everything out, and in again. The same tests stand in Kotlin and Python.
final class ExchangeTests: StageTestCase {
    /// Keeps how far it was told work had come.
    private final class Told: @unchecked Sendable {
        private let lock = NSLock()
        private var steps: [[Int]] = []

        func note(_ done: Int, _ total: Int) {
            lock.withLock { steps.append([done, total]) }
        }

        var all: [[Int]] { lock.withLock { steps } }
    }

    func test_a_folder_of_pages_comes_in_once_and_a_letter_not_at_all() async throws {
        let journal = try await stage.device(scenario.phone).journal
        let diary = stage.folder.appendingPathComponent("diary")
        try FileManager.default.createDirectory(at: diary, withIntermediateDirectories: false)
        try Data("Soup. ![](pot.jpg)".utf8).write(to: diary.appendingPathComponent("2024-05-01.md"))
        try Data([1, 2, 3]).write(to: diary.appendingPathComponent("pot.jpg"))
        let options = ImportOptions(zone: scenario.zone)
        let preview = try await journal.previewImport(diary, options: options)
        XCTAssertEqual(preview.format, .markdown)
        XCTAssertEqual([preview.entries, preview.attachments], [1, 1])
        let told = Told()
        let first = try await journal.importJournal(diary, options: options) { told.note($0, $1) }
        XCTAssertEqual([first.added, first.known, first.media, first.mediaLeftOut], [1, 0, 1, 0])
        XCTAssertEqual(told.all.first, [0, 1])
        XCTAssertEqual(told.all.last, [1, 1])
        let again = try await journal.importJournal(diary, options: options)
        XCTAssertEqual([again.added, again.known], [0, 1])
        let letter = stage.folder.appendingPathComponent("letter.txt")
        try Data("Dear diary".utf8).write(to: letter)
        let error = await failure { _ = try await journal.importJournal(letter, options: options) }
        guard case .invalid = error else { return XCTFail("\(String(describing: error))") }
        let page = try await journal.page()
        XCTAssertEqual(page.entries.map(\.happened.localDate), ["2024-05-01"])
    }

    func test_an_archive_comes_in_again_as_it_was() async throws {
        let phone = try await stage.device(scenario.phone)
        let tablet = try await stage.device(scenario.tablet)
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        let soup = try await phone.journal.write(scenario.draft(scenario.soup))
        try await phone.journal.trash(soup)
        let section = try await phone.profile.addSection("How to reach me")
        _ = try await phone.profile.addStatement("In the morning.", stance: .want, in: section)
        let file = stage.folder.appendingPathComponent("journal.age")
        let sealed = ExportOptions(format: .archive, trash: true, passphrase: "soup on the bus")
        let told = Told()
        let exported = try await phone.journal.export(to: file, sealed) { told.note($0, $1) }
        XCTAssertEqual(exported.entries, 2)
        XCTAssertEqual(told.all.last, [2, 2])
        let exists = await failure { _ = try await phone.journal.export(to: file, sealed) }
        guard case .invalid = exists else { return XCTFail("\(String(describing: exists))") }

        for passphrase in [nil, "soup"] {
            let error = await failure { _ = try await tablet.journal.restoreArchive(file, passphrase: passphrase) }
            guard case .invalid = error else { return XCTFail("\(String(describing: error))") }
        }
        let restored = try await tablet.journal.restoreArchive(file, passphrase: "soup on the bus")
        XCTAssertEqual([restored.added, restored.known], [2, 0])
        for id in [walk, soup] {
            let (here, there) = (try await phone.journal.entry(id), try await tablet.journal.entry(id))
            XCTAssertEqual(here, there)
            XCTAssertNotNil(there)
        }
        let (here, there) = (try await phone.profile.read(), try await tablet.profile.read())
        XCTAssertEqual(here, there)
    }

    func test_a_story_is_its_words() async throws {
        let journal = try await stage.device(scenario.phone).journal
        let walk = try await journal.write(scenario.draft(scenario.walk))
        let file = stage.folder.appendingPathComponent("story.md")
        _ = try await journal.export(to: file, ExportOptions(format: .markdown, entry: walk, story: Story()))
        let text = try String(contentsOf: file, encoding: .utf8)
        XCTAssertTrue(text.contains(scenario.walk.body))
        for never in scenario.walk.feelings + [walk.uuidString.lowercased(), scenario.localDate] {
            XCTAssertFalse(text.contains(never), never)
        }
    }
}
