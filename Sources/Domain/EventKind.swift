/// What happened, as webhooks subscribe to it. A closed list; released words never change.
package enum EventKind: String, Sendable, Codable, Hashable, CaseIterable {
    /// The judged state of a camera changed.
    case cameraState = "camera.state_changed"
    /// An alert opened, or opened again soon after its end.
    case alertOpened = "alert.opened"
    case alertAcknowledged = "alert.acknowledged"
    case alertResolved = "alert.resolved"
    /// Footage that was recorded is lost: the spool was full before it could be stored.
    case recordingLost = "recording.lost"
    /// A refresh token was used again long after it was exchanged: somebody has a copy.
    case sessionReused = "session.reused"
    /// Somebody has a person's password, and has tried several codes of the second factor.
    case codesGuessed = "login.codes_guessed"
    /// Somebody asked for a test message.
    case webhookTest = "webhook.test"

    /// Whether it tells of a person: where and with what somebody logged in.
    package var isOfPerson: Bool {
        switch self {
        case .sessionReused, .codesGuessed: true
        case .cameraState, .alertOpened, .alertAcknowledged, .alertResolved, .recordingLost,
            .webhookTest:
            false
        }
    }

    /// What a webhook gets that does not choose.
    package static let standard: [EventKind] = [.alertOpened, .alertAcknowledged, .alertResolved]
}
