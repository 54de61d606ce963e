internal import API
internal import PasswordHash

/// Checks passwords, two at a time: each takes 19 MiB and a core for 35 ms. A bounded number wait;
/// more are sent away.
package actor PasswordGate: PasswordChecking {
    /// Checks at a time.
    package static let concurrency = 2
    /// Logins that wait, about half a second's work.
    package static let waitingLimit = 32

    private let dummy: String
    private var running = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Makes the hash that unknown users are checked against.
    package init() async throws {
        dummy = try await PasswordHasher.hash("no password has this hash")
    }

    package func isRight(_ password: String, encoded: String?) async -> Bool? {
        if running >= Self.concurrency {
            guard waiting.count < Self.waitingLimit else { return nil }
            await withCheckedContinuation { waiting.append($0) }
        } else {
            running += 1
        }
        let isRight = await PasswordHasher.verify(password, against: encoded ?? dummy)
        // The place goes to the next in line without becoming free.
        if waiting.isEmpty { running -= 1 } else { waiting.removeFirst().resume() }
        return isRight && encoded != nil
    }
}
