internal import API
package import Domain
internal import PasswordHash

/// Checks and hashes passwords, two at a time: each takes 19 MiB and a core for 35 ms. A bounded number
/// wait, the organisations in turn; more are sent away, of whichever has most waiting.
package actor PasswordGate: PasswordChecking {
    /// Checks at a time.
    package static let concurrency = 2
    /// Logins that wait, about half a second's work.
    package static let waitingLimit = 32

    private let dummy: String
    private var places = FairPlaces<TenantID?>(
        places: concurrency,
        shareLimit: concurrency,
        waitingLimit: waitingLimit,
        shareWaitingLimit: waitingLimit
    )
    private var waiting: [UInt64: CheckedContinuation<Bool, Never>] = [:]

    /// Makes the hash that unknown users are checked against.
    package init() async throws {
        dummy = try await PasswordHasher.hash("no password has this hash")
    }

    package func isRight(
        _ password: String,
        encoded: String?,
        of tenant: TenantID?
    ) async -> Bool? {
        guard await enter(tenant) else { return nil }
        let isRight = await PasswordHasher.verify(password, against: encoded ?? dummy)
        leave(tenant)
        return isRight && encoded != nil
    }

    package func hash(_ password: String, of tenant: TenantID?) async -> String? {
        guard await enter(tenant) else { return nil }
        let encoded = try? await PasswordHasher.hash(password)
        leave(tenant)
        return encoded
    }

    package func renewed(
        _ password: String,
        encoded: String,
        of tenant: TenantID?
    ) async -> String? {
        PasswordHasher.needsRehash(encoded) ? await hash(password, of: tenant) : nil
    }

    /// How many wait.
    package var waitingCount: Int { places.waitingCount }

    /// Takes a place, or waits for one; false if too many wait.
    private func enter(_ tenant: TenantID?) async -> Bool {
        switch places.enter(tenant) {
        case .go: return true
        case .ownLineFull, .full: return false
        case .wait(let ticket):
            return await withCheckedContinuation { waiting[ticket] = $0 }
        case .waitInsteadOf(let other, let ticket):
            waiting.removeValue(forKey: other)?.resume(returning: false)
            return await withCheckedContinuation { waiting[ticket] = $0 }
        }
    }

    /// The place goes to the next in turn without becoming free.
    private func leave(_ tenant: TenantID?) {
        guard let next = places.leave(tenant) else { return }
        waiting.removeValue(forKey: next)?.resume(returning: true)
    }
}
