import Foundation
import Synchronization

/// A child's standard input: what is written waits here until a thread of its own has handed it
/// over, so that a child that does not read never blocks its parent.
final class ChildInput: Sendable {
    /// Bytes that may wait; what is beyond them is not taken.
    static let limit = 4 << 20

    private struct State {
        /// Nil once it is closed.
        var handle: FileHandle?
        var waiting: [UInt8] = []
        /// A thread writes what waits, and closes the handle if that was asked for meanwhile.
        var isWriting = false
        var isClosed = false

        mutating func closeHandle() {
            try? handle?.close()
            handle = nil
        }
    }

    private let state: Mutex<State>

    init(_ handle: FileHandle) {
        state = Mutex(State(handle: handle))
    }

    /// False if the input is closed, or if `limit` bytes wait already.
    func write(_ bytes: [UInt8]) -> Bool {
        let (isTaken, begins) = state.withLock { state -> (Bool, Bool) in
            guard !state.isClosed, state.waiting.count + bytes.count <= Self.limit else {
                return (false, false)
            }
            state.waiting += bytes
            defer { state.isWriting = true }
            return (true, !state.isWriting)
        }
        guard begins else { return isTaken }
        let thread = Thread { [self] in
            while let (handle, bytes) = next() {
                // Fails for a child that is gone; so does the rest.
                try? handle.write(contentsOf: Data(bytes))
            }
        }
        thread.name = "child-input"
        thread.start()
        return true
    }

    /// Closes the input after what waits.
    func close() {
        state.withLock { state in
            state.isClosed = true
            if !state.isWriting { state.closeHandle() }
        }
    }

    private func next() -> (FileHandle, [UInt8])? {
        state.withLock { state in
            guard let handle = state.handle, !state.waiting.isEmpty else {
                state.isWriting = false
                if state.isClosed { state.closeHandle() }
                return nil
            }
            defer { state.waiting = [] }
            return (handle, state.waiting)
        }
    }
}
