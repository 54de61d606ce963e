import Domain
import Files
import Foundation
import ObjectStore
import Testing

struct DirectoryStoreTests {
    private let fixture = ShippingFixture()

    private func object(_ key: String, _ bytes: [UInt8]) throws -> NewObject {
        try FileSystem.makeFolder(fixture.root)
        let path = "\(fixture.root)/\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return NewObject(
            key: try #require(ObjectKey(key)),
            path: path,
            length: bytes.count,
            sha256: try FileHash.sha256(of: path).hex,
            tags: ObjectTags(
                tenant: fixture.tenant,
                camera: CameraID(),
                retentionDays: 30,
                retentionClass: .event
            ),
            metadata: ["run": "7"]
        )
    }

    private var store: DirectoryStore { DirectoryStore(root: fixture.storeRoot) }

    @Test func `an object has its bytes, tags and metadata`() async throws {
        let bytes: [UInt8] = (0..<5_000).map { UInt8(truncatingIfNeeded: $0) }
        let object = try object("ab/one.mp4", bytes)
        #expect(try await store.head(object.key) == nil)
        #expect(try await store.put(object) == .created)
        let head = try #require(try await store.head(object.key))
        #expect(head.length == 5_000)
        #expect(head.sha256 == object.sha256)
        #expect(head.tags["sparc:retention"] == "30d")
        #expect(head.tags["sparc:class"] == "event")
        #expect(head.metadata == ["run": "7"])
        #expect(try await store.read(object.key, range: 10..<20) == Array(bytes[10..<20]))
        #expect(try await store.read(object.key, range: 0..<5_000) == bytes)
        await #expect(throws: ObjectStoreError.self) {
            try await store.read(object.key, range: 4_999..<5_001)
        }
        try await store.delete(object.key)
        try await store.delete(object.key)
        #expect(try await store.head(object.key) == nil)
        let error = await #expect(throws: ObjectStoreError.self) {
            try await store.read(object.key, range: 0..<1)
        }
        #expect(error?.code == .notFound)
    }

    @Test func `many objects are deleted at once, and what cannot be is told`() async throws {
        let one = try object("ab/one.mp4", [1])
        let two = try object("ab/two.mp4", [2])
        let three = try object("cd/three.mp4", [3])
        for object in [one, two, three] { _ = try await store.put(object) }
        // A folder in an object's place cannot be removed as a file.
        let stuck = try #require(ObjectKey("cd/stuck"))
        try FileSystem.makeFolder(fixture.storeRoot + "/cd/stuck/inner")
        let missing = try #require(ObjectKey("ab/none.mp4"))
        let failures = try await store.delete([one.key, missing, stuck, two.key])
        #expect(failures.map(\.key) == [stuck])
        #expect(failures.first?.error.isRetryable == true)
        #expect(try await fixture.objects().keys.sorted() == ["cd/three.mp4"])
        #expect(try await store.head(two.key) == nil)
        #expect(try await store.delete([]).isEmpty)
    }

    @Test func `the same bytes again are success, others a conflict`() async throws {
        let first = try object("ab/one.mp4", [1, 2, 3])
        #expect(try await store.put(first) == .created)
        #expect(try await store.put(try object("ab/one.mp4", [1, 2, 3])) == .alreadyThere)
        let other = try object("ab/one.mp4", [1, 2, 4])
        let error = await #expect(throws: ObjectStoreError.self) { try await store.put(other) }
        #expect(error?.code == .conflict)
        #expect(error?.isRetryable == false)
        #expect(try await store.read(first.key, range: 0..<3) == [1, 2, 3])
    }

    @Test func `of many puts of one key at once one creates it`() async throws {
        let object = try object("ab/race.mp4", [UInt8](repeating: 9, count: 50_000))
        let store = self.store
        let outcomes = try await withThrowingTaskGroup(of: PutOutcome.self) { group in
            for _ in 0..<8 { group.addTask { try await store.put(object) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .created } == 1)
        #expect(try FileSystem.names(in: fixture.storeRoot + "/.incoming").isEmpty)
    }

    @Test func `bytes that are not those of the hash are not stored`() async throws {
        var object = try object("ab/one.mp4", [1, 2, 3])
        object.sha256 = String(repeating: "0", count: 64)
        let wrong = object
        let error = await #expect(throws: ObjectStoreError.self) { try await store.put(wrong) }
        #expect(error?.code == .wrongHash)
        #expect(try await store.head(object.key) == nil)
        #expect(try await fixture.objects().isEmpty)
        #expect(try FileSystem.names(in: fixture.storeRoot + "/.incoming").isEmpty)
    }

    @Test func `a put cut off before its last step is as if it never was`() async throws {
        let object = try object("ab/cd/one.mp4", [5, 6])
        try FileSystem.makeFolder(fixture.storeRoot + "/ab/cd")
        try FileSystem.makeFolder(fixture.storeRoot + "/.incoming")
        try Data([5]).write(to: URL(fileURLWithPath: fixture.storeRoot + "/.incoming/left"))
        try Data("{}".utf8).write(
            to: URL(fileURLWithPath: fixture.storeRoot + "/ab/cd/.one.mp4.json")
        )
        #expect(try await store.head(object.key) == nil)
        #expect(try await fixture.objects().isEmpty)
        #expect(try await store.put(object) == .created)
        #expect(try await store.head(object.key)?.sha256 == object.sha256)
    }

    @Test func `keys are listed in the order of their bytes, page by page`() async throws {
        let names = ["a-b/1", "a/2", "a/b/1", "a.b", "a0", "b/1", "a/10"]
        for name in names { _ = try await store.put(try object(name, [1])) }
        let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        var pages: [String] = []
        var after: ObjectKey?
        repeat {
            let page = try await store.list(prefix: "", after: after, limit: 2)
            pages += page.map(\.description)
            after = page.last
        } while after != nil
        #expect(pages == sorted)
        let some = try await store.list(prefix: "a/", after: nil, limit: 10)
        #expect(some.map(\.description) == ["a/10", "a/2", "a/b/1"])
        #expect(try await store.list(prefix: "zz", after: nil, limit: 10).isEmpty)
    }

    @Test(arguments: [
        "", "/", "a/", "/a", "a//b", "../a", "a/../b", "a/.b", ".", "A", "a b", "a\\b", "a\0b",
        "ä", "a%2fb", String(repeating: "a", count: 1_025),
    ])
    func `a key of another form is none`(text: String) {
        #expect(ObjectKey(text) == nil)
    }

    @Test func `a chunk's row can be made anew from its metadata`() throws {
        let start = WallTime(microseconds: 1_769_903_940_123_457)
        let chunk = Chunk(
            identity: fixture.identity(CameraID(), 12),
            run: RunID(),
            start: start,
            mediaStart: MediaTime(ticks: 123_456),
            initializationLength: 700,
            initializationHash: "0123456789abcdef",
            codecs: "hvc1.1.6.L93.B0,mp4a.40.2",
            width: 640,
            height: 360,
            segments: [
                Segment(
                    start: MediaTime(ticks: 123_456),
                    duration: MediaTime(ticks: 360_001),
                    offset: 700,
                    length: 999,
                    isIndependent: true
                ),
                Segment(
                    start: MediaTime(ticks: 483_457),
                    duration: MediaTime(ticks: 90_000),
                    offset: 1_699,
                    length: 1,
                    isIndependent: false
                ),
            ]
        )
        let offer = ChunkOffer(
            sealed: SealedChunk(
                chunk: chunk,
                sha256: String(repeating: "c", count: 64),
                length: 1_700
            ),
            precedingGap: Gap(start: start, end: start, reason: .authFailed)
        )
        let values = ChunkMetadata.values(of: offer)
        #expect(ChunkMetadata.offer(values) == offer)
        // S3 allows 2 KB for all names and values.
        #expect(values.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count } < 1_500)
        for name in values.keys where name != "start" && name != "end" && name != "gap" {
            var less = values
            less[name] = nil
            #expect(ChunkMetadata.offer(less) == nil, "without \(name)")
        }
    }
}
