package import Domain
internal import FoundationEssentials

/// Makes the events that tell of alerts and cameras, with the `data` of their messages.
package enum AlertEvents {
    private struct AlertData: Encodable {
        var alertId: AlertID
        var cameraId: CameraID
        var cameraName: String
        var kind: AlertKind
        var state: AlertState
        var reasons: [String]
        var occurrences: Int
        var openedAt: WallTime
        var acknowledgedAt: WallTime?
        var resolvedAt: WallTime?
    }

    private struct StateData: Encodable {
        var cameraId: CameraID
        var cameraName: String
        var state: CameraState
        var previous: CameraState?
        var reasons: [String]
    }

    private struct LossData: Encodable {
        var cameraId: CameraID
        var cameraName: String
        var stream: StreamRole
        var start: WallTime
        var end: WallTime
        var reason: GapReason
        var lengthBytes: Int
    }

    private struct TestData: Encodable {
        var webhookId: WebhookID
    }

    /// What is told of a change of an alert.
    package static func event(
        _ kind: EventKind,
        _ alert: Alert,
        cameraName: String,
        at now: WallTime
    ) -> Event {
        Event(
            kind: kind,
            at: now,
            camera: alert.camera,
            alert: alert.id,
            data: json(
                AlertData(
                    alertId: alert.id,
                    cameraId: alert.camera,
                    cameraName: cameraName,
                    kind: alert.kind,
                    state: alert.state,
                    reasons: alert.reasons,
                    occurrences: alert.occurrences,
                    openedAt: alert.openedAt,
                    acknowledgedAt: alert.acknowledgedAt,
                    resolvedAt: alert.resolvedAt
                )
            )
        )
    }

    /// What is told of a camera's new state.
    package static func event(
        of camera: CameraID,
        name: String,
        _ condition: CameraCondition,
        previous: CameraState?,
        at now: WallTime
    ) -> Event {
        Event(
            kind: .cameraState,
            at: now,
            camera: camera,
            data: json(
                StateData(
                    cameraId: camera,
                    cameraName: name,
                    state: condition.state,
                    previous: previous,
                    reasons: condition.reasons
                )
            )
        )
    }

    /// What is told of footage that a worker had to give up.
    package static func event(
        of drop: ChunkDrop,
        cameraName: String,
        at now: WallTime
    ) -> Event {
        Event(
            kind: .recordingLost,
            at: now,
            camera: drop.identity.camera,
            data: json(
                LossData(
                    cameraId: drop.identity.camera,
                    cameraName: cameraName,
                    stream: drop.identity.stream,
                    start: drop.start,
                    end: drop.end,
                    reason: drop.gap.reason,
                    lengthBytes: drop.length
                )
            )
        )
    }

    /// A test message for one webhook.
    package static func test(_ webhook: WebhookID, at now: WallTime) -> Event {
        Event(kind: .webhookTest, at: now, data: json(TestData(webhookId: webhook)))
    }

    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        if let key = WallTime.inMilliseconds { encoder.userInfo[key] = true }
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Our own types encode without errors; an empty object would show in every test.
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
