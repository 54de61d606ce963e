import Synchronization

/// Wakes a loop before its next turn. Setting it twice wakes once.
final class Signal: Sendable {
    /// How late a loop may see that it was set.
    private static let step = Duration.milliseconds(100)

    private let isSet = Mutex(false)

    func set() {
        isSet.withLock { $0 = true }
    }

    /// Returns when it is set or the time is over.
    func wait(atMost limit: Duration) async {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while !Task.isCancelled, clock.now < end {
            let wasSet = isSet.withLock { value in
                defer { value = false }
                return value
            }
            if wasSet { return }
            try? await Task.sleep(for: Self.step)
        }
    }
}
