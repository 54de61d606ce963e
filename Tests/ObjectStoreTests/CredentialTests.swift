import Domain
import Files
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ObjectStore

/// Credentials that a service gives, for the hours that they are good.
struct CredentialTests {
    enum Service: CaseIterable {
        case instance
        case container
        case webIdentity
    }

    private static let start = WallTime(rfc3339: "2026-01-01T00:00:00Z") ?? WallTime(seconds: 0)

    /// The server, the way to it, and a file with the token that it asks for.
    private struct World {
        let server: CredentialServer
        let folder: String
        let clock = Clock()

        var tokenFile: String { folder + "/token" }

        init() async throws {
            server = try await CredentialServer()
            folder = "/tmp/sparc-credentials-\(UUID().uuidString)"
            try FileSystem.makeFolder(folder)
            try write(CredentialServer.token)
        }

        func write(_ token: String) throws {
            try Data((token + "\n").utf8).write(to: URL(fileURLWithPath: tokenFile))
        }

        func service(_ service: Service) -> S3CredentialService {
            switch service {
            case .instance: .instance(endpoint: server.base)
            case .container:
                .container(url: server.base + "/v1/credentials", authorization: .file(tokenFile))
            case .webIdentity:
                .webIdentity(
                    endpoint: server.base,
                    role: "arn:aws:iam::1:role/footage",
                    session: "sparc",
                    tokenFile: tokenFile,
                    authorities: nil
                )
            }
        }

        func source(_ service: Service) -> S3CredentialSource {
            S3CredentialSource(.service(self.service(service))) { [clock] in clock.now }
        }

        func cleanUp() async throws {
            try await server.stop()
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    private final class Clock: Sendable {
        private let moment = Mutex(CredentialTests.start)

        var now: WallTime { moment.withLock { $0 } }

        func set(_ text: String) {
            moment.withLock { $0 = WallTime(rfc3339: text) ?? $0 }
        }
    }

    @Test(arguments: Service.allCases)
    func `a service's credentials sign, and are renewed before their end by one question`(
        service: Service
    ) async throws {
        let world = try await World()
        let source = world.source(service)
        let first = try await source.current(after: nil)
        #expect(first.accessKeyID == "ASIA1" && first.secretAccessKey == "s3cret")
        #expect(first.sessionToken == "session")
        #expect(first.expiresAt == WallTime(rfc3339: "2026-01-01T06:00:00Z"))
        world.clock.set("2026-01-01T05:54:59Z")
        #expect(try await source.current(after: nil) == first)
        world.clock.set("2026-01-01T05:55:01Z")
        world.server.state.withLock { $0.expiration = "2026-01-01T12:00:00Z" }
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 {
                group.addTask { try await source.current(after: nil).accessKeyID }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        // Nobody waits for the new ones while the old ones are good.
        #expect(ids.isSubset(of: ["ASIA1", "ASIA2"]))
        while try await source.current(after: nil) == first {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(world.server.state.withLock { $0.given } == 2)
        // What the store refuses is not used again, whatever its end.
        let second = try await source.current(after: nil)
        #expect(try await source.current(after: second).accessKeyID == "ASIA3")
        source.close()
        try await world.cleanUp()
    }

    @Test(arguments: Service.allCases)
    func `while the service is away the credentials are used up to their end`(
        service: Service
    ) async throws {
        let world = try await World()
        let source = world.source(service)
        let first = try await source.current(after: nil)
        world.server.state.withLock { $0.isDown = true }
        world.clock.set("2026-01-01T05:56:00Z")
        let before = world.server.state.withLock { $0.requests }
        #expect(try await source.current(after: nil) == first)
        while world.server.state.withLock({ $0.requests }) == before {
            try await Task.sleep(for: .milliseconds(5))
        }
        try await Task.sleep(for: .milliseconds(300))
        let asked = world.server.state.withLock { $0.requests }
        for _ in 0..<10 { #expect(try await source.current(after: nil) == first) }
        // Not asked at every request of the store.
        #expect(world.server.state.withLock { $0.requests } == asked)
        world.clock.set("2026-01-01T06:00:01Z")
        let error = await #expect(throws: ObjectStoreError.self) {
            try await source.current(after: nil)
        }
        #expect(error?.code == .denied && error?.isRetryable == true)
        #expect(error?.message.contains("secret") == false)
        world.server.state.withLock { state in
            state.isDown = false
            state.expiration = "2026-01-01T12:00:00Z"
        }
        #expect(try await source.current(after: nil).accessKeyID == "ASIA2")
        source.close()
        try await world.cleanUp()
    }

    @Test(arguments: [Service.container, .webIdentity])
    func `the token is read anew each time`(service: Service) async throws {
        let world = try await World()
        try world.write("an old one")
        let source = world.source(service)
        let error = await #expect(throws: ObjectStoreError.self) {
            try await source.current(after: nil)
        }
        #expect(error?.code == .denied)
        #expect(error?.message.contains("an old one") == false)
        try world.write(CredentialServer.token)
        #expect(try await source.current(after: nil).accessKeyID == "ASIA1")
        source.close()
        try await world.cleanUp()
    }

    @Test func `an instance without a role, or with a name that leaves the path, has none`()
        async throws
    {
        let world = try await World()
        let source = world.source(.instance)
        for role in [nil, "", "../../latest/user-data", "a b", "r\u{e9}le"] as [String?] {
            world.server.state.withLock { $0.role = role }
            await #expect(throws: ObjectStoreError.self) { try await source.current(after: nil) }
        }
        #expect(world.server.state.withLock { $0.given } == 0)
        source.close()
        try await world.cleanUp()
    }

    @Test func `a put is signed with what the instance gives`() async throws {
        let world = try await World()
        let store = try await LyingServer { _, authorization in
            authorization.contains("Credential=ASIA1/")
                && authorization.contains(
                    "x-amz-security-token"
                ) ? .none : .denied
        }
        var configuration = try store.configuration
        // The bench's clock is the machine's.
        world.server.state.withLock { $0.expiration = "9999-01-01T00:00:00Z" }
        configuration.credentials = .service(world.service(.instance))
        let bench = try StoreBench(configuration)
        defer { bench.cleanUp() }
        #expect(try await bench.store.put(try bench.object("ab/one.mp4", [1])) == .created)
        try await store.stop()
        try await world.cleanUp()
    }
}
