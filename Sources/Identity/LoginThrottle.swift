package import Domain

/// Slows down guessing of one account's secrets, passwords and codes alike: a value, without clock
/// or I/O.
///
/// An attempt counts as failed from its start, so that many at once do not pass before the first
/// answer. After `freeAttempts` every further one doubles the wait, up to `longestWait`.
package struct LoginThrottle: Sendable {
    /// Attempts without a wait: somebody who forgot which password it was.
    package static let freeAttempts = 5
    /// Seconds of the first wait.
    package static let firstWait: Int64 = 5
    /// Seconds: an attacker must not lock an account for good.
    package static let longestWait: Int64 = 900
    /// Seconds without an attempt after which an account starts afresh.
    package static let forgetAfter: Int64 = 3_600
    /// Accounts that are remembered; beyond it the one with the fewest failures is forgotten, of those
    /// the one of longest ago: names that are made up do not push out one that is guessed at.
    package static let countLimit = 10_000

    private struct Account: Sendable {
        var failures = 0
        var last: Int64 = 0
        var openAgain: Int64 = 0
    }

    private var accounts: [String: Account] = [:]

    package init() {}

    /// Counts an attempt. Returns nil if it may go on, else the seconds to wait.
    package mutating func begin(_ account: String, now: WallTime) -> Int64? {
        let seconds = now.microseconds / 1_000_000
        var entry = accounts[account] ?? Account()
        if seconds - entry.last > Self.forgetAfter { entry = Account() }
        if seconds < entry.openAgain { return entry.openAgain - seconds }
        fail(account, entry, at: seconds)
        return nil
    }

    /// An attempt failed in another process, which had let it go on.
    package mutating func learn(_ account: String, at moment: WallTime) {
        let seconds = moment.microseconds / 1_000_000
        var entry = accounts[account] ?? Account()
        if seconds - entry.last > Self.forgetAfter { entry = Account() }
        fail(account, entry, at: seconds)
    }

    private mutating func fail(_ account: String, _ entry: Account, at seconds: Int64) {
        var entry = entry
        entry.failures += 1
        entry.last = max(entry.last, seconds)
        let beyond = entry.failures - Self.freeAttempts
        if beyond >= 0 {
            let wait = Self.firstWait << Int64(min(beyond, 16))
            entry.openAgain = max(entry.openAgain, seconds + min(wait, Self.longestWait))
        }
        if accounts[account] == nil { makeRoom(now: seconds) }
        accounts[account] = entry
    }

    /// Nothing could be checked: who tried while the database was away has not guessed.
    /// - Parameter began: What `begin` was told.
    package mutating func unchecked(_ account: String, began: WallTime) {
        guard var entry = accounts[account] else { return }
        entry.failures -= 1
        // The wait before it was past; a later attempt's counts.
        if entry.last == began.microseconds / 1_000_000 { entry.openAgain = 0 }
        accounts[account] = entry.failures > 0 ? entry : nil
    }

    /// The password was right.
    package mutating func succeeded(_ account: String) {
        accounts[account] = nil
    }

    /// The password was right in another process. What failed since then stays: whoever holds a message
    /// back chooses when it comes.
    package mutating func learnSuccess(_ account: String, at moment: WallTime) {
        guard let entry = accounts[account], entry.last <= moment.microseconds / 1_000_000 else {
            return
        }
        accounts[account] = nil
    }

    private mutating func makeRoom(now: Int64) {
        guard accounts.count >= Self.countLimit else { return }
        accounts = accounts.filter { now - $0.value.last <= Self.forgetAfter }
        if accounts.count >= Self.countLimit,
            let least = accounts.min(by: {
                ($0.value.failures, $0.value.last) < ($1.value.failures, $1.value.last)
            })
        {
            accounts[least.key] = nil
        }
    }
}
