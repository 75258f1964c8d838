import CairnFFI

/// What `read` answers: at once, and again whenever `change` changed it, for as long as somebody waits for it.
func watching<Answer: Sendable & Equatable>(
    _ vault: CairnFFI.Vault, _ change: Change, _ read: @escaping @Sendable () async throws -> Answer
) -> AsyncThrowingStream<Answer, any Error> {
    AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { answers in
        // One piece of news waits at most: whoever hears it reads everything.
        let (news, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let subscription: Subscription
        do {
            subscription = try vault.observe(observer: Herald { if $0.contains(change) { bell.yield() } })
        } catch {
            return answers.finish(throwing: VaultError.named(error))
        }
        bell.yield()
        let reading = Task {
            var last: Answer?
            for await _ in news {
                do {
                    let answer = try await read()
                    if answer != last { answers.yield(answer) }
                    last = answer
                } catch VaultError.suspended {
                    continue  // The app sleeps, and nobody looks at a list.
                } catch VaultError.locked {
                    continue  // Until somebody unlocks it, which is told.
                } catch VaultError.peopleHidden {
                    continue  // Until somebody shows them, which is told.
                } catch {
                    return answers.finish(throwing: error)
                }
            }
            answers.finish()
        }
        answers.onTermination = { _ in
            try? subscription.cancel()
            bell.finish()
            reading.cancel()
        }
    }
}

/// Passes on what the vault tells.
private final class Herald: Observer {
    private let told: @Sendable ([Change]) -> Void

    init(_ told: @escaping @Sendable ([Change]) -> Void) {
        self.told = told
    }

    func changed(changes: [Change]) {
        told(changes)
    }
}
