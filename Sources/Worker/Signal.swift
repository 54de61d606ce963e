import Synchronization

/// Wakes a loop before its next turn. Setting it twice wakes once. One loop waits for it.
final class Signal: Sendable {
    fileprivate struct State {
        var isSet = false
        var isGivenUp = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func set() {
        let waiter = state.withLock { state in
            // Who has been woken already leaves it for the next turn.
            state.isSet = state.waiter == nil
            return state.take()
        }
        waiter?.resume()
    }

    /// Returns when it is set or the time is over, or the task is cancelled.
    func wait(atMost limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.next() }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    private func next() async {
        state.withLock { $0.isGivenUp = false }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.isSet || state.isGivenUp || Task.isCancelled {
                        state.isSet = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.isGivenUp = true
                return state.take()
            }
            waiter?.resume()
        }
    }
}

extension Signal.State {
    fileprivate mutating func take() -> CheckedContinuation<Void, Never>? {
        defer { waiter = nil }
        return waiter
    }
}
