import Foundation

/// Tells a thread that blocks that it is to end.
///
/// `@unchecked Sendable`: `isUp` is read and written only while `condition` is locked.
final class StopSign: @unchecked Sendable {
    private let condition = NSCondition()
    private var isUp = false

    var isSet: Bool {
        condition.withLock { isUp }
    }

    func set() {
        condition.withLock {
            isUp = true
            condition.broadcast()
        }
    }

    /// Waits; true at once when it is to end.
    func wait(_ duration: Duration) -> Bool {
        let (seconds, attoseconds) = duration.components
        let end = Date(timeIntervalSinceNow: Double(seconds) + Double(attoseconds) / 1e18)
        return condition.withLock {
            while !isUp, condition.wait(until: end) {}
            return isUp
        }
    }
}
