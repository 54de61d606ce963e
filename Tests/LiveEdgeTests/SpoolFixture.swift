import Domain
import Foundation
import Keys
import Logging
import Spool
import Synchronization
import Telemetry
import Testing

@testable import LiveEdge

/// A clock that a test moves.
final class TestClock: Sendable {
    private let milliseconds = Mutex<Int64>(0)

    func advance(_ amount: Int64) {
        milliseconds.withLock { $0 += amount }
    }

    var wall: WallTime {
        WallTime(seconds: 1_769_850_000).adding(milliseconds: milliseconds.withLock { $0 })
    }

    var edgeClock: EdgeClock {
        EdgeClock(
            wall: { [self] in wall },
            monotonic: { [self] in
                MonotonicTime(nanoseconds: milliseconds.withLock { $0 } * 1_000_000)
            }
        )
    }
}

/// A spool in a temporary folder, with chunks as a recorder writes them.
final class SpoolFixture: Sendable {
    static let token = "worker-token-of-the-test"
    static let initialization = [UInt8](repeating: 0x69, count: 40)
    static var initializationHash: String {
        var hash = FNV1a()
        hash.update(initialization)
        return hash.hexDigits
    }

    let root: String
    let clock = TestClock()
    let index: SpoolIndex
    let tenant = TenantID()
    let camera = CameraID()
    let signer: MediaSigner
    let metrics = PrometheusRegistry()

    init() throws {
        root = NSTemporaryDirectory() + "sparc-edge-\(UUID())"
        index = SpoolIndex(root: root)
        signer = try MediaSigner(key: (0..<32).map { UInt8($0) }, keyID: "m1")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    func edge(_ index: SpoolIndex? = nil) -> LiveEdge {
        let edge = LiveEdge(
            index: index ?? self.index,
            token: Self.token,
            clock: clock.edgeClock,
            metrics: metrics,
            logger: Logger(label: "edge", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        edge.use(signer)
        return edge
    }

    func identity(_ sequence: Int64, epoch: Int64 = 1) -> ChunkIdentity {
        ChunkIdentity(
            tenant: tenant,
            camera: camera,
            stream: .main,
            epoch: epoch,
            sequence: sequence
        )
    }

    /// The bytes of one segment: two fragments that name it.
    static func bytes(_ sequence: Int64, _ index: Int) -> [UInt8] {
        Array("fragment one of \(sequence)/\(index)|fragment two of \(sequence)/\(index)".utf8)
    }

    /// A chunk of segments of 4 s that begins now; the clock goes on to its end.
    /// - Returns: The segments that closed.
    @discardableResult
    func record(
        _ sequence: Int64,
        run: RunID,
        mediaStart: Double,
        segments: Int,
        end: ChunkEnd? = .rolled,
        length: Double = 4
    ) throws -> [ClosedSegment] {
        let header = ChunkHeader(
            identity: identity(sequence),
            run: run,
            start: clock.wall,
            mediaStart: MediaTime(seconds: mediaStart),
            codecs: "avc1.64001f",
            width: 640,
            height: 360,
            initializationLength: Self.initialization.count,
            initializationHash: Self.initializationHash,
            precedingGap: nil
        )
        let writer = try ChunkWriter(
            SpoolLayout(root: root),
            header,
            initialization: Self.initialization
        )
        for index in 0..<segments {
            let bytes = Self.bytes(sequence, index)
            let half = bytes.count / 2
            let start = MediaTime(seconds: mediaStart + Double(index) * length)
            for part in 0..<2 {
                try writer.append(
                    Array(part == 0 ? bytes[..<half] : bytes[half...]),
                    start: start + MediaTime(seconds: Double(part) * length / 2),
                    duration: MediaTime(seconds: length / 2),
                    isIndependent: part == 0,
                    beginsSegment: part == 0
                )
            }
            clock.advance(Int64(length * 1_000))
        }
        if let end { try writer.close(end) }
        return try index.refresh(identity(sequence))
    }
}
