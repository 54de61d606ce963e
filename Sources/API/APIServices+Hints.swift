package import Domain
package import Identity

extension APIServices {
    /// Applies what another coordinator told. It can end a login here, use up what may be tried and
    /// forget the wrong passwords of an account whose right one was given; it can begin no login and
    /// give nobody anything.
    /// - Parameter moment: When it was told, not after now.
    package func learn(_ hint: Hint, at moment: WallTime, now: WallTime) {
        let age = max(0, now.microseconds - moment.microseconds)
        switch hint {
        case .ended(let session):
            endedSessions.learn([session], now: now)
        case .took(let holder, let kind, let count):
            guard age < RateLimits.window * 1_000_000 else { return }
            rates.learn(holder, kind, count: count, age: .microseconds(age))
        case .login(let attempt, let outcome, let waited):
            let ended = WallTime(microseconds: moment.microseconds - waited * 1_000_000)
            attempts.learn(attempt, outcome, at: ended)
        }
    }
}
