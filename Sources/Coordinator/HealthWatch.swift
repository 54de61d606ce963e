internal import Alerting
package import Catalog
package import Domain
internal import Fleet
package import Logging
internal import Telemetry

/// Looks at every camera once a second and keeps its state and its alerts true.
///
/// What lasts is in the database; here are only the clocks of what is not decided yet. A restarted
/// coordinator therefore concludes nothing until it has seen reports change, or be silent for as
/// long as a worker may be.
package actor HealthWatch {
    private let catalog: Catalog
    private let logger: Logger
    private let monotonic: @Sendable () -> MonotonicTime
    private var judge = LivenessJudge()
    private var trackers: [FleetCamera: ProblemTracker] = [:]

    package init(
        catalog: Catalog,
        logger: Logger,
        monotonic: @escaping @Sendable () -> MonotonicTime
    ) {
        self.catalog = catalog
        self.logger = logger
        self.monotonic = monotonic
    }

    /// What one look found out about a camera.
    private struct Finding: Sendable {
        var camera: FleetCamera
        /// Nil while it is unknown.
        var condition: CameraCondition?
        var verdicts: [AlertKind: ProblemTracker.Verdict]
    }

    /// One look. An error leaves everything for the next.
    package func pass() async throws(CatalogError) {
        let snapshot = try await catalog.healthSnapshot()
        let now = monotonic()
        let conditions = judge.judge(snapshot.streams.map(Self.sighting), at: now)
        let states = Dictionary(
            snapshot.states.map { (FleetCamera(tenant: $0.tenant, camera: $0.camera), $0.state) },
            uniquingKeysWith: { $1 }
        )
        let problems = Dictionary(grouping: snapshot.problems) {
            FleetCamera(tenant: $0.tenant, camera: $0.camera)
        }.mapValues { Set($0.map(\.kind)) }
        var next: [FleetCamera: ProblemTracker] = [:]
        var findings: [Finding] = []
        for (camera, condition) in conditions {
            var tracker = trackers[camera] ?? ProblemTracker()
            let verdicts = tracker.observe(condition, at: now)
            next[camera] = tracker
            let present = problems[camera] ?? []
            let isNews = verdicts.contains { kind, verdict in
                verdict == .present && !present.contains(kind)
                    || verdict == .absent && present.contains(kind)
            }
            if isNews || condition.map({ $0.state != states[camera] }) == true {
                findings.append(
                    Finding(camera: camera, condition: condition, verdicts: verdicts)
                )
            }
        }
        trackers = next
        // A removed camera has no problem any more.
        for camera in problems.keys where conditions[camera] == nil {
            let verdicts = Dictionary(
                uniqueKeysWithValues: AlertKind.allCases.map {
                    ($0, ProblemTracker.Verdict.absent)
                }
            )
            findings.append(Finding(camera: camera, condition: nil, verdicts: verdicts))
        }
        for finding in findings {
            do throws(CatalogError) {
                try await store(finding)
            } catch {
                // A row that cannot be stored does not keep the others from being told of.
                guard !error.isRetryable else { throw error }
                logger.error(
                    "a camera's state cannot be stored",
                    metadata: [
                        LogKey.camera: "\(finding.camera.camera)",
                        LogKey.errorMessage: "\(error)",
                    ]
                )
            }
        }
    }

    private func store(_ finding: Finding) async throws(CatalogError) {
        let change = try await catalog.updateHealth(
            finding.camera.tenant,
            finding.camera.camera
        ) { health in
            Self.change(finding, health)
        }
        for alert in change.alerts {
            logger.notice(
                "alert \(alert.state.rawValue)",
                metadata: [
                    LogKey.tenant: "\(alert.tenant)", LogKey.camera: "\(alert.camera)",
                    LogKey.reason: "\(alert.kind.rawValue)",
                ]
            )
        }
    }

    /// What follows for a camera from what was found and what is stored. Values only.
    private static func change(_ finding: Finding, _ health: CameraHealth) -> CameraHealthChange {
        var change = CameraHealthChange()
        let camera = finding.camera
        if let condition = finding.condition, !health.isRemoved, condition.state != health.state {
            change.condition = condition
            change.events.append(
                AlertEvents.event(
                    of: camera.camera,
                    name: health.name,
                    condition,
                    previous: health.state,
                    at: health.now
                )
            )
        }
        for kind in AlertKind.allCases {
            let known = health.alerts[kind]
            let step: AlertLife.Change?
            switch finding.verdicts[kind] {
            case .present where !health.isRemoved:
                let new = Alert(
                    tenant: camera.tenant,
                    camera: camera.camera,
                    kind: kind,
                    reasons: reasons(kind, finding.condition),
                    openedAt: health.now
                )
                step = AlertLife.problemPresent(known, new: new)
            case .absent: step = AlertLife.problemAbsent(known, at: health.now)
            default: step = nil
            }
            guard let step else { continue }
            change.alerts.append(step.alert)
            if let event = step.event {
                change.events.append(
                    AlertEvents.event(event, step.alert, cameraName: health.name, at: health.now)
                )
            }
        }
        return change
    }

    private static func reasons(
        _ kind: AlertKind,
        _ condition: CameraCondition?
    ) -> [String] {
        guard let condition else { return [] }
        switch kind {
        case .spoolFilling:
            return [
                "the store or the coordinator does not take what is recorded, and the spool is "
                    + "nearly full: footage will be lost"
            ]
        case .footageLost:
            return [
                "recorded footage was given up because the spool was full: see the gaps disk_full"
            ]
        case .cameraDown, .cameraDegraded, .recordingGap:
            break
        }
        let gap = condition.gap.map { "nothing is recorded: \($0.rawValue)" }
        return [condition.state.rawValue] + condition.reasons + (gap.map { [$0] } ?? [])
    }

    private static func sighting(_ stream: HealthSnapshot.Stream) -> StreamSighting {
        StreamSighting(
            stream: FleetStream(
                tenant: stream.tenant,
                camera: stream.camera,
                stream: stream.stream
            ),
            worker: stream.worker,
            report: stream.report.map {
                StreamSighting.Report(
                    worker: $0.worker,
                    condition: $0.condition,
                    reportedAt: $0.reportedAt
                )
            },
            isLosing: stream.isLosing
        )
    }
}
