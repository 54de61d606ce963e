import Domain
import Files
import Foundation
import ObjectStore
import TestSupport
import Testing

/// One store under test with a folder for the files that are put into it.
struct StoreBench {
    enum Kind: String, CaseIterable {
        case directory
        case rgw
        case rgwOverTLS
    }

    let store: any TaggedObjectStoring
    let folder: String

    init(_ kind: Kind) async throws {
        folder = "/tmp/store-bench-\(UUID().uuidString)"
        try FileSystem.makeFolder(folder)
        switch kind {
        case .directory:
            store = DirectoryStore(root: folder + "/store")
        case .rgw, .rgwOverTLS:
            let bucket = try await ObjectStoreServer.shared()
                .makeBucket(isSecure: kind == .rgwOverTLS)
            store = Self.store(bucket)
        }
    }

    init(_ configuration: S3Configuration, stallLimit: Duration = .seconds(20)) throws {
        folder = "/tmp/store-bench-\(UUID().uuidString)"
        try FileSystem.makeFolder(folder)
        store = Self.store(configuration, stallLimit: stallLimit)
    }

    static func store(
        _ configuration: S3Configuration,
        clockOffset: Int64 = 0,
        stallLimit: Duration = .seconds(20)
    ) -> S3Store {
        S3Store(
            configuration,
            stallLimit: stallLimit,
            now: {
                let seconds = Date().timeIntervalSince1970
                return WallTime(microseconds: Int64(seconds * 1e6) + clockOffset * 1_000_000)
            },
            random: { 0.5 }
        )
    }

    func cleanUp() {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A file and its description, to be put.
    func object(_ key: String, _ bytes: [UInt8]) throws -> NewObject {
        let path = "\(folder)/\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return NewObject(
            key: try #require(ObjectKey(key)),
            path: path,
            length: bytes.count,
            sha256: try FileHash.sha256(of: path).hex,
            tags: ObjectTags(
                tenant: TenantID(),
                camera: CameraID(),
                retentionDays: 30,
                retentionClass: .event
            ),
            metadata: ["run": "7", "codecs": "avc1.64001f,mp4a.40.2"]
        )
    }

    /// Bytes that are the same for the same seed.
    static func bytes(_ count: Int, seed: UInt8 = 1) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) ^ seed }
    }
}
