internal import Catalog
internal import Domain

/// A visit as the API shows it to who is visited.
struct VisitBody: Encodable {
    var id: SessionID
    var providerId: TenantID
    var userId: UserID
    var email: String
    var role: String
    var reason: String
    var beganAt: WallTime
    var expiresAt: WallTime
    var endedAt: WallTime?

    init(_ visit: Visit) {
        id = visit.id
        providerId = visit.provider
        userId = visit.user
        email = visit.email
        role = visit.role
        reason = visit.reason
        beganAt = visit.beganAt
        expiresAt = visit.expiresAt
        endedAt = visit.endedAt
    }
}
