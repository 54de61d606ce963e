import NIOCore
import Synchronization

/// What changes while a farm runs, for its callers on any thread.
final class FarmState: Sendable {
    private struct State {
        var engine: NIOLoopBound<FarmEngine>?
        var listener: (any Channel)?
        var port = 0
        var isStopped = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    var engine: NIOLoopBound<FarmEngine>? {
        get { state.withLock { $0.engine } }
        set { state.withLock { $0.engine = newValue } }
    }

    var listener: (any Channel)? {
        get { state.withLock { $0.listener } }
        set { state.withLock { $0.listener = newValue } }
    }

    /// The port that was bound first: the farm listens there again after a refusal.
    var port: Int {
        state.withLock { $0.port }
    }

    func listen(_ listener: any Channel, port: Int) {
        state.withLock {
            $0.listener = listener
            $0.port = port
        }
    }

    func stop() {
        let waiter = state.withLock { state in
            state.isStopped = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func waitUntilStopped() async {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                if !state.isStopped { state.waiter = continuation }
                return state.isStopped
            }
            if isStopped { continuation.resume() }
        }
    }
}
