import Domain

/// Allows a few events in a window of time.
struct RestartLimiter: Sendable {
    private let limit: Int
    private var recent: [Int64] = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Counts the event, and says whether it is still among the allowed.
    mutating func allows(at arrival: Int64) -> Bool {
        recent.removeAll { arrival - $0 > TimeLimits.restartWindow.ticks }
        guard recent.count < limit else { return false }
        recent.append(arrival)
        return true
    }
}
