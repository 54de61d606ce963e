package import Domain

/// Why somebody may not change a person. Decided in one place, by a value.
package enum UserChangeRefusal: Hashable, Sendable {
    /// Nobody changes one's own role, or disables or removes oneself: it would be an accident.
    case oneself
    /// Only owners make owners, and only owners change one.
    case needsOwner
    /// Nobody changes who may do more than oneself.
    case needsMore
    /// Somebody must be left who may do everything.
    case lastOwner

    /// Nil if the change may be made.
    /// - Parameters:
    ///   - actor: Who changes.
    ///   - user: Who is changed.
    ///   - present: The role of who is changed; nil for one that this build does not know, which
    ///     counts as the highest.
    ///   - held: What who is changed may do, in the whole organisation and at single cameras.
    ///   - role: The role that it gets; nil leaves it.
    ///   - takesAway: Whether the person is disabled or removed.
    ///   - otherOwners: How many other owners may log in.
    package static func decide(
        _ actor: Principal,
        changes user: UserID,
        from present: Role?,
        holding held: Set<Permission>,
        to role: Role?,
        takesAway: Bool,
        otherOwners: Int
    ) -> UserChangeRefusal? {
        if user == actor.user { return .oneself }
        let concernsOwner = present == .owner || present == nil || role == .owner
        // An owner's key with a part of the permissions is no owner.
        let actsAsOwner =
            actor.role == .owner && actor.permissions == Role.owner.permissions
        if concernsOwner, !actsAsOwner { return .needsOwner }
        if !held.isSubset(of: actor.permissions) { return .needsMore }
        let losesOwner = present == .owner && (takesAway || (role.map { $0 != .owner } ?? false))
        return losesOwner && otherOwners == 0 ? .lastOwner : nil
    }
}
