import Foundation
import Synchronization

/// Ends the wait for a server that does not answer any more, though its connection stands: libpq
/// itself waits without an end.
///
/// One thread for the process looks every `interval` for sockets whose limit is over and shuts them
/// down; the call that waits then fails as on a lost connection. A socket is known here only while a
/// call waits on it, so none that was closed and given to somebody else is ever touched.
enum AnswerGuard {
    /// How often is looked: a limit may be exceeded by that much.
    private static let interval = 0.5

    private struct State {
        var waits: [UInt64: Wait] = [:]
        var next: UInt64 = 0
        var isRunning = false
    }

    private struct Wait {
        var socket: Int32
        var until: ContinuousClock.Instant
    }

    private static let state = Mutex(State())

    /// Calls `body`, which waits for an answer on a socket.
    /// - Parameter limit: Milliseconds; 0 waits without an end.
    static func wait<Result: ~Copyable>(
        on socket: Int32,
        limit: Int,
        _ body: () -> Result
    ) -> Result {
        guard limit > 0, socket >= 0 else { return body() }
        let number = begin(Wait(socket: socket, until: .now + .milliseconds(limit)))
        defer { state.withLock { _ = $0.waits.removeValue(forKey: number) } }
        return body()
    }

    private static func begin(_ wait: Wait) -> UInt64 {
        let (number, isFirst) = state.withLock { state in
            state.next &+= 1
            state.waits[state.next] = wait
            defer { state.isRunning = true }
            return (state.next, !state.isRunning)
        }
        if isFirst {
            let thread = Thread { while true { look() } }
            thread.name = "database guard"
            thread.start()
        }
        return number
    }

    private static func look() {
        Thread.sleep(forTimeInterval: interval)
        let now = ContinuousClock.now
        state.withLock { state in
            for (number, wait) in state.waits where wait.until < now {
                _ = shutdown(wait.socket, Int32(SHUT_RDWR))
                // Once: the call may close it before it returns, and its number be somebody else's.
                state.waits[number] = nil
            }
        }
    }
}
