import Cairn
import Foundation
import XCTest

/// The scenario, in Swift. The same tests stand in Python (test_scenario.py) and Kotlin (ScenarioTest.kt).
final class ScenarioTests: StageTestCase {
    private func says(_ name: String) -> String { scenario.errors[name]! }

    func test_what_was_written_reads_back_and_is_found() async throws {
        let journal = try await stage.device(scenario.phone).journal
        let walk = try await journal.write(scenario.draft(scenario.walk))
        let soup = try await journal.write(scenario.draft(scenario.soup))

        let found = try await journal.entry(walk)
        let entry = try XCTUnwrap(found)
        XCTAssertEqual(entry.id, walk)
        XCTAssertEqual([entry.title, entry.body], [scenario.walk.title, scenario.walk.body])
        XCTAssertEqual([entry.tags, entry.feelings], [scenario.walk.tags, scenario.walk.feelings])
        XCTAssertEqual(entry.happened.at, scenario.moment.at)
        XCTAssertEqual(entry.happened.zone, scenario.zone)
        XCTAssertEqual(entry.happened.localDate, scenario.localDate)

        let hits = try await journal.search(scenario.searchWords)
        XCTAssertEqual(hits.map(\.entry.id), [walk])
        XCTAssertTrue(hits[0].snippet.contains(scenario.searchSnippet))
        let nothing = try await journal.search(scenario.searchNothing)
        XCTAssertEqual(nothing, [])

        let first = try await journal.page(EntryQuery(count: 1))
        let second = try await journal.page(EntryQuery(count: 1, after: first.next))
        XCTAssertEqual(Set((first.entries + second.entries).map(\.id)), [walk, soup])
        XCTAssertNil(second.next)
    }

    func test_an_entry_comes_back_from_the_trash_as_it_was() async throws {
        let journal = try await stage.device(scenario.phone).journal
        let walk = try await journal.write(scenario.draft(scenario.walk))
        let before = try await journal.entry(walk)
        try await journal.trash(walk)
        let shown = try await journal.page().entries
        XCTAssertEqual(shown, [])
        let inTrash = try await journal.page(EntryQuery(trashed: true)).entries
        XCTAssertEqual(inTrash.map(\.id), [walk])
        XCTAssertNotNil(inTrash.first?.trashed)
        try await journal.restore(walk)
        let after = try await journal.entry(walk)
        XCTAssertEqual(after, before)
    }

    func test_a_paired_device_reads_what_the_first_one_wrote() async throws {
        let (phone, tablet) = try await stage.phoneAndTablet()
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        let before = try await phone.sync.status()
        XCTAssertGreaterThan(before.waiting, 0)
        try await sync(phone, tablet)
        let read = try await body(tablet, walk)
        XCTAssertEqual(read, scenario.walk.body)
        let after = try await phone.sync.status()
        XCTAssertEqual(after.waiting, 0)
        let names = try await tablet.devices.all().map(\.name)
        XCTAssertEqual(Set(names), [scenario.phone, scenario.tablet])
    }

    func test_two_devices_that_write_apart_keep_both_texts() async throws {
        let (phone, tablet) = try await stage.phoneAndTablet()
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        let soup = try await phone.journal.write(scenario.draft(scenario.soup))
        try await sync(phone, tablet)
        try await revise(phone, walk, scenario.walk, body: scenario.walkOnPhone)
        try await revise(tablet, walk, scenario.walk, body: scenario.walkOnTablet)
        try await revise(tablet, soup, scenario.soup, body: scenario.soupOnTablet)
        try await sync(phone, tablet, phone, tablet)
        for device in [phone, tablet] {
            let found = try await device.journal.entry(walk)
            let merged = try XCTUnwrap(found)
            for sentence in scenario.walkBoth { XCTAssertTrue(merged.body.contains(sentence), merged.body) }
            XCTAssertTrue(merged.bothVersions)
            let other = try await body(device, soup)
            XCTAssertEqual(other, scenario.soupOnTablet)
        }
        let (one, other) = try await (body(phone, walk), body(tablet, walk))
        XCTAssertEqual(one, other)
    }

    /// A participant and a specialist who have compared digits: their devices, and the relationship on each.
    private struct Met {
        let phone, laptop: Vault
        let mine, theirs: UUID
    }

    /// The devices of a participant, who has a relay, and of somebody who is to be invited.
    private func apart() async throws -> (phone: Vault, laptop: Vault) {
        let origin = try stage.startRelay()
        let phone = try await stage.device(scenario.phone, transport: HttpTransport())
        let laptop = try await stage.device(scenario.laptop, transport: Vault.rustTransport())
        try await phone.sync.connect(to: origin)
        try await sync(phone)
        return (phone, laptop)
    }

    func test_whoever_is_invited_can_say_not_now() async throws {
        let (phone, laptop) = try await apart()
        let invitation = try await phone.support.invite(as: scenario.participant)
        try await laptop.support.decline(code: invitation.code)
        let declined = await failure { _ = try await phone.support.waitForSpecialist() }
        XCTAssertEqual(declined, .rejected(says("declined")))
        let mine = try await phone.support.relationships()
        XCTAssertEqual(mine.map(\.status), [.declined])
        let theirs = try await laptop.support.relationships()
        XCTAssertEqual(theirs, [])
        let noCode = await failure { try await laptop.support.decline(code: "CAIRN1") }
        XCTAssertEqual(noCode, .invalid(says("bad_code")))
    }

    private func meet() async throws -> Met {
        let (phone, laptop) = try await apart()
        let invitation = try await phone.support.invite(as: scenario.participant)
        async let accepting = laptop.support.accept(code: invitation.code, as: scenario.specialist)
        async let waiting = phone.support.waitForSpecialist()
        let (accepted, name) = try await (accepting, waiting)
        XCTAssertEqual([accepted.name, name], [scenario.participant, scenario.specialist])
        async let confirmed: Void = phone.support.confirmSpecialist(digits: accepted.digits)
        async let finished: Void = laptop.support.finishAccepting()
        _ = try await (confirmed, finished)
        return Met(phone: phone, laptop: laptop, mine: invitation.relationship, theirs: accepted.relationship)
    }

    private func agree(_ met: Met) async throws {
        let declaration = Declaration(priorConnection: .nothing, confidentialityLimits: scenario.limits)
        try await met.laptop.support.declare(declaration, in: met.theirs)
        let offer = try await met.laptop.support.proposeAgreement(Agreement(), in: met.theirs)
        try await sync(met.laptop, met.phone)
        try await met.phone.support.acceptAgreement(offer, in: met.mine)
        try await sync(met.phone, met.laptop)
        try await expect(.active, met)
    }

    private func expect(_ status: RelationshipStatus, _ met: Met) async throws {
        for device in [met.phone, met.laptop] {
            let statuses = try await device.support.relationships().map(\.status)
            XCTAssertEqual(statuses, [status])
        }
    }

    /// What both sides may show to other software of one share, in both shapes.
    private func receiptsSay(_ status: String, of share: UUID, _ sides: Vault...) async throws {
        for side in sides {
            let iso = try fields(of: try await side.support.receipt(of: share, shape: .iso27560))
            let fhir = try fields(of: try await side.support.receipt(of: share, shape: .fhirR4))
            XCTAssertEqual(iso["schema_version"] as? String, "ISO/IEC TS 27560:2023")
            XCTAssertEqual(iso["record_id"] as? String, share.uuidString.lowercased())
            XCTAssertEqual(fhir["resourceType"] as? String, "Consent")
            XCTAssertEqual(fhir["status"] as? String, status)
            XCTAssertEqual(fhir["id"] as? String, share.uuidString.lowercased())
        }
    }

    private func fields(of json: String) throws -> [String: Any] {
        try XCTUnwrap(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    }

    private func share(
        of entry: UUID, in relationship: UUID, parts: Parts = Parts(time: .day), wanted: [SupportWanted] = [],
        passages: [String] = [], gated: Bool = false, attachments: [UUID] = [], notice: NoticeChoice? = nil,
        leaseDays: Int64? = nil
    ) -> NewShare {
        NewShare(
            relationship: relationship, entry: entry, parts: parts, end: .untilIStop,
            purpose: scenario.sharePurpose, wanted: wanted, holdMs: 0, passages: passages, gated: gated,
            attachments: attachments, notice: notice, leaseDays: leaseDays)
    }

    func test_words_for_the_preferences_are_asked_for_and_change_nothing_before_they_are_kept() async throws {
        let met = try await meet()
        try await agree(met)
        let (participant, specialist, profile) = (met.phone.support, met.laptop.support, met.phone.profile)
        func propose(_ asked: UUID) async throws -> UUID {
            let proposal = NewMessage(kind: .proposal, body: scenario.proposal, accepted: asked)
            return try await specialist.say(proposal, in: met.theirs)
        }
        let unasked = await failure { _ = try await propose(UUID()) }
        XCTAssertEqual(unasked, .invalid(says("not_asked_for")))
        let asked = try await participant.say(NewMessage(kind: .askForProposal), in: met.mine)
        try await sync(met.phone, met.laptop)
        let proposed = try await propose(asked)
        try await sync(met.laptop, met.phone)
        let messages = try await participant.messages(in: met.mine)
        let shown = try XCTUnwrap(messages.last)
        XCTAssertEqual(shown.id, proposed)
        XCTAssertEqual(shown.kind, .proposal)
        XCTAssertEqual(shown.body, scenario.proposal)
        let before = try await profile.read().sections.flatMap(\.statements)
        XCTAssertEqual(before, [])
        let section = try await profile.addSection(scenario.section)
        let kept = try await participant.keepProposal(of: proposed, in: met.mine, section: section)
        let again = try await participant.keepProposal(of: proposed, in: met.mine, section: section)
        XCTAssertEqual(again, kept)
        let statements = try await profile.read().sections.flatMap(\.statements)
        XCTAssertEqual(statements.map(\.id), [kept])
        XCTAssertEqual(statements.map(\.text), [scenario.proposal])
        XCTAssertEqual(statements.map(\.offeredBy), [scenario.specialist])
    }

    func test_both_write_on_the_page_of_a_meeting_and_each_changes_their_own_lines() async throws {
        let met = try await meet()
        try await agree(met)
        let (participant, specialist, day) = (met.phone.support, met.laptop.support, scenario.meetingDay)
        let early = await failure { _ = try await specialist.beginMeeting(on: day, in: met.theirs) }
        XCTAssertEqual(early, .invalid(says("not_participant")))
        let meeting = try await participant.beginMeeting(on: day, in: met.mine)
        let line = try await participant.write(scenario.agenda, on: .agenda, of: meeting, in: met.mine)
        try await sync(met.phone, met.laptop)
        let note = try await specialist.write(scenario.note, on: .notes, of: meeting, in: met.theirs)
        try await specialist.change(note, to: scenario.noteAgain, of: meeting, in: met.theirs)
        let others = await failure { try await specialist.change(line, to: scenario.note, of: meeting, in: met.theirs) }
        XCTAssertEqual(others, .invalid(says("not_yours")))
        try await sync(met.laptop, met.phone)
        let pages = try await participant.meetings(in: met.mine)
        let page = try XCTUnwrap(pages.first)
        XCTAssertEqual(page.day, day)
        XCTAssertEqual(page.agenda, [MeetingLine(id: line, by: .participant, words: [scenario.agenda])])
        XCTAssertEqual(page.notes, [MeetingLine(id: note, by: .specialist, words: [scenario.noteAgain])])
        let theirs = try await specialist.meetings(in: met.theirs)
        XCTAssertEqual(theirs, pages)
        try await participant.takeAway(line, of: meeting, in: met.mine)
        let without = try await participant.meetings(in: met.mine)
        XCTAssertEqual(without.map(\.agenda), [[]])
        try await participant.takeBackMeeting(meeting, in: met.mine)
        try await sync(met.phone, met.laptop)
        let nothing = try await specialist.meetings(in: met.theirs)
        XCTAssertEqual(nothing, [])
    }

    func test_two_people_agree_before_anything_is_shared() async throws {
        let met = try await meet()
        let (participant, specialist) = (met.phone.support, met.laptop.support)
        try await expect(.agreeing, met)
        let walk = try await met.phone.journal.write(scenario.draft(scenario.walk))
        let early = await failure { _ = try await participant.share(share(of: walk, in: met.mine)) }
        XCTAssertEqual(early, .invalid(says("not_active")))
        let undeclared = await failure { _ = try await participant.proposeAgreement(Agreement(), in: met.mine) }
        XCTAssertEqual(undeclared, .invalid(says("not_declared")))
        let blank = Declaration(priorConnection: .nothing, confidentialityLimits: " ")
        let unsaid = await failure { try await specialist.declare(blank, in: met.theirs) }
        XCTAssertEqual(unsaid, .invalid(says("no_limits")))
        let nothing = Declaration(
            priorConnection: .group, confidentialityLimits: scenario.limits, experience: [" "])
        let unnamed = await failure { try await specialist.declare(nothing, in: met.theirs) }
        XCTAssertEqual(unnamed, .invalid(says("no_area")))
        let declaration = Declaration(
            priorConnection: .group, confidentialityLimits: scenario.limits, experience: [scenario.experience],
            pronouns: scenario.pronouns, organisation: scenario.organisation, certification: scenario.certification,
            languages: ["en", "es-MX"])
        try await specialist.declare(declaration, in: met.theirs)
        let offer = Agreement(specialistOffers: scenario.offers)
        let first = try await specialist.proposeAgreement(offer, in: met.theirs)
        try await sync(met.laptop, met.phone)
        let order = try await participant.peopleOrder()
        XCTAssertEqual(order, .byHand)
        try await participant.setPeopleOrder(.byName)
        let byName = try await participant.peopleOrder()
        XCTAssertEqual(byName, .byName)
        let seen = try await participant.relationships()[0]
        try await participant.movePerson(seen.id)
        XCTAssertEqual(seen.declaration, declaration)
        XCTAssertEqual(seen.agreements.map(\.digest), [first])
        XCTAssertEqual(seen.agreements.map(\.agreement), [offer])
        XCTAssertEqual(seen.agreements.map(\.by), [.specialist])
        let wish = Agreement(specialistOffers: scenario.offers, outsideContact: scenario.wants)
        let second = try await participant.proposeAgreement(wish, in: met.mine)
        try await sync(met.phone, met.laptop)
        try await specialist.acceptAgreement(second, in: met.theirs)
        try await sync(met.laptop, met.phone)
        try await expect(.active, met)
        let agreements = try await participant.relationships()[0].agreements
        XCTAssertEqual(agreements.map(\.isInForce), [false, true])
        XCTAssertEqual(agreements.map(\.version), [1, 2])
    }

    func test_a_specialist_opens_what_the_profile_shows_them() async throws {
        let met = try await meet()
        let (participant, specialist) = (met.phone.support, met.laptop.support)
        try await agree(met)
        let profile = met.phone.profile
        let section = try await profile.addSection(scenario.section)
        _ = try await profile.write(StatementDraft(text: scenario.statement, isShareable: true), in: section)
        _ = try await profile.write(StatementDraft(text: scenario.canary), in: section)
        let nothing = try await specialist.openPreferences(in: met.theirs)
        XCTAssertEqual(nothing, [])
        try await participant.showSections([section], in: met.mine)
        try await sync(met.phone, met.laptop)
        let before = try await specialist.relationships().map(\.hasNewPreferences)
        XCTAssertEqual(before, [true])
        let shown = try await specialist.openPreferences(in: met.theirs)
        XCTAssertEqual(shown.map(\.name), [scenario.section])
        XCTAssertEqual(shown[0].statements.map(\.text), [scenario.statement])
        XCTAssertEqual(shown[0].statements.map(\.isNew), [false])
        let after = try await specialist.relationships().map(\.hasNewPreferences)
        XCTAssertEqual(after, [false])
        let kept = try await participant.relationships().map(\.keptFrom)
        XCTAssertEqual(kept, [nil])
        _ = try await profile.write(StatementDraft(text: scenario.touch, isShareable: true), in: section)
        try await sync(met.phone, met.laptop)
        let more = try await specialist.openPreferences(in: met.theirs)
        XCTAssertEqual(more[0].statements.map(\.isNew), [false, true])
        func address(_ languages: [String]) -> Address {
            Address(
                name: scenario.called, nameIsShareable: true, pronouns: scenario.pronouns, pronounsAreShareable: true,
                languages: languages, languagesAreShareable: true)
        }
        let how = try await profile.setAddress(address(scenario.languagesSaid))
        let said = try await profile.read().address
        XCTAssertEqual(said, address(scenario.languages))
        let bad = await failure { _ = try await profile.setAddress(Address(languages: [scenario.canary])) }
        XCTAssertEqual(bad, .invalid(says("no_language")))
        try await participant.showSections([section, how], in: met.mine)
        try await sync(met.phone, met.laptop)
        let other = try await specialist.relationships()[0]
        XCTAssertEqual(other.otherName, scenario.called)
        XCTAssertEqual(other.otherPronouns, scenario.pronouns)
        XCTAssertEqual(other.otherLanguages, scenario.languages)
        try await participant.showSections([], in: met.mine)
        try await sync(met.phone, met.laptop)
        let gone = try await specialist.openPreferences(in: met.theirs)
        XCTAssertEqual(gone, [])
    }

    func test_pausing_and_ending_take_one_step() async throws {
        let met = try await meet()
        let (participant, specialist) = (met.phone.support, met.laptop.support)
        try await agree(met)
        try await participant.pause(met.mine)
        try await sync(met.phone, met.laptop)
        try await expect(.paused, met)
        let seen = try await specialist.relationships()[0]
        XCTAssertEqual([seen.isPausedByMe, seen.isPausedByOther], [false, true])
        try await participant.goOn(met.mine)
        try await sync(met.phone, met.laptop)
        try await expect(.active, met)
        let silent = await failure { try await specialist.end(met.theirs) }
        XCTAssertEqual(silent, .invalid(says("no_goodbye")))
        try await specialist.end(met.theirs, words: scenario.goodbye)
        try await sync(met.laptop, met.phone)
        try await expect(.ended, met)
        let over = try await participant.relationships()[0]
        XCTAssertEqual(over.goodbye, scenario.goodbye)
    }

    func test_a_share_is_read_until_it_is_revoked() async throws {
        let met = try await meet()
        let (phone, laptop) = (met.phone, met.laptop)
        try await agree(met)
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        try await phone.profile.setWanted([.justReading])
        let share = try await phone.support.share(share(of: walk, in: met.mine))
        try await phone.profile.setWanted([])
        try await sync(phone, laptop)
        let cards = try await laptop.support.sharedWithMe()
        XCTAssertEqual(cards.map(\.share), [share])
        XCTAssertEqual(cards.map(\.isOpened), [false])
        XCTAssertEqual(cards.map(\.isLocked), [false])
        let shared = try await laptop.support.openShared(share)
        XCTAssertEqual(shared.fromName, scenario.participant)
        XCTAssertEqual(shared.wanted, [.justReading])
        let lines = Dictionary(uniqueKeysWithValues: shared.lines.map { ($0.part, $0.text) })
        XCTAssertEqual(lines[.body], scenario.walk.body)
        XCTAssertEqual(lines[.purpose], scenario.sharePurpose)
        XCTAssertNil(lines[.feelings])
        let pasted = "Read: " + scenario.walk.body
        let isPasted = try await laptop.support.holdsSharedWords(pasted)
        XCTAssertTrue(isPasted)
        let isShort = try await laptop.support.holdsSharedWords(scenario.walk.title)
        XCTAssertFalse(isShort)
        let isOwn = try await phone.support.holdsSharedWords(pasted)
        XCTAssertFalse(isOwn)

        try await sync(laptop, phone)
        let seen = try await phone.support.shares()[0]
        XCTAssertEqual(seen.wanted, [.justReading])
        XCTAssertNotNil(seen.released)
        XCTAssertNotNil(seen.opened)
        XCTAssertNil(seen.purged)
        try await receiptsSay("active", of: share, phone, laptop)

        try await phone.support.narrow(share, to: Parts(time: .hidden, body: true, title: false))
        try await sync(phone, laptop)
        let opened = try await laptop.support.openShared(share)
        XCTAssertEqual(opened.lines.map(\.part), [.purpose, .notice, .body])
        let asShown = try await phone.support.asShown(share)
        XCTAssertEqual(asShown.lines, opened.lines)
        let narrowed = try await phone.support.shares()[0]
        XCTAssertEqual(narrowed.narrowed.count, 1)
        XCTAssertFalse(narrowed.parts.title)
        let wider = await failure {
            try await phone.support.narrow(share, to: Parts(time: .hidden, body: true, title: true))
        }
        XCTAssertEqual(wider, .invalid(says("only_less")))

        try await phone.support.revoke(share)
        try await sync(phone, laptop, phone)
        let left = try await laptop.support.sharedWithMe()
        XCTAssertEqual(left, [])
        try await receiptsSay("inactive", of: share, phone, laptop)
        let closed = await failure { _ = try await laptop.support.openShared(share) }
        XCTAssertEqual(closed, .notFound(says("not_found")))
        let shares = try await phone.support.shares()
        XCTAssertEqual(shares.map(\.state), [.revoked])
        XCTAssertNotNil(shares[0].purged)
    }

    func test_something_stays_readable_when_it_ends() async throws {
        let met = try await meet()
        let (phone, laptop) = (met.phone, met.laptop)
        try await agree(met)
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        let passage = String(scenario.walk.body.prefix(9))
        let gone = try await phone.support.share(share(of: walk, in: met.mine))
        let shown = share(of: walk, in: met.mine, passages: [passage], notice: .own(words: "Between us."))
        let kept = try await phone.support.share(shown)
        try await sync(phone, laptop)
        try await phone.support.end(met.mine, keeping: [kept], until: Date(timeIntervalSinceNow: 604_800))
        try await sync(phone, laptop, phone)
        let cards = try await laptop.support.sharedWithMe()
        XCTAssertEqual(cards.map(\.share), [kept])
        let opened = try await laptop.support.openShared(kept)
        XCTAssertEqual(opened.lines.first { $0.part == .body }?.text, passage)
        XCTAssertEqual(opened.lines.first { $0.part == .notice }?.text, "Between us.")
        let shares = try await phone.support.shares()
        XCTAssertEqual(shares.filter(\.isKept).map(\.id), [kept])
        XCTAssertEqual(shares.first { $0.id == gone }?.state, .ended)
    }

    func test_what_stands_behind_a_gate_is_opened_with_the_network() async throws {
        let met = try await meet()
        let (phone, laptop) = (met.phone, met.laptop)
        try await agree(met)
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        let new = share(of: walk, in: met.mine, gated: true, leaseDays: 0)
        let tooLong = share(of: walk, in: met.mine, gated: true, leaseDays: 31)
        let long = await failure { _ = try await phone.support.share(tooLong) }
        XCTAssertEqual(long, .invalid(says("lease_too_long")))
        let share = try await phone.support.share(new)
        let stopped = try await phone.support.share(new)
        try await sync(phone, laptop)
        let cards = try await laptop.support.sharedWithMe()
        XCTAssertEqual(cards.map(\.isBehindGate), [true, true])
        let shut = await failure { _ = try await laptop.support.openShared(share) }
        XCTAssertEqual(shut, .invalid(says("gate_shut")))
        try await phone.support.revoke(stopped)
        try await sync(phone)
        let over = await failure { _ = try await laptop.support.openGated(stopped) }
        XCTAssertEqual(over, .notFound(says("not_found")))
        let opened = try await laptop.support.openGated(share).lines
        XCTAssertTrue(opened.contains { $0.text == scenario.walk.body })
        let again = try await laptop.support.openShared(share).lines
        XCTAssertEqual(again, opened)
        try await sync(laptop, phone)
        let seen = try await phone.support.shares()
        XCTAssertEqual(seen.first { $0.id == share }?.isGated, true)
        XCTAssertEqual(seen.first { $0.id == share }?.leaseDays, 0)
        XCTAssertNotNil(seen.first { $0.id == share }?.takenDay)
        XCTAssertNil(seen.first { $0.id == stopped }?.takenDay)
    }

    func test_a_photo_is_shown_without_where_it_was_made() async throws {
        let met = try await meet()
        let (phone, laptop) = (met.phone, met.laptop)
        try await agree(met)
        let size: [UInt8] = [0, 0, 0, 7, 0, 0, 0, 5, 8, 2, 0, 0, 0]
        let name: [UInt8] = [0x89] + Array("PNG\r\n\u{1a}\n".utf8)
        let begin = Data(name + [0, 0, 0, 13] + Array("IHDR".utf8) + size + Array("....".utf8))
        let place = Data([0, 0, 0, 9] + Array("tEXtMarmalade....".utf8))
        let end = Data([0, 0, 0, 0] + Array("IEND....".utf8))
        let beside = AttachOptions(altText: "A stone", keepMetadata: true)
        let photo = try await phone.journal.attach(bytes: begin + place + end, beside)
        let wordless = scenario.draft(scenario.walk, body: "", attachments: [photo])
        let entry = try await phone.journal.write(wordless)
        let unchosen = share(of: entry, in: met.mine, attachments: [photo.id])
        let unnamed = await failure { _ = try await phone.support.share(unchosen) }
        guard case .invalid = unnamed else { return XCTFail("\(String(describing: unnamed))") }
        let parts = Parts(time: .hidden, body: false, title: false, attachments: true, captions: true)
        let new = share(of: entry, in: met.mine, parts: parts, attachments: [photo.id])
        let share = try await phone.support.share(new)
        try await sync(phone, laptop)
        let waits = try await laptop.support.openShared(share).attachments
        XCTAssertEqual(waits.map(\.kind), [photo.kind])
        XCTAssertEqual(waits.map(\.caption), ["A stone"])
        XCTAssertEqual(waits.map(\.isHere), [false])
        try await sync(laptop)
        let found = try await laptop.support.openShared(share).attachments
        XCTAssertEqual(found.map(\.isHere), [true])
        XCTAssertEqual(found.map(\.mediaType), ["image/png"])
        let shown = try await laptop.support.readSharedAttachment(0, of: share, offset: 0, count: 1000)
        XCTAssertEqual(shown, begin + end)
        try await phone.support.revoke(share)
        try await sync(phone, laptop)
        let over = await failure {
            _ = try await laptop.support.readSharedAttachment(0, of: share, offset: 0, count: 1000)
        }
        XCTAssertEqual(over, .notFound(says("not_found")))
    }

    func test_people_and_a_place_are_shown_by_their_words_where_they_are_chosen() async throws {
        let met = try await meet()
        try await agree(met)
        let around = Draft(
            body: scenario.walk.body, happened: scenario.moment, people: ["Ana"], valence: -0.5,
            place: Place(label: "the bench", latitude: 51.5, longitude: -0.125))
        let entry = try await met.phone.journal.write(around)
        let parts = Parts(time: .hidden, valence: true, people: true, place: true)
        let share = try await met.phone.support.share(share(of: entry, in: met.mine, parts: parts))
        try await sync(met.phone, met.laptop)
        let lines = try await met.laptop.support.openShared(share).lines
        func text(_ part: SharedPart) -> [String] { lines.filter { $0.part == part }.map(\.text) }
        XCTAssertEqual(text(.people) + text(.place) + text(.valence), ["Ana", "the bench", "-0.5"])
        XCTAssertFalse(lines.contains { $0.text.contains("51.5") })
    }

    func test_they_talk_and_the_specialist_listens_first() async throws {
        let met = try await meet()
        let (participant, specialist) = (met.phone.support, met.laptop.support)
        try await agree(met)
        let walk = try await met.phone.journal.write(scenario.draft(scenario.walk))
        let share = try await participant.share(share(of: walk, in: met.mine))
        try await sync(met.phone, met.laptop)
        let about = About.share(id: share)
        let heard = NewMessage(
            kind: .acknowledgement, body: scenario.heard, about: about, strength: scenario.strength)
        let unopened = await failure { _ = try await specialist.say(heard, in: met.theirs) }
        XCTAssertEqual(unopened, .invalid(says("open_first")))
        _ = try await specialist.openShared(share)
        let offering = NewMessage(kind: .offerLivedExperience, body: scenario.livedOffer, about: about)
        let unheard = await failure { _ = try await specialist.say(offering, in: met.theirs) }
        XCTAssertEqual(unheard, .invalid(says("listen_first")))
        let said = try await specialist.say(heard, in: met.theirs)
        let offer = try await specialist.say(offering, in: met.theirs)
        let waiting = try await specialist.messages(in: met.theirs)
        XCTAssertEqual(waiting.map(\.state), [.waiting, .waiting])
        try await sync(met.laptop, met.phone)
        let messages = try await participant.messages(in: met.mine)
        XCTAssertEqual(messages.map(\.id), [said, offer])
        XCTAssertEqual(messages.map(\.state), [.arrived, .arrived])
        XCTAssertEqual(messages.map(\.kind), [.acknowledgement, .offerLivedExperience])
        XCTAssertEqual(messages.map(\.by), [.specialist, .specialist])
        XCTAssertEqual([messages[0].body, messages[0].strength], [scenario.heard, scenario.strength])
        XCTAssertEqual(messages[0].about, about)
        XCTAssertTrue(messages[0].isAboutSomethingHere)
        let earlier = try await participant.messages(in: met.mine, before: offer)
        XCTAssertEqual(earlier, [messages[0]])

        let kept = try await participant.keepStrength(of: said, in: met.mine)
        let keptAgain = try await participant.keepStrength(of: said, in: met.mine)
        XCTAssertEqual(keptAgain, kept)
        let strengths = try await met.phone.profile.read().sections.flatMap(\.statements)
        XCTAssertEqual(strengths.map(\.id), [kept])
        XCTAssertEqual(strengths.map(\.text), [scenario.strength])
        XCTAssertEqual(strengths.map(\.offeredBy), [scenario.specialist])
        XCTAssertEqual(strengths.map(\.isShareable), [false])
        let noStrength = await failure { _ = try await participant.keepStrength(of: offer, in: met.mine) }
        XCTAssertEqual(noStrength, .invalid(says("nowhere")))

        _ = try await participant.say(NewMessage(kind: .yes, about: .said(id: offer)), in: met.mine)
        try await sync(met.phone, met.laptop)
        XCTAssertEqual(try Support.advice(on: scenario.directs).map(\.notice), [.directs])
        XCTAssertEqual(try Support.advice(on: scenario.lived), [])
        XCTAssertEqual(try Support.adviceOnAcknowledging().last, "A short one is enough.")
        XCTAssertEqual(try Support.selfCheck().first?.prompt, "S-01")
        func lived(_ reflection: UUID?) -> NewMessage {
            NewMessage(
                kind: .livedExperience, body: scenario.lived, about: about, accepted: offer,
                askBack: scenario.askBack, reflection: reflection)
        }
        let unasked = await failure { _ = try await specialist.say(lived(nil), in: met.theirs) }
        XCTAssertEqual(unasked, .invalid(says("reflect_first")))
        let forThem = SelfReflection(
            forWhom: .theirs, decided: .share, didTheyAsk: .iAskedFirst, isShortest: true)
        let reflection = try await specialist.reflect(forThem, in: met.theirs)
        let takenBack = try await specialist.say(lived(reflection), in: met.theirs)
        let twice = await failure { _ = try await specialist.say(lived(reflection), in: met.theirs) }
        XCTAssertEqual(twice, .invalid(says("reflect_first")))
        try await specialist.unsay(takenBack, in: met.theirs)
        let told = try await specialist.say(lived(reflection), in: met.theirs)
        let stories = try await specialist.ownStories(in: met.theirs, ofLast: 10)
        XCTAssertEqual(stories, OwnStories(stories: 1, of: 3))
        try await sync(met.laptop, met.phone)
        let all = try await participant.messages(in: met.mine)
        let last = try XCTUnwrap(all.last)
        XCTAssertEqual(last.id, told)
        XCTAssertEqual(last.state, .arrived)
        XCTAssertTrue(last.isCollapsed)
        XCTAssertEqual([last.body, last.askBack], [scenario.lived, scenario.askBack])

        let asking = NewMessage(kind: .openQuestion, body: scenario.question, about: about)
        let question = try await specialist.say(asking, in: met.theirs)
        try await sync(met.laptop, met.phone)
        _ = try await participant.messages(in: met.mine)
        let prompt = try await participant.keepQuestion(of: question, in: met.mine)
        let promptAgain = try await participant.keepQuestion(of: question, in: met.mine)
        XCTAssertEqual(promptAgain, prompt)
        let prompts = try await met.phone.journal.prompts().filter(\.isOwn)
        XCTAssertEqual(prompts.map(\.id), [prompt])
        XCTAssertEqual(prompts.map(\.text), [scenario.question])
        XCTAssertEqual(prompts.map(\.askedBy), [scenario.specialist])
        let noQuestion = await failure { _ = try await participant.keepQuestion(of: offer, in: met.mine) }
        XCTAssertEqual(noQuestion, .invalid(says("nowhere")))

        let wishes = Wishes(
            livedExperience: .never, offLimits: [scenario.offLimits], listenFirst: false, noDirecting: false)
        try await participant.setWishes(wishes, in: met.mine)
        try await sync(met.phone, met.laptop)
        let seen = try await specialist.wishes(in: met.theirs)
        XCTAssertEqual(seen, wishes)
        let again = try await specialist.reflect(forThem, in: met.theirs)
        let unwelcome = await failure { _ = try await specialist.say(lived(again), in: met.theirs) }
        XCTAssertEqual(unwelcome, .invalid(says("not_welcome")))
    }

    func test_feedback_and_hours_are_the_participants_own() async throws {
        let met = try await meet()
        let (participant, specialist) = (met.phone.support, met.laptop.support)
        try await agree(met)
        let days = About.days(first: scenario.firstDay, last: scenario.lastDay)
        let feedback = Feedback(heard: .aLittle, pushed: .quiteABit, words: scenario.feedback, about: days)
        let backwards = Feedback(
            heard: .aLittle, pushed: .quiteABit, about: .days(first: scenario.lastDay, last: scenario.firstDay))
        let refused = await failure { _ = try await participant.keepFeedback(backwards, in: met.mine) }
        XCTAssertEqual(refused, .invalid(says("days_backwards")))
        let kept = try await participant.keepFeedback(feedback, in: met.mine)
        try await sync(met.phone, met.laptop)
        let nothing = try await specialist.messages(in: met.theirs)
        XCTAssertEqual(nothing, [])
        let own = try await participant.feedback(in: met.mine)
        XCTAssertEqual(own.map(\.id), [kept])
        XCTAssertEqual(own.map(\.feedback), [feedback])
        XCTAssertEqual(own.map(\.sent), [nil])
        let unkept = NewMessage(kind: .feedback, body: scenario.feedback)
        let unsent = await failure { _ = try await participant.say(unkept, in: met.mine) }
        XCTAssertEqual(unsent, .invalid(says("keep_first")))
        let sent = try await participant.sendFeedback(kept, in: met.mine)
        try await sync(met.phone, met.laptop)
        let read = try await specialist.messages(in: met.theirs)
        XCTAssertEqual(read.map(\.id), [sent])
        XCTAssertEqual(read.map(\.kind), [.feedback])
        XCTAssertEqual(read.map(\.body), [scenario.feedback])
        XCTAssertEqual(read.map(\.heard), [.aLittle])
        XCTAssertEqual(read.map(\.pushed), [.quiteABit])
        XCTAssertEqual(read.map(\.about), [days])
        for (side, id) in [(participant, met.mine), (specialist, met.theirs)] {
            let waits = try await side.sentFeedback(in: id)
            XCTAssertEqual(waits.map(\.response), [.notYet])
        }
        let response = NewMessage(
            kind: .responseToFeedback, body: scenario.response, about: .said(id: sent), differently: scenario.differently)
        let answer = try await specialist.say(response, in: met.theirs)
        try await sync(met.laptop, met.phone)
        let all = try await participant.messages(in: met.mine)
        XCTAssertEqual(all.map(\.id), [sent, answer])
        XCTAssertEqual(all[1].about, .said(id: sent))
        XCTAssertEqual(all[1].differently, scenario.differently)
        for (side, id) in [(participant, met.mine), (specialist, met.theirs)] {
            let responded = try await side.sentFeedback(in: id)
            XCTAssertEqual(responded.map(\.response), [.given(id: answer)])
        }
        let nowhere = try XCTUnwrap(TimeZone(secondsFromGMT: 5400))  // It has no name in the list of zones.
        let unknown = await failure { _ = try await participant.messages(in: met.mine, zone: nowhere) }
        XCTAssertEqual(unknown, .invalid(says("no_zone")))
        try await participant.forgetFeedback(kept, in: met.mine)
        let forgotten = try await participant.feedback(in: met.mine)
        XCTAssertEqual(forgotten, [])

        let window = ContactWindow(
            days: [.monday, .thursday], begins: scenario.hoursBegin, ends: scenario.hoursEnd)
        let hours = ContactHours(windows: [window], dailyMax: 2)
        try await participant.setContactHours(hours, in: met.mine)
        let set = try await participant.contactHours(in: met.mine)
        XCTAssertEqual(set, hours)
        try await sync(met.phone, met.laptop)
        let told = try await specialist.contactHours(in: met.theirs)
        XCTAssertEqual(told, ContactHours())
    }

    func test_the_profile_says_what_the_person_said() async throws {
        let profile = try await stage.device(scenario.phone).profile
        let empty = try await profile.read()
        XCTAssertEqual(empty.sections, [])
        let section = try await profile.addSection(scenario.section)
        _ = try await profile.addStatement(scenario.statement, stance: .want, in: section)
        let sections = try await profile.read().sections
        XCTAssertEqual(sections.map(\.name), [scenario.section])
        XCTAssertEqual(sections[0].statements.map(\.text), [scenario.statement])
        XCTAssertEqual(sections[0].statements.map(\.stance), [.want])
    }

    func test_errors_are_named_for_what_the_app_does_next() async throws {
        let phone = try await stage.device(scenario.phone)
        let empty = await failure { _ = try await phone.journal.write(Draft(body: " ", happened: scenario.moment)) }
        XCTAssertEqual(empty, .invalid(says("empty")))
        let gone = await failure { try await phone.journal.trash(UUID()) }
        XCTAssertEqual(gone, .notFound(says("not_found")))
        XCTAssertEqual(gone?.localizedDescription, "There is nothing with this id.")
        let code = await failure { _ = try await phone.devices.join(code: "CAIRN") }
        XCTAssertEqual(code, .invalid(says("bad_code")))
        let relay = await failure { try await phone.sync.now() }
        XCTAssertEqual(relay, .invalid(says("no_relay")))
        let none = try await phone.journal.entry(UUID())
        XCTAssertNil(none)
    }

    func test_without_a_network_sync_says_so_and_loses_nothing() async throws {
        let phone = try await stage.device(scenario.phone, transport: HttpTransport())
        try await phone.sync.connect(to: "http://127.0.0.1:1")
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        let report = try await phone.sync.now()
        XCTAssertEqual(report.outcome, .offline)
        let read = try await body(phone, walk)
        XCTAssertEqual(read, scenario.walk.body)
    }

    func test_a_suspended_vault_says_so_until_it_is_resumed() async throws {
        let phone = try await stage.device(scenario.phone)
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        try await phone.suspend()
        try await phone.suspend()
        let reading = await failure { _ = try await phone.journal.entry(walk) }
        let writing = await failure { _ = try await phone.journal.write(scenario.draft(scenario.soup)) }
        XCTAssertEqual([reading, writing], [.suspended(says("suspended")), .suspended(says("suspended"))])
        try await phone.resume()
        let read = try await body(phone, walk)
        XCTAssertEqual(read, scenario.walk.body)
    }

    func test_a_vault_opens_again_with_its_key_and_with_no_other() async throws {
        let folder = stage.folder.appendingPathComponent("keys")
        let phone = try await stage.device(scenario.phone, keys: FileKeyStore(folder: folder))
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        try await phone.suspend()
        let other = await failure { _ = try await stage.device(scenario.phone) }
        guard case .storageDamaged = other else { return XCTFail("\(String(describing: other))") }
        let again = try await stage.device(scenario.phone, keys: FileKeyStore(folder: folder))
        let read = try await body(again, walk)
        XCTAssertEqual(read, scenario.walk.body)
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let found = try FileManager.default.attributesOfItem(atPath: folder.appendingPathComponent(file).path)
            XCTAssertEqual((found[.posixPermissions] as? NSNumber)?.intValue, 0o600)
        }
    }

    func test_a_locked_key_store_is_locked_and_what_else_it_throws_stays_with_it() async throws {
        let locked = await failure {
            _ = try await stage.device(scenario.phone, keys: Throwing(error: KeyStoreError.locked))
        }
        XCTAssertEqual(locked, .locked(says("locked")))
        let broken = await failure {
            _ = try await stage.device(scenario.tablet, keys: Throwing(error: Canary()))
        }
        guard case .storageDamaged(let text) = broken else { return XCTFail("\(String(describing: broken))") }
        XCTAssertFalse(text.contains(scenario.canary))
    }

    func test_a_day_one_export_is_imported_once() async throws {
        let journal = try await stage.device(scenario.phone).journal
        let file = stage.folder.appendingPathComponent("export.zip")
        try XCTUnwrap(Data(base64Encoded: scenario.dayoneZipBase64)).write(to: file)
        let first = try await journal.importDayOne(file)
        let again = try await journal.importDayOne(file)
        XCTAssertEqual([first.added, first.known, first.skipped], [scenario.dayoneEntries, 0, 0])
        XCTAssertEqual([again.added, again.known], [0, scenario.dayoneEntries])
        let newest = try await journal.page(EntryQuery(count: 1)).entries
        XCTAssertEqual(newest.map(\.body), [scenario.dayoneBody])
        try Data("a letter".utf8).write(to: file)
        let refused = await failure { _ = try await journal.importDayOne(file) }
        XCTAssertEqual(refused, .invalid(says("not_a_zip")))
    }

    func test_the_doctor_finds_a_new_vault_well() async throws {
        let doctor = try await stage.device(scenario.phone).doctor()
        XCTAssertTrue(doctor.isWell, doctor.lines.joined())
    }

    func test_a_damaged_vault_is_said_and_repaired() async throws {
        let keys = MemoryKeyStore()
        let phone = try await stage.device(scenario.phone, keys: keys)
        let walk = try await phone.journal.write(scenario.draft(scenario.walk))
        let folder = stage.folder.appendingPathComponent(scenario.phone.filter(\.isLetter))
        let config = VaultConfig(directory: folder.path, deviceName: scenario.phone)
        try await phone.suspend()
        let sound = try await Vault.repair(config, keyStore: keys)
        XCTAssertFalse(sound.wasDamaged)
        let database = folder.appendingPathComponent("vault.db")
        var damaged = try Data(contentsOf: database)
        damaged[700] ^= 1
        try damaged.write(to: database)
        do {
            try await phone.resume()
            XCTFail("a damaged vault does not open")
        } catch VaultError.storageDamaged {
        }
        let repaired = try await Vault.repair(config, keyStore: keys)
        XCTAssertTrue(repaired.wasDamaged && repaired.isWhole && !repaired.isToJoin)
        try await phone.resume()
        let back = try await phone.journal.entry(walk)
        XCTAssertEqual(back?.body, scenario.walk.body)
    }
}

private struct Canary: Error, CustomStringConvertible {
    var description: String { scenario.canary }
}

private final class Throwing: KeyStore {
    private let error: any Error

    init(error: any Error) {
        self.error = error
    }

    func load(name: String) throws -> Data? { nil }

    func save(name: String, secret: Data) throws { throw error }

    func forget(name: String) throws { throw error }
}
