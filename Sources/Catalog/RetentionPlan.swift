package import Domain

/// What of one camera is past its retention.
package struct RetentionShare: Hashable, Sendable {
    package var tenant: TenantID
    package var camera: CameraID
    /// Days by the camera's rule, else its site's, else its tenant's; not below the minimum.
    package var days: Int
    /// No longer recorded.
    package var isRemoved: Bool
    /// Chunks that a run deletes, and their bytes.
    package var chunks: Int
    package var bytes: Int
    /// First and last moment of them; nil where there are none.
    package var oldest: WallTime?
    package var newest: WallTime?
    /// Chunks that are past their retention and that a hold keeps.
    package var heldChunks: Int
    /// Of `chunks`, those that a run more than an hour ago should have deleted.
    package var lateChunks: Int
}

/// A change of a rule whose consequence is asked for before it is made.
package struct RetentionChange: Hashable, Sendable {
    /// Whose rule it is.
    package enum Scope: Hashable, Sendable {
        case tenant
        case site(SiteID)
        case camera(CameraID)
    }

    package var tenant: TenantID
    package var scope: Scope
    /// Days, `NewCamera.retentionRange`; nil takes the rule of the next wider scope, except for a
    /// tenant, which must have one.
    package var days: Int?

    package init(tenant: TenantID, scope: Scope, days: Int?) {
        self.tenant = tenant
        self.scope = scope
        self.days = days
    }

    var site: SiteID? {
        if case .site(let site) = scope { site } else { nil }
    }

    var camera: CameraID? {
        if case .camera(let camera) = scope { camera } else { nil }
    }
}
