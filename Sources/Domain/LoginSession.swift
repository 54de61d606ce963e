/// One login of a person, as it is kept. No token of it is.
package struct LoginSession: Hashable, Sendable {
    package var id: SessionID
    package var tenant: TenantID
    package var user: UserID
    package var createdAt: WallTime
    /// Number of its refresh token that is good now, from 1.
    package var generation: Int64
    /// When that was made.
    package var rotatedAt: WallTime
    package var expiresAt: WallTime
    package var endedAt: WallTime?
    package var endReason: SessionEnd?
    /// Where the login came from, as the server saw it; empty if it did not.
    package var address: String
    /// What the client said it was; empty if nothing.
    package var agent: String
    /// Whether it is good for nothing but enrolling a second factor, which its person must have.
    package var enrolsOnly: Bool

    package init(
        id: SessionID,
        tenant: TenantID,
        user: UserID,
        createdAt: WallTime,
        generation: Int64 = 1,
        rotatedAt: WallTime,
        expiresAt: WallTime,
        endedAt: WallTime? = nil,
        endReason: SessionEnd? = nil,
        address: String = "",
        agent: String = "",
        enrolsOnly: Bool = false
    ) {
        self.id = id
        self.tenant = tenant
        self.user = user
        self.createdAt = createdAt
        self.generation = generation
        self.rotatedAt = rotatedAt
        self.expiresAt = expiresAt
        self.endedAt = endedAt
        self.endReason = endReason
        self.address = address
        self.agent = agent
        self.enrolsOnly = enrolsOnly
    }
}
