import API
import Catalog
import Domain
import Foundation
import ObjectStore
import Testing

/// Recorded chunks of a camera: registered as a worker would, with their bytes in the store.
struct Footage {
    let bed: TestBed
    let member: Member
    let camera: CameraID
    let worker = WorkerID()
    let epoch: Int64

    static let initialization = Array("ftypmoov".utf8)
    static let segmentLength = 100
    /// Segments of 4 s in a chunk.
    static let segmentCount = 15

    /// Registers a worker over the API's own routes and gives it the camera.
    init(_ bed: TestBed, _ member: Member, _ camera: CameraID) async throws {
        self.bed = bed
        self.member = member
        self.camera = camera
        try await bed.catalog.registerWorker(
            WorkerRegistration(
                worker: worker,
                name: "test",
                edge: "http://127.0.0.1:9",
                highestEpoch: 0
            )
        )
        epoch = try await bed.catalog.grant(worker, member.tenant, camera, .main)
        bed.services.workers.forget()
    }

    /// A chunk of one run that begins at `start`; `sequence` counts from 1.
    func chunk(_ sequence: Int64, start: WallTime, run: RunID, mediaStart: Int64 = 0) -> Chunk {
        Chunk(
            identity: ChunkIdentity(
                tenant: member.tenant,
                camera: camera,
                stream: .main,
                epoch: epoch,
                sequence: sequence
            ),
            run: run,
            start: start,
            mediaStart: MediaTime(ticks: mediaStart),
            initializationLength: Self.initialization.count,
            initializationHash: "0123456789abcdef",
            codecs: "avc1.64001f,mp4a.40.2",
            width: 1920,
            height: 1080,
            segments: (0..<Self.segmentCount).map { index in
                Segment(
                    start: MediaTime(ticks: mediaStart + Int64(index) * 360_000),
                    duration: MediaTime(ticks: 360_000),
                    offset: Self.initialization.count + index * Self.segmentLength,
                    length: Self.segmentLength,
                    isIndependent: true
                )
            }
        )
    }

    /// The worker's report that the camera is live, with a gap that is open.
    func reportLive(gap: Gap? = nil) async throws {
        let status = StreamStatus(
            camera: camera,
            stream: .main,
            state: .live,
            since: bed.services.now(),
            reasons: [],
            gap: gap?.reason
        )
        try await bed.catalog.reportLiveness(
            worker,
            WorkerLiveness(streams: [
                StreamLiveness(
                    tenant: member.tenant,
                    status: status,
                    statistics: nil,
                    openGap: gap,
                    backlogBytes: 0
                )
            ])
        )
    }

    /// The bytes of a chunk: each segment is its number.
    static func bytes(_ sequence: Int64) -> [UInt8] {
        initialization
            + (0..<segmentCount).flatMap { index in
                [UInt8](
                    repeating: UInt8(truncatingIfNeeded: Int(sequence) * 16 + index),
                    count: segmentLength
                )
            }
    }

    /// Stores and offers a chunk; returns the offer.
    func offer(_ chunk: Chunk) async throws -> ChunkOffer {
        let bytes = Self.bytes(chunk.identity.sequence)
        let folder = FileManager.default.temporaryDirectory.path
        let path = "\(folder)/chunk-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let sha256 = try Self.sha256(path)
        let sealed = SealedChunk(chunk: chunk, sha256: sha256, length: bytes.count)
        _ = try await bed.services.objects.put(
            NewObject(
                key: try #require(ObjectKey(sealed.key)),
                path: path,
                length: bytes.count,
                sha256: sha256,
                tags: ObjectTags(
                    tenant: member.tenant,
                    camera: camera,
                    retentionDays: 30,
                    retentionClass: .continuous
                ),
                metadata: [:]
            )
        )
        return ChunkOffer(sealed: sealed, precedingGap: nil)
    }

    static func sha256(_ path: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
        process.arguments = [path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data.prefix(64), as: UTF8.self)
    }
}
