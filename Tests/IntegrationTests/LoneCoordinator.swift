import Database
import Foundation
import Processes
import Sockets
import Synchronization
import TestSupport
import Transfer

/// A `sparc coordinator` on a database of its own, which is killed and started again at once: under
/// `sparc up` the waits of its supervisor would grow.
final class LoneCoordinator: Sendable {
    /// What workers show to it.
    static let workerToken = String(repeating: "w", count: 32)

    let client = HTTPClient(policy: nil)
    let base: String
    /// Where browsers find it: another site than 127.0.0.1.
    let publicURL: String
    private let owner: ConnectionSettings
    private let environment: [String: String]
    private let folder: String
    private let lines = Mutex<[String]>([])

    /// The folder of its objects.
    var store: String { folder + "/store" }

    /// What it printed so far.
    var log: String { lines.withLock { $0.joined(separator: "\n") } }

    /// Makes the database with the development login.
    init() async throws {
        guard let port = LoopbackPort.free() else {
            throw Recording.Failure(description: "no free port")
        }
        let server = try PostgresServer.shared()
        let name = try await server.makeDatabase()
        owner = server.superuser(name)
        base = "http://127.0.0.1:\(port)"
        publicURL = "http://localhost:\(port)"
        folder = "/tmp/sparc-lone-\(UInt32.random(in: 0 ... .max))"
        let url = "postgresql:///\(name)?host=\(server.folder)"
        environment = [
            "PATH": "/usr/bin:/bin", "SPARC_ENV": "development", "DATABASE_URL": url,
            "DATABASE_OWNER_URL": url + "&user=postgres", "API_GATEWAY_PORT": String(port),
            "SPARC_MASTER_KEY": Self.key(),
            "SPARC_WORKER_TOKEN": Self.workerToken,
            "SPARC_STORE": folder + "/store", "WEBHOOK_NETWORKS": "127.0.0.0/8",
            "SPARC_RATE_READS": "1000000", "SPARC_RATE_WRITES": "1000000",
            "SPARC_RATE_PLAYLISTS": "1000000", "SPARC_RATE_UNKNOWN": "1000000",
            "IDENTITY_NETWORKS": "127.0.0.0/8", "SPARC_PUBLIC_URL": publicURL,
        ]
        try FileManager.default.createDirectory(
            atPath: folder + "/store",
            withIntermediateDirectories: true
        )
        for command in ["migrate", "seed"] {
            let run = try await ShellCommand.run(
                SparcInstallation.executable,
                [command],
                environment: environment
            )
            guard run.status.isSuccess else {
                throw Recording.Failure(description: "\(command): \(run.errors)")
            }
        }
    }

    /// 32 random bytes in hex.
    static func key() -> String {
        (0..<4).map { _ in
            let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
    }

    /// The master key that it starts with if nothing else is said.
    var masterKey: String { environment["SPARC_MASTER_KEY"] ?? "" }
    /// What workers show.
    var workerToken: String { environment["SPARC_WORKER_TOKEN"] ?? "" }

    /// Runs another command on the same installation.
    func command(
        _ words: [String],
        with changes: [String: String] = [:]
    ) async throws -> ShellCommand {
        try await ShellCommand.run(
            SparcInstallation.executable,
            words,
            environment: environment.merging(changes) { $1 }
        )
    }

    /// Starts it and waits until it answers.
    /// - Parameters:
    ///   - changes: Variables that are other than the last time.
    ///   - resolver: A file that stands for its `/etc/resolv.conf`, in a mount namespace of its own.
    ///     Needs root.
    func start(
        with changes: [String: String] = [:],
        resolver: String? = nil
    ) async throws -> ChildProcess {
        var words = [SparcInstallation.executable, "coordinator"]
        if let resolver {
            let script = #"mount --bind "$1" /etc/resolv.conf && shift && exec "$@""#
            words =
                ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh", resolver] + words
        }
        let child = try ChildProcess(
            executable: words.removeFirst(),
            arguments: words,
            environment: environment.merging(changes) { $1 },
            output: { [self] line in lines.withLock { $0.append(line) } },
            errorOutput: { [self] line in lines.withLock { $0.append(line) } }
        )
        for _ in 0..<600 where child.exitStatus == nil {
            let answer = try? await client.send(HTTPRequest(.get, base + "/health"))
            if answer?.status == 200 { return child }
            try await Task.sleep(for: .milliseconds(50))
        }
        _ = await child.stop(grace: .zero)
        throw Recording.Failure(description: "the coordinator does not answer")
    }

    /// Runs SQL as superuser.
    func run(_ script: String) async throws {
        let connection = try await Connection.open(owner)
        try await connection.run { session throws(DatabaseError) in try session.run(script) }
        await connection.close()
    }

    /// The first column of the first row, as superuser.
    func count(_ sql: StaticString) async throws -> Int64 {
        let connection = try await Connection.open(owner)
        let value = try await connection.run { session throws(DatabaseError) -> Int64 in
            try session.query(sql).first?.value(0) ?? 0
        }
        await connection.close()
        return value
    }

    func cleanUp() {
        client.close()
        try? FileManager.default.removeItem(atPath: folder)
    }
}
