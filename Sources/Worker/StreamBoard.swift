import Domain
import Spool
import Synchronization

/// What the worker knows of every stream it records: assignment, state, counters, open gap.
final class StreamBoard: Sendable {
    private struct Entry {
        var assignment: WorkerAssignment
        var status: StreamStatus
        var statistics: StreamStatistics?
        /// Why nothing is recorded while the recorder has not said anything yet.
        var interruption: GapReason
        /// Set while the stream runs alone because it crashed its recorder.
        var quarantine: QuarantineNotice?
    }

    /// A stream that is no longer recorded here, while the spool has something of it to ship.
    private struct Departed {
        var tenant: TenantID
        var retentionDays: Int
        /// Its last chunk is closed.
        var isClosed = false
    }

    private let entries = Mutex<[StreamKey: Entry]>([:])
    private let departed = Mutex<[StreamKey: Departed]>([:])
    private let spool = Mutex<SpoolStatus?>(nil)
    private let index: SpoolIndex

    init(index: SpoolIndex) {
        self.index = index
    }

    /// Takes the coordinator's list.
    /// - Returns: What is new or changed, and what is gone.
    func apply(
        _ list: [WorkerAssignment],
        at now: WallTime
    ) -> (started: [StreamKey], stopped: [StreamKey]) {
        forgetDeparted()
        return entries.withLock { entries in
            var started: [StreamKey] = []
            var wanted: Set<StreamKey> = []
            for assignment in list {
                let key = StreamKey(camera: assignment.camera, stream: assignment.stream)
                wanted.insert(key)
                if let known = entries[key], known.assignment.isSameWork(as: assignment) {
                    entries[key]?.assignment = assignment
                    continue
                }
                entries[key] = Entry(
                    assignment: assignment,
                    status: StreamStatus(
                        camera: key.camera,
                        stream: key.stream,
                        state: .starting,
                        since: now,
                        reasons: [],
                        gap: nil
                    ),
                    statistics: nil,
                    interruption: .workerDown,
                    quarantine: entries[key]?.quarantine
                )
                started.append(key)
            }
            let stopped = entries.keys.filter { !wanted.contains($0) }
            for key in stopped {
                if let gone = entries[key]?.assignment { depart(key, gone) }
                entries[key] = nil
            }
            return (started, Array(stopped))
        }
    }

    func assignment(_ key: StreamKey) -> WorkerAssignment? {
        entries.withLock { $0[key]?.assignment }
    }

    /// Whose footage a stream's is; also for a moment after it was taken from this worker, while
    /// its last chunk is closed and shipped.
    func tenant(_ key: StreamKey) -> TenantID? {
        assignment(key)?.tenant ?? departed.withLock { $0[key]?.tenant }
    }

    /// How long a camera's footage is kept; also after it was taken from this worker, until all of
    /// it is shipped.
    func retentionDays(_ camera: CameraID) -> Int? {
        let keys = StreamRole.allCases.map { StreamKey(camera: camera, stream: $0) }
        let gone = departed.withLock { $0 }
        return keys.compactMap { assignment($0)?.retentionDays ?? gone[$0]?.retentionDays }.first
    }

    /// The last chunk of a stream that was taken from this worker is closed.
    func closed(_ key: StreamKey) {
        departed.withLock { $0[key]?.isClosed = true }
    }

    private func depart(_ key: StreamKey, _ assignment: WorkerAssignment) {
        departed.withLock {
            $0[key] = Departed(
                tenant: assignment.tenant,
                retentionDays: assignment.retentionDays
            )
        }
    }

    /// To be called now and then: what is shipped of streams that left needs no memory.
    func forgetDeparted() {
        departed.withLock { departed in
            departed = departed.filter { key, stream in
                !stream.isClosed || index.backlogBytes(key.camera, key.stream) > 0
            }
        }
    }

    func update(_ status: StreamStatus) {
        entries.withLock {
            $0[StreamKey(camera: status.camera, stream: status.stream)]?.status = status
        }
    }

    func update(_ statistics: StreamStatistics) {
        entries.withLock {
            $0[StreamKey(camera: statistics.camera, stream: statistics.stream)]?.statistics =
                statistics
        }
    }

    /// The recorder of these streams ended. What was down before stays down for that reason.
    func recorderEnded(_ keys: Set<StreamKey>, at now: WallTime) {
        entries.withLock { entries in
            for key in keys {
                guard var entry = entries[key] else { continue }
                entry.interruption = entry.status.gap ?? .recorderCrash
                entry.status = StreamStatus(
                    camera: key.camera,
                    stream: key.stream,
                    state: .starting,
                    since: now,
                    reasons: ["the recorder is started again"],
                    gap: entry.interruption
                )
                entries[key] = entry
            }
        }
    }

    /// Sets or takes back what is shown of a stream that crashed its recorder.
    func show(_ notice: QuarantineNotice?, of key: StreamKey) {
        entries.withLock { $0[key]?.quarantine = notice }
    }

    /// What a recorder needs to begin or go on with a stream.
    func recorderAssignment(_ key: StreamKey) -> RecorderAssignment? {
        guard let entry = entries.withLock({ $0[key] }) else { return nil }
        let assignment = entry.assignment
        return RecorderAssignment(
            tenant: assignment.tenant,
            camera: key.camera,
            stream: key.stream,
            url: assignment.url,
            credentials: assignment.credentials,
            epoch: assignment.epoch,
            nextSequence: index.nextSequence(key.camera, key.stream, epoch: assignment.epoch),
            recordedUntil: recordedUntil(key, assignment),
            interruption: entry.interruption
        )
    }

    /// Whether pictures of the stream are recorded now.
    func isRecording(_ key: StreamKey) -> Bool {
        entries.withLock { entries in
            guard let state = entries[key]?.status.state else { return false }
            return state == .live || state == .degraded
        }
    }

    /// The newest look at the spool.
    func note(_ status: SpoolStatus) {
        spool.withLock { $0 = status }
    }

    /// Every stream's report; the open gap ends now.
    func liveness(at now: WallTime) -> [StreamLiveness] {
        let all = entries.withLock { Array($0) }
        let spool = spool.withLock { $0 }
        let fullAt = spool?.timeToFull.map { left in
            now.adding(milliseconds: left.components.seconds * 1_000)
        }
        return all.map { key, entry in
            StreamLiveness(
                tenant: entry.assignment.tenant,
                status: entry.quarantine?.applied(to: entry.status) ?? entry.status,
                statistics: entry.statistics,
                openGap: openGap(key, entry, now),
                backlogBytes: index.backlogBytes(key.camera, key.stream),
                backlog: spool.map { status in
                    SpoolBacklog(
                        oldestUnshippedAt: index.oldestUnshipped(key.camera, key.stream),
                        fullAt: fullAt,
                        isFilling: status.isFilling
                    )
                }
            )
        }
    }

    /// The gap of a stream that is open now.
    func openGap(_ key: StreamKey, at now: WallTime) -> Gap? {
        entries.withLock { $0[key] }.flatMap { openGap(key, $0, now) }
    }

    var keys: [StreamKey] {
        entries.withLock { Array($0.keys) }
    }

    private func openGap(_ key: StreamKey, _ entry: Entry, _ now: WallTime) -> Gap? {
        let isDown = entry.status.gap != nil || entry.status.state == .starting
        guard isDown, let start = recordedUntil(key, entry.assignment), start < now else {
            return nil
        }
        return Gap(start: start, end: now, reason: entry.status.gap ?? entry.interruption)
    }

    private func recordedUntil(_ key: StreamKey, _ assignment: WorkerAssignment) -> WallTime? {
        let spooled = index.recordedUntil(key.camera, key.stream)
        guard let registered = assignment.recordedUntil else { return spooled }
        return spooled.map { max($0, registered) } ?? registered
    }
}

extension WorkerAssignment {
    /// Whether a recorder that works on one need not be told about the other.
    fileprivate func isSameWork(as other: WorkerAssignment) -> Bool {
        url == other.url && credentials == other.credentials && epoch == other.epoch
            && tenant == other.tenant
    }
}
