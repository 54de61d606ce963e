internal import Catalog
internal import Domain

/// A client as the API shows it to its provider.
struct ClientBody: Encodable {
    struct Limits: Encodable {
        var doors: Int?
        var cameras: Int?
        var users: Int?

        init(_ limits: TenantLimits) {
            doors = limits.doors
            cameras = limits.cameras
            users = limits.users
        }
    }

    var id: TenantID
    var name: String
    var domain: String?
    var plan: String?
    var limits: Limits
    var state: TenantState
    var stateReason: String?
    var stateSince: WallTime
    var deletedAfter: WallTime?
    var allowsVisits: Bool
    var createdAt: WallTime

    init(_ client: Client) {
        id = client.id
        name = client.name
        domain = client.domain
        plan = client.plan
        limits = Limits(client.limits)
        state = client.state
        stateReason = client.stateReason
        stateSince = client.stateAt
        deletedAfter = client.deleteAfter
        allowsVisits = client.allowsVisits
        createdAt = client.createdAt
    }
}
