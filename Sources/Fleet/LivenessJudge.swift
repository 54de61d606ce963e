package import Domain

/// Says what state every camera is in, from what its streams' workers report and from silence: a
/// value without clock or I/O.
///
/// A report counts only once it was seen to change: after a start, or after a time in which nobody
/// looked (a database that was away, a machine that slept), old rows say nothing. Until then, and
/// for `startPatience` at most, a camera's state is unknown and nothing is concluded from it. How
/// long a worker has been silent is measured on this machine's monotonic clock, so no clock that
/// steps or differs raises an alarm.
package struct LivenessJudge: Sendable {
    /// Silence after which a worker counts as gone: it reports every 2 s, and its lease is given to
    /// another after as long.
    package static let silence = Duration.seconds(10)
    /// A first connection that takes longer than this is a failure.
    package static let startLimit = Duration.seconds(30)
    /// Between two looks at most; after a longer pause every report has to be seen to change again.
    package static let pauseLimit = Duration.seconds(6)
    /// How long workers may need for their first report after such a start or pause: they may be
    /// starting themselves.
    package static let startPatience = Duration.seconds(20)

    private struct Entry: Sendable {
        var worker: WorkerID?
        var reportedAt: WallTime?
        /// When the report changed, or when it was seen for the first time.
        var changedAt: MonotonicTime
        /// How long it may be silent before its first sign of life.
        var patience: Duration
        var isConfirmed = false
        var startingSince: MonotonicTime?
    }

    private var entries: [FleetStream: Entry] = [:]
    private var lookedAt: MonotonicTime?

    package init() {}

    /// One look at all streams.
    /// - Returns: Per camera its condition, the worst of its streams'; nil while it is unknown.
    package mutating func judge(
        _ streams: [StreamSighting],
        at now: MonotonicTime
    ) -> [FleetCamera: CameraCondition?] {
        let isFirstLook = lookedAt.map { now - $0 > Self.pauseLimit } ?? true
        if isFirstLook { entries = [:] }
        lookedAt = now
        let patience = isFirstLook ? Self.startPatience : Self.silence
        var next: [FleetStream: Entry] = [:]
        var conditions: [FleetCamera: CameraCondition?] = [:]
        for sighting in streams {
            var entry = note(sighting, patience, at: now)
            var condition = judge(sighting, &entry, at: now)
            condition?.isLosing = sighting.isLosing
            if sighting.stream.stream == .sub {
                condition?.reasons.insert("of its sub stream", at: 0)
            }
            next[sighting.stream] = entry
            let camera = FleetCamera(
                tenant: sighting.stream.tenant,
                camera: sighting.stream.camera
            )
            if let known = conditions[camera] {
                conditions[camera] = .some(Self.worse(known, condition))
            } else {
                conditions[camera] = .some(condition)
            }
        }
        entries = next
        return conditions
    }

    private func note(
        _ sighting: StreamSighting,
        _ patience: Duration,
        at now: MonotonicTime
    ) -> Entry {
        let report = Self.report(of: sighting)
        guard var entry = entries[sighting.stream], entry.worker == sighting.worker else {
            return Entry(
                worker: sighting.worker,
                reportedAt: report?.reportedAt,
                changedAt: now,
                patience: patience
            )
        }
        if let report, report.reportedAt != entry.reportedAt {
            entry.reportedAt = report.reportedAt
            entry.changedAt = now
            entry.patience = Self.silence
            entry.isConfirmed = true
        }
        return entry
    }

    private func judge(
        _ sighting: StreamSighting,
        _ entry: inout Entry,
        at now: MonotonicTime
    ) -> CameraCondition? {
        let isSilent = now - entry.changedAt >= entry.patience
        guard let report = Self.report(of: sighting) else {
            guard isSilent else { return nil }
            return CameraCondition(
                state: .unassigned,
                reasons: ["no worker records it"],
                gap: .workerDown
            )
        }
        guard !isSilent else {
            return CameraCondition(
                state: .unassigned,
                reasons: ["worker_down: its worker no longer reports"],
                gap: .workerDown
            )
        }
        guard entry.isConfirmed else { return nil }
        guard report.condition.state == .starting else {
            entry.startingSince = nil
            return report.condition
        }
        let since = entry.startingSince ?? now
        entry.startingSince = since
        guard now - since >= Self.startLimit else { return report.condition }
        var condition = report.condition
        condition.state = .offline
        condition.reasons.append("it has not started for \(Self.startLimit.components.seconds) s")
        return condition
    }

    /// The report of the worker that has the stream: another one's is of the past.
    private static func report(of sighting: StreamSighting) -> StreamSighting.Report? {
        guard let report = sighting.report, report.worker == sighting.worker else { return nil }
        return report
    }

    /// The worse of two; what is known counts more than what is not, unless it is good.
    private static func worse(
        _ left: CameraCondition?,
        _ right: CameraCondition?
    )
        -> CameraCondition?
    {
        guard let left else { return right.flatMap { isTrouble($0) ? $0 : nil } }
        guard let right else { return isTrouble(left) ? left : nil }
        var worse = severity(right) > severity(left) ? right : left
        worse.isSpoolFilling = left.isSpoolFilling || right.isSpoolFilling
        worse.isLosing = left.isLosing || right.isLosing
        return worse
    }

    private static func isTrouble(_ condition: CameraCondition) -> Bool {
        severity(condition) > 1
    }

    private static func severity(_ condition: CameraCondition) -> Int {
        switch condition.state {
        case .live: condition.gap == nil ? 0 : 3
        case .starting: condition.gap == nil ? 1 : 3
        case .degraded: condition.gap == nil ? 2 : 3
        case .stalled: 4
        case .offline: 5
        case .authFailed: 6
        case .quarantined: 7
        case .unassigned: 8
        }
    }
}
