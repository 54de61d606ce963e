import Foundation
import Processes
import Synchronization

/// The system calls that running processes make while something is done to them, by `strace`.
package struct SystemCallTrace: Sendable {
    /// One line for each call that began.
    package let lines: [String]

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Calls that reach for something outside the process, or say something to it.
    package static let outward = [
        "open", "openat", "openat2", "creat", "connect", "execve", "execveat", "sendto", "sendmsg",
        "write", "writev", "pwrite64", "unlink", "unlinkat", "rename", "renameat2", "mkdir",
        "mkdirat", "symlink", "symlinkat", "link", "linkat",
    ]

    /// Follows processes, and those that they start, while `body` runs.
    /// - Parameters:
    ///   - calls: Names of the calls that are noted, with at most 64 KiB of each text.
    package static func of(
        _ processes: [Int32],
        _ calls: [String] = outward,
        _ body: () async throws -> Void
    ) async throws -> SystemCallTrace {
        let file = NSTemporaryDirectory() + "trace-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let said = Mutex<[String]>([])
        let child = try ChildProcess(
            executable: "/usr/bin/strace",
            arguments: [
                "-f", "-s", "65536", "-o", file, "-e", "trace=" + calls.joined(separator: ","),
            ]
                + processes.flatMap { ["-p", String($0)] },
            environment: ["PATH": "/usr/bin:/bin"],
            output: { _ in },
            errorOutput: { line in said.withLock { $0.append(line) } }
        )
        for _ in 0..<600 where child.exitStatus == nil {
            let attached = said.withLock { $0.count { $0.contains("attached") } }
            if attached >= processes.count { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        guard child.exitStatus == nil else {
            throw Failure(description: said.withLock { $0.joined(separator: "\n") })
        }
        do {
            try await body()
        } catch {
            _ = await child.stop(grace: .seconds(10), signal: SIGINT)
            throw error
        }
        _ = await child.stop(grace: .seconds(10), signal: SIGINT)
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Failure(description: "strace wrote nothing")
        }
        let text = String(decoding: data, as: UTF8.self)
        return SystemCallTrace(lines: text.split(separator: "\n").map(String.init))
    }

    /// Lines of some calls, such as `execve`.
    package func calls(_ names: String...) -> [String] {
        lines.filter { line in names.contains { line.contains(" \($0)(") } }
    }

    /// Lines that mention a text.
    package func lines(with text: String) -> [String] {
        lines.filter { $0.contains(text) }
    }
}
