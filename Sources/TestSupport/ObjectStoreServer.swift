import Domain
import Foundation
package import ObjectStore
import Sockets
import Synchronization
import Transfer

/// A real S3 service of the tests' own: Ceph RGW in a folder, on 127.0.0.1, in memory. Started once
/// per test process and shared by its suites, each with a bucket of its own. It ends with the
/// process that started it, also by SIGKILL (`Fixtures/ceph-rgw.sh`).
package final class ObjectStoreServer: Sendable {
    package struct StartFailure: Error, CustomStringConvertible {
        package let description: String
    }

    package static let accessKey = "AKIATESTTESTTESTTEST"
    package static let secretKey = "testsecrettestsecrettestsecrettestsecret0"
    package static let region = "us-east-1"
    /// How long a day of the lifecycle rules is here.
    package static let daySeconds = 2

    /// The one server of this process, started by the first who asks.
    package static func shared() throws -> ObjectStoreServer {
        try started.withLock { server in
            if let server { return server }
            let new = try startAgain(tries: 3)
            server = new
            return new
        }
    }

    private static let started = Mutex<ObjectStoreServer?>(nil)

    /// A port that was free may be taken a moment later.
    private static func startAgain(tries: Int) throws -> ObjectStoreServer {
        do { return try ObjectStoreServer() } catch {
            guard tries > 1 else { throw error }
            return try startAgain(tries: tries - 1)
        }
    }

    private let httpPort: Int
    private let httpsPort: Int
    /// Keeps the pipe open for as long as this process lives.
    private let input: Pipe
    private let buckets = Mutex(0)
    private let client = HTTPClient(policy: .loopback)
    /// The authority of the HTTPS port's certificate, PEM.
    package let authorities: String

    private init() throws {
        guard let monitor = LoopbackPort.free(), let http = LoopbackPort.free(),
            let https = LoopbackPort.free()
        else { throw StartFailure(description: "no free port") }
        let id = ProcessInfo.processInfo.processIdentifier
        let folder = "/tmp/rgw-\(id)-\(UInt16.random(in: 0...9_999))"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: SparcInstallation.fixtures + "/ceph-rgw.sh")
        process.arguments = [
            folder, String(monitor), String(http), String(https), Self.accessKey, Self.secretKey,
        ]
        process.environment = ProcessInfo.processInfo.environment.merging([
            "RGW_DAY_SECONDS": String(Self.daySeconds)
        ]) { $1 }
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var text = ""
        while !text.contains("ready\n") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else {
                throw StartFailure(description: "Ceph RGW did not start: \(text.suffix(1_000))")
            }
            text += String(decoding: more, as: UTF8.self)
        }
        httpPort = http
        httpsPort = https
        authorities = folder + "/ca.pem"
        self.input = input
    }

    package var url: String { "http://127.0.0.1:\(httpPort)" }
    package var secureURL: String { "https://127.0.0.1:\(httpsPort)" }

    /// Makes an empty bucket with a name of its own.
    ///
    /// - Parameter isSecure: Whether the configuration speaks TLS.
    /// - Returns: What `S3Store` needs for it.
    package func makeBucket(isSecure: Bool = false) async throws -> S3Configuration {
        let name = buckets.withLock { count in
            count += 1
            return "test-\(count)"
        }
        guard let endpoint = S3Endpoint(url: isSecure ? secureURL : url) else {
            throw StartFailure(description: "no endpoint")
        }
        try await put("/\(name)")
        return S3Configuration(
            bucket: name,
            endpoint: endpoint,
            region: Self.region,
            credentials: .parts(
                accessKeyID: .value(Self.accessKey),
                secretAccessKey: .value(Self.secretKey),
                sessionToken: nil
            ),
            authorities: isSecure ? authorities : nil
        )
    }

    /// Lets pages of an origin read a bucket's objects, as `put-bucket-cors` does.
    package func allowPages(of origin: String, in bucket: String) async throws {
        try await put(
            "/\(bucket)",
            query: [("cors", "")],
            body: """
                <CORSConfiguration><CORSRule><AllowedOrigin>\(origin)</AllowedOrigin>\
                <AllowedMethod>GET</AllowedMethod><AllowedHeader>range</AllowedHeader></CORSRule>\
                </CORSConfiguration>
                """
        )
    }

    /// Takes the lifecycle rules from all buckets but one. The gateway keeps buckets with rules in
    /// 32 lists, and with days this short it may never come to the second one of a list.
    package func endLifecycles(but bucket: String) async throws {
        for number in 1...buckets.withLock({ $0 }) where "test-\(number)" != bucket {
            try await send(.delete, "/test-\(number)", query: [("lifecycle", "")])
        }
    }

    private func put(
        _ path: String,
        query: [(name: String, value: String)] = [],
        body: String = ""
    ) async throws {
        try await send(.put, path, query: query, body: body)
    }

    private func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        query: [(name: String, value: String)] = [],
        body: String = ""
    ) async throws {
        let signer = SigV4Signer(
            credentials: S3Credentials(
                accessKeyID: Self.accessKey,
                secretAccessKey: Self.secretKey
            ),
            region: Self.region
        )
        let request = SignableRequest(
            method: method.rawValue,
            host: "127.0.0.1:\(httpPort)",
            path: path,
            query: query
        )
        let answer = try await client.send(
            HTTPRequest(
                method,
                url + request.target,
                headers: signer.headers(
                    for: request,
                    payload: SigV4Signer.unsignedPayload,
                    at: WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
                ),
                body: Array(body.utf8),
                deadline: .seconds(30)
            )
        )
        guard answer.isSuccess else {
            let text = String(decoding: answer.body, as: UTF8.self)
            throw StartFailure(description: "\(method) \(path): \(answer.status) \(text)")
        }
    }
}
