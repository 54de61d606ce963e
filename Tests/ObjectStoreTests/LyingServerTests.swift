import Domain
import Files
import Foundation
import ObjectStore
import Synchronization
import TestSupport
import Testing

/// The S3 store before a server that fails and lies: nothing lost, nothing twice, nothing corrupt.
@Suite(.serialized) struct LyingServerTests {
    /// Puts until it works, as the shipper does, and counts.
    private func putUntilStored(
        _ store: any ObjectStoring,
        _ object: NewObject
    ) async throws -> Int {
        for attempt in 1...100 {
            do {
                _ = try await store.put(object)
                return attempt
            } catch let error as ObjectStoreError {
                guard error.isRetryable else { throw error }
            }
        }
        throw ObjectStoreError(.unavailable, "100 attempts")
    }

    @Test func `of 200 puts through every fault each is stored once and whole`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("lying store: seed \(seed)")
        let kinds: [LyingServer.Fault] = [
            .slowDown, .slowDown, .slowDown, .internalError, .reset, .storedButSilent, .truncated,
            .cutAnswer, .conditionalConflict, .denied,
        ]
        let random = Mutex(SeededRandom(seed: seed))
        let server = try await LyingServer { request, _ in
            // Each costs the stall limit.
            if request == 100 || request == 300 { return .silence }
            return random.withLock { generator in
                Bool.random(using: &generator)
                    ? .none : kinds[Int.random(in: 0..<kinds.count, using: &generator)]
            }
        }
        let bench = try StoreBench(try server.configuration, stallLimit: .seconds(1))
        defer { bench.cleanUp() }
        var attempts = 0
        var most = 0
        for number in 0..<200 {
            let bytes = StoreBench.bytes(1_000 + number, seed: UInt8(number))
            let object = try bench.object("ab/\(number).mp4", bytes)
            let count = try await putUntilStored(bench.store, object)
            attempts += count
            most = max(most, count)
            #expect(server.state.objects["/bucket/ab/\(number).mp4"]?.body == bytes)
        }
        let state = server.state
        #expect(state.objects.count == 200)
        print(
            "lying store: \(attempts) attempts of put for 200 objects, at most \(most) for one, "
                + "\(state.requests) requests"
        )
        // Half of all puts fail: two attempts each are to be expected, four are a loop gone wrong.
        #expect(attempts < 800 && attempts >= 200)
        // libcurl itself sends again when a kept connection turns out to be dead.
        #expect(state.puts.values.reduce(0, +) <= 2 * attempts)
        for object in state.objects.values {
            #expect(object.headers["x-amz-tagging"]?.contains("sparc%3Aclass=event") == true)
        }
        try await server.stop()
    }

    @Test(arguments: [
        (LyingServer.Fault.slowDown, ObjectStoreError.Code.busy),
        (.conditionalConflict, .busy), (.internalError, .unavailable), (.reset, .unavailable),
        (.storedButSilent, .unavailable), (.truncated, .unavailable), (.cutAnswer, .unavailable),
        (.denied, .denied), (.expiredToken, .denied), (.skewed, .denied),
    ])
    func `every fault of a put may pass and has its code`(
        fault: LyingServer.Fault,
        code: ObjectStoreError.Code
    ) async throws {
        let server = try await LyingServer { _, _ in fault }
        let bench = try StoreBench(try server.configuration)
        defer { bench.cleanUp() }
        let object = try bench.object("ab/one.mp4", StoreBench.bytes(500))
        let error = await #expect(throws: ObjectStoreError.self) {
            try await bench.store.put(object)
        }
        #expect(error?.code == code)
        #expect(error?.isRetryable == true)
        #expect(error.map { "\($0)".contains("secret") } == false)
        try await server.stop()
    }

    @Test func `an object of which the answer was lost is found again, another one is a conflict`()
        async throws
    {
        let server = try await LyingServer { request, _ in
            request == 1 ? .storedButSilent : .none
        }
        let bench = try StoreBench(try server.configuration)
        defer { bench.cleanUp() }
        let object = try bench.object("ab/one.mp4", StoreBench.bytes(500))
        await #expect(throws: ObjectStoreError.self) { try await bench.store.put(object) }
        #expect(try await bench.store.put(object) == .alreadyThere)
        #expect(server.state.stored["/bucket/ab/one.mp4"] == 1)
        let other = try bench.object("ab/one.mp4", StoreBench.bytes(500, seed: 2))
        let error = await #expect(throws: ObjectStoreError.self) {
            try await bench.store.put(other)
        }
        #expect(error?.code == .conflict && error?.isRetryable == false)
        #expect(server.state.objects["/bucket/ab/one.mp4"]?.body == StoreBench.bytes(500))
        try await server.stop()
    }

    @Test func `a store that keeps half and says 200 gets it again`() async throws {
        let server = try await LyingServer { request, _ in request == 1 ? .truncated : .none }
        let bench = try StoreBench(try server.configuration)
        defer { bench.cleanUp() }
        let object = try bench.object("ab/one.mp4", StoreBench.bytes(500))
        await #expect(throws: ObjectStoreError.self) { try await bench.store.put(object) }
        #expect(server.state.objects.isEmpty)
        #expect(try await bench.store.put(object) == .created)
        #expect(server.state.objects["/bucket/ab/one.mp4"]?.body == StoreBench.bytes(500))
        try await server.stop()
    }

    @Test func `a put that gets no answer is given up`() async throws {
        let server = try await LyingServer { _, _ in .silence }
        let bench = try StoreBench(try server.configuration, stallLimit: .seconds(1))
        defer { bench.cleanUp() }
        let object = try bench.object("ab/one.mp4", [1])
        let clock = ContinuousClock()
        let began = clock.now
        let error = await #expect(throws: ObjectStoreError.self) {
            try await bench.store.put(object)
        }
        #expect(error?.code == .unavailable)
        // The stall limit of 1 s, not the deadline of 30 s; generous for a busy machine.
        #expect(clock.now - began < .seconds(25))
        try await server.stop()
    }

    @Test func `credentials that have expired are read again, once`() async throws {
        let server = try await LyingServer { _, authorization in
            authorization.contains("AKIANEW") ? .none : .expiredToken
        }
        var configuration = try server.configuration
        let folder = "/tmp/s3-credentials-\(UUID().uuidString)"
        try FileSystem.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/credentials"
        func write(_ id: String) throws {
            let text =
                "[other]\naws_access_key_id=AKIANEW\n[default]\n"
                + "aws_access_key_id = \(id)\naws_secret_access_key = s\n"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        }
        try write("AKIAOLD")
        configuration.credentials = .sharedFile(path: path, profile: "default")
        let bench = try StoreBench(configuration)
        defer { bench.cleanUp() }
        let object = try bench.object("ab/one.mp4", [1])
        let error = await #expect(throws: ObjectStoreError.self) {
            try await bench.store.put(object)
        }
        #expect(error?.code == .denied)
        #expect(server.state.requests == 1, "the same credentials are not tried twice")
        try write("AKIANEW")
        #expect(try await bench.store.put(object) == .created)
        try FileManager.default.removeItem(atPath: path)
        #expect(try await bench.store.put(object) == .alreadyThere)
        try await server.stop()
    }
}
