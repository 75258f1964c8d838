import Cairn
import Foundation
import XCTest

/// What goes in comes out, here and on another device. The same tests stand in Kotlin and Python.
final class AttachmentsTests: StageTestCase {
    private let header = Data(
        [0x89] + "PNG\r\n\u{1A}\n\0\0\0\rIHDR\0\0\0\u{7}\0\0\0\u{5}\u{8}\u{2}\0\0\0....".utf8)
    private let place = Data("\0\0\0\ttEXtMarmalade....".utf8)
    private let end = Data("\0\0\0\0IEND....".utf8)

    func test_a_photo_comes_out_as_it_went_in_without_where_it_was_made() async throws {
        let journal = try await stage.device(scenario.phone).journal
        let photo = stage.folder.appendingPathComponent("stone.png")
        try (header + place + end).write(to: photo)
        let kept = try await journal.attach(photo, AttachOptions(altText: "A stone"))
        XCTAssertEqual(kept.kind, .photo)
        XCTAssertEqual(kept.mediaType, "image/png")
        XCTAssertEqual([kept.width, kept.height], [7, 5])
        let read = try await journal.readAttachment(kept.id, offset: 0, count: 1000)
        XCTAssertEqual(read, header + end)
        let state = try await journal.attachmentState(kept.id)
        XCTAssertEqual(state, .here)

        let whole = try await journal.attach(bytes: header + place + end, AttachOptions(keepMetadata: true))
        let saved = stage.folder.appendingPathComponent("saved.png")
        try await journal.saveAttachment(whole.id, to: saved)
        XCTAssertEqual(try Data(contentsOf: saved), header + place + end)
        let again = await failure { try await journal.saveAttachment(whole.id, to: saved) }
        guard case .invalid = again else { return XCTFail("\(String(describing: again))") }
        let nowhere = await failure { try await journal.fetchAttachment(UUID()) }
        guard case .notFound = nowhere else { return XCTFail("\(String(describing: nowhere))") }

        try await journal.setThumbnail(kept.id, Data("small".utf8))
        let small = try await journal.thumbnail(kept.id)
        XCTAssertEqual(small, Data("small".utf8))
        try await journal.setThumbnail(kept.id, nil)
        let none = try await journal.thumbnail(kept.id)
        XCTAssertNil(none)
    }

    func test_it_appears_on_the_other_device_when_the_person_wants_it() async throws {
        let (phone, tablet) = try await stage.phoneAndTablet()
        let video = Data((0..<3 * 1024 * 1024).map { UInt8(truncatingIfNeeded: $0) })
        let small = try await phone.journal.attach(bytes: header + end)
        let large = try await phone.journal.attach(bytes: video, AttachOptions(kind: .video))
        _ = try await phone.journal.write(scenario.draft(scenario.walk, attachments: [small, large]))
        try await sync(phone, tablet)
        let there = try await tablet.journal.readAttachment(small.id, offset: 0, count: 1000)
        XCTAssertEqual(there, header + end)
        let state = try await tablet.journal.attachmentState(large.id)
        XCTAssertEqual(state, .elsewhere)
        let before = try await phone.sync.attachmentProgress()
        XCTAssertEqual(before.up.count, 1)

        try await phone.sync.withAttachments()
        let after = try await phone.sync.attachmentProgress()
        XCTAssertEqual(after.up.count, 0)
        try await tablet.sync.setAttachmentPolicy(.onDemand)
        try await tablet.journal.fetchAttachment(large.id)
        try await sync(tablet)
        let target = stage.folder.appendingPathComponent("video")
        try await tablet.journal.saveAttachment(large.id, to: target)
        XCTAssertEqual(try Data(contentsOf: target), video)
    }
}
