import CLinux
import Domain
import Foundation
import Synchronization

/// A child process with pipes: its standard input is held open for as long as this process lives,
/// so that the child sees our end (even by SIGKILL) as the end of its input.
///
/// The child gets only the environment given here, and a process group of its own: Ctrl-C reaches
/// the parent alone, which then ends its children in order.
package final class ChildProcess: Sendable {
    /// Bytes of one output line; a longer one is cut into pieces.
    package static let lineLimit = 256 * 1_024

    /// Process is not Sendable; all calls to it go through this lock.
    private let process: Mutex<Process>
    private let ending: Ending
    package let processID: Int32
    private let readers = Readers()

    /// Output pipes that are still read.
    private final class Readers: Sendable {
        let open = Atomic<Int>(0)
    }

    /// Whether all lines have been delivered: a moment after the exit, or later if a grandchild
    /// holds a pipe.
    package var hasDeliveredOutput: Bool {
        readers.open.load(ordering: .acquiring) == 0
    }

    /// What the thread that waits for the child's end works on.
    private final class Ending: Sendable {
        private struct State {
            var value: ProcessExit?
            var waiters: [@Sendable (ProcessExit) -> Void] = []
        }

        let input: ChildInput
        private let state = Mutex(State())

        init(input: FileHandle) {
            self.input = ChildInput(input)
        }

        /// Nil while the child runs.
        var value: ProcessExit? { state.withLock { $0.value } }

        func finished(_ value: ProcessExit) {
            let waiters = state.withLock { state in
                state.value = value
                defer { state.waiters = [] }
                return state.waiters
            }
            input.close()
            for waiter in waiters { waiter(value) }
        }

        func onExit(_ body: @escaping @Sendable (ProcessExit) -> Void) {
            let known = state.withLock { state -> ProcessExit? in
                if state.value == nil { state.waiters.append(body) }
                return state.value
            }
            if let known { body(known) }
        }

        /// Runs `body` only if the child has not ended, and holds its end up meanwhile.
        func whileRunning(_ body: () -> Void) {
            state.withLock { state in
                if state.value == nil { body() }
            }
        }
    }

    package struct StartFailure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Starts a program.
    /// - Parameters:
    ///   - executable: Absolute path.
    ///   - arguments: Without the program's name. Never holds a secret: any user can read it.
    ///   - environment: The whole environment.
    ///   - output: Called on a reader thread with each line of standard output, without newline;
    ///     nil passes our standard output on.
    ///   - errorOutput: The same for standard error.
    package init(
        executable: String,
        arguments: [String],
        environment: [String: String],
        output: (@Sendable (String) -> Void)? = nil,
        errorOutput: (@Sendable (String) -> Void)? = nil
    ) throws(StartFailure) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = environment
        let inputPipe = Pipe()
        process.standardInput = inputPipe
        let outputPipe = output.map { _ in Pipe() }
        let errorPipe = errorOutput.map { _ in Pipe() }
        if let outputPipe { process.standardOutput = outputPipe }
        if let errorPipe { process.standardError = errorPipe }
        let ending = Ending(input: inputPipe.fileHandleForWriting)
        do {
            try process.run()
        } catch {
            throw StartFailure(description: "\(executable) cannot be started: \(error)")
        }
        processID = process.processIdentifier
        self.ending = ending
        if let outputPipe, let output {
            Self.readLines(
                outputPipe.fileHandleForReading,
                name: "child-output",
                readers,
                output
            )
        }
        if let errorPipe, let errorOutput {
            Self.readLines(
                errorPipe.fileHandleForReading,
                name: "child-errors",
                readers,
                errorOutput
            )
        }
        let waiter = WaitBox(process: process)
        self.process = Mutex(process)
        let thread = Thread { ending.finished(waiter.wait()) }
        thread.name = "child-wait"
        thread.start()
    }

    /// Waits for the end; returns at once if it has ended.
    package func waitForExit() async -> ProcessExit {
        await withCheckedContinuation { continuation in
            onExit { continuation.resume(returning: $0) }
        }
    }

    /// Calls `body` once when the process has ended, on any thread; at once if it has.
    package func onExit(_ body: @escaping @Sendable (ProcessExit) -> Void) {
        ending.onExit(body)
    }

    /// Nil while it runs.
    package var exitStatus: ProcessExit? {
        ending.value
    }

    /// Has bytes written to the child's standard input, in order; never blocks. False if the input is
    /// closed, or if 4 MiB wait already.
    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        ending.input.write(bytes)
    }

    /// Closes the child's standard input, after what waits for it: the request to end for children
    /// that watch it.
    package func closeInput() {
        ending.input.close()
    }

    /// Sends SIGTERM.
    package func terminate() {
        signal(SIGTERM)
    }

    /// Sends a signal, if the child still runs.
    package func signal(_ number: Int32) {
        ending.whileRunning { _ = kill(processID, number) }
    }

    /// Asks to end by SIGTERM and closed input, and kills after `grace`.
    package func stop(grace: Duration, signal number: Int32 = SIGTERM) async -> ProcessExit {
        signal(number)
        closeInput()
        return await withTaskGroup(of: ProcessExit?.self) { group in
            group.addTask { await self.waitForExit() }
            group.addTask {
                try? await Task.sleep(for: grace)
                return nil
            }
            let first = await group.next() ?? nil
            if first == nil { signal(SIGKILL) }
            let last = first == nil ? await waitForExit() : first
            group.cancelAll()
            return last ?? .exited(0)
        }
    }

    private static func readLines(
        _ handle: FileHandle,
        name: String,
        _ readers: Readers,
        _ body: @escaping @Sendable (String) -> Void
    ) {
        readers.open.add(1, ordering: .relaxed)
        let thread = Thread {
            defer { readers.open.subtract(1, ordering: .releasing) }
            var rest: [UInt8] = []
            while true {
                let data = handle.availableData
                if data.isEmpty { break }
                rest.append(contentsOf: data)
                while let end = rest.firstIndex(of: 10) {
                    body(String(decoding: rest[..<end], as: UTF8.self))
                    rest.removeSubrange(...end)
                }
                if rest.count > lineLimit {
                    body(String(decoding: rest, as: UTF8.self))
                    rest = []
                }
            }
            if !rest.isEmpty { body(String(decoding: rest, as: UTF8.self)) }
        }
        thread.name = name
        thread.start()
    }
}

/// Carries the process to its waiting thread.
///
/// `@unchecked Sendable`: the thread only waits and reads the status after the end; Foundation's
/// Process locks those by itself.
private struct WaitBox: @unchecked Sendable {
    let process: Process

    /// Waits for the end by a system call of our own. Foundation has one thread for all processes,
    /// which takes the end of a descriptor that a child inherits for the child's, and then waits
    /// for that child alone: after a recorder has closed what it does not need, no other child's end
    /// would be noticed before its own.
    func wait() -> ProcessExit {
        let status = sparc_wait_for_end(process.processIdentifier)
        if status >= 0 { return status < 256 ? .exited(status) : .signalled(status - 256) }
        // Foundation was first, and knows: this returns at once. (Before the end it would turn
        // without a pause, as the run loop of this thread has no source.)
        process.waitUntilExit()
        return process.terminationReason == .exit
            ? .exited(process.terminationStatus) : .signalled(process.terminationStatus)
    }
}
