package import Domain

/// An organisation as its own people see it.
package struct OwnOrganisation: Hashable, Sendable {
    package var id: TenantID
    package var name: String
    package var domain: String?
    package var plan: String?
    package var limits: TenantLimits
    /// Cameras and people that count.
    package var cameras: Int
    package var users: Int
    package var isProvider: Bool
    /// Whether it has a provider, and lets its people in.
    package var hasProvider: Bool
    package var allowsVisits: Bool
    package var createdAt: WallTime
}
