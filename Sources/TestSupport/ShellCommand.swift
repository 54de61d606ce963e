import Foundation
package import Processes
import Synchronization

/// Runs a program to its end and keeps what it printed.
package struct ShellCommand: Sendable {
    package let status: ProcessExit
    package let output: String
    package let errors: String

    package static func run(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> ShellCommand {
        let output = Mutex<[String]>([])
        let errors = Mutex<[String]>([])
        let child = try ChildProcess(
            executable: executable,
            arguments: arguments,
            environment: ["PATH": "/usr/bin:/bin"].merging(environment) { $1 },
            output: { line in output.withLock { $0.append(line) } },
            errorOutput: { line in errors.withLock { $0.append(line) } }
        )
        let status = await child.waitForExit()
        // The readers end with the pipes, a moment after the process.
        try await Task.sleep(for: .milliseconds(100))
        return ShellCommand(
            status: status,
            output: output.withLock { $0.joined(separator: "\n") },
            errors: errors.withLock { $0.joined(separator: "\n") }
        )
    }
}
