import Domain
import Foundation
import ObjectStore
import TestSupport
import Testing
import Transfer

/// What only a server that checks signatures can say, on Ceph RGW.
@Suite(.serialized) struct GatewayTests {
    private func code(
        _ configuration: S3Configuration,
        clockOffset: Int64 = 0
    ) async throws -> ObjectStoreError.Code? {
        let store = StoreBench.store(configuration, clockOffset: clockOffset)
        do {
            _ = try await store.list(prefix: "", after: nil, limit: 1)
            return nil
        } catch let error as ObjectStoreError {
            return error.code
        }
    }

    @Test func `other keys and secrets are refused`() async throws {
        let good = try await ObjectStoreServer.shared().makeBucket()
        #expect(try await code(good) == nil)
        for (id, secret) in [
            (ObjectStoreServer.accessKey, "wrongsecret"),
            ("AKIANOBODY", ObjectStoreServer.secretKey),
        ] {
            var bad = good
            bad.credentials = .parts(
                accessKeyID: .value(id),
                secretAccessKey: .value(secret),
                sessionToken: nil
            )
            #expect(try await code(bad) == .denied)
        }
        var nowhere = good
        nowhere.bucket = "there-is-none"
        #expect(try await code(nowhere) == .unavailable)
    }

    @Test func `a clock that is an hour off is corrected by the store's`() async throws {
        let bucket = try await ObjectStoreServer.shared().makeBucket()
        #expect(try await code(bucket, clockOffset: 3_600) == nil)
        #expect(try await code(bucket, clockOffset: -3_600) == nil)
        let bench = try StoreBench(bucket)
        defer { bench.cleanUp() }
        let object = try bench.object("ab/one.mp4", StoreBench.bytes(100_000))
        let store = StoreBench.store(bucket, clockOffset: 86_400)
        #expect(try await store.put(object) == .created)
        #expect(try await store.head(object.key)?.length == 100_000)
    }

    @Test func `a presigned URL is good for its object alone`() async throws {
        let bucket = try await ObjectStoreServer.shared().makeBucket(isSecure: true)
        let bench = try StoreBench(bucket)
        defer { bench.cleanUp() }
        let bytes = StoreBench.bytes(10_000)
        let object = try bench.object("ab/one.mp4", bytes)
        let other = try bench.object("ab/two.mp4", [2])
        let store = StoreBench.store(bucket)
        _ = try await store.put(object)
        _ = try await store.put(other)
        let url = try await store.presignedURL(object.key, seconds: 60)
        let client = HTTPClient(policy: .loopback, authorities: bucket.authorities)
        let whole = try await client.send(HTTPRequest(.get, url))
        #expect(whole.status == 200 && whole.body == bytes)
        let part = try await client.send(
            HTTPRequest(.get, url, headers: [("Range", "bytes=10-19")])
        )
        #expect(part.status == 206 && part.body == Array(bytes[10..<20]))
        for tampered in [
            url.replacingOccurrences(of: "one.mp4", with: "two.mp4"),
            url.replacingOccurrences(of: "X-Amz-Expires=60", with: "X-Amz-Expires=6000"),
            url.replacingOccurrences(of: "Signature=", with: "Signature=0"),
            String(url.prefix { $0 != "?" }),
        ] {
            #expect(try await client.send(HTTPRequest(.get, tampered)).status == 403)
        }
        let late = StoreBench.store(bucket, clockOffset: -120)
        let expired = try await late.presignedURL(object.key, seconds: 60)
        #expect(try await client.send(HTTPRequest(.get, expired)).status == 403)
        client.close()
    }

    @Test func `a certificate of another authority is refused before anything is sent`()
        async throws
    {
        var bucket = try await ObjectStoreServer.shared().makeBucket(isSecure: true)
        bucket.authorities = nil
        #expect(try await code(bucket) == .denied)
        bucket.authorities = "/nowhere/ca.pem"
        #expect(try await code(bucket) == .denied)
    }
}
