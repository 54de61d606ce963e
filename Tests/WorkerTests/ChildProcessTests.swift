import Domain
import Foundation
import Processes
import Synchronization
import Testing

@Suite struct ChildProcessTests {
    private func child(
        _ script: String,
        _ output: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> ChildProcess {
        try ChildProcess(
            executable: "/bin/bash",
            arguments: ["-c", script],
            environment: [:],
            output: output
        )
    }

    @Test func `an end is noticed while a child lives that closed all it inherited`() async throws {
        let hasClosed = Mutex(false)
        let first = try child(
            """
            for path in /proc/self/fd/*; do
                number=${path##*/}
                if [ $number -gt 2 ]; then eval "exec $number>&-"; fi
            done
            echo closed
            read line; exit 0
            """
        ) { line in
            if line == "closed" { hasClosed.withLock { $0 = true } }
        }
        while !hasClosed.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(20)) }
        try await Task.sleep(for: .milliseconds(200))
        let second = try child("exit 7")
        #expect(try await end(of: second) == .exited(7))
        let third = try child("kill -SEGV $$; sleep 30")
        #expect(try await end(of: third) == .signalled(SIGSEGV))
        #expect(first.exitStatus == nil)
        first.closeInput()
        #expect(try await end(of: first) == .exited(0))
    }

    @Test func `a child that does not read never blocks its parent, and what waits is bounded`()
        async throws
    {
        let child = try ChildProcess(
            executable: "/bin/sleep",
            arguments: ["60"],
            environment: [:]
        )
        let piece = [UInt8](repeating: 65, count: 1 << 20)
        var taken = 0
        while child.write(piece) { taken += 1 }
        // As much again is on its way in one write, if that began late.
        #expect((4...9).contains(taken))
        child.closeInput()
        #expect(!child.write([65]))
        child.signal(9)
        #expect(await child.waitForExit() == .signalled(9))
    }

    @Test func `all that was written arrives before the end of the input`() async throws {
        let count = Mutex(0)
        let child = try ChildProcess(
            executable: "/bin/cat",
            arguments: [],
            environment: [:],
            output: { line in count.withLock { $0 += line.utf8.count + 1 } }
        )
        let line = [UInt8](repeating: 65, count: 999) + [10]
        for _ in 0..<2_000 { child.write(line) }
        child.closeInput()
        #expect(await child.waitForExit() == .exited(0))
        while !child.hasDeliveredOutput { try await Task.sleep(for: .milliseconds(5)) }
        #expect(count.withLock { $0 } == 2_000_000)
    }

    /// Nil if it is not noticed within 15 s.
    private func end(of child: ChildProcess) async throws -> ProcessExit? {
        for _ in 0..<300 {
            if let status = child.exitStatus { return status }
            try await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }
}
