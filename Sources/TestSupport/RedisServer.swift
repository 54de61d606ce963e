import Foundation
import Sockets
import Synchronization

/// A Redis server of a test's own, on 127.0.0.1, in memory. It can be killed, stopped and started again
/// on its port, and ends with the process that started it, also by SIGKILL.
package final class RedisServer: Sendable {
    package struct StartFailure: Error, CustomStringConvertible {
        package let description: String
    }

    /// What its certificate is like.
    package enum Security: Sendable {
        case none
        /// Signed by the authority in `authorities`, for 127.0.0.1 and localhost.
        case valid
        /// So, but for another host.
        case otherHost
        /// Signed by itself.
        case selfSigned
    }

    package let port: Int
    /// PEM file of the authority that signed the certificate.
    package let authorities: String
    private let folder: String
    private let arguments: [String]
    /// The server and the pipe whose end ends it.
    private let running = Mutex<Running?>(nil)

    /// `@unchecked Sendable`: whoever takes it out of `running` has process and pipe alone; others read
    /// `id`, under the lock.
    private struct Running: @unchecked Sendable {
        let process: Process
        let input: Pipe
        let id: Int32
    }

    /// Starts one.
    /// - Parameter settings: More words of the command line.
    package init(_ security: Security = .none, settings: [String] = []) throws {
        guard let port = LoopbackPort.free() else {
            throw StartFailure(description: "no free port")
        }
        self.port = port
        let id = ProcessInfo.processInfo.processIdentifier
        folder = "/tmp/redis-\(id)-\(port)"
        authorities = folder + "/ca.pem"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var words = [
            "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder,
        ]
        if case .none = security {
            words += ["--port", "\(port)"]
        } else {
            try Self.makeCertificates(security, folder)
            words += [
                "--port", "0", "--tls-port", "\(port)", "--tls-auth-clients", "no",
                "--tls-cert-file", folder + "/cert.pem", "--tls-key-file", folder + "/key.pem",
                "--tls-ca-cert-file", authorities,
            ]
        }
        arguments = words + settings
        try start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Starts it again, empty, on the same port, after `kill`.
    package func start() throws {
        // The shell ends the server when our pipe ends, and so does its own end.
        let script = """
            folder="$1"; shift
            redis-server "$@" </dev/null >"$folder/log" 2>&1 &
            echo $!
            read -r line
            kill -KILL $!
            """
        // The last run's words are not this one's.
        try? FileManager.default.removeItem(atPath: folder + "/log")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script, "sh", folder] + arguments
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let id = Int32(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw StartFailure(description: "Redis has no process id")
        }
        for _ in 0..<400 {
            let log = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
            if log.contains("Ready to accept connections") {
                running.withLock { $0 = Running(process: process, input: input, id: id) }
                return
            }
            guard process.isRunning else { break }
            Thread.sleep(forTimeInterval: 0.025)
        }
        try? input.fileHandleForWriting.close()
        let log = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
        throw StartFailure(description: "Redis did not start: \(log.suffix(500))")
    }

    /// SIGKILL, and waits for its end.
    package func kill() {
        let old = running.withLock { running in
            defer { running = nil }
            return running
        }
        guard let old else { return }
        _ = Foundation.kill(old.id, SIGKILL)
        try? old.input.fileHandleForWriting.close()
        old.process.waitUntilExit()
    }

    /// It hangs: connections are taken by the kernel, and nothing is answered.
    package func stop() {
        signal(SIGSTOP)
    }

    /// It goes on where it hung.
    package func resume() {
        signal(SIGCONT)
    }

    private func signal(_ number: Int32) {
        running.withLock { running in
            if let running { _ = Foundation.kill(running.id, number) }
        }
    }

    private static func makeCertificates(_ security: Security, _ folder: String) throws {
        let names =
            if case .otherHost = security { "DNS:redis.example.org" } else {
                "IP:127.0.0.1,DNS:localhost"
            }
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        try run(
            ["req", "-x509"] + key + [
                "-keyout", folder + "/ca-key.pem", "-out", folder + "/ca.pem", "-subj",
                "/CN=Tests CA",
            ]
        )
        let own = [
            "-keyout", folder + "/key.pem", "-out", folder + "/cert.pem", "-subj", "/CN=redis",
            "-addext", "subjectAltName=\(names)", "-addext", "basicConstraints=critical,CA:FALSE",
        ]
        if case .selfSigned = security {
            try run(["req", "-x509"] + key + own)
        } else {
            try run(
                ["req", "-x509", "-CA", folder + "/ca.pem", "-CAkey", folder + "/ca-key.pem"] + key
                    + own
            )
        }
    }

    private static func run(_ words: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = words
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw StartFailure(description: "openssl ended with \(process.terminationStatus)")
        }
    }
}
