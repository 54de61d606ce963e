import Foundation
import Processes

/// The private PostgreSQL of a `sparc up` without `DATABASE_URL`: full durability, data checksums,
/// SCRAM on a socket of mode 0700, no TCP.
///
/// As root it runs as the user `postgres`. One that a killed `sparc up` left behind is stopped and
/// started anew, so that it is always our child.
struct PostgresCluster: Sendable {
    let folder: DataFolder
    /// Starts where a killed server was left: 10 s.
    private static let leftOverTries = 20
    private let binaries: String
    private let isRoot = geteuid() == 0

    private var data: String { folder.postgres + "/data" }

    /// A Unix socket path may have 107 bytes; a long data folder gets a short one under /tmp.
    var socket: String {
        let inside = folder.postgres + "/socket"
        return inside.utf8.count <= 80 ? inside : "/tmp/sparc-\(stableHash(inside))"
    }

    init(folder: DataFolder) throws {
        self.folder = folder
        guard let binaries = Self.findBinaries() else {
            throw UpError(
                "PostgreSQL 14 or newer is not installed: apt-get install postgresql-15, "
                    + "or set DATABASE_URL"
            )
        }
        self.binaries = binaries
    }

    /// The connection URL of a role; the password is in it: keep it in owner-only files.
    func url(role: String, password: String, database: String = "sparc") -> String {
        "postgresql:///\(database)?host=\(socket)&user=\(role)&password=\(password)"
    }

    /// Makes the cluster on first use, stops a left-over server, starts ours.
    func start(log: @escaping @Sendable (String) -> Void) async throws -> ChildProcess {
        let owner = isRoot ? "postgres" : nil
        try DataFolder.makeFolder(folder.postgres, mode: 0o700)
        try DataFolder.makeFolder(socket, mode: 0o700)
        try give(folder.postgres, to: owner)
        try give(socket, to: owner)
        var isLeftOver = false
        if !FileManager.default.fileExists(atPath: data + "/PG_VERSION") {
            try await initialize()
        } else if FileManager.default.fileExists(atPath: data + "/postmaster.pid") {
            isLeftOver = true
            try await endLeftOver()
        }
        var triesLeft = isLeftOver ? Self.leftOverTries : 1
        while true {
            triesLeft -= 1
            do {
                return try await startServer(log: log)
            } catch {
                // The last processes of a killed server may hold its memory a moment longer.
                guard triesLeft > 0 else { throw error }
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    private func startServer(
        log: @escaping @Sendable (String) -> Void
    ) async throws -> ChildProcess {
        let lines = LineCollector()
        let child = try start(
            "postgres",
            [
                "-D", data, "-k", socket, "-c", "listen_addresses=", "-c",
                "unix_socket_permissions=0700", "-c", "max_connections=60", "-c",
                "log_min_messages=warning", "-c", "log_statement=none",
                "-c", "log_min_error_statement=panic", "-c", "password_encryption=scram-sha-256",
            ],
            log: { line in
                lines.append(line)
                log(line)
            }
        )
        for _ in 0..<600 {
            if let status = child.exitStatus {
                throw UpError("PostgreSQL ended while starting (\(status)): \(lines.text)")
            }
            let ready = try await run(
                "pg_isready",
                ["-h", socket, "-d", "postgres", "-q"],
                log: { _ in }
            )
            if ready.isSuccess { return child }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw UpError("PostgreSQL did not become ready within 30 s")
    }

    /// Stops the server that a killed `sparc up` left behind.
    ///
    /// After a power cut the file may name a process that is none of ours: that one is let alone,
    /// and what it keeps the server from starting goes. A file of a process that is gone is the
    /// server's own matter.
    private func endLeftOver() async throws {
        let files = FileManager.default
        let file = data + "/postmaster.pid"
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        guard let processID = text.split(separator: "\n").first.flatMap({ Int32($0) }),
            let place = try await workingFolder(of: processID)
        else { return }
        // A server's working directory is its data folder.
        guard place == URL(fileURLWithPath: data).resolvingSymlinksInPath().path else {
            try? files.removeItem(atPath: file)
            for name in (try? files.contentsOfDirectory(atPath: socket)) ?? []
            where name.hasSuffix(".lock") {
                try? files.removeItem(atPath: "\(socket)/\(name)")
            }
            return
        }
        _ = try await run(
            "pg_ctl",
            ["stop", "-D", data, "-m", "fast", "-t", "30", "-s"],
            log: { _ in }
        )
    }

    /// Where a process works; nil once there is none. One that is ending has no folder any more.
    private func workingFolder(of processID: Int32) async throws -> String? {
        let files = FileManager.default
        for _ in 0..<100 where files.fileExists(atPath: "/proc/\(processID)") {
            let link = "/proc/\(processID)/cwd"
            if let place = try? files.destinationOfSymbolicLink(atPath: link) { return place }
            try await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }

    private func initialize() async throws {
        // A cluster without its version file is one whose initdb was cut off: it holds nothing.
        if FileManager.default.fileExists(atPath: data) {
            try FileManager.default.removeItem(atPath: data)
        }
        let password = try folder.secret("postgres.password")
        let passwordFile = folder.postgres + "/initial-password"
        try DataFolder.write(password + "\n", to: passwordFile)
        try give(passwordFile, to: isRoot ? "postgres" : nil)
        defer { try? FileManager.default.removeItem(atPath: passwordFile) }
        let lines = LineCollector()
        let status = try await run(
            "initdb",
            [
                "-D", data, "-U", "postgres", "--pwfile", passwordFile, "--data-checksums",
                "--auth-local=scram-sha-256", "--auth-host=reject", "-E", "UTF8",
                "--locale=C.UTF-8",
            ],
            log: { lines.append($0) }
        )
        guard status.isSuccess else {
            throw UpError("initdb failed (\(status)): \(lines.text)")
        }
    }

    private func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        log: @escaping @Sendable (String) -> Void
    ) async throws -> ProcessExit {
        let child = try start(program, arguments, environment: environment, log: log)
        let status = await child.waitForExit()
        // The last lines, which say why a program failed, may arrive after its exit.
        for _ in 0..<200 where !child.hasDeliveredOutput {
            try await Task.sleep(for: .milliseconds(10))
        }
        return status
    }

    private func start(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        log: @escaping @Sendable (String) -> Void
    ) throws -> ChildProcess {
        var command = ["\(binaries)/\(program)"] + arguments
        if isRoot {
            command =
                ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
                + command
        }
        return try ChildProcess(
            executable: command[0],
            arguments: Array(command.dropFirst()),
            environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"].merging(environment) { $1 },
            output: log,
            errorOutput: log
        )
    }

    private func give(_ path: String, to user: String?) throws {
        guard let user else { return }
        do {
            try FileManager.default.setAttributes(
                [.ownerAccountName: user, .groupOwnerAccountName: user],
                ofItemAtPath: path
            )
        } catch {
            throw UpError("\(path) cannot be given to the user \(user): is PostgreSQL installed?")
        }
    }

    private static func findBinaries() -> String? {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.compactMap { Int($0) }.filter { $0 >= 14 }.sorted(by: >)
            .map { "\(root)/\($0)/bin" }
            .first { FileManager.default.isExecutableFile(atPath: $0 + "/postgres") }
    }

    private func stableHash(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 36)
    }
}
