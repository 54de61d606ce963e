import API
import Catalog
import Coordinator
import Database
import Domain
import Foundation
import Logging
import ObjectStore
import ServiceLifecycle
import SharedState
import Telemetry
import TestSupport
import Testing
import Transfer

/// The coordinator as it runs: its own pools, a listening socket, its loops, and a worker that
/// speaks HTTP.
struct CoordinatorTests {
    private static let token = "worker-token-of-the-tests-0123456789"

    private func configuration(
        _ owner: ConnectionSettings,
        _ listening: @escaping @Sendable (Int) async -> Void
    ) -> CoordinatorConfiguration {
        let host = owner.values["host"] ?? ""
        let name = owner.values["dbname"] ?? ""
        return CoordinatorConfiguration(
            bind: "127.0.0.1",
            port: 0,
            databaseURL: "host=\(host) dbname=\(name) user=sparc_app",
            platformURL: "host=\(host) dbname=\(name) user=sparc_platform",
            poolSize: 2,
            masterKey: Array(0..<32),
            workerToken: Self.token,
            store: .folder(FileManager.default.temporaryDirectory.path),
            cameraNetworks: .privateNetworks,
            isDevelopment: true,
            onListening: listening
        )
    }

    private func database() async throws -> ConnectionSettings {
        // The shared server's roles have their passwords from here on.
        _ = try await TestBed.shared()
        let server = try PostgresServer.shared()
        let owner = server.superuser(try await server.makeDatabase())
        _ = try await CatalogSetup.bootstrap(
            owner: owner,
            appPassword: "app",
            platformPassword: "platform"
        )
        return owner
    }

    @Test func `it serves, gives a new camera to the worker, and ends cleanly`() async throws {
        try await serve { _ in }
    }

    @Test func `it serves with a Redis, with one that hangs, and without the one it should have`()
        async throws
    {
        let server = try RedisServer()
        let redis = RedisConfiguration(host: "127.0.0.1", port: server.port)
        try await serve { $0.redis = redis }
        server.stop()
        try await serve { $0.redis = redis }
        server.kill()
        try await serve { $0.redis = redis }
    }

    private func serve(_ change: (inout CoordinatorConfiguration) -> Void) async throws {
        let owner = try await database()
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        var configuration = configuration(owner) { listening.yield($0) }
        change(&configuration)
        let role = CoordinatorRole(
            configuration,
            metrics: PrometheusRegistry(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let group = ServiceGroup(
            configuration: .init(
                services: [role],
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        let client = HTTPClient(policy: .loopback)
        defer { client.close() }
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            try await walk(Caller(base: "http://127.0.0.1:\(port)", client: client))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private struct Caller {
        var base: String
        var client: HTTPClient

        func send(
            _ method: HTTPRequest.Method,
            _ path: String,
            _ token: String?,
            _ body: String = ""
        ) async throws -> HTTPResponse {
            var headers = [(name: "Content-Type", value: "application/json")]
            if let token { headers.append((name: "Authorization", value: "Bearer \(token)")) }
            return try await client.send(
                HTTPRequest(method, base + path, headers: headers, body: Array(body.utf8))
            )
        }
    }

    private struct Tokens: Decodable {
        var accessToken: String

        private enum CodingKeys: String, CodingKey {
            case accessToken = "access_token"
        }
    }

    private func walk(_ caller: Caller) async throws {
        let login = try await caller.send(
            .post,
            "/api/v1/auth/login",
            nil,
            #"{"email":"admin@sparc.dev","password":"admin123","tenant":"development"}"#
        )
        #expect(login.status == 200)
        let token = try JSONDecoder().decode(Tokens.self, from: Data(login.body)).accessToken
        let worker = WorkerID()
        let registered = try await caller.send(
            .post,
            "/internal/v1/workers",
            Self.token,
            #"{"worker":"\#(worker)","name":"w","edge":"http://127.0.0.1:1","highestEpoch":0}"#
        )
        #expect(registered.status == 200)
        let camera = try await caller.send(
            .post,
            "/api/v1/cameras",
            token,
            #"{"name":"Gate","url":"rtsp://a:b@10.0.0.1/"}"#
        )
        #expect(camera.status == 201)
        let list = try await caller.send(
            .get,
            "/internal/v1/workers/\(worker)/assignments",
            Self.token
        )
        let assignments = try JSONDecoder().decode(
            WorkerAssignments.self,
            from: Data(list.body)
        )
        #expect(assignments.streams.map(\.url) == ["rtsp://10.0.0.1/"])
        #expect(assignments.streams.first?.credentials?.password == "b")
        let page = try await caller.send(.get, "/", nil)
        #expect(page.status == 200)
        #expect(page.header("content-security-policy")?.contains("script-src 'self'") == true)
        // The worker's live edge does not exist: the guard of the connection says so, nobody else.
        let id = assignments.streams.first.map { "\($0.camera)" } ?? ""
        let live = try await caller.send(.get, "/hls/\(id)/live.m3u8", token)
        #expect(live.status == 503)
        for _ in 0..<100 {
            let metrics = try await caller.send(.get, "/metrics", nil)
            let text = String(decoding: metrics.body, as: UTF8.self)
            if text.contains("sparc_video_streams_expected ") { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("the fleet's gauges never came")
    }

    @Test func `it refuses a database role that may do too much`() async throws {
        let owner = try await database()
        var configuration = configuration(owner) { _ in }
        configuration.databaseURL =
            "host=\(owner.values["host"] ?? "") dbname=\(owner.values["dbname"] ?? "") user=postgres"
        let role = CoordinatorRole(
            configuration,
            metrics: PrometheusRegistry(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        await #expect(throws: CatalogError.self) { try await role.run() }
    }
}
