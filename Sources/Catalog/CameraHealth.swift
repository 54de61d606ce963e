package import Domain

/// What is stored of a camera's health, read under its lock.
package struct CameraHealth: Hashable, Sendable {
    package var name: String
    package var isRemoved: Bool
    /// Nil before it was judged for the first time.
    package var state: CameraState?
    /// The newest alert of each kind.
    package var alerts: [AlertKind: Alert]
    /// The database's time, which all coordinators share.
    package var now: WallTime
}

/// What to store of it, and what to tell; all in one transaction.
package struct CameraHealthChange: Hashable, Sendable {
    /// Nil: as it is.
    package var condition: CameraCondition?
    package var alerts: [Alert]
    package var events: [Event]

    package init(condition: CameraCondition? = nil, alerts: [Alert] = [], events: [Event] = []) {
        self.condition = condition
        self.alerts = alerts
        self.events = events
    }

    package var isEmpty: Bool {
        condition == nil && alerts.isEmpty && events.isEmpty
    }
}
