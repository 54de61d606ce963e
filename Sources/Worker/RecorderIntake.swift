import CoreMetrics
import Domain
import LiveEdge
import Logging
import Spool
import Telemetry

/// Takes what recorders say: closed segments go to the live lists, states to the board.
///
/// Called on the recorders' reader threads; the index and the lists lock for themselves.
struct RecorderIntake: Sendable {
    let board: StreamBoard
    let index: SpoolIndex
    let streams: LiveStreams
    let logger: Logger
    let changed: Signal

    func take(_ event: RecorderEvent) {
        switch event {
        case .ready(let sandbox):
            logger.info("recorder is confined", metadata: [LogKey.reason: "\(sandbox)"])
        case .alive:
            // Heard by the supervisor.
            break
        case .journal(let camera, let stream, let epoch, let sequence):
            grew(camera, stream, epoch, sequence)
        case .state(let status):
            board.update(status)
            logger.info(
                "camera is \(status.state.rawValue)",
                metadata: [
                    LogKey.camera: "\(status.camera)", LogKey.stream: "\(status.stream.rawValue)",
                    LogKey.reason: "\(status.reasons.joined(separator: "; "))",
                ]
            )
            changed.set()
        case .statistics(let statistics):
            board.update(statistics)
        case .log(let level, let message, let camera):
            logger.log(
                level: Logger.Level(rawValue: level) ?? .info,
                "recorder: \(message)",
                metadata: camera.map { [LogKey.camera: "\($0)"] } ?? [:]
            )
        }
    }

    /// After a stream's spool was brought in order.
    func recovered(_ key: StreamKey) {
        list(index.takeClosed(key.camera, key.stream))
        changed.set()
    }

    /// After the last chunk of a stream that is not recorded here any more was closed.
    func parted(_ key: StreamKey) {
        list(index.takeClosed(key.camera, key.stream))
        board.closed(key)
        // A segment that closed while the assignment ended may have begun the list again.
        if board.assignment(key) == nil { streams.remove(key.camera, key.stream) }
    }

    private func grew(
        _ camera: CameraID,
        _ stream: StreamRole,
        _ epoch: Int64,
        _ sequence: Int64
    ) {
        let key = StreamKey(camera: camera, stream: stream)
        // Also of a stream that is being stopped: its last chunk is still to be closed.
        guard let tenant = board.tenant(key) else { return }
        let identity = ChunkIdentity(
            tenant: tenant,
            camera: camera,
            stream: stream,
            epoch: epoch,
            sequence: sequence
        )
        do {
            list(try index.refresh(identity))
        } catch {
            logger.error(
                "a journal cannot be read",
                metadata: [LogKey.camera: "\(camera)", LogKey.reason: "\(error)"]
            )
        }
    }

    private func list(_ segments: [ClosedSegment]) {
        guard !segments.isEmpty else { return }
        Counter(label: MetricName.recorderSegments).increment(by: segments.count)
        for segment in segments {
            guard let gap = segment.precedingGap else { continue }
            Counter(
                label: MetricName.recorderGaps,
                dimensions: [("reason", gap.reason.rawValue)]
            ).increment()
        }
        let listed = segments.filter { segment in
            let identity = segment.chunk.identity
            return board.assignment(
                StreamKey(camera: identity.camera, stream: identity.stream)
            ) != nil
        }
        do { try streams.append(listed) } catch {
            logger.error(
                "the live list cannot be continued",
                metadata: [LogKey.reason: "\(error)"]
            )
        }
    }
}
