package import Domain

/// How many logins may be tried: by account, by address and by organisation. A value, without clock
/// or I/O.
///
/// - A device that has logged in to the account before has attempts of its own (`LoginThrottle`),
///   and only those: who knows an address, guesses from everywhere and never stops locks out new
///   devices, not those that its person uses.
/// - All others share the account's attempts, and take one of their address's and one of the
///   organisation's failures each, which a right password gives back.
/// - Right passwords have a rate, by account and by organisation: each costs a core for 35 ms. Those
///   without the code that they need count for the device or the account's shared attempts alone:
///   who has a password and no code does not use up its person's logins.
///
/// All of it is taken at the start, so that attempts at once do not pass before the first answer.
package struct LoginLimits: Sendable {
    /// What an attempt came to.
    package enum Outcome: Sendable, CaseIterable {
        /// Password, and code if there must be one, were right.
        case right
        /// The password was right and no code was sent. That is no failure; nor does it forget the
        /// failures, or whoever has the password could try codes for ever.
        case needsCode
        case wrong
        /// It came to no answer: the database was away, or too many logins waited.
        case unchecked
    }

    /// Failures of one address at once: an office behind one address on a Monday.
    package static let addressBurst: Int64 = 50
    /// Seconds in which an address gets one back: 360 guesses an hour over all accounts.
    package static let addressInterval: Int64 = 10
    /// Failures in one organisation at once, from everywhere.
    package static let tenantBurst: Int64 = 300
    /// Seconds in which an organisation gets one back: 3,600 guesses an hour, however many addresses
    /// they come from.
    package static let tenantInterval: Int64 = 1
    /// Logins of one account at once that succeed: scripts that log in for each call.
    package static let successBurst: Int64 = 20
    /// Seconds in which an account gets one back: 12 a minute, less than a hundredth of a core.
    package static let successInterval: Int64 = 5
    /// Logins in one organisation at once that succeed: a change of shifts.
    package static let tenantSuccessBurst: Int64 = 500
    /// Milliseconds in which an organisation gets one back: ten a second, a third of a core.
    package static let tenantSuccessInterval: Int64 = 100

    private var throttle = LoginThrottle()
    private var addresses = RateTable(
        burst: addressBurst,
        interval: addressInterval * 1_000_000
    )
    private var tenants = RateTable(burst: tenantBurst, interval: tenantInterval * 1_000_000)
    private var successes = RateTable(
        burst: successBurst,
        interval: successInterval * 1_000_000
    )
    private var tenantSuccesses = RateTable(
        burst: tenantSuccessBurst,
        interval: tenantSuccessInterval * 1_000
    )

    package init() {}

    /// Counts an attempt. Returns nil if it may go on, else the seconds to wait; then nothing was
    /// counted.
    package mutating func begin(_ attempt: LoginAttempt, now: WallTime) -> Int64? {
        let key = Self.key(attempt)
        var waits = [
            successes.wait(attempt.account, now: now), successes.wait(key, now: now),
            tenantSuccesses.wait(attempt.tenant, now: now),
        ]
        if attempt.device == nil {
            waits.append(tenants.wait(attempt.tenant, now: now))
            if let address = attempt.address { waits.append(addresses.wait(address, now: now)) }
        }
        if let wait = waits.max(), wait > 0 { return (wait + 999_999) / 1_000_000 }
        if let wait = throttle.begin(key, now: now) { return wait }
        successes.take(attempt.account, now: now)
        successes.take(key, now: now)
        tenantSuccesses.take(attempt.tenant, now: now)
        if attempt.device == nil {
            tenants.take(attempt.tenant, now: now)
            if let address = attempt.address { addresses.take(address, now: now) }
        }
        return nil
    }

    /// What an attempt came to that went on.
    /// - Parameter began: What `begin` was told.
    package mutating func end(_ attempt: LoginAttempt, _ outcome: Outcome, began: WallTime) {
        let key = Self.key(attempt)
        switch outcome {
        case .right: throttle.succeeded(key)
        case .needsCode, .unchecked: throttle.unchecked(key, began: began)
        case .wrong: break
        }
        if outcome != .right {
            successes.giveBack(attempt.account)
            tenantSuccesses.giveBack(attempt.tenant)
        }
        if outcome != .needsCode { successes.giveBack(key) }
        if outcome != .wrong, attempt.device == nil {
            tenants.giveBack(attempt.tenant)
            if let address = attempt.address { addresses.giveBack(address) }
        }
    }

    /// An attempt that another process let go on: what `begin` and `end` there left behind.
    /// - Parameter moment: When it ended.
    package mutating func learn(_ attempt: LoginAttempt, _ outcome: Outcome, at moment: WallTime) {
        let key = Self.key(attempt)
        switch outcome {
        case .right:
            throttle.learnSuccess(key, at: moment)
            successes.take(attempt.account, now: moment)
            tenantSuccesses.take(attempt.tenant, now: moment)
        case .needsCode:
            successes.take(key, now: moment)
        case .wrong:
            throttle.learn(key, at: moment)
            guard attempt.device == nil else { return }
            tenants.take(attempt.tenant, now: moment)
            if let address = attempt.address { addresses.take(address, now: moment) }
        case .unchecked:
            break
        }
    }

    /// A device's attempts are of one account: its token is.
    private static func key(_ attempt: LoginAttempt) -> String {
        attempt.device.map { "device\n\($0)" } ?? "account\n\(attempt.account)"
    }
}
