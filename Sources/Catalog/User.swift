package import Domain

/// A person who may log in.
package struct User: Hashable, Sendable {
    package var tenant: TenantID
    package var id: UserID
    package var email: String
    /// A role of `Identity`, opaque here.
    package var role: String
    package var createdAt: WallTime
    package var disabledAt: WallTime?
    /// What a role of the organisation's own allows; nil for a built-in one, and where it was not
    /// asked for.
    package var permissions: [String]?
    /// The organisation that a visitor comes from; nil: the person is of the tenant.
    package var home: TenantID?
    /// The visit; nil as above.
    package var visit: SessionID?
}

/// What a login is checked against. Prints neither hash nor seed.
package struct LoginRecord: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    package var user: User
    package var tenantName: String
    /// PHC string of argon2id.
    package var passwordHash: String
    /// The encrypted seed of the person's confirmed second factor; nil without one.
    package var sealedSeed: [UInt8]?
    /// When that one's enrolment was begun.
    package var factorBegunAt: WallTime?
    /// The step of the last code of it that was used.
    package var lastStep: Int64

    package var description: String {
        "login of user \(user.id)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: ["user": user.id])
    }
}
