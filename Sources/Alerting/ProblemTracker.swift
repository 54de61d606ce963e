package import Domain

/// Damps what is judged of one camera into problems that are worth an alert: a value without clock.
///
/// A problem is present once it has lasted for its onset, and absent only after `recovery` of
/// health in one piece. What lies between is undecided and changes nothing. A short moment of
/// health does not begin the onset again, so a camera that flaps is noticed.
package struct ProblemTracker: Hashable, Sendable {
    /// Whether a problem is there.
    package enum Verdict: Hashable, Sendable {
        case present
        case absent
        case undecided
    }

    /// How long a problem lasts before it counts: longer than a reconnect, and with the recorder's
    /// 4.5 s and the report's 2 s within the 15 s in which an alert is promised.
    package static let onset = Duration.seconds(5)
    /// Health in one piece that ends a problem.
    package static let recovery = Duration.seconds(10)
    /// Health that makes an onset begin again.
    package static let calm = Duration.seconds(3)

    private struct Timer: Hashable, Sendable {
        var presentSince: MonotonicTime?
        var absentSince: MonotonicTime?
    }

    private enum Signal {
        case present(after: Duration)
        case absent
        case unknown
    }

    private var timers: [AlertKind: Timer] = [:]

    package init() {}

    /// One look.
    /// - Parameter condition: Nil while it is unknown.
    package mutating func observe(
        _ condition: CameraCondition?,
        at now: MonotonicTime
    ) -> [AlertKind: Verdict] {
        var verdicts: [AlertKind: Verdict] = [:]
        for kind in AlertKind.allCases {
            let signal = condition.map { Self.signal(kind, $0) } ?? .unknown
            verdicts[kind] = Self.step(&timers[kind, default: Timer()], signal, now)
        }
        return verdicts
    }

    private static func step(
        _ timer: inout Timer,
        _ signal: Signal,
        _ now: MonotonicTime
    ) -> Verdict {
        switch signal {
        case .unknown:
            timer.absentSince = nil
            return .undecided
        case .present(let onset):
            timer.absentSince = nil
            let since = timer.presentSince ?? now
            timer.presentSince = since
            return now - since >= onset ? .present : .undecided
        case .absent:
            let since = timer.absentSince ?? now
            timer.absentSince = since
            if now - since >= calm { timer.presentSince = nil }
            return now - since >= recovery ? .absent : .undecided
        }
    }

    private static func signal(_ kind: AlertKind, _ condition: CameraCondition) -> Signal {
        let isRecorded = condition.state == .live || condition.state == .degraded
        switch kind {
        case .cameraDown:
            switch condition.state {
            case .live, .degraded: return .absent
            case .starting: return .unknown
            // Silence was waited for already.
            case .unassigned: return .present(after: .zero)
            case .offline, .stalled, .authFailed, .quarantined: return .present(after: onset)
            }
        case .cameraDegraded:
            switch condition.state {
            case .live: return .absent
            case .degraded: return .present(after: onset)
            default: return .unknown
            }
        case .recordingGap:
            if isRecorded { return condition.gap == nil ? .absent : .present(after: onset) }
            // While a camera connects, the gap of whatever happened before is still open: only one
            // that is ours says more than `cameraDown` does.
            let isOurs = condition.gap == .diskFull || condition.gap == .recorderCrash
            return condition.state == .starting && isOurs ? .present(after: onset) : .unknown
        case .spoolFilling:
            // A worker that says nothing may have a full spool or an empty one.
            if condition.state == .unassigned { return .unknown }
            return condition.isSpoolFilling ? .present(after: onset) : .absent
        case .footageLost:
            // It has happened: nothing is to be waited for.
            return condition.isLosing ? .present(after: .zero) : .absent
        }
    }
}
