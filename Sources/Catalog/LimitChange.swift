/// What becomes of one of a client's limits.
package enum LimitChange: Hashable, Sendable {
    /// It stays.
    case keep
    /// As many as anybody.
    case remove
    /// That many; within `TenantLimits.range`.
    case set(Int)
}
