import Cairn
import Foundation
import XCTest

/// Profile, questions, words for feelings, hopes, support lines and the plan. The same tests stand in Kotlin and Python.
final class PreferencesTests: StageTestCase {
    func test_a_section_that_is_offered_is_used_and_remembered_for_its_person_alone() async throws {
        let profile = try await stage.device(scenario.phone).profile
        let fresh = try await profile.read()
        XCTAssertEqual([fresh.sections.count, fresh.offered.count, Int(fresh.sharedVersion)], [0, 14, 0])
        try await profile.setRecoveryWord("getting by")
        let offered = try await profile.read().offered
        let vision = try XCTUnwrap(offered.first { $0.name.contains("getting by") })
        let said = StatementDraft(text: "soup on Sundays", because: "it is quiet", isShareable: true)
        let statement = try await profile.write(said, in: vision.id)
        try await profile.setStatement(statement, to: "soup on any day", stance: .want)
        let read = try await profile.read()
        XCTAssertEqual(read.sections.first?.id, vision.id)
        XCTAssertEqual(read.sections.first?.statements.map(\.because), ["it is quiet"])
        XCTAssertEqual(read.sharedVersion, 2)
        let history = try await profile.history()
        XCTAssertEqual(history.map { $0.before?.text }, [nil, "soup on Sundays"])
        try await profile.eraseHistory()
        let left = try await profile.history()
        XCTAssertEqual(left.count, 0)
    }

    func test_examples_of_paths_are_words_in_the_order_of_the_alphabet() async throws {
        let profile = try await stage.device(scenario.phone).profile
        let fresh = try await profile.read()
        let section = try XCTUnwrap(fresh.offered.first { $0.name == "Paths" })
        let paths = try Profile.examples(for: section.id)
        XCTAssertEqual(paths, paths.sorted())
        XCTAssertTrue(paths.contains("no label"))
        let others = try fresh.offered.filter { $0.id != section.id }.flatMap { try Profile.examples(for: $0.id) }
        XCTAssertEqual(others, [])
        XCTAssertEqual(fresh.sections.count, 0)
    }

    func test_what_is_wanted_as_a_rule_is_listening_until_the_person_says_otherwise() async throws {
        let profile = try await stage.device(scenario.phone).profile
        let fresh = try await profile.wanted()
        XCTAssertEqual(fresh, [.listening])
        try await profile.setWanted([.company, .ideas])
        let chosen = try await profile.wanted()
        XCTAssertEqual(chosen, [.ideas, .company])
        try await profile.setWanted([])
        let left = try await profile.wanted()
        XCTAssertEqual(left, [.listening])
    }

    func test_everything_is_off_until_the_person_says_otherwise() async throws {
        let profile = try await stage.device(scenario.phone).profile
        let settings = try await profile.settings()
        XCTAssertEqual(settings.on, [])
        XCTAssertEqual(settings.quietWish, "")
        let plan = try await profile.plan()
        XCTAssertFalse(plan.opensWithoutUnlock)
        try await profile.setSwitch(.memories, on: true)
        let switched = try await profile.settings()
        XCTAssertEqual(switched.on, [.memories])
    }

    func test_one_question_comes_after_another_and_stays_with_the_entry() async throws {
        let journal = try await stage.device(scenario.phone).journal
        let first = try await journal.nextPrompt()
        let second = try await journal.nextPrompt(after: first?.id)
        XCTAssertEqual([first?.id, second?.id], ["P-01", "P-02"])
        let own = try await journal.addPrompt("Where does the soup come from?")
        try await journal.movePrompt(own, before: "P-01")
        let next = try await journal.nextPrompt()
        let asked = try XCTUnwrap(next)
        let draft = scenario.draft(scenario.soup, asked: Asked(prompt: asked.id, text: asked.text))
        let entry = try await journal.entry(try await journal.write(draft))
        XCTAssertEqual(entry?.asked, Asked(prompt: own, text: "Where does the soup come from?"))
    }

    func test_answers_to_one_question_are_words_in_the_order_of_time_and_stay_when_it_is_taken_away() async throws {
        let journal = try await stage.device(scenario.phone).journal
        let own = try await journal.addPrompt("What helped?")
        let zone = TimeZone(identifier: scenario.zone)!
        for (body, day, prompt) in [("Walking.", 2, own), ("The bus driver.", 1, own), ("Not this one.", 1, "P-01")] {
            let at = Date(timeIntervalSince1970: scenario.happenedMs / 1000 + Double(day) * 86_400)
            let asked = Asked(prompt: prompt, text: "What helped?")
            _ = try await journal.write(Draft(body: body, happened: .of(at, zone: zone), asked: asked))
        }
        let first = try await journal.answers(to: own, count: 1)
        XCTAssertEqual(first.entries.map(\.body), ["The bus driver."])
        try await journal.removePrompt(own)
        let last = try await journal.answers(to: own, after: first.next)
        XCTAssertEqual(last.entries.map(\.body), ["Walking."])
        XCTAssertNil(last.next)
        let none = try await journal.answers(to: "")
        XCTAssertEqual(none.entries, [])
        let error = await failure { _ = try await journal.answers(to: own, count: 0) }
        guard case .invalid = error else { return XCTFail("\(String(describing: error))") }
    }

    func test_a_state_of_mind_goes_out_as_it_came_in() async throws {
        let journal = try await stage.device(scenario.phone).journal
        let at = Date(timeIntervalSince1970: scenario.happenedMs / 1000)
        let sample = StateOfMindSample(feltFor: .day, valence: -0.1, labels: [17, 27], associations: [5, 18], at: at)
        let words = try await journal.feelings()
        try await journal.removeFeeling(try XCTUnwrap(words.first { $0.word == "happy" }).id)
        let draft = try await journal.draft(of: sample, zone: TimeZone(identifier: scenario.zone)!)
        XCTAssertEqual(draft.feelings, ["happy", "sad"])
        let back = try await journal.stateOfMind(try await journal.write(draft))
        XCTAssertEqual(back, sample)
    }

    func test_the_plan_opens_without_the_vault_only_while_that_is_wanted() async throws {
        let keys = MemoryKeyStore()
        let phone = try await stage.device(scenario.phone, keys: keys)
        _ = try await phone.profile.addPlanItem("Dee, next door", to: .peopleICanAsk)
        let folder = stage.folder.appendingPathComponent(scenario.phone.filter(\.isLetter)).path
        let config = VaultConfig(directory: folder, deviceName: scenario.phone)
        let closed = try await Vault.openPlan(config, keyStore: keys)
        XCTAssertNil(closed)
        try await phone.profile.setPlanOpens(true)
        try await phone.suspend()
        let onlyPlan = MemoryKeyStore()
        try onlyPlan.save(name: "cairn.plan-key", secret: try XCTUnwrap(try keys.load(name: "cairn.plan-key")))
        let opened = try await Vault.openPlan(config, keyStore: onlyPlan)
        XCTAssertEqual(opened?.plan.items.map(\.text), ["Dee, next door"])
        XCTAssertEqual(opened?.lines.isEmpty, false)
        try await phone.resume()
        try await phone.profile.setPlanOpens(false)
        let again = try await Vault.openPlan(config, keyStore: onlyPlan)
        XCTAssertNil(again)
    }

    func test_what_keeps_somebody_going_is_a_list_of_its_own_that_stays_behind_the_lock() async throws {
        let keys = MemoryKeyStore()
        let profile = try await stage.device(scenario.phone, keys: keys).profile
        let fresh = try await profile.mainstays()
        XCTAssertEqual(fresh, [])
        let sister = try await profile.addMainstay("my sister")
        let bread = try await profile.addMainstay("bread")
        try await profile.moveMainstay(bread, before: sister)
        try await profile.setMainstay(sister, to: "my sister's laugh")
        let kept = try await profile.mainstays()
        XCTAssertEqual(kept.map(\.text), ["bread", "my sister's laugh"])
        try await profile.setPlanOpens(true)
        let folder = stage.folder.appendingPathComponent(scenario.phone.filter(\.isLetter)).path
        let config = VaultConfig(directory: folder, deviceName: scenario.phone)
        let opened = try await Vault.openPlan(config, keyStore: keys)
        XCTAssertEqual(opened?.plan.items, [])
        let plan = try await profile.plan()
        XCTAssertEqual(plan.items, [])
        try await profile.removeMainstay(bread)
        let left = try await profile.mainstays()
        XCTAssertEqual(left.map(\.id), [sister])
        let error = await failure { try await profile.setMainstay(bread, to: "bread") }
        guard case .notFound = error else { return XCTFail("\(String(describing: error))") }
    }

    func test_a_reminder_rings_only_where_and_with_what_the_person_chose() async throws {
        let profile = try await stage.device(scenario.phone).profile
        let zone = TimeZone(identifier: scenario.zone)!
        let evening = Reminder(time: "20:30", days: [.monday, .thursday], text: "water the plants")
        let id = try await profile.addReminder(evening)
        let hidden = try await profile.upcomingReminders(zone: zone, count: 2)
        XCTAssertEqual(hidden.map(\.words), ["1 reminder", "1 reminder"])
        let kept = try await profile.reminders()
        XCTAssertEqual(kept.map(\.days), [[.monday, .thursday]])
        try await profile.setReminder(Reminder(id: id, time: "20:30", days: [.monday], text: evening.text, isShown: true))
        let shown = try await profile.upcomingReminders(zone: zone)
        XCTAssertEqual(shown.first?.words, "water the plants")
        try await profile.setReminder(Reminder(id: id, time: "20:30", days: [.monday], isHere: false))
        let silent = try await profile.upcomingReminders(zone: zone)
        XCTAssertEqual(silent, [])
        let error = await failure { _ = try await profile.addReminder(Reminder(time: "20:30", days: [])) }
        guard case .invalid = error else { return XCTFail("\(String(describing: error))") }
        try await profile.removeReminder(id)
        let left = try await profile.reminders()
        XCTAssertEqual(left, [])
    }

    func test_hopes_and_lines_are_the_persons_own() async throws {
        let profile = try await stage.device(scenario.phone).profile
        let hope = try await profile.addHope("a garden")
        try await profile.setHopeState(hope, .setAside)
        let hopes = try await profile.hopes()
        XCTAssertEqual(hopes.map(\.text), ["a garden"])
        XCTAssertEqual(hopes.map(\.state), [.setAside])
        let bundled = try await profile.supportLines()
        XCTAssertTrue(bundled.allSatisfy { $0.isBundled && $0.checkedOn == nil && $0.source.contains("check it") })
        let line = try await profile.addSupportLine(
            SupportLine(region: "here", name: "Dee", reach: .text, number: "next door"))
        let added = try await profile.supportLines()
        XCTAssertEqual(added.count, bundled.count + 1)
        try await profile.removeSupportLine(line)
        let left = try await profile.supportLines()
        XCTAssertEqual(left, bundled)
    }
}
