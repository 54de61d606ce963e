package import Domain

/// The life of an alert as a state machine: open → acknowledged → resolved, and back when the
/// problem returns soon. Each step gives the alert as it is from then on and what is told of it, or
/// nil if nothing changes. Values only.
///
/// An alert that somebody resolved while its problem lasts stays resolved until the problem has
/// ended once: nobody is told twice of what they closed.
package enum AlertLife {
    /// A step.
    package struct Change: Hashable, Sendable {
        package var alert: Alert
        /// Nil where nobody has to hear of it.
        package var event: EventKind?
    }

    /// A problem that returns within this time after its end, microseconds, is the same alert.
    package static let reopenWindow: Int64 = 300_000_000

    /// The problem is there.
    /// - Parameters:
    ///   - known: The newest alert of this camera and kind; nil if there is none.
    ///   - new: What a new alert would be.
    package static func problemPresent(_ known: Alert?, new: Alert) -> Change? {
        guard var alert = known else { return Change(alert: new, event: .alertOpened) }
        if alert.isProblemPresent { return nil }
        let age = new.openedAt.microseconds - (alert.resolvedAt ?? alert.openedAt).microseconds
        guard age < reopenWindow else { return Change(alert: new, event: .alertOpened) }
        alert.state = .open
        alert.isProblemPresent = true
        alert.reasons = new.reasons
        alert.acknowledgedAt = nil
        alert.acknowledgedBy = nil
        alert.resolvedAt = nil
        alert.resolvedBy = nil
        alert.occurrences += 1
        return Change(alert: alert, event: .alertOpened)
    }

    /// The problem has ended.
    package static func problemAbsent(_ known: Alert?, at now: WallTime) -> Change? {
        guard var alert = known, alert.isProblemPresent else { return nil }
        alert.isProblemPresent = false
        guard alert.state != .resolved else { return Change(alert: alert, event: nil) }
        alert.state = .resolved
        alert.resolvedAt = now
        return Change(alert: alert, event: .alertResolved)
    }

    /// Somebody takes care of it.
    package static func acknowledge(_ alert: Alert, by user: UserID, at now: WallTime) -> Change? {
        guard alert.state == .open else { return nil }
        var alert = alert
        alert.state = .acknowledged
        alert.acknowledgedAt = now
        alert.acknowledgedBy = user
        return Change(alert: alert, event: .alertAcknowledged)
    }

    /// Somebody closes it, whether the problem lasts or not.
    package static func resolve(_ alert: Alert, by user: UserID, at now: WallTime) -> Change? {
        guard alert.state != .resolved else { return nil }
        var alert = alert
        alert.state = .resolved
        alert.resolvedAt = now
        alert.resolvedBy = user
        return Change(alert: alert, event: .alertResolved)
    }
}
