/// Slows down trying codes of one person's second factor with a right password, by a count that all
/// coordinators share and that no restart forgets. Decided by a value.
///
/// Three of a million codes are good at a time: at one an hour somebody who has the password finds one
/// in 38 years on average. It holds for devices that have not logged in with a code before; those have
/// attempts of their own (`LoginThrottle`).
package enum CodeThrottle: Hashable, Sendable {
    /// The code may be looked at; so many were tried then since the last login that succeeded.
    case goOn(tries: Int)
    /// Seconds to wait.
    case wait(Int64)

    /// Tries without a wait.
    package static let freeTries = 5
    /// Seconds of the first wait.
    package static let firstWait: Int64 = 5
    /// Seconds of the longest.
    package static let longestWait: Int64 = 3_600

    /// - Parameters:
    ///   - tries: Those that were counted.
    ///   - seconds: Since the last of them.
    package static func decide(tries: Int, after seconds: Int64) -> CodeThrottle {
        let beyond = tries - freeTries
        guard beyond >= 0 else { return .goOn(tries: tries + 1) }
        let needed = min(firstWait << Int64(min(beyond, 16)), longestWait)
        // A clock that was set back must not make anybody wait for longer.
        let passed = max(0, seconds)
        return passed < needed ? .wait(needed - passed) : .goOn(tries: tries + 1)
    }

    /// Whether this is the try at which the organisation is told: all free ones were wrong.
    package var isTold: Bool {
        self == .goOn(tries: Self.freeTries + 1)
    }
}
