package import Domain
import Files
import Foundation
import Transfer

/// Objects in a bucket of S3 or of a service that speaks its protocol, such as Ceph RGW.
///
/// A put is, in this order:
/// 1. send the file's bytes with tags, metadata and the hash that the seal gave, on the condition
///    that the key is not in use; the hash is part of the signature, so a store takes no other bytes;
/// 2. ask what the store has: a store that says 200 and keeps less is found out before the row exists.
///
/// The payload is signed over TLS too: its hash is known from the seal and costs nothing here.
package final class S3Store: TaggedObjectStoring, PresigningStore {
    /// Slower stores than this, bytes a second, do not get a chunk stored at all.
    private static let slowest = 50_000
    static let metadataPrefix = "x-amz-meta-"
    private static let hashName = "sha256"

    let connection: S3Connection
    private let stallLimit: Duration

    /// - Parameters:
    ///   - configuration: The bucket.
    ///   - stallLimit: How long a put may stand still, the store's thinking included; whole seconds.
    ///   - now: UTC; when the store says that it is wrong, its clock is used.
    ///   - random: Evenly spread over 0..<1.
    package init(
        _ configuration: S3Configuration,
        stallLimit: Duration = .seconds(20),
        now: @escaping @Sendable () -> WallTime,
        random: @escaping @Sendable () -> Double
    ) {
        connection = S3Connection(configuration, now: now, random: random)
        self.stallLimit = stallLimit
    }

    /// Ends the connections; what is under way fails with `CancellationError`.
    package func close() {
        connection.close()
    }

    package func put(_ object: NewObject) async throws -> PutOutcome {
        let answer = try await connection.send(try await putRequest(object))
        switch answer.meaning {
        case .success:
            try await confirm(object, answer)
            return .created
        case .exists:
            return try await compare(object)
        case .otherContent:
            throw try await blame(object)
        case .notFound, .otherClock, .otherCredentials, .failure:
            throw ObjectStoreError(.unavailable, "the bucket does not exist")
        }
    }

    package func head(_ key: ObjectKey) async throws -> StoredObject? {
        var request = S3Request(.head, key: key)
        request.headers = [("x-amz-checksum-mode", "ENABLED")]
        let answer = try await connection.send(request)
        guard case .success = answer.meaning else { return nil }
        var metadata: [String: String] = [:]
        for (name, value) in answer.response.headers where name.hasPrefix(Self.metadataPrefix) {
            metadata[String(name.dropFirst(Self.metadataPrefix.count))] = value
        }
        guard let length = answer.response.header("content-length").flatMap({ Int($0) }) else {
            throw ObjectStoreError(.unavailable, "the store does not tell a length")
        }
        return StoredObject(
            length: length,
            sha256: Self.checksum(answer) ?? metadata[Self.hashName] ?? "",
            metadata: metadata,
            storedAt: answer.response.header("last-modified").flatMap(HTTPDate.parse)
        )
    }

    package func read(_ key: ObjectKey, range: Range<Int>) async throws -> [UInt8] {
        guard !range.isEmpty else { return [] }
        var request = S3Request(.get, key: key)
        request.headers = [("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")]
        request.responseLimit = max(range.count, request.responseLimit)
        request.deadline = .seconds(15)
        let answer = try await connection.send(request)
        guard case .success = answer.meaning else {
            throw ObjectStoreError(.notFound, "there is no object \(key)")
        }
        let bytes = answer.response.body
        // 200 is the answer of a store that knows no ranges, for the whole object.
        if answer.response.status == 200, bytes.count >= range.upperBound {
            return Array(bytes[range])
        }
        guard answer.response.status == 206, bytes.count == range.count else {
            throw ObjectStoreError(.invalidRange, "\(key) has no bytes \(range)")
        }
        return bytes
    }

    package func delete(_ key: ObjectKey) async throws {
        _ = try await connection.send(S3Request(.delete, key: key))
    }

    package var origin: String { connection.configuration.endpoint.origin }

    package func presignedURL(_ key: ObjectKey, seconds: Int) async throws -> String {
        try await connection.presigned(key, seconds: seconds)
    }

    private func putRequest(_ object: NewObject) async throws -> S3Request {
        guard let hash = HexByte.bytes(object.sha256), hash.count == 32 else {
            throw ObjectStoreError(.wrongHash, "\(object.key) has no SHA-256")
        }
        var request = S3Request(.put, key: object.key)
        request.source = try await FileThread.run { try Self.open(object) }
        request.payload = object.sha256
        request.headers = [
            ("content-type", object.contentType), ("if-none-match", "*"),
            ("x-amz-checksum-sha256", Data(hash).base64EncodedString()),
        ]
        if let tags = object.tags {
            request.headers.append(("x-amz-tagging", SignableRequest.encoded(tags.pairs)))
        }
        var metadata = object.metadata
        metadata[Self.hashName] = object.sha256
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            request.headers.append((Self.metadataPrefix + name, value))
        }
        request.deadline = .seconds(30 + object.length / Self.slowest)
        request.stallLimit = stallLimit
        return request
    }

    private static func open(_ object: NewObject) throws -> FileBody {
        do throws(FileError) {
            guard let length = try FileSystem.length(of: object.path) else {
                throw FileError(.notFound, "there is no file \(object.path)")
            }
            guard length == object.length else {
                throw FileError(.damaged, "\(object.path) is not what was sealed")
            }
            return try FileBody(object.path, length: length)
        } catch {
            switch error.code {
            case .notFound: throw ObjectStoreError(.notFound, error.message)
            case .damaged: throw ObjectStoreError(.wrongHash, error.message)
            case .noSpace, .ioFailure, .exists, .noPermission, .other:
                throw ObjectStoreError(.unavailable, error.message)
            }
        }
    }

    /// Step 2. What this very put left under the key, which nobody else writes, and is not what was
    /// sent, is removed so that the next try can put it again. An object that was there before is
    /// never touched.
    private func confirm(_ object: NewObject, _ answer: S3Answer) async throws {
        if Self.checksum(answer) == object.sha256 { return }
        guard let stored = try await head(object.key) else {
            throw ObjectStoreError(.unavailable, "the store took \(object.key) and has it not")
        }
        guard stored.length == object.length, stored.sha256 == object.sha256 else {
            try await delete(object.key)
            throw ObjectStoreError(
                .unavailable,
                "the store kept \(stored.length) of \(object.length) bytes of \(object.key)"
            )
        }
    }

    /// The key is in use: by an earlier try of the same bytes, or by others, which is an alarm.
    private func compare(_ object: NewObject) async throws -> PutOutcome {
        guard let stored = try await head(object.key) else {
            throw ObjectStoreError(.unavailable, "\(object.key) was in use and is gone")
        }
        guard stored.length == object.length, stored.sha256 == object.sha256 else {
            throw ObjectStoreError(.conflict, "\(object.key) is in use by other bytes")
        }
        return .alreadyThere
    }

    /// The store got other bytes than the hash promises: either the file has changed since it was
    /// sealed, or the way there is at fault.
    private func blame(_ object: NewObject) async throws -> ObjectStoreError {
        let path = object.path
        let found = try await FileThread.run { try FileHash.sha256(of: path).hex }
        return found == object.sha256
            ? ObjectStoreError(.unavailable, "\(object.key) was changed on its way to the store")
            : ObjectStoreError(.wrongHash, "\(path) is not what was sealed")
    }

    /// The store's own SHA-256 of the whole object, where it keeps one.
    private static func checksum(_ answer: S3Answer) -> String? {
        answer.response.header("x-amz-checksum-sha256")
            .flatMap { Data(base64Encoded: $0) }
            .flatMap { $0.count == 32 ? $0.map { HexByte.text($0) }.joined() : nil }
    }
}
