package import Domain

/// What becomes of a client's limits.
package struct LimitChanges: Hashable, Sendable {
    package var doors: LimitChange
    package var cameras: LimitChange
    package var users: LimitChange

    package init(
        doors: LimitChange = .keep,
        cameras: LimitChange = .keep,
        users: LimitChange = .keep
    ) {
        self.doors = doors
        self.cameras = cameras
        self.users = users
    }

    /// The limits of a client that has none yet.
    package var ofNew: TenantLimits {
        func number(_ change: LimitChange) -> Int? {
            if case .set(let limit) = change { limit } else { nil }
        }
        return TenantLimits(
            doors: number(doors),
            cameras: number(cameras),
            users: number(users)
        )
    }
}
