package import Domain

/// A chunk as its object tells it, to be made a row again.
package struct RestorableChunk: Hashable, Sendable {
    package var offer: ChunkOffer
    /// Days that it was kept when it was stored.
    package var retentionDays: Int
    /// When the store got the object: what its registration is taken for. Nil: now.
    package var storedAt: WallTime?

    package init(offer: ChunkOffer, retentionDays: Int, storedAt: WallTime?) {
        self.offer = offer
        self.retentionDays = retentionDays
        self.storedAt = storedAt
    }
}

/// What became of one chunk.
package enum RestoreVerdict: Hashable, Sendable {
    /// Its row is made, and footage of its camera is protected.
    case restored
    /// An equal row was there.
    case present
    /// A row of its name is there with other values, and stays as it is; names of columns.
    case differs([String])
    /// A value is outside the limits of a row.
    case invalid
}

/// What one transaction restored.
package struct RestoreOutcome: Hashable, Sendable {
    /// One for each chunk, in their order.
    package var verdicts: [RestoreVerdict]
    /// Organisations and cameras that were unknown.
    package var tenants = 0
    package var cameras = 0
    package var gaps = 0
    /// Starts of gaps that are there with another end or reason, and stay as they are.
    package var differingGaps = 0
}

/// Footage of one camera that came back and that retention does not touch until it is released.
package struct ProtectedFootage: Hashable, Sendable {
    package var tenant: TenantID
    package var tenantName: String
    package var camera: CameraID
    package var cameraName: String
    package var from: WallTime
    package var to: WallTime
    /// Chunks that were restored in it.
    package var chunks: Int
    package var restoredAt: WallTime
}

/// Names of what was unknown and has been made for its footage's sake.
package enum RestoredName {
    package static func tenant(_ tenant: TenantID) -> String { "Restored organisation \(tenant)" }

    package static func camera(_ camera: CameraID) -> String { "Restored camera \(camera)" }
}
