package import Domain

/// A stream that should be recorded, with all that its worker needs.
package struct StreamToRecord: Hashable, Sendable {
    package var tenant: TenantID
    package var camera: CameraID
    package var stream: StreamRole
    /// Without user name and password.
    package var url: String
    /// The sealed user name and password.
    package var credentials: [UInt8]?
    package var retentionDays: Int
    /// End of the newest registered chunk; nil for a stream never recorded.
    package var recordedUntil: WallTime?
    /// Who records it now; nil while no worker does.
    package var lease: StreamLease?
}

/// Who records a stream, and under which epoch.
package struct StreamLease: Hashable, Sendable {
    package var worker: WorkerID
    package var epoch: Int64
    package var grantedAt: WallTime
}

/// An ingest worker that registered.
package struct WorkerRecord: Hashable, Sendable {
    package var id: WorkerID
    package var name: String
    /// Base URL of its live edge.
    package var edge: String
    package var registeredAt: WallTime
    /// When it last registered or reported.
    package var seenAt: WallTime
}

/// How many streams there should be, and how many deliver pictures.
package struct FleetCounts: Hashable, Sendable {
    package var expected: Int
    package var active: Int

    package init(expected: Int, active: Int) {
        self.expected = expected
        self.active = active
    }
}
