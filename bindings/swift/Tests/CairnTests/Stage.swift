import Cairn
import Foundation
import XCTest

/// The words of bindings/scenario.json.
struct Scenario: Decodable, Sendable {
    struct Words: Decodable, Sendable {
        let title, body: String
        let tags, feelings: [String]
    }
    let phone, tablet, laptop, participant, specialist: String
    let desk, newPhone, kitchen, badPhrase, strangePhrase: String
    let happenedMs: Double
    let zone, localDate: String
    let walk, soup: Words
    let walkOnPhone, walkOnTablet, soupOnTablet: String
    let walkBoth, languages, languagesSaid: [String]
    let searchWords, searchSnippet, searchNothing: String
    let sharePurpose, section, statement, canary: String
    let called, pronouns, limits, experience, organisation, certification, offers, wants, goodbye, touch: String
    let heard, strength, proposal, livedOffer, lived, askBack, directs, offLimits: String
    let meetingDay, agenda, note, noteAgain: String
    let question, firstDay, lastDay: String
    let feedback, response, differently, hoursBegin, hoursEnd: String
    let passphrase, wrongPassphrase, pin: String
    let errors: [String: String]
    let dayoneEntries: Int64
    let dayoneBody, dayoneZipBase64: String

    func draft(
        _ words: Words, body: String? = nil, attachments: [Attachment] = [], asked: Asked? = nil
    ) -> Draft {
        Draft(
            body: body ?? words.body, happened: moment, title: words.title, tags: words.tags, feelings: words.feelings,
            attachments: attachments, asked: asked)
    }

    var moment: Moment {
        .of(Date(timeIntervalSince1970: happenedMs / 1000), zone: TimeZone(identifier: zone)!)
    }
}

let scenario: Scenario = {
    let bindings = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardizedFileURL
    let reading = JSONDecoder()
    reading.keyDecodingStrategy = .convertFromSnakeCase
    return try! reading.decode(Scenario.self, from: Data(contentsOf: bindings.appendingPathComponent("scenario.json")))
}()

/// A relay on this machine, and a folder for every device; both go with it.
final class Stage {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cairn-\(UUID().uuidString)")
    private var relay: Process?
    /// Settings of the relay beside the folder and the address.
    var relaySettings: [String] = []
    private var open: [Vault] = []

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Leaves no database open: the process may end with this test.
    func end() async {
        for vault in open { try? await vault.suspend() }
        // A child of a dispatch thread inherits a mask that blocks SIGTERM.
        if let relay, relay.isRunning { kill(relay.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    /// The relay comes back where it was, with nothing left but its key.
    func loseTheRelaysStore(at origin: String) throws {
        let relay = try XCTUnwrap(self.relay)
        kill(relay.processIdentifier, SIGKILL)
        relay.waitUntilExit()
        let store = folder.appendingPathComponent("relay")
        for file in try FileManager.default.contentsOfDirectory(atPath: store.path) where file.hasPrefix("relay.db") {
            try FileManager.default.removeItem(at: store.appendingPathComponent(file))
        }
        _ = try startRelay(at: String(origin.dropFirst("http://".count)))
    }

    /// Starts the relay; answers its origin.
    func startRelay(at address: String = "127.0.0.1:0") throws -> String {
        let relay = Process()
        relay.executableURL = URL(fileURLWithPath: try XCTUnwrap(ProcessInfo.processInfo.environment["CAIRN_RELAY"]))
        relay.arguments = ["--data", folder.appendingPathComponent("relay").path, "--listen", address] + relaySettings
        let output = Pipe()
        relay.standardOutput = output
        relay.standardError = FileHandle.nullDevice
        try relay.run()
        self.relay = relay
        var line = ""
        while !line.hasSuffix("\n") {
            let piece = output.fileHandleForReading.availableData
            if piece.isEmpty { break }
            line += String(decoding: piece, as: UTF8.self)
        }
        let prefix = "listening on "
        XCTAssertTrue(line.hasPrefix(prefix), line)
        return line.dropFirst(prefix.count).trimmingCharacters(in: .newlines)
    }

    func device(
        _ name: String, transport: (any Transport)? = nil, keys: any KeyStore = MemoryKeyStore()
    ) async throws -> Vault {
        let directory = folder.appendingPathComponent(name.filter(\.isLetter)).path
        let vault = try await Vault.open(
            VaultConfig(directory: directory, deviceName: name), keyStore: keys, transport: transport)
        open.append(vault)
        return vault
    }

    /// Two devices of one person, paired and in agreement.
    func phoneAndTablet() async throws -> (phone: Vault, tablet: Vault) {
        let origin = try startRelay()
        let phone = try await device(scenario.phone, transport: Vault.rustTransport())
        try await phone.sync.connect(to: origin)
        try await sync(phone)
        return (phone, try await paired(phone, with: scenario.tablet))
    }

    /// Another device of the same person, paired with the phone and in agreement.
    func paired(_ phone: Vault, with name: String) async throws -> Vault {
        let other = try await device(name, transport: HttpTransport())
        let code = try await phone.devices.pair()
        async let shown = other.devices.join(code: code)
        async let called = phone.devices.waitForDevice()
        let (digits, offerer, joiner) = try await (shown.digits, shown.name, called)
        XCTAssertEqual([offerer, joiner], [scenario.phone, name])
        async let confirmed: Void = phone.devices.confirmDevice(digits: digits)
        async let joined: Void = other.devices.finishJoining()
        _ = try await (confirmed, joined)
        try await sync(other)
        return other
    }
}

/// A test with a stage of its own.
class StageTestCase: XCTestCase {
    private(set) var stage: Stage!

    override func setUp() async throws {
        stage = try Stage()
    }

    override func tearDown() async throws {
        await stage.end()
        stage = nil
    }
}

func sync(_ devices: Vault...) async throws {
    for device in devices {
        let report = try await device.sync.now()
        XCTAssertEqual(report.outcome, .complete, report.reason ?? "")
    }
}

func revise(_ device: Vault, _ entry: UUID, _ words: Scenario.Words, body: String) async throws {
    let read = try await device.journal.entryForEditing(entry)
    try await device.journal.revise(XCTUnwrap(read), to: scenario.draft(words, body: body))
}

func body(_ device: Vault, _ entry: UUID) async throws -> String? {
    try await device.journal.entry(entry)?.body
}

/// The error of a call that must fail.
func failure(_ call: () async throws -> Void, line: UInt = #line) async -> VaultError? {
    do {
        try await call()
        XCTFail("nothing was thrown", line: line)
        return nil
    } catch let error as VaultError {
        return error
    } catch {
        XCTFail("\(error) is not of this layer", line: line)
        return nil
    }
}
