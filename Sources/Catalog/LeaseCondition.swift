/// What lease a stream must have for a grant to replace it: of two that decide at the same time on
/// what they read before, only the first then moves the stream.
package enum LeaseCondition: Hashable, Sendable {
    /// Any lease or none.
    case any
    /// The lease of this epoch.
    case epoch(Int64)
    /// No lease.
    case none

    /// The lease that was seen.
    /// - Parameter epoch: Nil if there was none.
    package init(epoch: Int64?) {
        self = epoch.map { .epoch($0) } ?? .none
    }
}
