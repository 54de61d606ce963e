import Domain
import Spool

/// What a recorder does for one camera: fragments of half a second, one chunk after another.
final class CameraTape {
    let camera = CameraID()
    let start = WallTime(seconds: 1_769_903_940)
    private static let initialization: [UInt8] = (0..<600).map { UInt8(truncatingIfNeeded: $0) }
    private static let ticks: Int64 = 45_000

    private let layout: SpoolLayout
    private let tenant: TenantID
    private let chunkFragments: Int
    private let run = RunID()
    private var writer: ChunkWriter?
    private var sequence: Int64 = 0
    /// Fragments that were handed to the disk, and those of which a sync has said that they are
    /// there.
    private var written = 0
    private var durable = 0

    init(_ layout: SpoolLayout, _ tenant: TenantID, chunkFragments: Int) {
        self.layout = layout
        self.tenant = tenant
        self.chunkFragments = chunkFragments
    }

    var identity: ChunkIdentity {
        ChunkIdentity(
            tenant: tenant,
            camera: camera,
            stream: .main,
            epoch: 1,
            sequence: sequence
        )
    }

    var writtenEnd: WallTime { start + MediaTime(ticks: Int64(written) * Self.ticks) }
    var durableEnd: WallTime { start + MediaTime(ticks: Int64(durable) * Self.ticks) }

    func noteDurable() {
        durable = written
    }

    /// Writes the next fragment, in a new chunk where one is due.
    func append() throws {
        let place = written % chunkFragments
        if place == 0 {
            try writer?.close(.rolled)
            writer = try begin()
        }
        let length = 2_000 + written * 97 % 5_000
        try writer?.append(
            (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ written) },
            start: MediaTime(ticks: Int64(written) * Self.ticks),
            duration: MediaTime(ticks: Self.ticks),
            isIndependent: place.isMultiple(of: 8),
            beginsSegment: place.isMultiple(of: 8)
        )
        written += 1
    }

    /// The recorder is gone.
    func stop() {
        writer = nil
    }

    private func begin() throws -> ChunkWriter {
        sequence += 1
        let mediaStart = MediaTime(ticks: Int64(written) * Self.ticks)
        return try ChunkWriter(
            layout,
            ChunkHeader(
                identity: identity,
                run: run,
                start: start + mediaStart,
                mediaStart: mediaStart,
                codecs: "avc1.64001f",
                width: 1_280,
                height: 720,
                initializationLength: Self.initialization.count,
                initializationHash: ChunkHeader.hash(of: Self.initialization),
                precedingGap: nil
            ),
            initialization: Self.initialization
        )
    }
}
