internal import Catalog
internal import Domain

/// The catalogue's last answers of which playing live is made.
package struct LiveMemory: Sendable {
    struct CameraKey: Hashable, Sendable {
        var tenant: TenantID
        var camera: CameraID
    }

    struct UserKey: Hashable, Sendable {
        var tenant: TenantID
        var user: UserID
    }

    let cameras: LastAnswers<CameraKey, Camera>
    let users: LastAnswers<UserKey, User>
    /// Of people without a right in the whole organisation.
    let grants: LastAnswers<UserKey, [RoleGrant]>
    let outage: CatalogOutage

    init(_ outage: CatalogOutage) {
        cameras = LastAnswers(outage)
        users = LastAnswers(outage)
        grants = LastAnswers(outage)
        self.outage = outage
    }
}
