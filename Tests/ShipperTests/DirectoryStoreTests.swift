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

    @Test func `a staged copy becomes the object and leaves nothing behind`() async throws {
        var object = try object("ab/one.mp4", Array(repeating: 7, count: 5_000))
        func stage(_ bytes: Int) async throws -> String {
            let path = try await store.stage()
            try Data(repeating: 7, count: bytes).write(to: URL(fileURLWithPath: path))
            return path
        }
        let incoming = fixture.storeRoot + "/.incoming"
        object.staged = try await stage(5_000)
        // The file itself is not needed any more.
        #expect(try await store.put(object) == .created)
        #expect(
            try await store.read(object.key, range: 0..<5_000) == Array(repeating: 7, count: 5_000)
        )
        #expect(try FileSystem.names(in: incoming).isEmpty)
        // A second try, as after a lost answer, and a copy that is not whole.
        object.staged = try await stage(5_000)
        #expect(try await store.put(object) == .alreadyThere)
        object.key = try #require(ObjectKey("ab/two.mp4"))
        object.staged = try await stage(4_999)
        await #expect(throws: ObjectStoreError.self) { try await store.put(object) }
        #expect(try await store.head(object.key) == nil)
        #expect(try FileSystem.names(in: incoming).isEmpty)
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
        let tags = ObjectTags(
            tenant: chunk.identity.tenant,
            camera: chunk.identity.camera,
            retentionDays: 90,
            retentionClass: .event
        )
        let values = ChunkMetadata.values(of: offer, tags: tags)
        let read = try #require(ChunkMetadata.description(values))
        #expect(read.offer == offer && read.hasSegments)
        #expect(read.retentionDays == 90 && read.retentionClass == .event)
        #expect(ChunkMetadata.size(values) < 1_500)
        let free: Set = ["start", "end", "gap", "retention", "class", "segments"]
        for name in values.keys where !free.contains(name) {
            var less = values
            less[name] = nil
            #expect(ChunkMetadata.description(less) == nil, "without \(name)")
        }
        var damaged = values
        damaged["segments"] = "AAAA"
        #expect(ChunkMetadata.description(damaged) == nil)
    }

    @Test(arguments: [1, 15, 150, 180, 300, 2_048])
    func `metadata stay within what S3 takes, whatever the number of segments`(count: Int) throws {
        var segments: [Segment] = []
        for index in 0..<count {
            segments.append(
                Segment(
                    start: MediaTime(seconds: Double(index) * 4),
                    duration: MediaTime(seconds: 4),
                    offset: 700 + index * 1_000_000,
                    length: 1_000_000,
                    isIndependent: true
                )
            )
        }
        let start = WallTime(microseconds: 1_769_903_940_123_457)
        let chunk = Chunk(
            identity: fixture.identity(CameraID(), 12),
            run: RunID(),
            start: start,
            mediaStart: .zero,
            initializationLength: 700,
            initializationHash: "0123456789abcdef",
            codecs: "hvc1.1.6.L93.B0,mp4a.40.2",
            width: 3_840,
            height: 2_160,
            segments: segments
        )
        let offer = ChunkOffer(
            sealed: SealedChunk(
                chunk: chunk,
                sha256: String(repeating: "c", count: 64),
                length: 700 + count * 1_000_000
            ),
            precedingGap: Gap(start: start, end: start, reason: .cameraOffline)
        )
        let tags = ObjectTags(
            tenant: chunk.identity.tenant,
            camera: chunk.identity.camera,
            retentionDays: 3_650,
            retentionClass: .continuous
        )
        let values = ChunkMetadata.values(of: offer, tags: tags)
        #expect(ChunkMetadata.size(values) <= 2_048)
        let read = try #require(ChunkMetadata.description(values))
        // Ten minutes of 4 s segments do not always fit; a minute of them does.
        #expect(read.hasSegments == (count <= 15) || (16...180).contains(count))
        #expect(read.hasSegments ? read.offer == offer : read.offer.sealed.chunk.segments.isEmpty)
        #expect(read.offer.sealed.key == offer.sealed.key)
    }
}
