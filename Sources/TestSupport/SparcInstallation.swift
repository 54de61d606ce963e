package import Database
import Domain
import Foundation
package import Processes
import Sockets
import Synchronization
package import Transfer

/// A real `sparc up` in a temporary folder, as a user would start it.
package final class SparcInstallation: Sendable {
    package let folder: String
    package let port: Int
    package let client = HTTPClient(policy: nil)
    private let arguments: [String]
    private let extraEnvironment: [String: String]
    private let child = Mutex<ChildProcess?>(nil)
    private let lines = Mutex<[String]>([])

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// - Parameters:
    ///   - isDemo: With simulated cameras.
    ///   - environment: More variables, such as `SPARC_CHUNK_SECONDS`.
    ///   - parent: Where its folder is made.
    package init(
        isDemo: Bool = true,
        environment: [String: String] = [:],
        parent: String = "/tmp"
    ) throws {
        let base = "\(parent)/sparc-test-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: base,
            withIntermediateDirectories: true
        )
        guard let port = LoopbackPort.free() else { throw Failure(description: "no free port") }
        folder = base + "/data"
        self.port = port
        arguments =
            ["up", "--data-dir", folder, "--port", String(port), "--fixtures", Self.fixtures]
            + (isDemo ? ["--demo"] : [])
        extraEnvironment = environment
    }

    /// The program under test, built beside the tests.
    package static let executable: String = {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var folder = URL(fileURLWithPath: own ?? "/").deletingLastPathComponent()
        for _ in 0..<4 {
            let path = folder.appendingPathComponent("sparc").path
            if FileManager.default.isExecutableFile(atPath: path) { return path }
            folder.deleteLastPathComponent()
        }
        // `swift test` runs the tests in its own helper, whose folder is the toolchain's.
        return packageRoot + "/.build/debug/sparc"
    }()

    /// The checkout these tests were built from.
    package static let packageRoot: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }()

    package static var fixtures: String { packageRoot + "/Fixtures" }

    package var baseURL: String { "http://127.0.0.1:\(port)" }

    /// All lines that the processes printed so far.
    package var log: String {
        lines.withLock { $0.joined(separator: "\n") }
    }

    /// Process id of the running `sparc up`; nil before the start and after the end.
    package var processID: Int32? {
        child.withLock { $0 }.flatMap { $0.exitStatus == nil ? $0.processID : nil }
    }

    /// Starts it and waits until the API answers.
    package func start(timeout: Duration = .seconds(120)) async throws {
        lines.withLock { $0 = [] }
        let keep: @Sendable (String) -> Void = { line in
            self.lines.withLock { $0.append(line) }
        }
        let started = try ChildProcess(
            executable: Self.executable,
            arguments: arguments,
            environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/root"]
                .merging(extraEnvironment) { $1 },
            output: keep,
            errorOutput: keep
        )
        child.withLock { $0 = started }
        let deadline = ContinuousClock.now + timeout
        while ContinuousClock.now < deadline {
            if let status = started.exitStatus {
                throw Failure(description: "sparc up ended (\(status)):\n\(log)")
            }
            if log.contains("SPARC is running") { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Failure(description: "sparc up was not ready within \(timeout):\n\(log)")
    }

    /// Ctrl-C: SIGINT, and how it ended.
    package func stop() async -> ProcessExit {
        guard let running = child.withLock({ $0 }) else { return .exited(0) }
        let status = await running.stop(grace: .seconds(30), signal: 2)
        child.withLock { $0 = nil }
        return status
    }

    /// SIGKILL of every process of this installation at once, as a power switch would.
    package func killAll() async {
        for process in processes() { kill(process.id, SIGKILL) }
        if let running = child.withLock({ $0 }) { _ = await running.waitForExit() }
        child.withLock { $0 = nil }
    }

    /// The processes of this installation: `sparc` roles and PostgreSQL, by the data folder in
    /// their arguments or environment, or by descent.
    package func processes() -> [ProcessTable.Entry] {
        guard let root = processID else { return ProcessTable.all(mentioning: folder) }
        return ProcessTable.descendants(of: root)
    }

    /// A connection to its database as the owner of the tables.
    package func openDatabase() async throws -> Connection {
        let url = try String(contentsOfFile: folder + "/keys/owner.url", encoding: .utf8)
        return try await Connection.open(
            ConnectionSettings(url.trimmingCharacters(in: .whitespacesAndNewlines))
        )
    }

    /// Ends everything and removes the folder.
    package func cleanUp() async {
        if processID != nil { _ = await stop() }
        for process in ProcessTable.all(mentioning: folder) { kill(process.id, SIGKILL) }
        client.close()
        let base = URL(fileURLWithPath: folder).deletingLastPathComponent().path
        try? FileManager.default.removeItem(atPath: base)
    }
}
