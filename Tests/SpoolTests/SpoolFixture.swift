import Domain
import Files
import Foundation
import Spool

/// A spool in a temporary folder with the chunks of one stream; removed at the end of its life.
final class SpoolFixture: Sendable {
    let layout: SpoolLayout
    let tenant = TenantID()
    let camera = CameraID()
    let run = RunID()
    let initialization: [UInt8] = (0..<700).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    /// 2026-01-31T23:59:00Z: a minute before midnight.
    let start = WallTime(seconds: 1_769_903_940)

    init() {
        layout = SpoolLayout(
            root: FileManager.default.temporaryDirectory
                .appendingPathComponent("sparc-spool-\(UUID().uuidString)").path
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: layout.root)
    }

    func identity(_ sequence: Int64, epoch: Int64 = 3) -> ChunkIdentity {
        ChunkIdentity(
            tenant: tenant,
            camera: camera,
            stream: .main,
            epoch: epoch,
            sequence: sequence
        )
    }

    func header(_ sequence: Int64, epoch: Int64 = 3, mediaStart: Double = 0) -> ChunkHeader {
        ChunkHeader(
            identity: identity(sequence, epoch: epoch),
            run: run,
            start: start + MediaTime(seconds: mediaStart),
            mediaStart: MediaTime(seconds: mediaStart),
            codecs: "avc1.64001f,mp4a.40.2",
            width: 1_920,
            height: 1_080,
            initializationLength: initialization.count,
            initializationHash: ChunkHeader.hash(of: initialization),
            precedingGap: sequence == 1
                ? Gap(
                    start: start.adding(milliseconds: -9_000),
                    end: start,
                    reason: .cameraOffline
                ) : nil
        )
    }

    /// Fragment `number` of a chunk: half a second, 200 to 455 bytes.
    static func fragment(_ number: Int) -> [UInt8] {
        (0..<(200 + number * 37 % 256)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }
    }

    /// Writes fragments of half a second, eight to a segment.
    @discardableResult
    func write(
        _ header: ChunkHeader,
        fragments: Int,
        end: ChunkEnd?
    ) throws -> ChunkWriter {
        let writer = try ChunkWriter(layout, header, initialization: initialization)
        for number in 0..<fragments { try append(number, to: writer) }
        if let end { try writer.close(end) }
        return writer
    }

    func append(_ number: Int, to writer: ChunkWriter) throws {
        try writer.append(
            Self.fragment(number),
            start: writer.header.mediaStart + MediaTime(ticks: Int64(number) * 45_000),
            duration: MediaTime(ticks: 45_000),
            isIndependent: number % 8 == 0,
            beginsSegment: number % 8 == 0
        )
    }

    func bytes(_ path: String) -> [UInt8] {
        FileManager.default.contents(atPath: path).map { [UInt8]($0) } ?? []
    }

    func put(_ bytes: [UInt8], _ path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
    }
}
