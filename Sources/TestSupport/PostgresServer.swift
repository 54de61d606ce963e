package import Database
import Foundation
import Synchronization

/// A PostgreSQL server of the tests' own: a fresh cluster in a folder, behind a socket only, fast
/// instead of durable. Started once per test process and shared by its suites, each with a database
/// of its own. It ends with the process that started it, also by SIGKILL.
package final class PostgresServer: Sendable {
    package struct StartFailure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The one server of this process, started by the first who asks.
    package static func shared() throws -> PostgresServer {
        try started.withLock { server in
            if let server { return server }
            let new = try PostgresServer()
            server = new
            return new
        }
    }

    private static let started = Mutex<PostgresServer?>(nil)
    private static let binaries = "/usr/lib/postgresql/15/bin"

    /// The folder of data and socket.
    package let folder: String
    private let databases = Mutex(0)

    /// The superuser `postgres` on one database; trusted on the socket.
    package func superuser(_ database: String = "postgres") -> ConnectionSettings {
        ConnectionSettings(socketFolder: folder, database: database, user: "postgres")
    }

    /// Makes an empty database with a name of its own.
    package func makeDatabase() async throws -> String {
        let name = databases.withLock { count in
            count += 1
            return "test_\(count)"
        }
        let connection = try await Connection.open(superuser())
        try await connection.run { session throws(DatabaseError) in
            try session.run("CREATE DATABASE \(name)")
        }
        return name
    }

    private init() throws {
        // Short: the socket's path has at most 107 bytes (unix(7)).
        folder =
            "/tmp/pg-\(ProcessInfo.processInfo.processIdentifier)-\(UInt16.random(in: 0...9_999))"
        let isRoot = getuid() == 0
        let data = folder + "/data"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        var prefix: [String] = []
        if isRoot {
            try Self.run(["/bin/chown", "postgres:postgres", folder])
            prefix = ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        }
        try Self.run(
            prefix + [
                Self.binaries + "/initdb", "-D", data, "-U", "postgres", "--auth-local=trust",
                "--auth-host=reject", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
            ]
        )
        // A watcher waits for the end of our pipe, stops the server and removes the folder; the
        // shell itself becomes the server.
        let script = """
            folder="$1"; shift
            exec 3<&0
            {
                read -r line
                kill -INT $$
                for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
                    [ -e "$folder/data/postmaster.pid" ] || break
                    sleep 0.2
                done
                [ -e "$folder/data/postmaster.pid" ] && kill -KILL $$
                rm -rf "$folder"
            } <&3 >/dev/null 2>&1 &
            exec "$@" </dev/null >"$folder/log" 2>&1 3<&-
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments =
            ["-c", script, "sh", folder] + prefix + [
                Self.binaries + "/postgres", "-D", data, "-k", folder,
                "-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off",
                "-c", "full_page_writes=off", "-c", "max_connections=100",
                "-c", "shared_buffers=32MB", "-c", "max_worker_processes=2",
                "-c", "autovacuum=off", "-c", "log_line_prefix=%m [%p] %d ",
            ]
        let input = Pipe()
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        Self.held.withLock { $0.append(Held(process: process, input: input)) }
        try waitUntilReady()
    }

    private func waitUntilReady() throws {
        for _ in 0..<200 {
            do {
                return try Self.run([
                    Self.binaries + "/pg_isready", "-q", "-h", folder, "-U", "postgres",
                ])
            } catch {
                Thread.sleep(forTimeInterval: 0.05)
            }
        }
        let log = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
        throw StartFailure(description: "PostgreSQL did not start: \(log.suffix(500))")
    }

    private static func run(_ words: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw StartFailure(
                description: "\(words[0]) ended with status \(process.terminationStatus)"
            )
        }
    }

    /// Keeps the pipe open for as long as this process lives.
    ///
    /// `@unchecked Sendable`: stored under the lock of `held` and never used again.
    private struct Held: @unchecked Sendable {
        let process: Process
        let input: Pipe
    }

    private static let held = Mutex<[Held]>([])
}
