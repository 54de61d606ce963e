import Crypto
package import Domain
import Foundation
import Transfer

extension S3Store {
    /// Keys of one request, S3's limit for both lists and deletions.
    private static let batch = 1_000
    /// 1,000 keys of 1,024 bytes, three times as long in percent encoding, and what is around them.
    private static let listLimit = 8 << 20

    package func list(
        prefix: String,
        after: ObjectKey?,
        limit: Int
    ) async throws -> [ObjectKey] {
        guard limit > 0 else { return [] }
        var found: [ObjectKey] = []
        var continuation: String?
        repeat {
            var request = S3Request(.get)
            request.query = [
                ("list-type", "2"), ("encoding-type", "url"), ("prefix", prefix),
                ("max-keys", String(min(limit - found.count, Self.batch))),
            ]
            if let continuation {
                request.query.append(("continuation-token", continuation))
            } else if let after {
                request.query.append(("start-after", after.description))
            }
            request.responseLimit = Self.listLimit
            request.deadline = .seconds(30)
            let answer = try await connection.send(request)
            let document = try Self.document(answer, "ListBucketResult")
            for entry in document.children where entry.name == "Contents" {
                guard let key = entry["Key"].flatMap(URIEncoding.decode) else {
                    throw Self.unreadable("a list")
                }
                // Keys of other forms are other programs'.
                if let key = ObjectKey(key) { found.append(key) }
            }
            let next = document["NextContinuationToken"]
            guard document["IsTruncated"] == "true", next != continuation else { break }
            continuation = next
        } while continuation != nil && found.count < limit
        return found
    }

    package func delete(_ keys: [ObjectKey]) async throws -> [DeleteFailure] {
        var failures: [DeleteFailure] = []
        for start in stride(from: 0, to: keys.count, by: Self.batch) {
            let batch = Array(keys[start..<min(start + Self.batch, keys.count)])
            do {
                failures += try await deleteBatch(batch)
            } catch let error as ObjectStoreError {
                failures += batch.map { DeleteFailure(key: $0, error: error) }
            }
        }
        return failures
    }

    /// One DeleteObjects request, which answers with the keys that failed only.
    private func deleteBatch(_ keys: [ObjectKey]) async throws -> [DeleteFailure] {
        var body = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>"
        for key in keys {
            body += "<Object><Key>\(S3XML.escape(key.description))</Key></Object>"
        }
        body += "</Delete>"
        var request = Self.withDocument(body, S3Request(.post))
        request.query = [("delete", "")]
        request.responseLimit = Self.listLimit
        request.deadline = .seconds(60)
        let document = try Self.document(try await connection.send(request), "DeleteResult")
        var known: [String: ObjectKey] = [:]
        for key in keys { known[key.description] = key }
        return document.children.compactMap { entry in
            guard entry.name == "Error", let key = entry["Key"].flatMap({ known[$0] }) else {
                return nil
            }
            let code = entry["Code"] ?? "?"
            if code == "NoSuchKey" { return nil }
            return DeleteFailure(
                key: key,
                error: ObjectStoreError(
                    code == "AccessDenied" ? .denied : .unavailable,
                    "the store did not delete \(key): \(code)"
                )
            )
        }
    }

    package func tags(_ key: ObjectKey) async throws -> [String: String] {
        var request = S3Request(.get, key: key)
        request.query = [("tagging", "")]
        let answer = try await connection.send(request)
        if case .notFound = answer.meaning { throw Self.missing(key) }
        let document = try Self.document(answer, "Tagging")
        var values: [String: String] = [:]
        for set in document.children where set.name == "TagSet" {
            for tag in set.children {
                if let name = tag["Key"], let value = tag["Value"] { values[name] = value }
            }
        }
        return values
    }

    package func replaceTags(_ key: ObjectKey, with tags: ObjectTags) async throws {
        var body = "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet>"
        for (name, value) in tags.pairs {
            body +=
                "<Tag><Key>\(S3XML.escape(name))</Key><Value>\(S3XML.escape(value))</Value></Tag>"
        }
        body += "</TagSet></Tagging>"
        var request = Self.withDocument(body, S3Request(.put, key: key))
        request.query = [("tagging", "")]
        let answer = try await connection.send(request)
        guard case .success = answer.meaning else { throw Self.missing(key) }
    }

    /// S3 wants an MD5 of these documents although their SHA-256 is signed.
    static func withDocument(_ text: String, _ request: S3Request) -> S3Request {
        var request = request
        request.body = Array(text.utf8)
        request.payload = FileHash.hex(SHA256.hash(data: request.body))
        let sum = Data(Insecure.MD5.hash(data: request.body)).base64EncodedString()
        request.headers += [("content-md5", sum), ("content-type", "application/xml")]
        return request
    }

    static func document(_ answer: S3Answer, _ name: String) throws -> S3XML {
        guard case .success = answer.meaning else {
            throw ObjectStoreError(.unavailable, "the bucket does not exist")
        }
        guard let root = S3XML.parse(answer.response.body), root.name == name else {
            throw unreadable(name)
        }
        return root
    }

    private static func missing(_ key: ObjectKey) -> ObjectStoreError {
        ObjectStoreError(.notFound, "there is no object \(key)")
    }

    private static func unreadable(_ what: String) -> ObjectStoreError {
        ObjectStoreError(.unavailable, "the store's answer cannot be read: \(what)")
    }
}
