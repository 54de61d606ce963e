internal import API
internal import PasswordHash

/// Checks and hashes passwords, two at a time: each takes 19 MiB and a core for 35 ms. A bounded number wait;
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
        guard await enter() else { return nil }
        let isRight = await PasswordHasher.verify(password, against: encoded ?? dummy)
        leave()
        return isRight && encoded != nil
    }

    package func hash(_ password: String) async -> String? {
        guard await enter() else { return nil }
        let encoded = try? await PasswordHasher.hash(password)
        leave()
        return encoded
    }

    /// Takes a place, or waits for one; false if too many wait.
    private func enter() async -> Bool {
        if running < Self.concurrency {
            running += 1
            return true
        }
        guard waiting.count < Self.waitingLimit else { return false }
        await withCheckedContinuation { waiting.append($0) }
        return true
    }

    /// The place goes to the next in line without becoming free.
    private func leave() {
        if waiting.isEmpty { running -= 1 } else { waiting.removeFirst().resume() }
    }
}
