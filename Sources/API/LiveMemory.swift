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
    let outage: CatalogOutage

    init(_ outage: CatalogOutage) {
        cameras = LastAnswers(outage)
        users = LastAnswers(outage)
        self.outage = outage
    }
}
