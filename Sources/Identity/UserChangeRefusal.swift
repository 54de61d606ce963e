package import Domain

/// Why somebody may not change a person. Decided in one place, by a value.
package enum UserChangeRefusal: Hashable, Sendable {
    /// Nobody changes one's own role, or disables or removes oneself: it would be an accident.
    case oneself
    /// Only owners make owners, and only owners change one.
    case needsOwner
    /// Somebody must be left who may do everything.
    case lastOwner

    /// Nil if the change may be made.
    /// - Parameters:
    ///   - actor: Who changes.
    ///   - user: Who is changed.
    ///   - present: The role of who is changed; nil for one that this build does not know, which
    ///     counts as the highest.
    ///   - role: The role that it gets; nil leaves it.
    ///   - takesAway: Whether the person is disabled or removed.
    ///   - otherOwners: How many other owners may log in.
    package static func decide(
        _ actor: Principal,
        changes user: UserID,
        from present: Role?,
        to role: Role?,
        takesAway: Bool,
        otherOwners: Int
    ) -> UserChangeRefusal? {
        if user == actor.user { return .oneself }
        let concernsOwner = present == .owner || present == nil || role == .owner
        if concernsOwner, actor.role != .owner { return .needsOwner }
        let losesOwner = present == .owner && (takesAway || (role.map { $0 != .owner } ?? false))
        return losesOwner && otherOwners == 0 ? .lastOwner : nil
    }
}
