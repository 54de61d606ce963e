import Domain
import Foundation
import LiveEdge
import Logging
import ObjectStore
import Spool
import Synchronization

@testable import Worker

/// A worker's inner parts on a temporary spool, with a shell script in the recorder's place.
final class WorkerFixture: Sendable {
    let root: String
    let tenant = TenantID()
    let index: SpoolIndex
    let board: StreamBoard
    let streams: LiveStreams
    let intake: RecorderIntake
    let parted = Mutex<[StreamKey]>([])
    let start = WallTime(seconds: 1_769_903_940)
    private let initialization: [UInt8] = (0..<700).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    init() throws {
        root =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("sparc-worker-\(UUID().uuidString)").path
        index = SpoolIndex(root: root + "/spool")
        _ = try index.recover()
        board = StreamBoard(index: index)
        let start = start
        streams = LiveStreams(
            layout: index.layout,
            clock: EdgeClock(wall: { start }, monotonic: { MonotonicTime(nanoseconds: 0) })
        )
        intake = RecorderIntake(
            board: board,
            index: index,
            streams: streams,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            changed: Signal()
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    func assignment(_ key: StreamKey, epoch: Int64 = 3) -> WorkerAssignment {
        WorkerAssignment(
            tenant: tenant,
            camera: key.camera,
            stream: key.stream,
            url: "rtsp://127.0.0.1:1/",
            credentials: nil,
            epoch: epoch,
            retentionDays: 7,
            recordedUntil: nil
        )
    }

    /// A supervisor whose recorders run a shell script.
    func supervisor(script: String) throws -> RecorderSupervisor {
        let path = root + "/recorder.sh"
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        let intake = intake
        return RecorderSupervisor(
            configuration: WorkerConfiguration(
                coordinatorURL: "",
                token: "",
                dataFolder: root,
                store: .folder(root + "/store"),
                cameraNetworks: AddressPolicy(allowed: []),
                edgeBind: "127.0.0.1",
                edgePort: 0,
                edgeURL: nil,
                chunkSeconds: 60,
                recorderGroup: 2,
                recorderUserID: nil,
                executable: path
            ),
            board: board,
            index: index,
            logger: intake.logger,
            events: { intake.take($0) },
            recovered: { intake.recovered($0) },
            parted: { key in
                intake.parted(key)
                self.parted.withLock { $0.append(key) }
            }
        )
    }

    /// What a recorder does: a chunk with that many fragments of half a second, eight to a segment,
    /// left open.
    func beginChunk(_ key: StreamKey, epoch: Int64 = 3, fragments: Int) throws -> ChunkWriter {
        let header = ChunkHeader(
            identity: ChunkIdentity(
                tenant: tenant,
                camera: key.camera,
                stream: key.stream,
                epoch: epoch,
                sequence: 1
            ),
            run: RunID(),
            start: start,
            mediaStart: .zero,
            codecs: "avc1.64001f",
            width: 1_280,
            height: 720,
            initializationLength: initialization.count,
            initializationHash: ChunkHeader.hash(of: initialization),
            precedingGap: nil
        )
        let writer = try ChunkWriter(index.layout, header, initialization: initialization)
        for number in 0..<fragments { try append(number, to: writer) }
        grew(writer)
        return writer
    }

    func append(_ number: Int, to writer: ChunkWriter) throws {
        try writer.append(
            (0..<(200 + number)).map { UInt8(truncatingIfNeeded: $0 &+ number) },
            start: MediaTime(ticks: Int64(number) * 45_000),
            duration: MediaTime(ticks: 45_000),
            isIndependent: number % 8 == 0,
            beginsSegment: number % 8 == 0
        )
    }

    /// Says what the recorder says when a journal grew.
    func grew(_ writer: ChunkWriter) {
        let identity = writer.header.identity
        intake.take(
            .journal(
                camera: identity.camera,
                stream: identity.stream,
                epoch: identity.epoch,
                sequence: identity.sequence
            )
        )
    }

    /// Waits until something holds; false if it does not in time.
    func eventually(
        within limit: Duration = .seconds(20),
        _ holds: () -> Bool
    ) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if holds() { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return holds()
    }
}
