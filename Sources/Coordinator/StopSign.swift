import Dispatch
import Synchronization

/// Tells a thread that blocks that it is to end. Steps of the wall clock change no wait.
final class StopSign: Sendable {
    private let isUp = Atomic(false)
    private let semaphore = DispatchSemaphore(value: 0)

    var isSet: Bool { isUp.load(ordering: .acquiring) }

    func set() {
        isUp.store(true, ordering: .releasing)
        semaphore.signal()
    }

    /// Waits; true at once when it is to end.
    func wait(_ duration: Duration) -> Bool {
        let nanoseconds = Int(duration / .nanoseconds(1))
        if semaphore.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success {
            // For the next who waits.
            semaphore.signal()
        }
        return isSet
    }
}
