import Domain
import Files
import Foundation
import ObjectStore
import Testing

/// What every store does, run on each of them: no case is skipped for a store that does not start.
@Suite(.serialized) struct StoreTests {
    @Test(arguments: StoreBench.Kind.allCases)
    func `an object has its bytes, tags and metadata`(kind: StoreBench.Kind) async throws {
        let bench = try await StoreBench(kind)
        defer { bench.cleanUp() }
        let store = bench.store
        let bytes = StoreBench.bytes(3_000_000)
        let object = try bench.object("ab/one.mp4", bytes)
        #expect(try await store.head(object.key) == nil)
        #expect(try await store.put(object) == .created)
        let head = try #require(try await store.head(object.key))
        #expect(head.length == bytes.count)
        #expect(head.sha256 == object.sha256)
        #expect(head.metadata["run"] == "7")
        #expect(head.metadata["codecs"] == "avc1.64001f,mp4a.40.2")
        #expect(try await store.tags(object.key) == object.tags?.values)
        #expect(try await store.read(object.key, range: 10..<20) == Array(bytes[10..<20]))
        #expect(try await store.read(object.key, range: 0..<bytes.count) == bytes)
        #expect(try await store.read(object.key, range: 5..<5).isEmpty)
        for range in [2_999_999..<3_000_001, 4_000_000..<4_000_001] {
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.read(object.key, range: range)
            }
            #expect(error?.code == .invalidRange)
        }
        try await store.delete(object.key)
        try await store.delete(object.key)
        #expect(try await store.head(object.key) == nil)
        let error = await #expect(throws: ObjectStoreError.self) {
            try await store.read(object.key, range: 0..<1)
        }
        #expect(error?.code == .notFound)
    }

    @Test(arguments: StoreBench.Kind.allCases)
    func `the same bytes again are success, others a conflict`(
        kind: StoreBench.Kind
    ) async throws {
        let bench = try await StoreBench(kind)
        defer { bench.cleanUp() }
        let store = bench.store
        let first = try bench.object("ab/one.mp4", [1, 2, 3])
        #expect(try await store.put(first) == .created)
        #expect(try await store.put(try bench.object("ab/one.mp4", [1, 2, 3])) == .alreadyThere)
        let other = try bench.object("ab/one.mp4", [1, 2, 4])
        let error = await #expect(throws: ObjectStoreError.self) { try await store.put(other) }
        #expect(error?.code == .conflict)
        #expect(error?.isRetryable == false)
        #expect(try await store.read(first.key, range: 0..<3) == [1, 2, 3])
    }

    @Test(arguments: StoreBench.Kind.allCases)
    func `of many puts of one key at once one creates it`(kind: StoreBench.Kind) async throws {
        let bench = try await StoreBench(kind)
        defer { bench.cleanUp() }
        let store = bench.store
        let object = try bench.object("ab/race.mp4", StoreBench.bytes(200_000))
        let outcomes = try await withThrowingTaskGroup(of: PutOutcome?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do { return try await store.put(object) } catch let error as ObjectStoreError {
                        // A store may ask the losers of a race to come back.
                        #expect(error.isRetryable, "\(error)")
                        return nil
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.contains(.created))
        if kind == .directory {
            #expect(outcomes.count { $0 == .created } == 1)
            let left = try FileSystem.names(in: bench.folder + "/store/.incoming")
            #expect(left.isEmpty)
        }
        #expect(try await store.put(object) == .alreadyThere)
        #expect(try await store.list(prefix: "", after: nil, limit: 10) == [object.key])
        #expect(try await store.head(object.key)?.sha256 == object.sha256)
    }

    @Test(arguments: StoreBench.Kind.allCases)
    func `bytes that are not those of the hash are not stored`(
        kind: StoreBench.Kind
    ) async throws {
        let bench = try await StoreBench(kind)
        defer { bench.cleanUp() }
        let store = bench.store
        let object = try bench.object("ab/one.mp4", [1, 2, 3])
        try Data([1, 2, 4]).write(to: URL(fileURLWithPath: object.path))
        let error = await #expect(throws: ObjectStoreError.self) { try await store.put(object) }
        #expect(error?.code == .wrongHash)
        try Data([1, 2]).write(to: URL(fileURLWithPath: object.path))
        let short = await #expect(throws: ObjectStoreError.self) { try await store.put(object) }
        #expect(short?.code == .wrongHash)
        try FileManager.default.removeItem(atPath: object.path)
        let gone = await #expect(throws: ObjectStoreError.self) { try await store.put(object) }
        #expect(gone?.code == .notFound)
        #expect(try await store.head(object.key) == nil)
        #expect(try await store.list(prefix: "", after: nil, limit: 10).isEmpty)
    }

    @Test(arguments: StoreBench.Kind.allCases)
    func `keys are listed in the order of their bytes, page by page`(
        kind: StoreBench.Kind
    ) async throws {
        let bench = try await StoreBench(kind)
        defer { bench.cleanUp() }
        let store = bench.store
        let names = ["a-b/1", "a/2", "a/b/1", "a.b", "a0", "b/1", "a/10"]
        for name in names { _ = try await store.put(try bench.object(name, [1])) }
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
        #expect(try await store.list(prefix: "", after: nil, limit: 0).isEmpty)
    }

    @Test(arguments: StoreBench.Kind.allCases)
    func `many objects are deleted at once, missing ones too`(
        kind: StoreBench.Kind
    ) async throws {
        let bench = try await StoreBench(kind)
        defer { bench.cleanUp() }
        let store = bench.store
        let kept = try bench.object("cd/kept.mp4", [3])
        var keys: [ObjectKey] = []
        for number in 0..<5 {
            let object = try bench.object("ab/\(number).mp4", [UInt8(number)])
            _ = try await store.put(object)
            keys.append(object.key)
        }
        _ = try await store.put(kept)
        // More than one request takes.
        keys += (0..<1_200).compactMap { ObjectKey("ab/missing-\($0).mp4") }
        #expect(try await store.delete(keys).isEmpty)
        #expect(try await store.list(prefix: "", after: nil, limit: 10) == [kept.key])
        #expect(try await store.delete([]).isEmpty)
    }

    @Test(arguments: StoreBench.Kind.allCases)
    func `tags are replaced as a whole`(kind: StoreBench.Kind) async throws {
        let bench = try await StoreBench(kind)
        defer { bench.cleanUp() }
        let store = bench.store
        let object = try bench.object("ab/one.mp4", [1])
        _ = try await store.put(object)
        var tags = try #require(object.tags)
        tags.retentionDays = 365
        tags.retentionClass = .evidence
        try await store.replaceTags(object.key, with: tags)
        #expect(try await store.tags(object.key) == tags.values)
        #expect(try await store.head(object.key)?.sha256 == object.sha256)
        let missing = try #require(ObjectKey("ab/none.mp4"))
        let error = await #expect(throws: ObjectStoreError.self) {
            try await store.tags(missing)
        }
        #expect(error?.code == .notFound)
        let changed = tags
        let second = await #expect(throws: ObjectStoreError.self) {
            try await store.replaceTags(missing, with: changed)
        }
        #expect(second?.code == .notFound)
    }
}
