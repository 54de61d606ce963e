package import Domain

/// Hints that wait for their way out: a value, without clock or I/O.
///
/// It is bounded, because Redis may be away for long: beyond the limits the oldest go, counted. Each
/// kind has a limit of its own, so that requests do not push out the ends of logins.
package struct PendingHints: Sendable {
    /// Ends that wait: those of an organisation whose thousands of people are logged out at once.
    package static let endLimit = 10_000
    /// Logins that wait: more than a coordinator can check in a minute.
    package static let loginLimit = 2_000
    /// Buckets of which requests wait to be told.
    package static let rateLimit = 10_000
    /// Microseconds after which the requests that wait are not told any more: buckets have refilled.
    package static let rateAge: Int64 = 5_000_000

    private struct Rate: Hashable {
        var holder: RateHolder
        var kind: RequestKind
    }

    private struct Login: Sendable {
        var attempt: LoginAttempt
        var outcome: LoginLimits.Outcome
        var moment: WallTime
    }

    private var ends = BoundedQueue<SessionID>(limit: endLimit)
    private var logins = BoundedQueue<Login>(limit: loginLimit)
    private var rates: [Rate: Int] = [:]
    /// When the first of `rates` was taken.
    private var ratesBegan: WallTime?
    private var droppedRates = 0

    package init() {}

    /// A login ended here.
    package mutating func ended(_ session: SessionID) {
        ends.append(session)
    }

    /// A login came to something here that leaves a trace.
    /// - Parameter attempt: Blinded.
    package mutating func login(
        _ attempt: LoginAttempt,
        _ outcome: LoginLimits.Outcome,
        now: WallTime
    ) {
        guard outcome != .unchecked else { return }
        logins.append(Login(attempt: attempt, outcome: outcome, moment: now))
    }

    /// A request was let through.
    package mutating func took(_ holder: RateHolder, _ kind: RequestKind, now: WallTime) {
        let rate = Rate(holder: holder, kind: kind)
        guard rates[rate] != nil || rates.count < Self.rateLimit else {
            droppedRates += 1
            return
        }
        if rates.isEmpty { ratesBegan = now }
        rates[rate, default: 0] += 1
    }

    /// Takes what waits: ends first.
    /// - Returns: The hints, and how many were dropped since the last time.
    package mutating func drain(now: WallTime) -> (hints: [Hint], dropped: Int) {
        let (sessions, droppedEnds) = ends.drain()
        let (tried, droppedLogins) = logins.drain()
        var hints = sessions.map { Hint.ended($0) }
        var dropped = droppedEnds + droppedLogins + droppedRates
        for login in tried {
            let age = (now.microseconds - login.moment.microseconds) / 1_000_000
            if age <= HintInbox.memory {
                hints.append(.login(login.attempt, login.outcome, age: max(0, age)))
            } else {
                dropped += 1
            }
        }
        droppedRates = 0
        if let ratesBegan, now.microseconds - ratesBegan.microseconds <= Self.rateAge {
            for (rate, count) in rates {
                hints.append(.took(rate.holder, rate.kind, count: count))
            }
        } else {
            dropped += rates.count
        }
        rates = [:]
        ratesBegan = nil
        return (hints, dropped)
    }
}

/// The last of what was appended.
private struct BoundedQueue<Element: Sendable>: Sendable {
    let limit: Int
    private var elements: [Element] = []
    /// Where the oldest stands once all places are taken.
    private var oldest = 0
    private var dropped = 0

    init(limit: Int) {
        self.limit = limit
    }

    mutating func append(_ element: Element) {
        guard elements.count >= limit else {
            elements.append(element)
            return
        }
        elements[oldest] = element
        oldest = (oldest + 1) % limit
        dropped += 1
    }

    /// All of them, the oldest first, and how many were dropped.
    mutating func drain() -> (elements: [Element], dropped: Int) {
        defer { (elements, oldest, dropped) = ([], 0, 0) }
        return (Array(elements[oldest...] + elements[..<oldest]), dropped)
    }
}
