package import Domain

/// A role that an organisation made itself.
package struct OwnRole: Hashable, Sendable {
    /// Most of them in an organisation.
    package static let limit = 100
    /// Characters of a name.
    package static let nameLimit = 64

    package var id: RoleID
    package var name: String
    /// Of `Identity`, opaque here.
    package var permissions: [String]
    package var createdAt: WallTime
}
