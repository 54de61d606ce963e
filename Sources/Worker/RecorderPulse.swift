import Domain
import Synchronization

/// Whether a recorder still says something: its I/O thread says at least once a second that it
/// lives. What is counted is time in which this process ran too, so that a machine or a worker that
/// stood still blames no recorder.
final class RecorderPulse: Sendable {
    /// Silence after which a recorder hangs: cameras lose what they send meanwhile.
    static let limit = Duration.seconds(5)
    /// The same before its first word: a start on a busy machine takes long.
    static let startLimit = Duration.seconds(30)
    /// Most that one look adds; it is made more often.
    static let step = Duration.milliseconds(250)

    private struct State {
        var silence = Duration.zero
        var hasSpoken = false
        var lookedAt: MonotonicTime?
    }

    private let state = Mutex(State())

    /// It said something; on any thread.
    func beat() {
        state.withLock { state in
            state.silence = .zero
            state.hasSpoken = true
        }
    }

    /// Takes note of the time that has passed; true if it hangs. To be called often.
    func isStopped(at now: MonotonicTime) -> Bool {
        state.withLock { state in
            if let last = state.lookedAt { state.silence += min(now - last, Self.step) }
            state.lookedAt = now
            return state.silence >= (state.hasSpoken ? Self.limit : Self.startLimit)
        }
    }
}
