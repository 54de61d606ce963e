package import Domain
import Files
import Foundation

/// Objects as files of a folder, for installations without S3: same keys, tags, metadata and
/// create-once behaviour.
///
/// Beside each object `KEY` stands `.KEY.json` with its length, hash, tags and metadata, so that the
/// catalogue can be rebuilt from the folder alone. A put is, in this order:
/// 1. copy the bytes to a temporary file in `.incoming` while hashing them, and make it durable, unless
///    who sealed the chunk has done that (`stage`);
/// 2. write the description durably;
/// 3. link the temporary file to its name, which fails if the name is in use, and make the folder
///    durable.
package struct DirectoryStore: TaggedObjectStoring, StagingStore {
    private let root: String
    /// Where objects are until they are whole; no key begins with a dot.
    private static let incoming = ".incoming"
    /// A put that has not ended after this many seconds never will: its process was killed.
    private static let incomingAge = 3_600
    /// Objects removed between two looks at cancellation, as many as S3 takes in one request.
    private static let deleteBatch = 1_000

    package init(root: String) {
        self.root = root
    }

    package func put(_ object: NewObject) async throws -> PutOutcome {
        try await offPool {
            guard try Self.mapped({ try FileSystem.length(of: object.path) }) != nil else {
                throw ObjectStoreError(.notFound, "there is no file \(object.path)")
            }
            do { return try store(object) } catch let error as ObjectStoreError
                where error.code == .notFound
            {
                // Not the source: a folder of the store is gone, as when its disk is not mounted.
                throw ObjectStoreError(.unavailable, error.message)
            }
        }
    }

    package func stage() async throws -> String {
        try await offPool {
            try Self.mapped { try FileSystem.makeFolder("\(root)/\(Self.incoming)") }
            return unusedPath()
        }
    }

    package func head(_ key: ObjectKey) async throws -> StoredObject? {
        try await offPool {
            guard let known = try reading({ try describe(key) }) else { return nil }
            let path = path(key)
            guard let length = try Self.mapped({ try FileSystem.length(of: path) }) else {
                return nil
            }
            return StoredObject(
                length: length,
                sha256: known.sha256,
                metadata: known.metadata,
                storedAt: try Self.mapped { try FileSystem.modified(path) }.map {
                    WallTime(seconds: Int64($0))
                }
            )
        }
    }

    package func tags(_ key: ObjectKey) async throws -> [String: String] {
        try await offPool { try reading { try existing(key).tags } }
    }

    package func replaceTags(_ key: ObjectKey, with tags: ObjectTags) async throws {
        try await offPool {
            var description = try existing(key)
            description.tags = tags.values
            try write(description, of: key)
        }
    }

    package func read(_ key: ObjectKey, range: Range<Int>) async throws -> [UInt8] {
        try await offPool { try reading { try bytes(key, range) } }
    }

    package func delete(_ key: ObjectKey) async throws {
        try await offPool { try remove(key) }
    }

    package func delete(_ keys: [ObjectKey]) async throws -> [DeleteFailure] {
        var failures: [DeleteFailure] = []
        for start in stride(from: 0, to: keys.count, by: Self.deleteBatch) {
            try Task.checkCancellation()
            let batch = keys[start..<min(start + Self.deleteBatch, keys.count)]
            failures += try await offPool {
                batch.compactMap { key in
                    do {
                        try remove(key)
                        return nil
                    } catch let error as ObjectStoreError {
                        return DeleteFailure(key: key, error: error)
                    } catch {
                        return DeleteFailure(
                            key: key,
                            error: ObjectStoreError(.unavailable, "\(error)")
                        )
                    }
                }
            }
        }
        return failures
    }

    package func list(
        prefix: String,
        after: ObjectKey?,
        limit: Int
    ) async throws -> [ObjectKey] {
        try await offPool {
            // Not an empty store: its disk is not mounted, or it is another folder.
            guard try Self.mapped({ try FileSystem.isFolder(root) }) else {
                throw ObjectStoreError(.unavailable, "there is no folder \(root)")
            }
            let walk = DirectoryWalk(root: root, prefix: prefix, after: after?.description)
            return try Self.mapped { () throws(FileError) in try walk.keys(limit: limit) }
        }
    }

    /// A file that cannot be read in a store that can be is its own trouble, not the store's.
    private func reading<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as ObjectStoreError
            where error.code == .unavailable
        {
            let isStoreWell = (try? FileSystem.names(in: root))?.isEmpty == false
            throw isStoreWell ? ObjectStoreError(.unreadable, error.message) : error
        }
    }

    private func remove(_ key: ObjectKey) throws {
        try Self.mapped {
            try FileSystem.remove(path(key))
            try FileSystem.remove(sidecar(key))
        }
    }

    private func path(_ key: ObjectKey) -> String {
        "\(root)/\(key)"
    }

    private func sidecar(_ key: ObjectKey) -> String {
        let parts = key.description.split(separator: "/")
        let folder = parts.dropLast().joined(separator: "/")
        return "\(root)/\(folder)/.\(parts.last ?? "").json"
    }

    private func unusedPath() -> String {
        "\(root)/\(Self.incoming)/\(UUID().uuidString)"
    }

    private func store(_ object: NewObject) throws -> PutOutcome {
        let temporary = object.staged ?? unusedPath()
        defer { try? FileSystem.remove(temporary) }
        if let known = try describe(object.key) {
            return try compare(known, object)
        }
        let target = path(object.key)
        let folder = (target as NSString).deletingLastPathComponent
        try Self.mapped {
            try FileSystem.makeDurableFolder(folder)
            try FileSystem.makeFolder("\(root)/\(Self.incoming)")
            try removeAbandoned()
        }
        if object.staged == nil { try copy(object, to: temporary) }
        guard try Self.mapped({ try FileSystem.length(of: temporary) }) == object.length else {
            throw ObjectStoreError(.wrongHash, "\(object.path) is not what was sealed")
        }
        try describe(object)
        do {
            try FileSystem.link(temporary, to: target)
        } catch  where error.code == .exists {
            guard let known = try describe(object.key) else {
                throw ObjectStoreError(.damaged, "\(target) has no readable description")
            }
            return try compare(known, object)
        } catch {
            throw Self.error(error)
        }
        try Self.mapped { try FileSystem.syncFolder(of: target) }
        return .created
    }

    private func compare(_ known: ObjectDescription, _ object: NewObject) throws -> PutOutcome {
        guard known.length == object.length, known.sha256 == object.sha256 else {
            throw ObjectStoreError(.conflict, "\(object.key) is in use by other bytes")
        }
        // An earlier try may have been cut off before its step 3 was durable.
        try Self.mapped { try FileSystem.syncFolder(of: path(object.key)) }
        return .alreadyThere
    }

    /// What killed processes left in `.incoming`.
    private func removeAbandoned() throws(FileError) {
        let folder = "\(root)/\(Self.incoming)"
        let limit = Int(Date().timeIntervalSince1970) - Self.incomingAge
        for name in try FileSystem.names(in: folder) {
            let path = "\(folder)/\(name)"
            if let modified = try FileSystem.modified(path), modified < limit {
                try FileSystem.remove(path)
            }
        }
    }

    /// Step 1.
    private func copy(_ object: NewObject, to temporary: String) throws {
        var hash = FileHasher()
        _ = try Self.mapped {
            try FileCopy.run(from: object.path, to: temporary) { hash.update($0) }
        }
        guard hash.finish() == object.sha256 else {
            throw ObjectStoreError(.wrongHash, "\(object.path) is not what was sealed")
        }
    }

    /// Step 2. Equal keys hold equal bytes (the hash is in the key), so replacing is harmless.
    private func describe(_ object: NewObject) throws {
        try write(ObjectDescription(object), of: object.key)
    }

    private func write(_ description: ObjectDescription, of key: ObjectKey) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let bytes = [UInt8](try encoder.encode(description))
        try Self.mapped {
            try FileSystem.replace(
                sidecar(key),
                with: bytes,
                by: unusedPath()
            )
        }
    }

    private func existing(_ key: ObjectKey) throws -> ObjectDescription {
        guard let description = try describe(key) else {
            throw ObjectStoreError(.notFound, "there is no object \(key)")
        }
        return description
    }

    private func describe(_ key: ObjectKey) throws -> ObjectDescription? {
        guard try Self.mapped({ try FileSystem.length(of: path(key)) }) != nil else { return nil }
        guard let bytes = try Self.mapped({ try FileSystem.content(of: sidecar(key)) }),
            let description = try? JSONDecoder().decode(ObjectDescription.self, from: Data(bytes))
        else { throw ObjectStoreError(.damaged, "\(key) has no readable description") }
        return description
    }

    private func bytes(_ key: ObjectKey, _ range: Range<Int>) throws -> [UInt8] {
        let bytes = try Self.mapped {
            let file = try FileDescriptor(path(key), .read)
            return try file.read(range.count, at: range.lowerBound)
        }
        guard bytes.count == range.count else {
            throw ObjectStoreError(.invalidRange, "\(key) has no bytes \(range)")
        }
        return bytes
    }

    private static func mapped<Result>(
        _ body: () throws -> Result
    ) throws -> Result {
        do { return try body() } catch let error as FileError { throw Self.error(error) }
    }

    private static func error(_ error: FileError) -> ObjectStoreError {
        let code: ObjectStoreError.Code =
            switch error.code {
            case .noSpace: .noSpace
            case .notFound: .notFound
            case .damaged: .damaged
            case .ioFailure, .exists, .noPermission, .other: .unavailable
            }
        return ObjectStoreError(code, error.message)
    }

    /// File calls block: they run on a thread that may.
    private func offPool<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await FileThread.run(body)
    }
}
