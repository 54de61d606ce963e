/// A key of a program, as it is kept. Its secret is not.
package struct APIKey: Hashable, Sendable {
    /// Most keys of a person that are good at once.
    package static let limit = 50
    /// Days that a key may be good.
    package static let lifetimeDays = 1...365

    package var id: APIKeyID
    package var tenant: TenantID
    /// Whose rights it has a part of.
    package var user: UserID
    package var name: String
    /// Words of `Identity`'s permissions, opaque here.
    package var permissions: [String]
    package var createdAt: WallTime
    package var expiresAt: WallTime
    /// To the minute; nil if it never was.
    package var lastUsedAt: WallTime?

    package init(
        id: APIKeyID,
        tenant: TenantID,
        user: UserID,
        name: String,
        permissions: [String],
        createdAt: WallTime,
        expiresAt: WallTime,
        lastUsedAt: WallTime? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.user = user
        self.name = name
        self.permissions = permissions
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
    }
}
